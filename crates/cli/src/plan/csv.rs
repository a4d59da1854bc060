//! `bantam plan --csv`: buffers from a file, placed in as little memory as possible.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use bantam_planner::csv::Instance;
use bantam_planner::exact::{Solution, solve};
use bantam_planner::large::validate;
use bantam_report::map::MemoryMap;
use bantam_report::svg;
use bantam_report::text::{grouped, printable};
use serde::Serialize;

use super::fit;
use crate::args::PlanArgs;
use crate::failure::{Failure, Result};
use crate::files;
use crate::progress::SearchProgress;
use crate::report::{self, FIGURE, Report, TITLE, styled};

/// Plans, checks the plan, and shows its size.
pub(crate) fn run(path: &Path, args: &PlanArgs) -> Result<()> {
    let at = |error: &dyn std::fmt::Display| Failure::at(path, error);
    let text = files::read_text(path)?;
    let instance = Instance::from_csv(&text).map_err(|error| at(&error))?;
    if let Some(capacity) = args.capacity {
        return fit::run(path, args, &instance, capacity);
    }
    let options = args.search();

    let start = Instant::now();
    let shown = SearchProgress::new(options.nodes, instance.unit(), args.json);
    let solved = solve(&instance, args.alignment, &options, &mut |known| shown.update(known));
    drop(shown);
    let mut solution = solved.map_err(|e| at(&e))?;
    let seconds = start.elapsed().as_secs_f64();
    validate(&instance, args.alignment, &solution.offsets, solution.bytes).map_err(|e| at(&e))?;
    instance.with_views().place(&mut solution.offsets).map_err(|e| at(&e))?;

    if let Some(output) = &args.output {
        files::write(output, instance.to_csv(&solution.offsets).as_bytes())?;
    }
    if let Some(output) = &args.svg {
        draw(output, path, &instance, &solution)?;
    }
    let bytes = |units: u32| u64::from(units) * instance.unit();
    let report = PlanReport {
        file: path.display().to_string(),
        buffers: instance.buffers().len(),
        views: instance.views().len(),
        peak_bytes: bytes(solution.bytes),
        lower_bound_bytes: bytes(solution.lower_bound),
        proven: solution.is_optimal(),
        nodes: solution.nodes,
        seconds,
    };
    report::print(&report, args.json)
}

/// Draws the memory map into a file.
fn draw(output: &Path, path: &Path, instance: &Instance, solution: &Solution) -> Result<()> {
    let map = MemoryMap::of_instance(instance, solution)
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

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct PlanReport {
    file: String,
    buffers: usize,
    views: usize,
    peak_bytes: u64,
    lower_bound_bytes: u64,
    proven: bool,
    nodes: u64,
    seconds: f64,
}

impl Report for PlanReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.file)))?;
        let verdict = if self.proven {
            "no plan is smaller".to_owned()
        } else {
            format!("no plan is smaller than {}", grouped_u64(self.lower_bound_bytes))
        };
        let peak = styled(FIGURE, grouped_u64(self.peak_bytes));
        writeln!(out, "{} buffers in {peak} bytes; {verdict}", grouped_u64(self.buffers as u64))?;
        writeln!(out, "{}", report::searched(self.nodes, self.seconds))
    }
}
