//! `bantam plan --capacity`: whether the buffers of a file fit into so many bytes.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use bantam_planner::csv::Instance;
use bantam_report::buffers::{self, Fit};
use bantam_report::text::{grouped, printable};
use bantam_report::{OfFile, Timed};

use crate::args::PlanArgs;
use crate::failure::{Failure, Result};
use crate::files;
use crate::report::{self, FIGURE, Report, TITLE, styled};

/// Looks for a plan, checks it, and shows the answer. It is a failure, too, if there is none.
pub(super) fn run(path: &Path, args: &PlanArgs, instance: &Instance, capacity: u64) -> Result<()> {
    let at = |error: &dyn std::fmt::Display| Failure::at(path, error);
    let start = Instant::now();
    let found = buffers::fit(instance, args.alignment, capacity, &args.search());
    let report = found.map_err(|error| Failure::report(path, error))?;
    let seconds = start.elapsed().as_secs_f64();
    if let Some((output, csv)) = args.output.as_ref().zip(report.csv(instance)) {
        files::write(output, csv.as_bytes())?;
    }
    let (fits, nodes, file) = (report.fits, number(report.nodes), path.display().to_string());
    if args.json || report.peak_bytes.is_some() {
        report::print(&OfFile { file, report: Timed { report, seconds } }, args.json)?;
    }
    let capacity = number(capacity);
    match fits {
        Some(true) => Ok(()),
        Some(false) => Err(at(&format_args!("no plan fits into {capacity} bytes"))),
        None => Err(at(&format_args!(
            "no plan for {capacity} bytes found with {nodes} nodes; there may be one"
        ))),
    }
}

fn number(number: u64) -> String {
    grouped(usize::try_from(number).unwrap_or(usize::MAX))
}

impl Report for OfFile<Timed<Fit>> {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.file)))?;
        let Timed { report: fit, seconds } = &self.report;
        let peak = styled(FIGURE, fit.peak_bytes.map_or_else(String::new, number));
        let (buffers, capacity) = (number(fit.buffers as u64), number(fit.capacity_bytes));
        writeln!(out, "{buffers} buffers in {peak} bytes; the capacity is {capacity}")?;
        writeln!(out, "{}", report::searched(fit.nodes, *seconds))
    }
}
