//! `cargo xtask lines`: how many lines of code each operator has of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// The list of operators.
const LIST: &str = "crates/interp/src/ops/mod.rs";

/// An operator, and the files that are its own or that it shares with siblings.
struct Operator {
    name: String,
    binding: PathBuf,
    kernels: Vec<PathBuf>,
}

/// Prints a table: the lines of each operator in `interp` and in `kernels`, without blank lines,
/// comments and tests. Operators that share a file have equal parts of it. The engines of families
/// belong to none of them.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Err("`lines` takes nothing".into());
    }
    let root = Workspace::load()?.root;
    let operators = operators(&root)?;
    let mut sharers = BTreeMap::<&Path, usize>::new();
    for file in operators.iter().flat_map(Operator::files) {
        *sharers.entry(file).or_default() += 1;
    }
    let lines = |files: &[PathBuf]| -> Outcome<usize> {
        let mut sum = 0;
        for file in files {
            sum += code_lines(&fs::read_to_string(file)?).div_ceil(sharers[file.as_path()]);
        }
        Ok(sum)
    };
    println!("| operator | interp | kernels | together |\n|---|--:|--:|--:|");
    let mut totals = Vec::new();
    for operator in &operators {
        let binding = lines(std::slice::from_ref(&operator.binding))?;
        let kernels = lines(&operator.kernels)?;
        println!("| {} | {binding} | {kernels} | {} |", operator.name, binding + kernels);
        totals.push(binding + kernels);
    }
    totals.sort_unstable();
    let median = totals.get(totals.len() / 2).copied().unwrap_or(0);
    println!("\n{} operators; the median is {median} lines", totals.len());
    Ok(())
}

impl Operator {
    fn files(&self) -> impl Iterator<Item = &Path> {
        self.kernels.iter().chain([&self.binding]).map(PathBuf::as_path)
    }
}

fn operators(root: &Path) -> Outcome<Vec<Operator>> {
    let text = fs::read_to_string(root.join(LIST))?;
    let mut operators = Vec::new();
    for (family, module, name) in text.lines().filter_map(entry) {
        let binding = root.join(format!("crates/interp/src/ops/{family}/{module}.rs"));
        let code = fs::read_to_string(&binding)?;
        // The kernel of the same name, or those that the binding names; engines are all others'.
        let of_module =
            |module: &str| root.join(format!("crates/kernels/src/{family}/{module}.rs"));
        let mut kernels: Vec<PathBuf> = match of_module(module) {
            own if own.is_file() => vec![own],
            _ => named(&code, family).map(|module| of_module(&module)).collect(),
        };
        kernels.retain(|file| file.is_file());
        kernels.sort();
        kernels.dedup();
        operators.push(Operator { name: name.to_owned(), binding, kernels });
    }
    Ok(operators)
}

/// Family, module and name of `    unary::relu::Relu<Types> => RELU;`.
fn entry(line: &str) -> Option<(&str, &str, &str)> {
    let (path, name) = line.strip_prefix("    ")?.strip_suffix(';')?.split_once(" => ")?;
    let mut parts = path.split("::");
    let (family, module, operator) = (parts.next()?, parts.next()?, parts.next()?);
    let is_name =
        |part: &str| part.chars().all(|c| c.is_ascii_lowercase() || "_0123456789".contains(c));
    let is_operator = operator.starts_with(|c: char| c.is_ascii_uppercase());
    let name = name.split(',').next()?;
    (is_name(family) && is_name(module) && is_operator).then_some((family, module, name))
}

/// The modules of `bantam_kernels::FAMILY` that a file names.
fn named<'c>(code: &'c str, family: &'c str) -> impl Iterator<Item = String> + 'c {
    let prefix = format!("bantam_kernels::{family}::");
    let lines: Vec<String> = code.lines().map(str::to_owned).collect();
    lines.into_iter().flat_map(move |line| {
        let parts: Vec<String> = line.split(&prefix).skip(1).map(module_of).collect();
        parts
    })
}

/// The name that a piece of a path begins with.
fn module_of(path: &str) -> String {
    path.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// Lines that are neither blank nor comments, before the tests.
fn code_lines(text: &str) -> usize {
    let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    code.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bantam_interp::ops;

    #[test]
    fn every_operator_has_lines() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let operators = operators(&root).unwrap();
        assert_eq!(operators.len(), ops::ALL.len());
        for operator in operators {
            let code = fs::read_to_string(&operator.binding).unwrap();
            assert!(code_lines(&code) > 0, "{}", operator.name);
        }
    }

    #[test]
    fn comments_and_tests_are_no_lines() {
        let text = "//! A page.\nfn a() {}\n\n    // Why.\n    b();\n#[cfg(test)]\nmod tests {}\n";
        assert_eq!(code_lines(text), 2);
    }

    #[test]
    fn entries_are_those_of_the_list() {
        assert_eq!(entry("    unary::relu::Relu<Types> => RELU;"), Some(("unary", "relu", "RELU")));
        assert_eq!(entry("    (Types Int4) => { $crate::ops::types::Int8 };"), None);
    }
}
