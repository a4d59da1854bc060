//! Finds circles of files: within a crate no two files may import each other, not even by way of
//! others.
//!
//! A file imports another if
//!
//! * a path in it leads to an item of the other: in a `use`, in code, or in the tokens of a macro
//!   call or a macro's definition. Reexports are followed to the file that defines the item, so a
//!   path through a `mod.rs` is no import of the `mod.rs`;
//! * it imports all names of the other (`use other::*`);
//! * it calls a macro that the other defines;
//! * it defines a type, and calls a method of it whose `impl` block stands in the other. Without
//!   types this is a guess: it is made for names that the crate uses for one method.
//!
//! Code for tests is left out. Files that `include!` names are not seen.

mod names;
mod source;

use std::path::Path;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use self::names::{Imports, Names};
use self::source::Source;
use crate::outcome::Outcome;

/// One text for each circle of the crate with this root file: its files, then its imports.
pub(super) fn of_crate(root: &Path) -> Outcome<Vec<String>> {
    let source = Source::read(root)?;
    let imports = Names::new(&source).imports();
    let mut graph = DiGraphMap::<usize, ()>::new();
    for &(from, to) in imports.keys() {
        graph.add_edge(from, to, ());
    }
    let circles = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
    Ok(circles.map(|circle| describe(&source, circle, &imports)).collect())
}

fn describe(source: &Source, mut circle: Vec<usize>, imports: &Imports) -> String {
    circle.sort_unstable();
    let names: Vec<_> = circle.iter().map(|&file| source.file_name(file)).collect();
    let mut text =
        format!("{}: these files import each other: {}", source.folder.display(), names.join(", "));
    for (&(from, to), path) in imports {
        if circle.contains(&from) && circle.contains(&to) {
            let (from, to) = (source.file_name(from), source.file_name(to));
            text.push_str(&format!("\n    {from} imports {to} (`{path}`)"));
        }
    }
    text
}

#[cfg(test)]
mod tests;
