//! `bantam prepare`: images that devices start from.

use std::io::{self, Write};

use bantam_interp::host::{self, Effort, Lean, Request, Search};
use bantam_report::Error;
use bantam_report::target::{Feature, features};
use bantam_report::text::{grouped, printable};
use bantam_signal_ops::LISTS;
use serde::Serialize;

use crate::args::PrepareArgs;
use crate::failure::{Failure, Result};
use crate::files;
use crate::model_file;
use crate::ops;
use crate::progress::SearchProgress;
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, PLAIN, Report, TITLE, Table, styled,
};

/// Prepares a model, and writes the image.
pub(crate) fn run(args: &PrepareArgs) -> Result<()> {
    let path = &args.common.model;
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    let failure = |error| Failure::report(path, Error::of(&model, &error));
    let choices = host::operators_of(&model, &LISTS).map_err(failure)?;
    let ops: Vec<_> = choices.iter().map(|choice| choice.op).collect();
    let search = Request::for_model(&model).search;
    let search = Search { nodes: args.nodes.unwrap_or(search.nodes), ..search };
    let effort = Effort::Exact(search);
    let sharing = args.planning.sharing.into();
    let shown = SearchProgress::new(search.nodes, 1, args.common.json);
    let (isa, progress) = (args.device.isa(), &mut |known| shown.update(known));
    let prepared = host::prepare_for(&model, &ops, sharing, effort, isa, progress);
    let prepared = prepared.map_err(failure)?;
    drop(shown);
    let (prepared, lean) = match &args.lean {
        Some(output) => {
            // A model that cannot be copied without loss stays as it is.
            let lean = host::lean(&model, &prepared, &ops).ok().flatten();
            let (file, prepared) = match lean {
                Some(Lean { file, prepared, .. }) => (file, prepared),
                None => (bytes.clone(), prepared),
            };
            files::write(output, &file)?;
            (prepared, Some(file.len()))
        }
        None => (prepared, None),
    };
    if let Some(output) = &args.output {
        files::write(output, &prepared.image)?;
    }
    let report = PrepareReport {
        model: path.display().to_string(),
        image_bytes: prepared.image.len(),
        arena_bytes: prepared.arena_bytes(),
        alignment: prepared.alignment,
        overlay_bytes: prepared.overlay_bytes,
        variable_bytes: prepared.variable_bytes,
        lean_bytes: lean,
        features: args.device.target.as_deref().map(features),
        feature: args.device.feature().ok().flatten().map(|feature| feature.name),
        operators: choices.iter().map(|choice| choice.path()).collect(),
    };
    report::print(&report, args.common.json)
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct PrepareReport {
    model: String,
    image_bytes: usize,
    arena_bytes: u32,
    alignment: u32,
    overlay_bytes: u32,
    variable_bytes: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    lean_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<&'static [Feature]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'static str>,
    operators: Vec<String>,
}

impl Report for PrepareReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let mut table = Table::new(&[("", Left), ("bytes", Right), ("", Left)]);
        let mut row = |name: &str, bytes: u32, note: &str| {
            table.row([
                (PLAIN, name.to_owned()),
                (FIGURE, grouped(bytes as usize)),
                (FAINT, note.to_owned()),
            ]);
        };
        if let Some(bytes) = self.lean_bytes {
            let bytes = bytes.try_into().unwrap_or(u32::MAX);
            row("model", bytes, "in flash: constants, inputs and outputs of the model");
        }
        row("image", self.image_bytes.try_into().unwrap_or(u32::MAX), "in flash, beside the model");
        row("overlay", self.overlay_bytes, "activations and scratch, which share memory over time");
        row("variables", self.variable_bytes, "what is kept between inferences");
        let alignment = match self.alignment {
            1 => "all that is needed in RAM, at any address".to_owned(),
            alignment => format!("all that is needed in RAM, at a multiple of {alignment}"),
        };
        row("arena", self.arena_bytes, &alignment);
        table.write(out)?;
        if let Some(features) = self.features {
            writeln!(out)?;
            if features.is_empty() {
                writeln!(out, "no feature has loops for this target; the image runs on it")?;
            }
            for Feature { name, cores, .. } in features {
                writeln!(out, "feature {name} of bantam: faster loops for {cores}, more flash")?;
            }
        }
        if let Some(feature) = self.feature {
            writeln!(out, "the image has what the loops of {feature} read of one")?;
        }
        writeln!(out)?;
        ops::declare(out, &self.operators, true)
    }
}
