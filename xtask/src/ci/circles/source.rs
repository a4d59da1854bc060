//! Reads the files of a crate: its modules, their items, and the paths in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, Meta, Token, UseTree};

use crate::outcome::Outcome;

/// The names from the root of the crate to a module, or from a module to an item.
pub(super) type Names = Vec<String>;

/// All modules of a crate.
pub(super) struct Source {
    /// The folder of the root file.
    pub(super) folder: PathBuf,
    files: Vec<PathBuf>,
    /// One for each module, or several where `cfg` chooses between files.
    pub(super) scopes: Vec<Scope>,
}

/// One module.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) module: Names,
    /// Index of the file that the module stands in.
    pub(super) file: usize,
    /// Names that it imports, with the paths that they stand for.
    pub(super) aliases: Aliases,
    /// Names that its functions import for themselves.
    pub(super) locals: Aliases,
    /// Modules all of whose names are imported.
    pub(super) globs: Vec<Names>,
    /// Names of the items that it defines.
    pub(super) items: BTreeSet<String>,
    /// Identifiers in calls of macros that stand for items: some are names of items.
    pub(super) in_macros: BTreeSet<String>,
    /// Names of the macros that it defines; with `true` those that the whole crate sees.
    pub(super) macros: BTreeMap<String, bool>,
    /// Paths that it imports.
    pub(super) imports: BTreeSet<Names>,
    /// Paths of two or more names in its code.
    pub(super) paths: BTreeSet<Names>,
    /// Macros that are called by name alone.
    pub(super) macro_calls: BTreeSet<String>,
    /// Methods, and functions of types, that are called.
    pub(super) method_calls: BTreeSet<String>,
    /// Methods and functions of `impl` blocks without a trait: name and path of the type.
    pub(super) methods: Vec<(String, Names)>,
    /// Methods of traits and of their implementations.
    pub(super) trait_methods: Vec<String>,
}

pub(super) type Aliases = BTreeMap<String, BTreeSet<Names>>;

impl Source {
    /// Reads the root file and the files of all modules, those of tests not.
    pub(super) fn read(root: &Path) -> Outcome<Self> {
        let folder = root.parent().ok_or("a root file lies in a folder")?.to_owned();
        let mut source = Self { folder: folder.clone(), files: Vec::new(), scopes: Vec::new() };
        source.read_file(root, &folder, Vec::new())?;
        Ok(source)
    }

    /// The name of a file, from the folder of the root file on.
    pub(super) fn file_name(&self, file: usize) -> String {
        let path = &self.files[file];
        path.strip_prefix(&self.folder).unwrap_or(path).display().to_string()
    }

    /// Reads a file, which is `module`, and those of its submodules, which lie in `folder`.
    fn read_file(&mut self, path: &Path, folder: &Path, module: Names) -> Outcome {
        let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = fs::read_to_string(path).map_err(|error| named(&error))?;
        let parsed = syn::parse_file(&text).map_err(|error| named(&error))?;
        if is_test(&parsed.attrs) {
            return Ok(());
        }
        self.files.push(path.to_owned());
        let place = Place { file: self.files.len() - 1, path, folder, inline: false };
        self.read_module(&parsed.items, &place, module)
    }

    fn read_module(&mut self, items: &[Item], place: &Place<'_>, module: Names) -> Outcome {
        let mut reader = Reader { scope: Scope::default(), modules: Vec::new(), functions: 0 };
        items.iter().for_each(|item| reader.visit_item(item));
        let Reader { mut scope, modules, .. } = reader;
        (scope.module, scope.file) = (module.clone(), place.file);
        self.scopes.push(scope);
        modules.into_iter().try_for_each(|inner| self.read_submodule(inner, place, &module))
    }

    fn read_submodule(&mut self, inner: &ItemMod, place: &Place<'_>, outer: &Names) -> Outcome {
        let name = name_of(&inner.ident);
        let folder = place.folder.join(&name);
        let module = child(outer, &name);
        if let Some((_, items)) = &inner.content {
            let place = Place { folder: &folder, inline: true, ..*place };
            return self.read_module(items, &place, module);
        }
        // A path counts from the folder of the file, within an inline module from the module's.
        let base =
            if place.inline { place.folder } else { place.path.parent().unwrap_or(place.path) };
        let paths = paths_of(&inner.attrs);
        for path in &paths.paths {
            let path = base.join(path);
            // The submodules of such a file lie beside it.
            self.read_file(&path, path.parent().unwrap_or(base), module.clone())?;
        }
        let beside = place.folder.join(format!("{name}.rs"));
        let within = folder.join("mod.rs");
        let usual = if beside.exists() { beside } else { within };
        match paths.always {
            true => Ok(()),
            false => self.read_file(&usual, &folder, module),
        }
    }
}

/// Where a module stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: usize,
    path: &'a Path,
    /// Where its submodules lie.
    folder: &'a Path,
    /// Whether it is a module within a file.
    inline: bool,
}

/// What attributes say of the file of a module.
#[derive(Default)]
struct Paths {
    paths: Vec<String>,
    /// Whether the usual file is never taken.
    always: bool,
}

fn paths_of(attributes: &[Attribute]) -> Paths {
    let mut found = Paths::default();
    for attribute in attributes {
        if let Some(path) = path_of(&attribute.meta) {
            (found.always, found.paths) = (true, vec![path]);
        } else if attribute.path().is_ident("cfg_attr")
            && let Ok(parts) = attribute.parse_args_with(Parts::parse_terminated)
        {
            found.paths.extend(parts.iter().skip(1).filter_map(path_of));
        }
    }
    found
}

fn path_of(meta: &Meta) -> Option<String> {
    let value = meta.require_name_value().ok().filter(|meta| meta.path.is_ident("path"))?;
    match &value.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
        _ => None,
    }
}

type Parts = Punctuated<Meta, Token![,]>;

/// Whether something with these attributes is compiled for tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        path.segments.last().is_some_and(|last| last.ident == "test")
            || path.is_ident("cfg")
                && attribute.parse_args::<Meta>().is_ok_and(|condition| needs_test(&condition))
    })
}

fn needs_test(condition: &Meta) -> bool {
    let Meta::List(list) = condition else { return condition.path().is_ident("test") };
    let Ok(parts) = list.parse_args_with(Parts::parse_terminated) else { return false };
    if list.path.is_ident("all") {
        parts.iter().any(needs_test)
    } else {
        list.path.is_ident("any") && !parts.is_empty() && parts.iter().all(needs_test)
    }
}

/// Reads one module.
struct Reader<'ast> {
    scope: Scope,
    /// Its submodules, also those that stand in a function.
    modules: Vec<&'ast ItemMod>,
    /// How many functions, or other items, are around the place that is read.
    functions: usize,
}

impl Reader<'_> {
    fn import(&mut self, tree: &UseTree, prefix: &Names) {
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &child(prefix, &name_of(&path.ident))),
            UseTree::Name(name) if name.ident == "self" => {
                let last = prefix.last().cloned().unwrap_or_default();
                self.alias(last, prefix.clone());
            }
            UseTree::Name(name) => {
                let name = name_of(&name.ident);
                self.alias(name.clone(), child(prefix, &name));
            }
            UseTree::Rename(rename) if rename.ident == "self" => {
                self.alias(name_of(&rename.rename), prefix.clone());
            }
            UseTree::Rename(rename) => {
                self.alias(name_of(&rename.rename), child(prefix, &name_of(&rename.ident)));
            }
            UseTree::Glob(_) => self.scope.globs.push(prefix.clone()),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, prefix));
            }
        }
    }

    fn alias(&mut self, name: String, path: Names) {
        let scope = &mut self.scope;
        let aliases = if self.functions == 0 { &mut scope.aliases } else { &mut scope.locals };
        aliases.entry(name).or_default().insert(path.clone());
        scope.imports.insert(path);
    }

    /// Finds paths and calls in the tokens of a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Names::new();
        let (mut colons, mut dot, mut leading) = (0, false, false);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons < 2 || path.is_empty() {
                        self.end_path(&mut path, leading);
                        leading = colons == 2;
                    }
                    let name = name_of(&ident);
                    if dot {
                        self.scope.method_calls.insert(name);
                    } else {
                        path.push(name);
                    }
                    (colons, dot) = (0, false);
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => {
                    (colons, dot) = (colons + 1, false);
                }
                TokenTree::Punct(mark) => {
                    if mark.as_char() == '!' && path.len() == 1 {
                        self.scope.macro_calls.insert(path[0].clone());
                    }
                    self.end_path(&mut path, leading);
                    (colons, dot, leading) = (0, mark.as_char() == '.', false);
                }
                TokenTree::Group(group) => {
                    self.end_path(&mut path, leading);
                    (colons, dot, leading) = (0, false, false);
                    self.tokens(group.stream());
                }
                TokenTree::Literal(_) => {
                    self.end_path(&mut path, leading);
                    (colons, dot, leading) = (0, false, false);
                }
            }
        }
        self.end_path(&mut path, leading);
    }

    fn end_path(&mut self, path: &mut Names, leading: bool) {
        let path = std::mem::take(path);
        if path.len() > 1 && !leading {
            self.path(path);
        }
    }

    fn path(&mut self, path: Names) {
        self.scope.method_calls.extend(path.last().cloned());
        self.scope.paths.insert(path);
    }

    fn identifiers(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    self.scope.in_macros.insert(name_of(&ident));
                }
                TokenTree::Group(group) => self.identifiers(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn define(&mut self, item: &Item) {
        let name = match item {
            Item::Const(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::TraitAlias(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Union(item) => &item.ident,
            Item::Macro(item) => {
                self.define_macro(item);
                return;
            }
            _ => return,
        };
        if self.functions == 0 {
            self.scope.items.insert(name_of(name));
        }
    }

    fn define_macro(&mut self, item: &syn::ItemMacro) {
        match &item.ident {
            Some(name) => {
                let exported =
                    item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
                self.scope.macros.insert(name_of(name), exported);
            }
            None if self.functions == 0 => self.identifiers(item.mac.tokens.clone()),
            None => {}
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'ast> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_test(attributes_of(item)) {
            return;
        }
        if let Item::Mod(inner) = item {
            self.modules.push(inner);
            return;
        }
        self.define(item);
        if let Item::Use(item) = item {
            if item.leading_colon.is_none() {
                self.import(&item.tree, &Names::new());
            }
            return;
        }
        self.functions += 1;
        visit::visit_item(self, item);
        self.functions -= 1;
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let names = item.items.iter().filter_map(|item| match item {
            syn::ImplItem::Fn(function) if !is_test(&function.attrs) => {
                Some(name_of(&function.sig.ident))
            }
            _ => None,
        });
        match (&item.trait_, &*item.self_ty) {
            (None, syn::Type::Path(path)) => {
                let path = names_of(&path.path);
                self.scope.methods.extend(names.map(|name| (name, path.clone())));
            }
            _ => self.scope.trait_methods.extend(names),
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.scope.trait_methods.extend(item.items.iter().filter_map(|item| match item {
            syn::TraitItem::Fn(function) => Some(name_of(&function.sig.ident)),
            _ => None,
        }));
        visit::visit_item_trait(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            syn::ImplItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !is_test(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !is_test(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !is_test(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        if !is_test(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if !is_test(&arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            self.path(names_of(path));
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.scope.method_calls.insert(name_of(&call.method));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(name) = call.path.get_ident() {
            self.scope.macro_calls.insert(name_of(name));
        }
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    /// Who may see an item is no import.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn names_of(path: &syn::Path) -> Names {
    path.segments.iter().map(|part| name_of(&part.ident)).collect()
}

/// A name without the `r#` of a keyword.
fn name_of(ident: &proc_macro2::Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(ToOwned::to_owned).unwrap_or(name)
}

pub(super) fn child(module: &[String], name: &str) -> Names {
    [module, &[name.to_owned()]].concat()
}
