use std::fs;

use super::of_crate;

/// The circles of a crate of these files.
fn circles(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let found = of_crate(&folder.path().join("lib.rs")).expect("it parses");
    let files = |text: &String| {
        let line = text.lines().next().unwrap_or_default().to_owned();
        line.rsplit_once(": ").map(|(_, files)| files.to_owned())
    };
    found.iter().filter_map(files).collect()
}

fn assert_free(files: &[(&str, &str)]) {
    let found = circles(files);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn two_files_that_import_each_other_are_a_circle() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B; fn f(_: super::a::A) {}"),
    ]);
    assert_eq!(found, ["a.rs, b.rs"]);
}

#[test]
fn parents_that_use_their_children_are_followed() {
    let found = circles(&[
        ("lib.rs", "mod a;"),
        ("a.rs", "mod c; fn f() { c::g() }"),
        ("a/c.rs", "pub fn g() { super::f() }"),
    ]);
    assert_eq!(found, ["a.rs, a/c.rs"]);
}

#[test]
fn reexports_lead_to_the_file_of_the_item() {
    assert_free(&[
        ("lib.rs", "mod a; mod b; pub use a::A; pub use b::*;"),
        ("a.rs", "pub struct A;"),
        ("b.rs", "use crate::A; pub struct B(A);"),
    ]);
}

#[test]
fn reexported_globs_lead_to_the_file_of_the_item() {
    // `B` is in the second of two.
    let found = circles(&[
        ("lib.rs", "mod a; mod b; mod c; mod all;"),
        ("all.rs", "pub use crate::c::*; pub use crate::b::*;"),
        ("a.rs", "use crate::all::B; pub struct A;"),
        ("b.rs", "pub struct B; fn f(_: crate::a::A) {}"),
        ("c.rs", "pub struct C;"),
    ]);
    assert_eq!(found, ["a.rs, b.rs"]);
}

#[test]
fn items_that_macros_make_are_found_behind_globs() {
    assert_free(&[
        ("lib.rs", "mod m; mod a; mod b; pub use a::*; pub use b::*;"),
        ("m.rs", "macro_rules! make { ($n:ident) => { pub struct $n; } } pub(crate) use make;"),
        ("a.rs", "crate::m::make!(A);"),
        ("b.rs", "use crate::A; pub struct B(A);"),
    ]);
    // The name is in the definition of the macro.
    assert_free(&[
        ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
        ("a.rs", "macro_rules! make { () => { pub struct A; } } make!();"),
        ("b.rs", "use crate::A; pub struct B(A);"),
    ]);
}

#[test]
fn an_import_of_all_names_is_an_import() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::*; pub struct A;"),
        ("b.rs", "use crate::a::*; pub struct B;"),
    ]);
    assert_eq!(found, ["a.rs, b.rs"]);
}

#[test]
fn a_module_imported_by_name_counts_where_it_is_used() {
    let folder = |user| {
        [
            ("lib.rs", "mod m;"),
            ("m/mod.rs", "mod a; mod b; pub use a::{A, f}; pub use b::B;"),
            ("m/a.rs", "pub struct A; pub fn f() {}"),
            ("m/b.rs", user),
        ]
    };
    assert_free(&folder("use crate::m; pub struct B(m::A);"));
    let found = circles(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b as other; pub struct A; fn f() { other::g() }"),
        ("b.rs", "pub fn g() {} fn f(_: crate::a::A) {}"),
    ]);
    assert_eq!(found, ["a.rs, b.rs"]);
}

#[test]
fn inline_modules_belong_to_their_file() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub mod inner { pub struct A; mod deep { use super::super::super::b::B; } }"),
        ("b.rs", "use crate::a::inner::A; pub struct B;"),
    ]);
    assert_eq!(found, ["a.rs, b.rs"]);
    assert_free(&[
        ("lib.rs", "mod a;"),
        ("a.rs", "pub struct A; mod inner { mod far; use super::A; }"),
        ("a/inner/far.rs", "use super::super::A;"),
    ]);
}

#[test]
fn paths_of_modules_are_followed() {
    let found = circles(&[
        ("lib.rs", r#"#[path = "x/far.rs"] mod a; mod b;"#),
        ("x/far.rs", "mod near; pub struct A; use crate::b::B;"),
        ("x/near.rs", ""),
        ("b.rs", "use crate::a::A; pub struct B;"),
    ]);
    assert_eq!(found, ["x/far.rs, b.rs"]);
}

#[test]
fn every_file_that_a_module_may_be_is_read() {
    let found = circles(&[
        ("lib.rs", "#[cfg(a)] mod a; #[cfg(not(a))] #[path = \"a2.rs\"] mod a; mod b;"),
        ("a.rs", "pub struct A; use crate::b::B;"),
        ("a2.rs", "pub struct A;"),
        ("b.rs", "use crate::a::A; pub struct B;"),
    ]);
    assert_eq!(found, ["a.rs, b.rs"]);
    let found = circles(&[
        ("lib.rs", "#[cfg_attr(x, path = \"a2.rs\")] mod a; mod b;"),
        ("a.rs", "pub struct A;"),
        ("a2.rs", "pub struct A; use crate::b::B;"),
        ("b.rs", "use crate::a::A; pub struct B;"),
    ]);
    assert_eq!(found, ["a2.rs, b.rs"]);
}

#[test]
fn functions_may_import_for_themselves() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub struct A; fn f() { use crate::b; b::g(); }"),
        ("b.rs", "pub fn g() { struct Local; { use super::a::A; } }"),
    ]);
    assert_eq!(found, ["a.rs, b.rs"]);
    // What a function imports or defines is no item of its module.
    assert_free(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("c.rs", "pub struct C;"),
        ("a.rs", "pub use crate::c::C; fn f() { use crate::b::B as C; struct B; }"),
        ("b.rs", "use crate::a::C; pub struct B;"),
    ]);
}

#[test]
fn paths_in_macros_are_seen() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub struct A; fn f() { assert!(1 == crate::b::g(), \"{}\", 1); }"),
        ("b.rs", "macro_rules! m { () => { $crate::a::A } } pub fn g() -> u8 { 1 }"),
    ]);
    assert_eq!(found, ["a.rs, b.rs"]);
}

#[test]
fn a_call_of_a_macro_is_an_import() {
    let found = circles(&[
        ("lib.rs", "macro_rules! m { () => {} } mod a; fn f() { a::g() }"),
        ("a.rs", "pub fn g() { m!() }"),
    ]);
    assert_eq!(found, ["lib.rs, a.rs"]);
    let found = circles(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "#[macro_export] macro_rules! m { () => {} } use crate::b::B;"),
        ("b.rs", "pub struct B; fn f() { crate::m!() }"),
    ]);
    assert_eq!(found, ["a.rs, b.rs"]);
}

#[test]
fn methods_away_from_their_type_are_imports() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub struct A; impl A { fn f(&self) { self.above() } }"),
        ("b.rs", "use crate::a::A; impl A { pub fn above(&self) {} }"),
    ]);
    assert_eq!(found, ["a.rs, b.rs"]);
    // Another type's method of that name.
    assert_free(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub struct A;"),
        ("b.rs", "use crate::a::A; use crate::c::C; impl A { pub fn finish(&self) {} }"),
        ("c.rs", "use crate::a::A; pub struct C; fn f(x: std::fmt::DebugStruct) { x.finish() }"),
    ]);
}

#[test]
fn names_that_a_function_shares_with_a_module_are_told_apart() {
    assert_free(&[
        ("lib.rs", "mod a; mod b; use a::A; fn a() { b::f(a::A) }"),
        ("a.rs", "pub struct A;"),
        ("b.rs", "use super::a::A; pub fn f(_: A) {}"),
    ]);
}

#[test]
fn tests_and_declarations_are_free() {
    assert_free(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        (
            "a.rs",
            "pub fn f() {} #[cfg(test)] mod tests { use crate::b::g; }
             #[cfg(all(test, unix))] mod more; #[cfg(test)] use crate::b::g;
             struct S; impl S { #[cfg(test)] fn h() { crate::b::g() } }
             pub fn i() { #[cfg(test)] let x = crate::b::g(); }
             fn j() { #[cfg(test)] mod local { use crate::b::g; } }",
        ),
        ("b.rs", "use crate::a::f; use std::a; use core::b::f as g; pub fn g() {}"),
        ("c.rs", "#![cfg(test)] use crate::d::f;"),
    ]);
}

#[test]
fn code_for_tests_and_for_something_else_counts() {
    let found = circles(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub fn f() {} #[cfg(any(test, feature = \"x\"))] mod t { use crate::b::g; }"),
        ("b.rs", "use crate::a::f; pub fn g() {}"),
    ]);
    assert_eq!(found, ["a.rs, b.rs"]);
}

#[test]
fn other_crates_and_restricted_visibility_are_free() {
    assert_free(&[
        ("lib.rs", "mod a; mod b; mod core { pub fn b() {} }"),
        ("a.rs", "pub(in crate::b) fn f() {} fn g() { ::b::f(); core::b::f(); T::b::f(); }"),
        ("b.rs", "use crate::a::f;"),
    ]);
}

#[test]
fn a_circle_names_its_imports() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B; use crate::a::A;"),
    ] {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let found = of_crate(&folder.path().join("lib.rs")).expect("it parses");
    assert!(found[0].contains("a.rs imports b.rs (`crate::b::B`)"), "{found:?}");
    let missing = of_crate(&folder.path().join("none.rs")).expect_err("no such file").to_string();
    assert!(missing.contains("none.rs"), "{missing}");
}

#[test]
fn names_of_other_crates_end() {
    assert_free(&[
        ("lib.rs", "mod a; use x::x; use y::*; pub use a::*;"),
        ("a.rs", "use z::prelude::*; fn f() { x::y::z(); prelude::w::v(); }"),
    ]);
}
