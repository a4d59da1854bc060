//! `bantam codegen`: code that runs a model.

use std::io::{self, Write};

use bantam_report::codegen::{self, Language};
use bantam_report::text::printable;
use serde::Serialize;

use crate::args::{CodeLanguage, CodegenArgs};
use crate::failure::{Failure, Result};
use crate::report::{self, Report};
use crate::{files, model_file};

/// Writes the files.
pub(crate) fn run(args: &CodegenArgs) -> Result<()> {
    let path = &args.common.model;
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    let stem = args.out.file_name().unwrap_or_default().to_string_lossy();
    let name = args.name.clone().unwrap_or_else(|| codegen::name_of(&stem));
    let language = match args.lang {
        CodeLanguage::C => Language::C(codegen::c::Options::prepared(args.prepared)),
        CodeLanguage::Rust => Language::Rust(codegen::rust::Options::default()),
    };
    let code = codegen::codegen(&model, &name, &language)
        .map_err(|error| Failure::at(path, error.to_string()))?;
    let mut written = Vec::new();
    for file in code {
        let target = args.out.join(&file.path);
        if let Some(folder) = target.parent() {
            files::make_folder(folder)?;
        }
        files::write(&target, file.contents.as_bytes())?;
        written.push(target.display().to_string());
    }
    let report = CodegenReport { model: path.display().to_string(), name, files: written };
    report::print(&report, args.common.json)
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct CodegenReport {
    model: String,
    name: String,
    files: Vec<String>,
}

impl Report for CodegenReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        self.files.iter().try_for_each(|file| writeln!(out, "{}", printable(file)))
    }
}
