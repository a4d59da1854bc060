//! `cargo xtask new-operator NAME --family FAMILY`: the files and lines that an operator takes.
//!
//! The templates of a family are in `xtask/templates`. What they make compiles; its tests fail
//! until the arithmetic is written.

use std::fs;
use std::path::Path;

use crate::outcome::Outcome;
use crate::process;
use crate::workspace::Workspace;

/// The templates of a family, or of one of its engines.
struct Family {
    /// The name of the folder of the family; behind a slash, that of an engine.
    name: &'static str,
    kernel: &'static str,
    binding: &'static str,
    /// The operator's path in the list, behind the family.
    path: &'static str,
    /// The file of the testkit with its table, and the entry in that.
    table: &'static str,
    entry: &'static str,
}

/// Makes a family of the templates in its folder.
macro_rules! family {
    ($name:literal, $path:literal, $table:literal, $entry:expr) => {
        Family {
            name: $name,
            kernel: include_str!(concat!("../templates/", $name, "/kernel.rs")),
            binding: include_str!(concat!("../templates/", $name, "/binding.rs")),
            path: $path,
            table: concat!("crates/testkit/src/table/", $table, ".rs"),
            entry: $entry,
        }
    };
}

const FAMILIES: &[Family] = &[
    family!(
        "binary",
        "{snake}::{Camel}<Types>",
        "binary",
        "        binary(Op::{NAME}, NUMBERS, result, |_| Options::None),\n"
    ),
    family!(
        "compare",
        "{snake}::{Camel}<Types>",
        "compare",
        "        comparison(Op::{NAME}, ORDERED),\n"
    ),
    family!(
        "movement/lookup",
        "{snake}::{Camel}<Types>",
        "movement/indexed",
        "        Entry::new(Op::{NAME}, FEW, gather)
            .test(both(Params::of(SMALL)))
            .bench([Params::of(MAP)]),\n"
    ),
    family!(
        "movement/walk",
        "{snake}::{Camel}<Types>",
        "movement/arrange",
        "        Entry::new(Op::{NAME}, FEW, |params| {
            let input = params.input.clone();
            Some(Case::new(join(&input.shape), [input.clone()], input, Options::None))
        })
        .test([Params::of(SMALL)])
        .bench([Params::of(MAP)]),\n"
    ),
    family!(
        "pool",
        "{snake}::{Camel}",
        "pool",
        "        pool_2d(Op::{NAME}, &[F32]).bench([window(&[1, 48, 48, 8], [2, 2])]),\n"
    ),
    family!(
        "reduce",
        "{snake}::{Camel}<Types>",
        "reduce",
        "        reduce(Op::{NAME}, &[I8, F32], Tensor::clone),\n"
    ),
    family!(
        "resize",
        "{snake}::{Camel}<Types>",
        "resize",
        "        resize(Op::{NAME}, &[I8, F32], |align_corners, half_pixel_centers| {
            ResizeBilinearOptions { align_corners, half_pixel_centers }.into()
        })
        .bench([twice()]),\n"
    ),
    family!(
        "rowwise",
        "{snake}::{Camel}<Types>",
        "rowwise",
        "        rowwise(Op::{NAME}, &[F32], Options::None, Tensor::clone).bench(rows()),\n"
    ),
    family!(
        "unary",
        "{snake}::{Camel}<Types>",
        "unary",
        "        unary(Op::{NAME}, USUAL, Options::None, Tensor::result),\n"
    ),
    family!(
        "unary/float",
        "{snake}::{Camel}",
        "unary",
        "        unary(Op::{NAME}, &[F32], Options::None, Tensor::clone),\n"
    ),
    family!(
        "weighted",
        "{snake}::{Camel}<Types>",
        "weighted",
        "        Entry::new(Op::{NAME}, USUAL, conv_2d)
            .test([image(SMALL, [3, 3], 3)])
            .bench([image(SMALL, [3, 3], 3)]),\n"
    ),
];

const CODES: &str = "crates/schema/src/builtin_operator.rs";
const OPERATORS: &str = "crates/interp/src/ops/mod.rs";
const CHANGELOG: &str = "CHANGELOG.md";

/// Writes all that an operator takes.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let [name, flag, family] = arguments else { return Err(usage().into()) };
    if flag != "--family" {
        return Err(usage().into());
    }
    let root = Workspace::load()?.root;
    for (path, text) in changes(&|path| read(&root, path), name, family)? {
        fs::write(root.join(&path), text)?;
        println!("{path}");
    }
    // In another process, which is built with the new operator.
    process::run(process::cargo().current_dir(&root).args(["xtask", "operators"]))?;
    println!(
        "\nNext: write the arithmetic and the known results in the kernel, the summary and the types in \
         both headers and in the entry of the testkit; then `cargo xtask operators`, `cargo xtask golden`, \
         and `cargo test -p bantam-interp --test suite`."
    );
    Ok(())
}

fn usage() -> String {
    let families: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    format!("write `new-operator NAME --family FAMILY`; families: {}", families.join(", "))
}

fn read(root: &Path, path: &str) -> Outcome<String> {
    Ok(fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))?)
}

/// The text of a file.
type Read<'r> = &'r dyn Fn(&str) -> Outcome<String>;

/// The files to write, with their texts.
fn changes(read: Read<'_>, name: &str, family: &str) -> Outcome<Vec<(String, String)>> {
    let family = FAMILIES.iter().find(|known| known.name == family).ok_or_else(usage)?;
    if !read(CODES)?.split_whitespace().any(|word| word == name) {
        return Err(format!("{CODES} has no {name}: the schema's names are in capitals").into());
    }
    let list = read(OPERATORS)?;
    if list.contains(&format!(" => {name};")) {
        return Err(format!("{name} is there already").into());
    }
    let (snake, camel) = (name.to_lowercase(), camel(name));
    let fill = |template: &str| {
        let filled = template.replace("{NAME}", name).replace("{snake}", &snake);
        filled.replace("{Camel}", &camel).replace("{SUMMARY}", "what it computes.")
    };
    let folder = family.name.split('/').next().unwrap_or(family.name);
    let kernels = format!("crates/kernels/src/{folder}");
    let bindings = format!("crates/interp/src/ops/{folder}");

    let line = format!("    {folder}::{} => {name};\n", fill(family.path));
    let entry = fill(family.entry);
    let edited = [
        (format!("{kernels}/mod.rs"), format!("pub mod {snake};\n"), module as Key),
        (format!("{bindings}/mod.rs"), format!("pub(super) mod {snake};\n"), module),
        (OPERATORS.into(), line, operator),
        (family.table.into(), entry, entry_of),
    ];
    let mut changes = vec![
        (format!("{kernels}/{snake}.rs"), fill(family.kernel)),
        (format!("{bindings}/{snake}.rs"), fill(family.binding)),
    ];
    for (path, line, key) in edited {
        let text = insert(&read(&path)?, &line, key);
        changes.push((path.clone(), text.ok_or_else(|| format!("{path}: no place for a line"))?));
    }
    let changelog = read(CHANGELOG)?;
    let added = changelog.split_once("### Added\n\n");
    let (before, after) = added.ok_or_else(|| format!("{CHANGELOG}: nothing is added"))?;
    let news = format!("- `bantam-kernels` and `bantam-interp`: {name}.\n");
    changes.push((CHANGELOG.into(), [before, "### Added\n\n", &news, after].concat()));
    Ok(changes)
}

/// What a line of a list is sorted by; `None` if it is no line of the list.
type Key = fn(&str) -> Option<&str>;

/// `relu` of `pub mod relu;`.
fn module(line: &str) -> Option<&str> {
    let declared = line.trim_start_matches("pub(super) ").trim_start_matches("pub ");
    declared.strip_prefix("mod ")?.strip_suffix(';')
}

/// `RELU` of `    unary::relu::Relu<Types> => RELU;`.
fn operator(line: &str) -> Option<&str> {
    let (path, name) = line.strip_prefix("    ")?.strip_suffix(';')?.split_once(" => ")?;
    path.contains("::").then_some(name).filter(|name| is_name(name))
}

/// Whether it is the name of an operator, and no macro's pattern.
fn is_name(name: &str) -> bool {
    name.chars()
        .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
}

/// `RELU` of `        unary(Op::RELU, ..`.
fn entry_of(line: &str) -> Option<&str> {
    let call = line.strip_prefix("        ")?;
    let name = call.split_once("(Op::").filter(|(function, _)| !function.contains(' '))?.1;
    name.split(',').next()
}

/// The text with `new` before the first line of the list that comes after it, or behind the last
/// one.
fn insert(text: &str, new: &str, key: Key) -> Option<String> {
    let name = key(new.lines().next()?)?;
    let mut place = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let of_list = key(line.trim_end_matches('\n'));
        if of_list.is_some_and(|other| other > name) {
            place = Some(at);
            break;
        }
        at += line.len();
        // A line that goes on ends before the next one of the list, or the list itself.
        if of_list.is_some() {
            place = Some(at);
        }
    }
    let (before, after) = text.split_at_checked(place?)?;
    // Behind the last line: that one may go on.
    let rest = after.split_inclusive('\n').take_while(|line| line.starts_with("        "));
    let more: usize = rest.map(str::len).sum();
    let (more, after) = after.split_at_checked(more)?;
    Some([before, more, new, after].concat())
}

/// `ADD_N` as `AddN`.
fn camel(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_owned() + &rest.to_lowercase()
    };
    name.split('_').map(word).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::*;
    use crate::workspace;

    #[test]
    fn names_become_types() {
        assert_eq!(camel("SPACE_TO_BATCH_ND"), "SpaceToBatchNd");
        assert_eq!(camel("RELU_0_TO_1"), "Relu0To1");
    }

    #[test]
    fn lines_are_inserted_in_their_order() {
        let text = "//! A.\n\npub mod b;\nmod d;\n\nuse x;\n";
        let with = |name: &str| insert(text, &format!("pub mod {name};\n"), module).unwrap();
        assert!(with("a").contains("\n\npub mod a;\npub mod b;\nmod d;\n\nuse"));
        assert!(with("c").contains("pub mod b;\npub mod c;\nmod d;\n"));
        assert!(with("e").contains("mod d;\npub mod e;\n\nuse"));
        assert_eq!(insert("use x;\n", "mod a;\n", module), None);
        assert_eq!(operator("    (Types $only:ident) => { $crate::ops::types::$only };"), None);
        let list = "    x::a::A => A;\n    x::c::C<Types> => C;\n}\n";
        let with_b = "    x::a::A => A;\n    x::b::B => B;\n    x::c::C<Types> => C;\n}\n";
        assert_eq!(insert(list, "    x::b::B => B;\n", operator).as_deref(), Some(with_b));
        let table = "    vec![\n        f(Op::A, x)\n            .g(),\n    ]\n";
        let with_b =
            "    vec![\n        f(Op::A, x)\n            .g(),\n        f(Op::B, x),\n    ]\n";
        assert_eq!(insert(table, "        f(Op::B, x),\n", entry_of).as_deref(), Some(with_b));
    }

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// Operators of the schema that are not in the list. A module may have their names.
    fn missing(read: Read<'_>) -> Vec<String> {
        let (codes, list) = (read(CODES).unwrap(), read(OPERATORS).unwrap());
        let words: Vec<&str> = codes.split_whitespace().collect();
        let names = words.windows(2).filter(|pair| pair[1] == "=").map(|pair| pair[0]);
        let known = |name: &str| list.contains(&format!(" => {name};"));
        let reserved = ["CUSTOM", "IF", "WHILE"];
        names
            .filter(|name| is_name(name) && !known(name) && !reserved.contains(name))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn every_family_finds_its_places() {
        let read = |path: &str| read(&root(), path);
        let name = &missing(&read)[0];
        for family in FAMILIES {
            let changes = changes(&read, name, family.name).unwrap();
            assert_eq!(changes.len(), 7, "{}", family.name);
            for (path, text) in changes {
                assert!(text.contains(name) || text.contains(&name.to_lowercase()), "{path}");
                assert!(!text.contains("{NAME}") && !text.contains("{snake}"), "{path}");
            }
        }
        let fault = |name, family| changes(&read, name, family).unwrap_err().to_string();
        assert!(fault(name, "trees").contains("families: binary, compare, "));
        assert!(fault("COSINE", "unary").contains("has no COSINE"));
        assert_eq!(fault("ADD", "unary"), "ADD is there already");
    }

    /// A copy of the workspace has an operator more of each family.
    #[test]
    fn what_is_written_compiles() {
        let Workspace { root, target, .. } = Workspace::load().unwrap();
        let files = workspace::files(&root, "*").unwrap();
        // A file that git knows may have been removed.
        let files =
            files.into_iter().filter_map(|path| Some((fs::read(root.join(&path)).ok()?, path)));
        let files =
            RefCell::new(files.map(|(text, path)| (path, text)).collect::<BTreeMap<_, _>>());
        let read = |path: &str| Ok(String::from_utf8(files.borrow()[path].clone())?);
        let names = missing(&read);
        assert!(names.len() >= FAMILIES.len(), "{names:?} are too few");
        for (family, name) in FAMILIES.iter().zip(&names) {
            for (path, text) in changes(&read, name, family.name).unwrap() {
                files.borrow_mut().insert(path, text.into());
            }
        }
        let copy = target.join("new-operator");
        for (path, text) in files.take() {
            let path = copy.join(path);
            // What is as it was need not be compiled again.
            if fs::read(&path).is_ok_and(|old| old == text) {
                continue;
            }
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut cargo = process::cargo();
        cargo.current_dir(&copy).args(["check", "--quiet", "--offline", "--locked"]);
        cargo.arg("--target-dir").arg(copy.join("target"));
        // With the tests of the kernels, which begin as templates, too.
        cargo.args(["--profile", "test", "--lib"]);
        cargo.args(["-p", "bantam-kernels", "-p", "bantam-interp", "-p", "bantam-testkit"]);
        process::run(&mut cargo).unwrap();
    }
}
