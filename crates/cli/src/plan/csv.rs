//! `bantam plan --csv`: buffers from a file, placed in as little memory as possible.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use bantam_planner::csv::Instance;
use bantam_report::buffers::{self, Placement};
use bantam_report::text::{grouped, printable};
use bantam_report::{OfFile, Timed, svg};

use super::fit;
use crate::args::PlanArgs;
use crate::failure::{Failure, Result};
use crate::files;
use crate::progress::SearchProgress;
use crate::report::{self, FIGURE, Report, TITLE, styled};

/// Plans, checks the plan, and shows its size.
pub(crate) fn run(path: &Path, args: &PlanArgs) -> Result<()> {
    let failure = |error| Failure::report(path, error);
    let instance = buffers::read(&files::read_text(path)?).map_err(failure)?;
    if let Some(capacity) = args.capacity {
        return fit::run(path, args, &instance, capacity);
    }
    let options = args.search();

    let start = Instant::now();
    let shown = SearchProgress::new(options.nodes, instance.unit(), args.json);
    let mut progress = |known| shown.update(known);
    let placed = buffers::place(&instance, args.alignment, &options, &mut progress);
    drop(shown);
    let report = placed.map_err(failure)?;
    let seconds = start.elapsed().as_secs_f64();

    if let Some(output) = &args.output {
        files::write(output, report.csv(&instance).as_bytes())?;
    }
    if let Some(output) = &args.svg {
        draw(output, path, &instance, &report)?;
    }
    let file = path.display().to_string();
    report::print(&OfFile { file, report: Timed { report, seconds } }, args.json)
}

/// Draws the memory map into a file.
fn draw(output: &Path, path: &Path, instance: &Instance, placement: &Placement) -> Result<()> {
    let map = placement
        .memory_map(instance)
        .ok_or_else(|| Failure::at(path, "too many steps to draw"))?;
    let mut title = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    if instance.unit() != 1 {
        title += &format!(", in units of {} bytes", grouped_u64(instance.unit()));
    }
    files::write(output, svg(&title, &map).as_bytes())
}

fn grouped_u64(number: u64) -> String {
    grouped(usize::try_from(number).unwrap_or(usize::MAX))
}

impl Report for OfFile<Timed<Placement>> {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.file)))?;
        let Timed { report: plan, seconds } = &self.report;
        let verdict = if plan.proven {
            "no plan is smaller".to_owned()
        } else {
            format!("no plan is smaller than {}", grouped_u64(plan.lower_bound_bytes))
        };
        let peak = styled(FIGURE, grouped_u64(plan.peak_bytes));
        writeln!(out, "{} buffers in {peak} bytes; {verdict}", grouped_u64(plan.buffers as u64))?;
        writeln!(out, "{}", report::searched(plan.nodes, *seconds))
    }
}
