//! `bantam codegen`: code that runs a model.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bantam_report::codegen::rust::{self, Source};
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
        CodeLanguage::C => {
            let options = codegen::c::Options::prepared(args.prepared);
            Language::C(options.with_isa(args.device.isa()))
        }
        CodeLanguage::Rust => Language::Rust(rust_options(args)?),
    };
    let code = bantam_report::codegen(&model, &name, &language);
    let code = code.map_err(|error| Failure::report(path, error))?;
    let manifest = args.out.join("Cargo.toml");
    if args.lang == CodeLanguage::Rust && manifest.exists() {
        let message = "there is a package already, whose files may have been edited: name \
                       another folder, or remove this one";
        return Err(Failure::at(&manifest, message));
    }
    let paths: Vec<_> = code.iter().map(|file| args.out.join(&file.path)).collect();
    let contents = code.iter().map(|file| file.contents.as_bytes());
    files::write_all(paths.iter().map(PathBuf::as_path).zip(contents))?;
    let written = paths.iter().map(|path| path.display().to_string()).collect();
    let report = CodegenReport { model: path.display().to_string(), name, files: written };
    report::print(&report, args.common.json)
}

/// Returns the options of a package; a clone must be there, since cargo's error comes later.
fn rust_options(args: &CodegenArgs) -> Result<rust::Options> {
    let mut options = rust::Options::default();
    options.board = args.board;
    options.bantam = match (&args.bantam_path, &args.bantam_git) {
        (Some(clone), _) => Source::Path(absolute(clone)?),
        (None, Some(address)) => Source::Git(address.clone()),
        (None, None) => Source::Registry,
    };
    Ok(options)
}

/// Returns the absolute path of a clone.
fn absolute(clone: &Path) -> Result<String> {
    let path = clone.canonicalize().map_err(|error| Failure::at(clone, error))?;
    if !path.join("crates/bantam/Cargo.toml").is_file() {
        return Err(Failure::at(clone, "this is no clone of Bantam: it has no crates/bantam"));
    }
    let text = path.to_str().ok_or_else(|| Failure::at(clone, "this path is not UTF-8"))?;
    Ok(text.to_owned())
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
