//! `bantam plan --capacity`: whether the buffers of a file fit into so many bytes.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use bantam_planner::csv::Instance;
use bantam_planner::exact::{NoPlan, fit};
use bantam_planner::large::validate;
use bantam_report::text::{grouped, printable};
use serde::Serialize;

use crate::args::PlanArgs;
use crate::failure::{Failure, Result};
use crate::files;
use crate::report::{self, FIGURE, Report, TITLE, styled};

/// Looks for a plan, checks it, and shows the answer. It is a failure, too, if there is none.
pub(super) fn run(path: &Path, args: &PlanArgs, instance: &Instance, capacity: u64) -> Result<()> {
    let at = |error: &dyn std::fmt::Display| Failure::at(path, error);
    let options = args.search();
    let units = u32::try_from(capacity / instance.unit()).unwrap_or(u32::MAX);

    let start = Instant::now();
    let found = fit(instance, args.alignment, units, &options).map_err(|error| at(&error))?;
    let seconds = start.elapsed().as_secs_f64();
    let (fits, mut offsets) = match found.answer {
        Some(Ok(offsets)) => (Some(true), Some(offsets)),
        Some(Err(NoPlan)) => (Some(false), None),
        None => (None, None),
    };
    if let Some(offsets) = &mut offsets {
        validate(instance, args.alignment, offsets, units).map_err(|error| at(&error))?;
        instance.with_views().place(offsets).map_err(|error| at(&error))?;
        if let Some(output) = &args.output {
            files::write(output, instance.to_csv(offsets).as_bytes())?;
        }
    }
    let report = FitReport {
        file: path.display().to_string(),
        buffers: instance.buffers().len(),
        capacity_bytes: capacity,
        fits,
        peak_bytes: offsets.map(|offsets| peak(instance, &offsets)),
        nodes: found.nodes,
        seconds,
    };
    if args.json || report.peak_bytes.is_some() {
        report::print(&report, args.json)?;
    }
    let capacity = number(capacity);
    match fits {
        Some(true) => Ok(()),
        Some(false) => Err(at(&format_args!("no plan fits into {capacity} bytes"))),
        None => {
            let nodes = number(found.nodes);
            let sentence = format_args!(
                "no plan for {capacity} bytes found with {nodes} nodes; there may be one"
            );
            Err(at(&sentence))
        }
    }
}

/// Returns the highest end of a buffer in bytes.
fn peak(instance: &Instance, offsets: &[u32]) -> u64 {
    let ends = instance.buffers().iter().zip(offsets).filter(|(buffer, _)| buffer.bytes != 0);
    let ends = ends.map(|(buffer, &offset)| u64::from(offset) + u64::from(buffer.bytes));
    ends.max().unwrap_or(0) * instance.unit()
}

fn number(number: u64) -> String {
    grouped(usize::try_from(number).unwrap_or(usize::MAX))
}

/// The object of `--json` with `--capacity`.
#[derive(Debug, Serialize)]
struct FitReport {
    file: String,
    buffers: usize,
    capacity_bytes: u64,
    fits: Option<bool>,
    peak_bytes: Option<u64>,
    nodes: u64,
    seconds: f64,
}

impl Report for FitReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.file)))?;
        let peak = styled(FIGURE, self.peak_bytes.map_or_else(String::new, number));
        let (buffers, capacity) = (number(self.buffers as u64), number(self.capacity_bytes));
        writeln!(out, "{buffers} buffers in {peak} bytes; the capacity is {capacity}")?;
        writeln!(out, "{}", report::searched(self.nodes, self.seconds))
    }
}
