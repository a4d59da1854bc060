//! `bantam size`: the arena that a model needs.

use std::io::{self, Write};

use bantam_report::Named;
use bantam_report::size::{Size, size};
use bantam_report::text::{grouped, printable};

use crate::args::SizeArgs;
use crate::failure::{Failure, Result};
use crate::model_file::{self, named};
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, PLAIN, Report, TITLE, Table, styled,
};

/// Shows the size of the arena.
pub(crate) fn run(args: &SizeArgs) -> Result<()> {
    let path = &args.common.model;
    let bytes = model_file::with_batch(path, model_file::read(path)?, args.sizes)?;
    let model = model_file::parse(path, &bytes)?;
    let size = size(&model, args.planning.sharing.into());
    let size = size.map_err(|error| Failure::report(path, error))?;
    report::print(&named(path, size), args.common.json)
}

impl Report for Named<Size> {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let size = &self.report;
        let mut table = Table::new(&[("", Left), ("bytes", Right), ("", Left)]);
        let mut row = |name: &str, bytes: usize, note: &str| {
            table.row([
                (PLAIN, name.to_owned()),
                (FIGURE, grouped(bytes)),
                (FAINT, note.to_owned()),
            ]);
        };
        row("overlay", size.overlay_bytes, "activations and scratch, which share memory over time");
        row("persistent", size.persistent_bytes, "what is kept between inferences:");
        for (name, bytes) in &size.persistent {
            let bytes = bytes.as_u64().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
            if bytes > 0 {
                row(&format!("  {}", name.replace('_', " ")), bytes, "");
            }
        }
        row("temporary", size.temporary_bytes, "more while preparing, and rounding up to 16");
        row("arena", size.arena_bytes, "all of it, exact and the same on every processor");
        table.write(out)?;
        let number = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
        writeln!(
            out,
            "an invoke takes {} multiply-accumulates, {} steps",
            styled(FIGURE, number(size.macs)),
            styled(FIGURE, number(size.steps))
        )?;
        writeln!(out, "\nconst ARENA_BYTES: usize = {};", styled(FIGURE, size.arena_bytes))
    }
}
