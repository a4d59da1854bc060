//! Programs have the loops of `bantam-isa` that their features and operators ask for, and no
//! others.

use std::collections::BTreeMap;
use std::fs;

use bantam::Model;

use crate::firmware::board::{Mode, find};
use crate::firmware::case::Case;
use crate::firmware::runner::{Row, Runner};
use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// The crate whose functions have these loops.
const CRATE: &str = "bantam_isa::";

/// Modules of `bantam-isa` that only programs with one of these operators have.
const LOOPS: &[(&str, &[&str])] = &[
    ("add", &["ADD", "SUB"]),
    ("cells", &["UNIDIRECTIONAL_SEQUENCE_LSTM"]),
    ("convolve", &["CONV_2D", "DEPTHWISE_CONV_2D"]),
    // A pixel by itself is one row of a matrix.
    ("dense", &["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SVDF"]),
    ("dense_outputs", &["FULLY_CONNECTED"]),
    ("dense_pairs", &["FULLY_CONNECTED"]),
    ("depthwise", &["AVERAGE_POOL_2D", "DEPTHWISE_CONV_2D"]),
    ("dots", &["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"]),
    ("five", &["CONV_2D", "DEPTHWISE_CONV_2D"]),
    ("gate", &["UNIDIRECTIONAL_SEQUENCE_LSTM"]),
    ("maxima", &["MAX_POOL_2D"]),
    ("pixel", &["CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"]),
    ("pool", &["AVERAGE_POOL_2D", "MAX_POOL_2D", "MEAN", "SUM"]),
    ("product", &["MUL"]),
    ("respond", &["SVDF"]),
    ("row", &["DEPTHWISE_CONV_2D"]),
    ("sums", &["AVERAGE_POOL_2D", "MEAN", "SUM"]),
    ("wide", &["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"]),
];

/// Checks programs of examples without a feature, and with one.
pub(super) fn check(
    workspace: &Workspace,
    without: &[Row],
    with: &BTreeMap<&str, Vec<Row>>,
) -> Outcome {
    for row in without {
        if let Some(symbol) = row.symbols.iter().find(|symbol| symbol.contains(CRATE)) {
            return Err(format!("{}: no feature, but {symbol}", told(row)).into());
        }
    }
    for (feature, rows) in with {
        let mut loops = 0;
        for row in rows {
            let path = format!("examples/{0}/{0}.tflite", row.model);
            let operators = operators(&fs::read(workspace.root.join(path))?)?;
            if let Some(symbol) = unneeded(&row.symbols, &operators) {
                let operators = operators.join(", ");
                return Err(format!("{}: {symbol} for {operators}", told(row)).into());
            }
            loops += row.symbols.iter().filter(|symbol| module(symbol).is_some()).count();
        }
        if loops == 0 {
            return Err(format!("no program with `{feature}` has a loop of {CRATE}").into());
        }
        println!("`{feature}`: no program has a loop that its operators do not need");
    }
    Ok(())
}

/// Checks that a program whose feature is switched off executes what it does without the feature.
pub(super) fn check_switched_off(workspace: &Workspace, without: &[Row]) -> Outcome {
    let board = find("mps2-an386")?;
    let cases = Case::examples(&workspace.root)?;
    let case = cases.iter().find(|case| case.name == "digits").ok_or("no digits")?;
    let runner = Runner::new(workspace).with_feature("dsp").switched_off();
    let row = runner.run(board, case, Mode::Prepared)?;
    let is_same = |other: &&Row| {
        (other.board.name, other.mode) == (board.name, row.mode) && other.model == row.model
    };
    let without = without.iter().find(is_same).ok_or("nothing to compare with")?;
    if row.instructions != without.instructions {
        let (found, needed) = (row.instructions, without.instructions);
        return Err(format!("{}: {found:?} instructions, not {needed:?}", told(&row)).into());
    }
    if let Some(symbol) = row.symbols.iter().find(|symbol| module(symbol).is_some()) {
        return Err(format!("{}: switched off, but {symbol}", told(&row)).into());
    }
    println!("`dsp` that is switched off: the same {:?} instructions as without", row.instructions);
    Ok(())
}

fn told(row: &Row) -> String {
    format!("{} with {}, {}", row.board.name, row.model, row.mode.name())
}

/// Returns the names of a model's operators.
fn operators(file: &[u8]) -> Outcome<Vec<String>> {
    let model = Model::parse(file)?;
    let names = model.operator_codes().filter_map(|code| code.builtin.name());
    Ok(names.map(str::to_owned).collect())
}

/// Returns a symbol of a loop that none of these operators needs.
fn unneeded<'s>(symbols: &'s [String], operators: &[String]) -> Option<&'s str> {
    let is_unneeded = |symbol: &&str| {
        let needs = LOOPS.iter().find(|(name, _)| module(symbol) == Some(name));
        needs.is_some_and(|(_, of)| !operators.iter().any(|name| of.contains(&name.as_str())))
    };
    symbols.iter().map(String::as_str).find(is_unneeded)
}

/// Returns the module of a loop: `row` of `bantam_isa::dsp::row::row_1`.
fn module(symbol: &str) -> Option<&str> {
    let (_, path) = symbol.split_once(CRATE)?;
    let (set, rest) = path.split_once("::")?;
    let (module, _) = rest.split_once("::")?;
    ["dsp", "mve", "thumb1", "riscv"].contains(&set).then_some(module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_that_no_operator_needs_are_found() {
        let symbols = ["memcpy", "bantam_isa::dsp::multiply::one", "bantam_isa::mve::row::row_1"];
        let symbols = symbols.map(str::to_owned);
        let operators = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let dense: Vec<String> = operators(&["FULLY_CONNECTED", "CONV_2D"]);
        assert_eq!(unneeded(&symbols, &dense), Some("bantam_isa::mve::row::row_1"));
        let depthwise: Vec<String> = operators(&["RESHAPE", "DEPTHWISE_CONV_2D"]);
        assert_eq!(unneeded(&symbols, &depthwise), None);
        assert_eq!(module("bantam_isa::operands::Part::is_for"), None);
        assert_eq!(module("bantam_isa::bytes"), None);
    }
}
