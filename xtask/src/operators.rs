//! `cargo xtask operators`: writes `docs/operators.md`, the table of prepared data in
//! `docs/memory.md` and what `bantam check` says of operators, a row for each operator.
//!
//! The header of the operator's file in `crates/interp/src/ops` or `crates/signal-ops/src` has the
//! facts: a summary in the first paragraph, and a list. In a file of several operators the comment
//! of each operator\'s type is its header. The second table asks the operators.

use std::fs;
use std::path::Path;

use bantam_interp::Code;
use bantam_signal_ops::EVERY;

use crate::outcome::Outcome;
use crate::workspace::Workspace;

/// The lists of operators, whose folders have their files.
const LISTS: [&str; 2] = ["crates/interp/src/ops/mod.rs", "crates/signal-ops/src/ops.rs"];
const CODES: &str = "crates/schema/src/builtin_operator.rs";
const TABLE: &str = "docs/operators.md";
const MEMORY: &str = "docs/memory.md";
/// What `bantam check` says of operators.
const ROWS: &str = "crates/interp/src/host/check/rows.rs";
/// How the table of prepared data begins.
const MEMORY_HEAD: &str = "| operator | bytes |\n|---|--:|\n";

const PREAMBLE: &str = "\
# Operators

<!-- Written by `cargo xtask operators` from the headers of the operators' files: edit those. -->

Every operator of `bantam::ops::ALL`, with its number in the schema of TFLite; then those of
`bantam::signal::ops::ALL` (the feature `signal`), the audio front ends of [signal.md](signal.md).

Results equal those of TensorFlow Lite Micro's reference kernels bit for bit: integers, and floats
as far as the kernel calls no function of the C library that rounds freely. COS, ELU, EXP, LOG,
LOGISTIC, LOG_SOFTMAX, SIN, SOFTMAX, TANH, UNIDIRECTIONAL_SEQUENCE_LSTM and the TANH of SVDF of
`f32`, and the detections, call `cos`, `exp`, `expm1`, `log`, `sin` or `tanh` of the crate `libm`,
and may differ in the last bits. The last column names the kinds of models in the conformance corpus
that test this.
Fused activations that are not listed are ignored. Tensors have at most eight dimensions, none of
them 0; input and output have the same type unless the table says otherwise.

| operator | code | result | types | fused activations | limits | compared with TFLM |
|---|--:|---|---|---|---|---|
";

/// Writes the tables; with `--check`, only says whether they are up to date.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let root = Workspace::load()?.root;
    match arguments {
        [] => write(&root),
        [flag] if flag == "--check" => check(&root),
        _ => Err("`operators` takes nothing but `--check`".into()),
    }
}

/// Writes the tables.
pub(crate) fn write(root: &Path) -> Outcome {
    for (path, text) in pages(root)? {
        fs::write(root.join(path), text)?;
    }
    Ok(())
}

/// An error if a table is not what headers and operators say.
pub(crate) fn check(root: &Path) -> Outcome {
    for (path, text) in pages(root)? {
        if fs::read_to_string(root.join(path)).unwrap_or_default() != text {
            let what = format!("{path} is not up to date; `cargo xtask operators` writes it");
            return Err(what.into());
        }
    }
    Ok(())
}

/// The pages with their tables, as they should be.
fn pages(root: &Path) -> Outcome<[(&'static str, String); 3]> {
    let memory = fs::read_to_string(root.join(MEMORY))?;
    let memory = with_rows(&memory, &data_rows()).ok_or_else(|| format!("{MEMORY}: no table"))?;
    let headers = headers(root)?;
    Ok([(TABLE, table(&headers)), (MEMORY, memory), (ROWS, rows(&headers))])
}

/// Bytes of prepared data, a row for each operator.
fn data_rows() -> String {
    let row = |op: &bantam_interp::Op| match op.code() {
        Code::Builtin(builtin) => format!("| {builtin} | {} |\n", op.data_bytes()),
        Code::Custom(name) => format!("| {name} | {} |\n", op.data_bytes()),
    };
    EVERY.iter().map(row).collect()
}

/// The page with these rows in place of those that it has below [`MEMORY_HEAD`].
fn with_rows(page: &str, rows: &str) -> Option<String> {
    let (before, after) = page.split_once(MEMORY_HEAD)?;
    let old = after.split_inclusive('\n').take_while(|line| line.starts_with('|'));
    let rest = after.get(old.map(str::len).sum::<usize>()..)?;
    Some([before, MEMORY_HEAD, rows, rest].concat())
}

/// The page of all operators.
fn table(headers: &[Headed]) -> String {
    let rows = headers.iter().map(|(name, code, header)| header.row(name, *code));
    PREAMBLE.to_owned() + &rows.collect::<String>()
}

/// How [`ROWS`] begins.
const ROWS_PREAMBLE: &str = "\
//! What the operators take, in words.
//!
//! Written by `cargo xtask operators` from the headers of the operators' files: edit those.

/// What an operator takes.
pub(super) struct Row {
    pub(super) operator: &'static str,
    pub(super) types: &'static str,
    pub(super) limits: &'static str,
}

const fn row(operator: &'static str, types: &'static str, limits: &'static str) -> Row {
    Row { operator, types, limits }
}

/// A row for each operator.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
";

/// The source with the types and the limits of all operators.
fn rows(headers: &[Headed]) -> String {
    let row = |(name, _, header): &Headed| {
        let [types, _, limits, _] = header.facts.each_ref().map(|fact| fact.as_deref());
        let (types, limits) = (types.unwrap_or_default(), limits.unwrap_or_default());
        format!("    row({name:?}, {types:?}, {limits:?}),\n")
    };
    ROWS_PREAMBLE.to_owned() + &headers.iter().map(row).collect::<String>() + "];\n"
}

/// Name, code (of a builtin one) and header of an operator.
type Headed = (String, Option<u32>, Header);

/// Every operator of the list.
fn headers(root: &Path) -> Outcome<Vec<Headed>> {
    let read = |path: &Path| {
        fs::read_to_string(root.join(path)).map_err(|error| format!("{}: {error}", path.display()))
    };
    let codes = read(Path::new(CODES))?;
    let mut headers = Vec::new();
    for path in LISTS {
        let list = read(Path::new(path))?;
        for (module, name, custom) in operators(&list) {
            let file = Path::new(path).with_file_name(module).with_extension("rs");
            let fault = |what: String| format!("{}: {what}", file.display());
            let header = Header::parse(name, &read(&file)?).map_err(fault)?;
            let code = match custom {
                Some(_) => None,
                None => {
                    let code = code(&codes, name);
                    Some(code.ok_or_else(|| fault(format!("{CODES} has no {name}")))?)
                }
            };
            headers.push((custom.unwrap_or(name).to_owned(), code, header));
        }
    }
    Ok(headers)
}

/// Returns file (without its extension) and name of each operator in a list, and what models call a
/// custom one: `binary::add::Add => ADD;`, `x::y::Y => Y, "CustomY";`.
fn operators(list: &str) -> impl Iterator<Item = (String, &str, Option<&str>)> {
    let lines = list.lines().skip_while(|line| *line != "operators! {").skip(1);
    lines.take_while(|line| *line != "}").filter_map(|line| {
        let (path, name) = line.trim().strip_suffix(';')?.split_once(" => ")?;
        let (file, _operator) = path.rsplit_once("::")?;
        let (name, custom) = match name.split_once(", ") {
            Some((name, custom)) => (name, Some(custom.trim_matches('"'))),
            None => (name, None),
        };
        Some((file.replace("::", "/"), name, custom))
    })
}

/// Returns the number in `NAME = NUMBER,`.
fn code(codes: &str, name: &str) -> Option<u32> {
    let mut words = codes.split_whitespace();
    words.find(|word| *word == name)?;
    words.find(|word| *word != "=")?.trim_end_matches(',').parse().ok()
}

/// The names of the facts, in the order of the columns.
const FACTS: [&str; 4] = ["Types", "Activations", "Limits", "Conformance"];
/// The facts that every operator has.
const REQUIRED: [&str; 2] = ["Types", "Conformance"];

/// How the lines of a header begin: that of a file, and that of a type.
const MARKS: [&str; 2] = ["//!", "///"];

/// The facts in the header of an operator.
#[derive(Debug, PartialEq)]
struct Header {
    summary: String,
    facts: [Option<String>; FACTS.len()],
}

impl Header {
    fn parse(name: &str, source: &str) -> Result<Self, String> {
        let begins = |line: &str, mark: &str| {
            let text = line.strip_prefix(mark).and_then(|text| text.trim().strip_prefix(name));
            text.is_some_and(|text| text.starts_with(": "))
        };
        let starts = |line: &str| MARKS.into_iter().find(|mark| begins(line, mark));
        let mark = source.lines().find_map(starts);
        let mark = mark.ok_or_else(|| {
            format!("no comment begins with `//! {name}: ..` or `/// {name}: ..`")
        })?;
        let lines = source.lines().skip_while(|line| !begins(line, mark));
        let mut lines = lines.map_while(|line| line.strip_prefix(mark));
        let first: Vec<&str> =
            lines.by_ref().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let first = first.join(" ");
        let summary = first.get(name.len() + ": ".len()..).unwrap_or_default();
        let mut header =
            Self { summary: summary.trim_end_matches('.').to_owned(), facts: Default::default() };
        let mut current = None;
        for line in lines {
            if let Some(item) = line.strip_prefix(" * ") {
                let fact = item.split_once(": ").and_then(|(key, value)| {
                    Some((FACTS.iter().position(|fact| *fact == key)?, value))
                });
                let (index, value) =
                    fact.ok_or_else(|| format!("`{item}` is none of {FACTS:?}"))?;
                current = Some(header.facts[index].insert(value.to_owned()));
            } else if let (Some(more), Some(value)) = (line.strip_prefix("   "), &mut current) {
                value.push(' ');
                value.push_str(more);
            } else {
                current = None;
            }
        }
        for (fact, value) in FACTS.iter().zip(&header.facts) {
            if value.is_none() && REQUIRED.contains(fact) {
                return Err(format!("the header of {name} lacks `* {fact}: ..`"));
            }
        }
        Ok(header)
    }

    fn row(&self, name: &str, code: Option<u32>) -> String {
        let facts = self.facts.iter().map(|fact| fact.as_deref().unwrap_or_default());
        let cells = [name, &self.summary].into_iter().chain(facts).map(escape);
        let mut cells: Vec<String> = cells.collect();
        cells.insert(1, code.map_or_else(String::new, |code| code.to_string()));
        format!("| {} |\n", cells.join(" | "))
    }
}

/// Escapes the border of a table in a cell.
fn escape(cell: &str) -> String {
    cell.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "\
//! ADD: the sum of
//! `a | b`.
//!
//! * Types: `i8`,
//!   `f32`
//! * Conformance: int8, float32
//!
//! More.

use x;
//! * Limits: none of the header
";

    #[test]
    fn header_becomes_a_row() {
        let row = Header::parse("ADD", HEADER).unwrap().row("ADD", Some(0));
        assert_eq!(row, "| ADD | 0 | the sum of `a \\| b` | `i8`, `f32` |  |  | int8, float32 |\n");
    }

    #[test]
    fn headers_of_types_in_one_file_become_rows() {
        let source = HEADER.replace("//! ADD", "//! Sums.\n\n/// ADD_N").replace("//! ", "/// ");
        let source = [HEADER.replace("//!", "///"), source].concat();
        for (name, summary) in [("ADD", "the sum of `a | b`"), ("ADD_N", "the sum of `a | b`")] {
            let header = Header::parse(name, &source).unwrap();
            assert_eq!(header.summary, summary);
            assert_eq!(header.facts[3].as_deref(), Some("int8, float32"));
        }
    }

    #[test]
    fn faults_of_a_header_are_named() {
        let fault = |source: &str| Header::parse("ADD", source).unwrap_err();
        let missing = "no comment begins with `//! ADD: ..` or `/// ADD: ..`";
        assert_eq!(fault("use x;"), missing);
        assert_eq!(fault("//! ADD_N: a sum."), missing);
        assert!(fault(&HEADER.replace("Types", "Type")).contains("`Type: `i8`,` is none of"));
        let incomplete = HEADER.replace("//! * Conformance: int8, float32\n", "");
        assert_eq!(fault(&incomplete), "the header of ADD lacks `* Conformance: ..`");
    }

    #[test]
    fn rows_are_replaced_and_nothing_else() {
        let page = |rows: &str| format!("a\n\n{MEMORY_HEAD}{rows}\n| b | c |\n");
        assert_eq!(
            with_rows(&page("| A | 1 |\n| B | 2 |\n"), "| A | 3 |\n"),
            Some(page("| A | 3 |\n"))
        );
        assert_eq!(with_rows("| operator | size |", ""), None);
    }

    #[test]
    fn operators_and_codes_are_found() {
        let list = "mod common;\noperators! {\n    f::a_b::AB<Types> => A_B;\n    c::C => C, \"c-op\";\n}\ng::d::D => D;\n";
        let found: Vec<_> = operators(list).collect();
        let path = |path: &str| path.to_owned();
        assert_eq!(found, [(path("f/a_b"), "A_B", None), (path("c"), "C", Some("c-op"))]);
        let codes = "RELU_N1_TO_1 = 20, RELU = 19,\n  RELU6 = 21,";
        assert_eq!(code(codes, "RELU"), Some(19));
        assert_eq!(code(codes, "RELU6"), Some(21));
        assert_eq!(code(codes, "RE"), None);
    }
}
