//! Circles of files: within a crate no two files import each other, not even by way of others.
//!
//! Tests are left out. A file imports another if a path in it, in a `use` or elsewhere, leads to an
//! item of the other. Reexports are followed to the file that defines the item. Paths within macro
//! calls are not seen.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree};

use crate::Outcome;

/// A module: the names from the root of the crate on.
type Module = Vec<String>;

/// One line for each circle of the crate with this root file.
pub(super) fn of_crate(root: &Path) -> Outcome<Vec<String>> {
    let mut source = Crate::default();
    let folder = root.parent().ok_or("a root file lies in a folder")?;
    source.read(root, folder, Vec::new())?;
    let mut graph = DiGraphMap::<usize, ()>::new();
    for (module, scope) in &source.modules {
        for path in &scope.paths {
            if let Some(file) = source.file_of(module, path)
                && file != scope.file
            {
                graph.add_edge(scope.file, file, ());
            }
        }
    }
    let circles = tarjan_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
    Ok(circles.map(|circle| source.describe(folder, circle)).collect())
}

/// What one module says.
#[derive(Default)]
struct Scope {
    /// Index of the file that the module stands in.
    file: usize,
    /// Names that are imported, with the paths that they stand for.
    aliases: BTreeMap<String, Module>,
    /// Modules all of whose names are imported.
    globs: Vec<Module>,
    /// Names of the items that it defines.
    items: Vec<String>,
    /// All paths in it that may lead to other modules.
    paths: Vec<Module>,
}

#[derive(Default)]
struct Crate {
    files: Vec<PathBuf>,
    modules: BTreeMap<Module, Scope>,
}

impl Crate {
    /// Reads a file, which is `module`, and those of its submodules, which lie in `folder`.
    fn read(&mut self, file: &Path, folder: &Path, module: Module) -> Outcome {
        let text = fs::read_to_string(file)?;
        let parsed =
            syn::parse_file(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        self.files.push(file.to_owned());
        let file = self.files.len() - 1;
        self.enter(&parsed.items, file, folder, module)
    }

    fn enter(&mut self, items: &[Item], file: usize, folder: &Path, module: Module) -> Outcome {
        let mut scope = Scope { file, ..Scope::default() };
        for item in items {
            if let Item::Mod(inner) = item {
                if !is_test(&inner.attrs) {
                    self.enter_module(inner, file, folder, &module)?;
                }
                continue;
            }
            scope.visit_item(item);
        }
        self.modules.insert(module, scope);
        Ok(())
    }

    fn enter_module(
        &mut self,
        inner: &ItemMod,
        file: usize,
        folder: &Path,
        outer: &Module,
    ) -> Outcome {
        let name = inner.ident.to_string();
        let folder_of_children = folder.join(&name);
        let mut module = outer.clone();
        module.push(name.clone());
        if let Some((_, items)) = &inner.content {
            return self.enter(items, file, &folder_of_children, module);
        }
        let beside = folder.join(format!("{name}.rs"));
        let within = folder_of_children.join("mod.rs");
        let path = if beside.exists() { beside } else { within };
        self.read(&path, &folder_of_children, module)
    }

    /// The file that defines what `path` leads to, seen from `module`; `None` for another crate's.
    fn file_of(&self, module: &Module, path: &[String]) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        let (mut start, rest) = match first.as_str() {
            "crate" => (Vec::new(), rest),
            "self" => (module.clone(), rest),
            "super" => (module.split_last()?.1.to_vec(), rest),
            _ => (module.clone(), path),
        };
        let mut rest = rest;
        while let Some(("super", more)) = rest.split_first().map(|(a, b)| (a.as_str(), b)) {
            start.pop()?;
            rest = more;
        }
        let names_a_crate = !matches!(first.as_str(), "crate" | "self" | "super")
            && !self.modules.contains_key(&child(module, first));
        if names_a_crate { None } else { self.resolve(start, rest, 0) }
    }

    fn resolve(&self, mut at: Module, path: &[String], depth: usize) -> Option<usize> {
        // Reexports of reexports; a circle of those does not compile.
        if depth > 16 {
            return None;
        }
        for (index, name) in path.iter().enumerate() {
            let rest = &path[index + 1..];
            let scope = self.modules.get(&at)?;
            if self.modules.contains_key(&child(&at, name)) {
                at.push(name.clone());
            } else if scope.items.contains(name) {
                return Some(scope.file);
            } else if let Some(alias) = scope.aliases.get(name) {
                let target = [alias.as_slice(), rest].concat();
                return self.follow(&at, &target, depth);
            } else {
                let found = scope.globs.iter().find_map(|glob| {
                    let target = [glob.as_slice(), &path[index..]].concat();
                    self.follow(&at, &target, depth)
                });
                return found.or(Some(scope.file));
            }
        }
        self.modules.get(&at).map(|scope| scope.file)
    }

    fn follow(&self, from: &Module, path: &[String], depth: usize) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.resolve(Vec::new(), rest, depth + 1),
            "self" => self.resolve(from.clone(), rest, depth + 1),
            "super" => self.resolve(from.split_last()?.1.to_vec(), rest, depth + 1),
            _ => {
                let start = child(from, first);
                self.modules.get(&start)?;
                self.resolve(start, rest, depth + 1)
            }
        }
    }

    fn describe(&self, folder: &Path, mut circle: Vec<usize>) -> String {
        circle.sort_unstable();
        let name = |&file: &usize| {
            let path = self.files[file].strip_prefix(folder).unwrap_or(&self.files[file]);
            path.display().to_string()
        };
        let names: Vec<_> = circle.iter().map(name).collect();
        format!("{}: these files import each other: {}", folder.display(), names.join(", "))
    }
}

impl Scope {
    fn import(&mut self, tree: &UseTree, prefix: &Module) {
        let with = |name: String| [prefix.as_slice(), &[name]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(path.ident.to_string())),
            UseTree::Name(name) if name.ident == "self" => {
                if let Some(last) = prefix.last() {
                    self.aliases.insert(last.clone(), prefix.clone());
                }
                self.paths.push(prefix.clone());
            }
            UseTree::Name(name) => {
                let path = with(name.ident.to_string());
                self.aliases.insert(name.ident.to_string(), path.clone());
                self.paths.push(path);
            }
            UseTree::Rename(rename) => {
                let path = with(rename.ident.to_string());
                self.aliases.insert(rename.rename.to_string(), path.clone());
                self.paths.push(path);
            }
            UseTree::Glob(_) => {
                self.globs.push(prefix.clone());
                self.paths.push(prefix.clone());
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, prefix));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Scope {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = match item {
            Item::Const(item) => (&item.attrs, Some(&item.ident)),
            Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
            Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
            Item::Static(item) => (&item.attrs, Some(&item.ident)),
            Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            Item::Type(item) => (&item.attrs, Some(&item.ident)),
            Item::Union(item) => (&item.attrs, Some(&item.ident)),
            Item::Impl(item) => (&item.attrs, None),
            Item::Use(item) => (&item.attrs, None),
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            self.items.extend(name.map(ToString::to_string));
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.import(&item.tree, &Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.paths.push(path.segments.iter().map(|part| part.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }
}

fn child(module: &Module, name: &str) -> Module {
    [module.as_slice(), &[name.to_owned()]].concat()
}

/// Whether an item is compiled for tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles of a crate of these files.
    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let found = of_crate(&folder.path().join("lib.rs")).expect("it parses");
        found.iter().filter_map(|line| Some(line.rsplit_once(": ")?.1.to_owned())).collect()
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
        let found = circles(&[
            ("lib.rs", "mod a; mod b; pub use a::A; pub use b::*;"),
            ("a.rs", "pub struct A;"),
            ("b.rs", "use crate::A; pub struct B(A);"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn tests_and_declarations_are_free() {
        let found = circles(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub fn f() {} #[cfg(test)] mod tests { use crate::b; }"),
            ("b.rs", "use crate::a::f; use std::a; use core::b::f as g;"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }
}
