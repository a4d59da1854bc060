//! The table: a file for each family of operators, and a line in it for each operator.

mod binary;
mod compare;
mod control;
mod decode;
mod detection;
mod edge;
mod movement;
mod pool;
mod recurrent;
mod reduce;
mod resize;
mod rowwise;
mod signal;
mod state;
mod unary;
mod weighted;

use crate::{Case, Entry};

/// A family: its name, and its entries in the order of their operators.
type Family = (&'static str, fn() -> Vec<Entry>);

const TABLE: &[Family] = &[
    ("binary", binary::entries),
    ("compare", compare::entries),
    ("control", control::entries),
    ("decode", decode::entries),
    ("detection", detection::entries),
    ("movement", movement::entries),
    ("pool", pool::entries),
    ("recurrent", recurrent::entries),
    ("reduce", reduce::entries),
    ("resize", resize::entries),
    ("rowwise", rowwise::entries),
    ("signal", signal::entries),
    ("state", state::entries),
    ("unary", unary::entries),
    ("weighted", weighted::entries),
];

/// The names of the families.
pub const FAMILIES: [&str; TABLE.len()] = {
    let mut names = [""; TABLE.len()];
    let mut index = 0;
    while index < TABLE.len() {
        names[index] = TABLE[index].0;
        index += 1;
    }
    names
};

/// All entries, an operator with several kinds of nodes more than once.
pub fn table() -> Vec<Entry> {
    let entries = |(family, entries): &Family| {
        let family = *family;
        entries().into_iter().map(move |entry| entry.of_family(family)).collect::<Vec<_>>()
    };
    TABLE.iter().flat_map(entries).collect()
}

/// Small models of one node: each operator with each of its types, and some with what converters
/// write at the edges.
pub fn cases() -> Vec<Case> {
    let table = table();
    table.iter().flat_map(Entry::cases).chain(edge::cases(&table)).collect()
}

/// What is measured of each operator: geometries of the models of MLPerf Tiny, above all.
pub fn benchmarks() -> Vec<Case> {
    table().iter().flat_map(Entry::benchmarks).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::usual::{BOOL, I8, SMALL};

    fn assert_unique(cases: Vec<Case>) {
        let mut names = BTreeSet::new();
        for case in cases {
            assert!(names.insert(case.name.clone()), "{} is there twice", case.name);
        }
    }

    #[test]
    fn names_are_unique() {
        assert_unique(cases());
        assert_unique(benchmarks());
    }

    #[test]
    fn every_entry_has_tests_and_every_operator_a_benchmark() {
        let measured: BTreeSet<_> = benchmarks().iter().map(|case| case.operator.0).collect();
        for entry in table() {
            assert!(entry.cases().next().is_some(), "{}: no test", entry.operator);
            assert!(measured.contains(&entry.operator.0), "{}: no benchmark", entry.operator);
        }
    }

    #[test]
    fn parameters_that_do_not_fit_make_no_node() {
        let add = table().into_iter().find(|entry| entry.operator.name() == Some("ADD"));
        let add = add.expect("it is there");
        assert!(add.node(&crate::Params::new(BOOL, SMALL)).is_none());
        let mut params = crate::Params::new(I8, SMALL);
        assert!(add.node(&params).is_some());
        params.others.clear();
        assert!(add.node(&params).is_none());
    }
}
