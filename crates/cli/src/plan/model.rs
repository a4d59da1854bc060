//! `bantam plan MODEL`: plans a model's memory with the exact search.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use bantam_interp::host::{self, PlanError, Search};
use bantam_report::text::{grouped, printable, shape_text};
use bantam_schema::Model;
use bantam_signal_ops::EVERY;
use bantam_tflm_plan as tflm;
use serde::Serialize;

use super::chart;
use super::compare::{self, Technique};
use super::memory_map::{Live, MemoryMap};
use super::svg;
use crate::args::PlanArgs;
use crate::check;
use crate::failure::{Failure, Result};
use crate::files;
use crate::model_file;
use crate::progress::SearchProgress;
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, shortened, styled,
};

/// Plans a model, shows its memory, and writes it with its plan.
pub(super) fn run(path: &Path, args: &PlanArgs) -> Result<()> {
    let at = |error: &dyn std::fmt::Display| Failure::at(path, error);
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    let request = args.request(&model);
    let search = request.search;

    let start = Instant::now();
    let shown = SearchProgress::new(search.nodes, 1, args.json);
    let planned =
        host::plan(&model, EVERY, &request, &mut |known| shown.update(known)).map_err(|error| {
            match error {
                PlanError::Interpreter(error) => check::failure(path, &model, &error),
                other => at(&other),
            }
        })?;
    drop(shown);
    let seconds = start.elapsed().as_secs_f64();
    let techniques = if args.compare {
        Some(compare::techniques(&model, &planned, search).map_err(|e| at(&e))?)
    } else {
        None
    };

    if let Some(output) = &args.output {
        let file = with_plan_for_tflm(&planned.file, search).map_err(|error| at(&error))?;
        files::write(output, &file)?;
    }
    // The map has the nodes in the order in which they run.
    let ordered = model_file::parse(path, &planned.file)?;
    let map = MemoryMap::new(&ordered, &planned);
    if let Some(output) = &args.svg {
        let title = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        svg::write(output, &title, &map)?;
    }
    let report = ModelReport { model: path.display().to_string(), map, techniques, seconds };
    report::print(&report, args.json)
}

/// Returns the file with one more plan, for TFLM: one without overlap, which holds for all its
/// kernels. `None` if TFLM does as well by itself, or if its plan is not known.
fn with_plan_for_tflm(file: &[u8], options: Search) -> Result<Vec<u8>, String> {
    let model = Model::parse(file).map_err(|error| error.to_string())?;
    let planned = tflm::plan(&model, &tflm::Effort { options, disjoint: true });
    let Some(offsets) = planned.ok().and_then(|plan| plan.offsets) else {
        return Ok(file.to_vec());
    };
    tflm::rewrite(&model, &offsets).map_err(|error| error.to_string())
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct ModelReport {
    model: String,
    #[serde(flatten)]
    map: MemoryMap,
    #[serde(skip_serializing_if = "Option::is_none")]
    techniques: Option<Vec<Technique>>,
    seconds: f64,
}

impl Report for ModelReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let map = &self.map;
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
        if let Some(techniques) = &self.techniques {
            writeln!(out)?;
            compare::write(techniques, out)?;
        }
        writeln!(out, "{:.3} s", self.seconds)
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
