//! `bantam plan --for tflm`: a model that TensorFlow Lite Micro runs in less memory.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use bantam_report::text::{grouped, printable};
use bantam_tflm_plan::{self as tflm, Effort, Plan};
use serde::Serialize;

use crate::args::{PlanArgs, Runtime};
use crate::failure::{Failure, Result};
use crate::files;
use crate::model_file;
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, shortened, styled,
};

/// Plans a model, and writes it with its plan.
pub(crate) fn run(path: &Path, args: &PlanArgs) -> Result<()> {
    let at = |error: &dyn std::fmt::Display| Failure::at(path, error);
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    let options = args.request(&model).search;
    let disjoint = args.runtime == Runtime::TflmDisjoint;

    let start = Instant::now();
    let plan = tflm::plan(&model, &Effort { options, disjoint }).map_err(|error| at(&error))?;
    let seconds = start.elapsed().as_secs_f64();

    if let Some(output) = &args.output {
        let file = match &plan.offsets {
            Some(offsets) => tflm::rewrite(&model, offsets).map_err(|error| at(&error))?,
            None => bytes.clone(),
        };
        files::write(output, &file)?;
    }
    let runtime = if disjoint { "tflm-disjoint" } else { "tflm" };
    let report = TflmReport::new(path.display().to_string(), runtime, plan, seconds);
    report::print(&report, args.json)
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct TflmReport {
    model: String,
    runtime: &'static str,
    tflm_head_bytes: u64,
    head_bytes: u64,
    lower_bound_bytes: u64,
    proven: bool,
    planned: bool,
    overlaps: Vec<SharedReport>,
    seconds: f64,
}

/// An element of `overlaps`.
#[derive(Debug, Serialize)]
struct SharedReport {
    subgraph: u32,
    node: usize,
    operator: String,
    output: String,
    input: String,
    bytes: u64,
}

/// The node, with its subgraph unless that is the one that runs.
fn node_text(shared: &SharedReport) -> String {
    match shared.subgraph {
        0 => shared.node.to_string(),
        subgraph => format!("{subgraph}:{}", shared.node),
    }
}

impl TflmReport {
    fn new(model: String, runtime: &'static str, plan: Plan, seconds: f64) -> Self {
        let overlaps = plan.overlaps.into_iter().map(|shared| {
            let tflm::Shared { subgraph, node, operator, output, input, bytes } = shared;
            SharedReport { subgraph, node, operator, output, input, bytes }
        });
        Self {
            model,
            runtime,
            tflm_head_bytes: plan.before_bytes,
            head_bytes: plan.head_bytes,
            lower_bound_bytes: plan.lower_bound_bytes,
            proven: plan.head_bytes <= plan.lower_bound_bytes,
            planned: plan.offsets.is_some(),
            overlaps: overlaps.collect(),
            seconds,
        }
    }
}

impl Report for TflmReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let number = |bytes: u64| grouped(usize::try_from(bytes).unwrap_or(usize::MAX));
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        writeln!(out, "{} bytes in TFLM as the model is", number(self.tflm_head_bytes))?;
        let verdict = if self.proven {
            "no plan is smaller".to_owned()
        } else {
            format!("no plan is smaller than {}", number(self.lower_bound_bytes))
        };
        if self.planned {
            let head = styled(FIGURE, number(self.head_bytes));
            writeln!(out, "{head} bytes with the plan; {verdict}")?;
        } else {
            writeln!(out, "{verdict}: the model stays as it is")?;
        }
        if !self.overlaps.is_empty() {
            writeln!(out, "\nOutputs over inputs, for TFLM's reference kernels only:")?;
            let columns = [
                ("#", Right),
                ("operator", Left),
                ("bytes", Right),
                ("output", Left),
                ("input", Left),
            ];
            let mut table = Table::new(&columns);
            for shared in &self.overlaps {
                table.row([
                    (FAINT, node_text(shared)),
                    (NAME, shared.operator.clone()),
                    (PLAIN, number(shared.bytes)),
                    (PLAIN, shortened(&shared.output)),
                    (PLAIN, shortened(&shared.input)),
                ]);
            }
            table.write(out)?;
        }
        writeln!(out, "{:.3} s", self.seconds)
    }
}
