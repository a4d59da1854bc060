//! `bantam plan MODEL`: plans a model's memory with the exact search.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use bantam_report::map::{Live, MemoryMap};
use bantam_report::plan::{Plan, plan};
use bantam_report::text::{grouped, printable, shape_text};
use bantam_report::{Named, Timed, svg};

use super::{chart, techniques};
use crate::args::PlanArgs;
use crate::failure::{Failure, Result};
use crate::files;
use crate::model_file::{self, named};
use crate::progress::SearchProgress;
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, shortened, styled,
};

/// Plans a model, shows its memory, and writes it with its plan.
pub(super) fn run(path: &Path, args: &PlanArgs) -> Result<()> {
    let failure = |error| Failure::report(path, error);
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    let request = args.request(&model);
    let search = request.search;

    let start = Instant::now();
    let shown = SearchProgress::new(search.nodes, 1, args.json);
    let planned = plan(&model, &request, &mut |known| shown.update(known));
    drop(shown);
    let mut report = planned.map_err(failure)?;
    let seconds = start.elapsed().as_secs_f64();
    if args.compare {
        report.compare(&model, search).map_err(failure)?;
    }

    if let Some(output) = &args.output {
        files::write(output, &report.file_for_both(search).map_err(failure)?)?;
    }
    if let Some(output) = &args.svg {
        let title = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        files::write(output, svg(&title, &report.map).as_bytes())?;
    }
    report::print(&named(path, Timed { report, seconds }), args.json)
}

impl Report for Named<Timed<Plan>> {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let Timed { report: plan, seconds } = &self.report;
        let map = &plan.map;
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let verdict = if map.proven {
            "no plan is smaller".to_owned()
        } else {
            format!("no plan is smaller than {}", grouped(map.lower_bound_bytes as usize))
        };
        let overlay = styled(FIGURE, grouped(map.overlay_bytes as usize));
        let order = if map.reordered { "; operators in another order" } else { "" };
        writeln!(out, "{} buffers in {overlay} bytes; {verdict}{order}", map.buffers.len())?;
        writeln!(out, "arena of the planned model: {} bytes\n", grouped(map.arena_bytes))?;
        chart::write(map, out)?;
        if let Some(peak) = map.steps.get(map.peak_step) {
            let bytes = grouped(peak.bytes as usize);
            writeln!(out, "\nmost in use: {bytes} bytes {}", peak.title(map.peak_step))?;
            live(map, out)?;
        }
        if let Some(techniques) = &plan.techniques {
            writeln!(out)?;
            techniques::write(techniques, out)?;
        }
        writeln!(out, "{seconds:.3} s")
    }
}

/// Writes a table of the buffers that are live during the fullest step.
fn live(map: &MemoryMap, out: &mut dyn Write) -> io::Result<()> {
    let columns = [
        ("", Left),
        ("offset", Right),
        ("bytes", Right),
        ("shape", Left),
        ("tensor", Left),
        ("", Left),
    ];
    let mut table = Table::new(&columns);
    for Live { index, buffer } in map.live(map.peak_step) {
        let note = match (buffer.over, buffer.base) {
            (Some(input), _) => {
                let way = if buffer.backwards { ", backwards" } else { "" };
                let shared = grouped(buffer.shared_bytes as usize);
                format!("over {} by {shared}{way}", chart::letter(input))
            }
            (None, Some(base)) => format!("view of {}", chart::letter(base)),
            (None, None) => String::new(),
        };
        table.row([
            (NAME, chart::letter(index).to_string()),
            (PLAIN, grouped(buffer.offset as usize)),
            (PLAIN, grouped(buffer.bytes as usize)),
            (PLAIN, buffer.shape.as_deref().map(shape_text).unwrap_or_default()),
            (PLAIN, shortened(&buffer.name)),
            (FAINT, note),
        ]);
    }
    table.write(out)
}
