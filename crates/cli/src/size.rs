//! `bantam size`: the arena that a model needs.

use std::io::{self, Write};

use bantam_interp::{Category, cost};
use bantam_report::text::{grouped, printable};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::SizeArgs;
use crate::engine::{Engine, Interpreter};
use crate::failure::Result;
use crate::model_file;
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, PLAIN, Report, TITLE, Table, styled,
};

/// Shows the size of the arena.
pub(crate) fn run(args: &SizeArgs) -> Result<()> {
    let path = &args.common.model;
    let bytes = model_file::with_batch(path, model_file::read(path)?, args.sizes)?;
    let engine = Engine::new(path, model_file::parse(path, &bytes)?, args.planning);
    let mut memory = engine.exact_memory()?;
    let interpreter = engine.interpreter(&mut memory)?;
    report::print(&SizeReport::new(path.display().to_string(), &interpreter), args.common.json)
}

/// The object of `--json`: `arena_bytes` is the sum of the other three.
#[derive(Debug, Serialize)]
struct SizeReport {
    model: String,
    arena_bytes: usize,
    overlay_bytes: usize,
    persistent_bytes: usize,
    temporary_bytes: usize,
    /// Multiply-accumulates of an invoke.
    macs: u64,
    /// Steps of an invoke.
    steps: u64,
    /// Bytes by category, in the order in which they are shown.
    persistent: Map<String, Value>,
}

impl SizeReport {
    fn new(model: String, interpreter: &Interpreter<'_>) -> Self {
        let usage = interpreter.usage();
        let cost = cost::of_model(&interpreter.model());
        let arena_bytes = interpreter.arena_used_bytes();
        let overlay_bytes = interpreter.overlay_bytes();
        let persistent_bytes = usage.persistent() as usize;
        let category = |category: Category| {
            let name = category.name().replace(' ', "_");
            (name, Value::from(usage.category(category)))
        };
        Self {
            model,
            arena_bytes,
            overlay_bytes,
            persistent_bytes,
            temporary_bytes: arena_bytes.saturating_sub(overlay_bytes + persistent_bytes),
            macs: cost.macs,
            steps: cost.steps,
            persistent: Category::ALL.into_iter().map(category).collect(),
        }
    }
}

impl Report for SizeReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let mut table = Table::new(&[("", Left), ("bytes", Right), ("", Left)]);
        let mut row = |name: &str, bytes: usize, note: &str| {
            table.row([
                (PLAIN, name.to_owned()),
                (FIGURE, grouped(bytes)),
                (FAINT, note.to_owned()),
            ]);
        };
        row("overlay", self.overlay_bytes, "activations and scratch, which share memory over time");
        row("persistent", self.persistent_bytes, "what is kept between inferences:");
        for (name, bytes) in &self.persistent {
            let bytes = bytes.as_u64().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
            if bytes > 0 {
                row(&format!("  {}", name.replace('_', " ")), bytes, "");
            }
        }
        row("temporary", self.temporary_bytes, "more while preparing, and rounding up to 16");
        row("arena", self.arena_bytes, "all of it, exact and the same on every processor");
        table.write(out)?;
        let number = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
        writeln!(
            out,
            "an invoke takes {} multiply-accumulates, {} steps",
            styled(FIGURE, number(self.macs)),
            styled(FIGURE, number(self.steps))
        )?;
        writeln!(out, "\nconst ARENA_BYTES: usize = {};", styled(FIGURE, self.arena_bytes))
    }
}
