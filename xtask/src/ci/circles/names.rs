//! Resolves names: which file defines what a path leads to.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{self, Scope, Source, child};

/// Which file imports which, and one path that does it.
pub(super) type Imports = BTreeMap<(usize, usize), String>;

/// Names in a path: those of one that leads somewhere are fewer.
const MAX_LEN: usize = 16;

/// The modules of a crate by name.
pub(super) struct Names<'a> {
    source: &'a Source,
    modules: BTreeMap<&'a [String], Vec<&'a Scope>>,
}

/// What a path leads to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// An item of the file.
    Item(usize),
    Module(source::Names),
}

/// What counts as found; each pass is less strict than the one before.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Pass {
    /// Items that stand in the text.
    #[default]
    Defined,
    /// Identifiers in calls of macros as well.
    InMacros,
    /// Whatever a reexport names, in the module that it names.
    Named,
}

/// One search.
#[derive(Default)]
struct Search {
    /// What was looked up already: globs and reexports may go in a circle.
    seen: BTreeSet<(source::Names, source::Names)>,
    pass: Pass,
}

impl<'a> Names<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        let mut modules = BTreeMap::<_, Vec<_>>::new();
        for scope in &source.scopes {
            modules.entry(scope.module.as_slice()).or_default().push(scope);
        }
        Self { source, modules }
    }

    /// Which file imports which.
    pub(super) fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for scope in &self.source.scopes {
            let mut add = |file, name: String| {
                if file != scope.file {
                    imports.entry((scope.file, file)).or_insert(name);
                }
            };
            for path in scope.imports.iter().chain(&scope.paths) {
                for file in self.files(scope, path) {
                    add(file, path.join("::"));
                }
            }
            for glob in &scope.globs {
                for target in self.targets(scope, glob) {
                    self.files_of(&target).for_each(|file| add(file, glob.join("::") + "::*"));
                }
            }
            for name in &scope.macro_calls {
                self.files_of_macro(scope, name).for_each(|file| add(file, format!("{name}!")));
            }
        }
        self.add_methods(&mut imports);
        imports
    }

    /// The files with the items that `path` leads to, seen from the scope. A module alone is no
    /// item: an import of it says nothing before something in it is named.
    fn files(&self, scope: &Scope, path: &[String]) -> BTreeSet<usize> {
        let targets = self.targets(scope, path);
        let files = targets.into_iter().filter_map(|target| match target {
            Target::Item(file) => Some(file),
            Target::Module(_) => None,
        });
        files.collect()
    }

    fn files_of(&self, target: &Target) -> impl Iterator<Item = usize> {
        let (item, module) = match target {
            Target::Item(file) => (Some(*file), None),
            Target::Module(module) => (None, Some(self.scopes(module))),
        };
        item.into_iter().chain(module.into_iter().flatten().map(|scope| scope.file))
    }

    fn scopes(&self, module: &[String]) -> &[&'a Scope] {
        self.modules.get(module).map_or(&[], Vec::as_slice)
    }

    fn targets(&self, scope: &Scope, path: &[String]) -> BTreeSet<Target> {
        // What is not found is looked for in macros; then it is an item of the last known module,
        // such as one that a derive makes.
        for len in (1..=path.len()).rev() {
            let (known, rest) = path.split_at(len);
            for pass in [Pass::Defined, Pass::InMacros, Pass::Named] {
                let mut search = Search { pass, ..Search::default() };
                let found = self.look_up(scope, known, &mut search);
                if found.is_empty() {
                    continue;
                }
                if rest.is_empty() {
                    return found;
                }
                let files = found.iter().flat_map(|target| self.files_of(target));
                return files.map(Target::Item).collect();
            }
        }
        BTreeSet::new()
    }

    /// Looks up a path as it stands in a scope.
    fn look_up(&self, scope: &Scope, path: &[String], search: &mut Search) -> BTreeSet<Target> {
        let Some((first, rest)) = path.split_first() else { return BTreeSet::new() };
        if let Some(found) = self.absolute(&scope.module, path, search) {
            return found;
        }
        if let Some(aliases) = scope.locals.get(first) {
            let paths = aliases.iter().map(|alias| [alias.as_slice(), rest].concat());
            // An alias may stand for another crate's item of its own name.
            return paths.flat_map(|path| self.follow(&scope.module, &path, search)).collect();
        }
        self.follow(&scope.module, path, search)
    }

    /// A path that begins with `crate`, `self` or `super`; `None` if it does not.
    fn absolute(
        &self,
        module: &[String],
        path: &[String],
        search: &mut Search,
    ) -> Option<BTreeSet<Target>> {
        let (mut at, mut rest) = match path.first()?.as_str() {
            "crate" => (&[][..], &path[1..]),
            "self" => (module, &path[1..]),
            "super" => (module, path),
            _ => return None,
        };
        while let Some(("super", more)) =
            rest.split_first().map(|(first, more)| (first.as_str(), more))
        {
            let Some((_, outer)) = at.split_last() else { return Some(BTreeSet::new()) };
            (at, rest) = (outer, more);
        }
        Some(self.resolve(at, rest, search))
    }

    /// Looks up a path of a reexport, or any other, in `module`.
    fn follow(&self, module: &[String], path: &[String], search: &mut Search) -> BTreeSet<Target> {
        match self.absolute(module, path, search) {
            Some(found) => found,
            None => self.resolve(module, path, search),
        }
    }

    /// Looks up a path in `at`, name by name.
    fn resolve(&self, at: &[String], path: &[String], search: &mut Search) -> BTreeSet<Target> {
        let mut found = BTreeSet::new();
        // A name that stands for a longer path with the same first name is another crate's.
        let is_new = search.seen.insert((at.to_vec(), path.to_vec()));
        if !is_new || path.len() > MAX_LEN {
            return found;
        }
        let Some((name, rest)) = path.split_first() else {
            found.extend(self.modules.contains_key(at).then(|| Target::Module(at.to_vec())));
            return found;
        };
        let inner = child(at, name);
        if self.modules.contains_key(inner.as_slice()) {
            found.extend(self.resolve(&inner, rest, search));
            // No type has the name of a module beside it; a function or a macro may.
            if !rest.is_empty() {
                return found;
            }
        }
        for scope in self.scopes(at) {
            let defined = scope.items.contains(name)
                || rest.is_empty() && scope.macros.contains_key(name)
                || search.pass >= Pass::InMacros && scope.in_macros.contains(name);
            if defined {
                found.insert(Target::Item(scope.file));
            }
            for alias in scope.aliases.get(name).into_iter().flatten() {
                let path = [alias.as_slice(), rest].concat();
                let targets = self.follow(at, &path, search);
                if targets.is_empty() && search.pass == Pass::Named {
                    found.extend(self.modules_of(at, alias));
                }
                found.extend(targets);
            }
        }
        if at.is_empty() && rest.is_empty() {
            let exporting = |scope: &&Scope| scope.macros.get(name) == Some(&true);
            let files = self.source.scopes.iter().filter(exporting).map(|scope| scope.file);
            found.extend(files.map(Target::Item));
        }
        if found.is_empty() {
            for glob in self.scopes(at).iter().flat_map(|scope| &scope.globs) {
                for target in self.follow(at, glob, search) {
                    found.extend(match target {
                        Target::Module(module) => self.resolve(&module, path, search),
                        // The variants of an enum.
                        Target::Item(_) => BTreeSet::new(),
                    });
                }
            }
        }
        found
    }

    /// The files of the last module that a path names: an item that a macro makes is there.
    fn modules_of(&self, at: &[String], path: &[String]) -> BTreeSet<Target> {
        let prefixes = (1..path.len()).rev();
        let found = prefixes
            .map(|len| self.follow(at, &path[..len], &mut Search::default()))
            .find(|found| !found.is_empty())
            .unwrap_or_default();
        found.iter().flat_map(|target| self.files_of(target)).map(Target::Item).collect()
    }

    /// The files that define a macro which is called by name alone: it is imported, or a module
    /// around defines it.
    fn files_of_macro(&self, scope: &Scope, name: &str) -> impl Iterator<Item = usize> {
        let path = [name.to_owned()];
        let mut files = self.files(scope, &path);
        for len in (0..scope.module.len()).rev() {
            if !files.is_empty() {
                break;
            }
            let outer = self.scopes(&scope.module[..len]).iter();
            let defining = outer.filter(|outer| outer.macros.contains_key(name));
            files.extend(defining.map(|outer| outer.file));
        }
        files.into_iter()
    }

    /// Adds what the file of a type calls of its methods in another file. Left out are names that
    /// the crate uses for several methods.
    fn add_methods(&self, imports: &mut Imports) {
        let away = self.methods_away_from_their_type();
        let mut calls = Vec::new();
        for scope in &self.source.scopes {
            for name in &scope.method_calls {
                let Some(&(home, file)) = away.get(name.as_str()) else { continue };
                if scope.file == home {
                    calls.push(((scope.file, file), format!(".{name}()")));
                }
            }
        }
        for (import, name) in calls {
            imports.entry(import).or_insert(name);
        }
    }

    /// The methods by name, with the file of the type and that of the `impl` block.
    fn methods_away_from_their_type(&self) -> BTreeMap<&'a str, (usize, usize)> {
        let mut known = BTreeMap::<&str, usize>::new();
        let mut away = BTreeMap::new();
        for scope in &self.source.scopes {
            for (name, of) in &scope.methods {
                *known.entry(name).or_default() += 1;
                let home = self.files(scope, of);
                if let Some(&home) = home.first()
                    && home != scope.file
                {
                    away.insert(name.as_str(), (home, scope.file));
                }
            }
            for name in scope.trait_methods.iter().chain(&scope.items) {
                *known.entry(name).or_default() += 1;
            }
        }
        away.retain(|name, _| known.get(name) == Some(&1));
        away
    }
}
