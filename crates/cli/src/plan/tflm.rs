//! `bantam plan --for tflm`: a model that TensorFlow Lite Micro runs in less memory.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use bantam_report::text::{grouped, printable};
use bantam_report::tflm::{self, TflmPlan};
use bantam_report::{Named, Timed};
use bantam_tflm_plan::{Effort, Shared};

use crate::args::{PlanArgs, Runtime};
use crate::failure::{Failure, Result};
use crate::files;
use crate::model_file::{self, named};
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, shortened, styled,
};

/// Plans a model, and writes it with its plan.
pub(crate) fn run(path: &Path, args: &PlanArgs) -> Result<()> {
    let failure = |error| Failure::report(path, error);
    let bytes = model_file::read(path)?;
    let model = model_file::parse(path, &bytes)?;
    let options = args.request(&model).search;
    let disjoint = args.runtime == Runtime::TflmDisjoint;

    let start = Instant::now();
    let report = tflm::plan(&model, &Effort { options, disjoint }).map_err(failure)?;
    let seconds = start.elapsed().as_secs_f64();

    if let Some(output) = &args.output {
        files::write(output, &report.file(&model).map_err(failure)?)?;
    }
    report::print(&named(path, Timed { report, seconds }), args.json)
}

/// The node, with its subgraph unless that is the one that runs.
fn node_text(shared: &Shared) -> String {
    match shared.subgraph {
        0 => shared.node.to_string(),
        subgraph => format!("{subgraph}:{}", shared.node),
    }
}

impl Report for Named<Timed<TflmPlan>> {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let number = |bytes: u64| grouped(usize::try_from(bytes).unwrap_or(usize::MAX));
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let Timed { report: plan, seconds } = &self.report;
        writeln!(out, "{} bytes in TFLM as the model is", number(plan.tflm_head_bytes))?;
        let verdict = if plan.proven {
            "no plan is smaller".to_owned()
        } else {
            format!("no plan is smaller than {}", number(plan.lower_bound_bytes))
        };
        if plan.planned {
            let head = styled(FIGURE, number(plan.head_bytes));
            writeln!(out, "{head} bytes with the plan; {verdict}")?;
        } else {
            writeln!(out, "{verdict}: the model stays as it is")?;
        }
        if !plan.overlaps.is_empty() {
            writeln!(out, "\nOutputs over inputs, for TFLM's reference kernels only:")?;
            let columns = [
                ("#", Right),
                ("operator", Left),
                ("bytes", Right),
                ("output", Left),
                ("input", Left),
            ];
            let mut table = Table::new(&columns);
            for shared in &plan.overlaps {
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
        writeln!(out, "{seconds:.3} s")
    }
}
