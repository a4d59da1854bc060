//! Every kernel has an example that runs.

use std::fs;
use std::path::Path;

use crate::outcome::Outcome;

/// The folders of the families.
const KERNELS: &str = "crates/kernels/src";
const FAMILIES: &[&str] = &[
    "binary",
    "compare",
    "decode",
    "detection",
    "movement",
    "pool",
    "reduce",
    "resize",
    "rowwise",
    "unary",
    "weighted",
];

/// What ends the names of types that drive a kernel row by row: its function has the example.
const DRIVERS: &[&str] = &["Rows", "Kernel", "FullyConnected"];

pub(super) fn check(root: &Path, faults: &mut Vec<String>) -> Outcome {
    for family in FAMILIES {
        for entry in fs::read_dir(root.join(KERNELS).join(family))? {
            let path = entry?.path();
            if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path)?;
                let file = path.strip_prefix(root).unwrap_or(&path).display();
                let without = without_example(&text);
                faults.extend(without.map(|name| format!("{file}: {name} has no example")));
            }
        }
    }
    Ok(())
}

/// The kernels of a file that no example in it names: public functions, and public types that are
/// operators.
fn without_example(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    let mut example = String::new();
    let mut inside = false;
    for line in code.lines() {
        let Some(comment) = ["///", "//!"].iter().find_map(|mark| line.trim().strip_prefix(mark))
        else {
            continue;
        };
        if comment.trim_start().starts_with("```") {
            inside = !inside;
        } else if inside {
            example.push_str(comment);
            example.push('\n');
        }
    }
    let is_operator = |name: &str| {
        code.lines().any(|line| {
            let ends = line.split(" for ").nth(1).is_some_and(|of| word(of) == name);
            line.starts_with("impl") && ends && (line.contains("Op") || line.contains("Reduce<"))
        })
    };
    let names = code.lines().filter_map(move |line| {
        if let Some(rest) = line.strip_prefix("pub fn ") {
            let name = word(rest);
            return (!name.starts_with("check_")).then_some(name);
        }
        let name = word(line.strip_prefix("pub struct ")?);
        let is_driver = DRIVERS.iter().any(|end| name.ends_with(end));
        (is_operator(name) && !is_driver).then_some(name)
    });
    names.filter(move |name| !words(&example).any(|word| word == *name))
}

fn word(text: &str) -> &str {
    words(text).next().unwrap_or("")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_example_names_is_found() {
        let text = "\
/// ```
/// run::<Known>();
/// ```
pub fn run() {}
pub fn lost() {}
pub struct Known;
impl FloatOp for Known {}
pub struct Unknown;
impl<T> Reduce<T> for Unknown {}
pub struct Options;
";
        assert!(without_example(text).eq(["lost", "Unknown"]));
    }
}
