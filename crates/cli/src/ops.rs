//! `bantam ops`: the list of operators that a program needs for a model.

use std::io::{self, Write};

use bantam_interp::host::{self, Choice};
use bantam_signal_ops::LISTS;
use serde::Serialize;

use crate::args::OpsArgs;
use crate::failure::{Failure, Result};
use crate::model_file;
use crate::report::{self, NAME, Report, styled};

/// Prints the declaration of the list.
pub(crate) fn run(args: &OpsArgs) -> Result<()> {
    let path = &args.common.model;
    let bytes = model_file::with_batch(path, model_file::read(path)?, args.sizes)?;
    let model = model_file::parse(path, &bytes)?;
    let choices = host::operators_of(&model, &LISTS).map_err(|error| Failure::at(path, error))?;
    let report = OpsReport {
        model: path.display().to_string(),
        prepared: args.prepared,
        operators: choices.iter().map(Choice::path).collect(),
    };
    report::print(&report, args.common.json)
}

/// The object of `--json`.
#[derive(Debug, Serialize)]
struct OpsReport {
    model: String,
    prepared: bool,
    operators: Vec<String>,
}

impl Report for OpsReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        declare(out, &self.operators, self.prepared)
    }
}

/// Writes the declaration of a list of operators, as rustfmt formats it: in one line if it fits.
pub(crate) fn declare(out: &mut dyn Write, paths: &[String], prepared: bool) -> io::Result<()> {
    const COLUMNS: usize = 100;
    let suffix = if prepared { ".prepared()" } else { "" };
    let line = |items: &str| format!("static OPS: &[Op] = &[{items}];");
    let items: Vec<String> = paths.iter().map(|path| format!("{path}{suffix}")).collect();
    let coloured: Vec<String> =
        paths.iter().map(|path| format!("{}{suffix}", styled(NAME, path))).collect();
    if line(&items.join(", ")).len() <= COLUMNS {
        return writeln!(out, "{}", line(&coloured.join(", ")));
    }
    let rows: String = coloured.iter().map(|item| format!("\n    {item},")).collect();
    writeln!(out, "{}", line(&(rows + "\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(paths: &[&str], prepared: bool) -> String {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let mut out = anstream::StripStream::new(Vec::new());
        declare(&mut out, &paths, prepared).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn a_list_that_fits_is_one_line() {
        assert_eq!(declared(&[], false), "static OPS: &[Op] = &[];\n");
        assert_eq!(
            declared(&["ops::int8::CONV_2D", "ops::RESHAPE"], false),
            "static OPS: &[Op] = &[ops::int8::CONV_2D, ops::RESHAPE];\n"
        );
        // 24 characters around the items, and 76 of them: one more is too many.
        let name = |len: usize| "N".repeat(len);
        assert_eq!(declared(&[&name(76)], false).lines().count(), 1);
        assert_eq!(declared(&[&name(77)], false).lines().count(), 3);
    }

    #[test]
    fn a_longer_one_has_a_line_for_each() {
        let path = "ops::int8::DEPTHWISE_CONV_2D";
        let line = "    ops::int8::DEPTHWISE_CONV_2D.prepared(),\n";
        assert_eq!(
            declared(&[path, path], true),
            format!("static OPS: &[Op] = &[\n{line}{line}];\n")
        );
    }
}
