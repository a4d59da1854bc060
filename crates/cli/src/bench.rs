//! `bantam bench`: the time of an inference.

use std::io::{self, Write};

use bantam_report::Named;
use bantam_report::bench::{Bench, Clock, bench};
use bantam_report::text::{grouped, printable};
use bantam_report::value::significant;

use crate::args::BenchArgs;
use crate::clock;
use crate::failure::{Failure, Result};
use crate::model_file::{self, named};
use crate::report::{
    self,
    Align::{Left, Right},
    FAINT, FIGURE, NAME, PLAIN, Report, TITLE, Table, styled,
};

/// Measures a model.
pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    let path = &args.common.model;
    let bytes = model_file::with_batch(path, model_file::read(path)?, args.sizes)?;
    let model = model_file::parse(path, &bytes)?;
    let clock = Clock { name: clock::NAME, invoke_ns: &clock::now_ns, node_ns: &clock::wall_ns };
    let bench = bench(&model, args.planning.sharing.into(), args.seconds, &clock);
    let bench = bench.map_err(|error| Failure::report(path, error))?;
    report::print(&named(path, bench), args.common.json)
}

impl Report for Named<Bench> {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", styled(TITLE, printable(&self.model)))?;
        let bench = &self.report;
        let time = styled(FIGURE, format!("{} us", significant(bench.invoke_us)));
        let fastest = significant(bench.invoke_min_us);
        let inferences = grouped(usize::try_from(bench.batch).unwrap_or(usize::MAX));
        writeln!(
            out,
            "  {time} per inference: median of {} samples of {inferences}, the fastest {fastest} us, {} time",
            grouped(bench.samples),
            if bench.clock == "thread" { "CPU" } else { "wall" },
        )?;
        writeln!(out, "  {} bytes of arena", grouped(bench.arena_bytes))?;

        writeln!(out, "\n{}", styled(TITLE, "operators"))?;
        let mut table =
            Table::new(&[("#", Right), ("operator", Left), ("us", Right), ("share", Right)]);
        for node in &bench.operators {
            table.row([
                (FAINT, node.index.to_string()),
                (NAME, node.operator.clone()),
                (PLAIN, format!("{:.3}", node.us)),
                (PLAIN, percent(node.share)),
            ]);
        }
        table.write(out)?;

        writeln!(out, "\n{}", styled(TITLE, "kinds of operators"))?;
        let mut table =
            Table::new(&[("operator", Left), ("nodes", Right), ("us", Right), ("share", Right)]);
        for (operator, nodes, us, share) in bench.kinds() {
            table.row([
                (NAME, operator.to_owned()),
                (PLAIN, nodes.to_string()),
                (PLAIN, format!("{us:.3}")),
                (PLAIN, percent(share)),
            ]);
        }
        table.write(out)
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
