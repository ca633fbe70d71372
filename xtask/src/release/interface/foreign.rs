//! Types and traits of other crates in the public signatures of a crate.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens as _;
use syn::{
    Attribute, Fields, GenericParam, Generics, ImplItem, Item, Meta, Path, Signature, TraitItem,
    Type, UseTree, Visibility, WherePredicate, punctuated::Punctuated, visit::Visit,
};

use super::Foreign;
use crate::api::{Api, Files};

/// The types and traits of the crates `others` that the public items of a crate name: in signatures, fields, aliases,
/// derives, implementations and `pub use`. `others` are names as in source code, such as `futures_core`.
///
/// # Errors
/// If a file is not Rust.
pub fn foreign(api: &Api, files: &Files, others: &BTreeSet<String>) -> anyhow::Result<Foreign> {
    // Methods are written where their type is not exported from; its name shows whether users can reach it.
    let exported: BTreeSet<&str> =
        api.entries.keys().filter_map(|path| path.rsplit("::").next()).collect();
    let mut found = Foreign::new();
    for (path, source) in files {
        let file = syn::parse_file(source)
            .map_err(|error| anyhow::anyhow!("{} is not Rust: {error}", path.display()))?;
        items(&file.items, &BTreeMap::new(), &exported, others, &mut found);
    }
    Ok(found)
}

fn items(
    items: &[Item],
    around: &BTreeMap<String, Vec<String>>,
    exported: &BTreeSet<&str>,
    others: &BTreeSet<String>,
    found: &mut Foreign,
) {
    let mut names = around.clone();
    for item in items {
        if let Item::Use(item) = item {
            imports(&item.tree, &mut Vec::new(), &mut names);
        }
    }
    // Types whose name another, exported type may have.
    let private = items.iter().filter_map(private_type).collect();
    let mut search = Search { names: &names, private, others, found };
    for item in items {
        if let Item::Mod(module) = item
            && let Some((_, inner)) = &module.content
            && !is_hidden(&module.attrs)
        {
            self::items(inner, &names, exported, others, search.found);
            continue;
        }
        search.item(item, exported);
    }
}

/// The names that `use` items bring, with their paths.
fn imports(tree: &UseTree, before: &mut Vec<String>, names: &mut BTreeMap<String, Vec<String>>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            imports(&path.tree, before, names);
            before.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                imports(tree, before, names);
            }
        }
        UseTree::Name(name) => {
            let mut path = before.clone();
            if name.ident != "self" {
                path.push(name.ident.to_string());
            }
            if let Some(last) = path.last().cloned() {
                names.insert(last, path);
            }
        }
        UseTree::Rename(rename) => {
            let mut path = before.clone();
            path.push(rename.ident.to_string());
            names.insert(rename.rename.to_string(), path);
        }
        UseTree::Glob(_) => {}
    }
}

/// Whether an item is compiled for tests only, or is not part of the documented interface.
fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = attribute.to_token_stream().to_string();
        attribute.path().is_ident("cfg") && text.contains("test")
            || attribute.path().is_ident("doc") && text.contains("hidden")
    })
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn private_type(item: &Item) -> Option<syn::Ident> {
    let (name, visibility) = match item {
        Item::Struct(item) => (&item.ident, &item.vis),
        Item::Enum(item) => (&item.ident, &item.vis),
        _ => return None,
    };
    (!is_public(visibility)).then(|| name.clone())
}

struct Search<'a> {
    names: &'a BTreeMap<String, Vec<String>>,
    private: BTreeSet<syn::Ident>,
    others: &'a BTreeSet<String>,
    found: &'a mut Foreign,
}

impl Search<'_> {
    fn item(&mut self, item: &Item, exported: &BTreeSet<&str>) {
        let is_exported = |name: &syn::Ident| exported.contains(name.to_string().as_str());
        match item {
            Item::Fn(item)
                if is_public(&item.vis)
                    && is_exported(&item.sig.ident)
                    && !is_hidden(&item.attrs) =>
            {
                self.signature(&item.sig);
            }
            Item::Struct(item) if is_public(&item.vis) && is_exported(&item.ident) => {
                self.derives(&item.attrs);
                self.generics(&item.generics);
                self.fields(&item.fields, false);
            }
            Item::Enum(item) if is_public(&item.vis) && is_exported(&item.ident) => {
                self.derives(&item.attrs);
                self.generics(&item.generics);
                for variant in &item.variants {
                    self.fields(&variant.fields, true);
                }
            }
            Item::Trait(item) if is_public(&item.vis) && is_exported(&item.ident) => {
                self.generics(&item.generics);
                item.supertraits.iter().for_each(|bound| self.visit_type_param_bound(bound));
                for item in &item.items {
                    match item {
                        TraitItem::Fn(function) if !is_hidden(&function.attrs) => {
                            self.signature(&function.sig);
                        }
                        TraitItem::Type(item) => {
                            item.bounds.iter().for_each(|bound| self.visit_type_param_bound(bound));
                        }
                        _ => {}
                    }
                }
            }
            Item::Type(item) if is_public(&item.vis) && is_exported(&item.ident) => {
                self.visit_type(&item.ty);
            }
            Item::Impl(block) if !is_hidden(&block.attrs) => {
                let Type::Path(owner) = &*block.self_ty else { return };
                let owner = owner.path.segments.last().map(|segment| &segment.ident);
                if !owner.is_some_and(|owner| is_exported(owner) && !self.private.contains(owner)) {
                    return;
                }
                match &block.trait_ {
                    Some((path, _)) => self.visit_path(path),
                    None => self.generics(&block.generics),
                }
                for item in &block.items {
                    match item {
                        ImplItem::Fn(function)
                            if is_public(&function.vis) && !is_hidden(&function.attrs) =>
                        {
                            self.signature(&function.sig);
                        }
                        ImplItem::Type(item) => self.visit_type(&item.ty),
                        _ => {}
                    }
                }
            }
            Item::Use(item) if is_public(&item.vis) && !is_hidden(&item.attrs) => {
                let mut names = BTreeMap::new();
                imports(&item.tree, &mut Vec::new(), &mut names);
                for (name, path) in names {
                    if exported.contains(name.as_str()) {
                        self.add(&path);
                    }
                }
            }
            _ => {}
        }
    }

    fn signature(&mut self, signature: &Signature) {
        self.generics(&signature.generics);
        for input in &signature.inputs {
            if let syn::FnArg::Typed(argument) = input {
                self.visit_type(&argument.ty);
            }
        }
        if let syn::ReturnType::Type(_, output) = &signature.output {
            self.visit_type(output);
        }
    }

    fn generics(&mut self, generics: &Generics) {
        for parameter in &generics.params {
            if let GenericParam::Type(parameter) = parameter {
                parameter.bounds.iter().for_each(|bound| self.visit_type_param_bound(bound));
            }
        }
        for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
            if let WherePredicate::Type(predicate) = predicate {
                predicate.bounds.iter().for_each(|bound| self.visit_type_param_bound(bound));
            }
        }
    }

    fn fields(&mut self, fields: &Fields, all: bool) {
        for field in fields.iter().filter(|field| all || is_public(&field.vis)) {
            self.visit_type(&field.ty);
        }
    }

    fn derives(&mut self, attributes: &[Attribute]) {
        for list in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
            let metas = list.parse_args_with(Punctuated::<Meta, syn::Token![,]>::parse_terminated);
            for meta in metas.into_iter().flatten() {
                // `thiserror::Error` is a macro: it implements the trait of the standard library.
                if meta.path().segments.last().is_none_or(|last| last.ident != "Error") {
                    self.visit_path(meta.path());
                }
            }
        }
    }

    /// Notes a path if it leads into another crate.
    fn add(&mut self, path: &[String]) {
        let Some((root, name)) = path.first().zip(path.last()) else { return };
        if self.others.contains(root) {
            self.found.entry(root.clone()).or_default().insert(name.clone());
        }
    }
}

impl<'a> Visit<'a> for Search<'_> {
    fn visit_path(&mut self, path: &'a Path) {
        let mut segments: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if path.leading_colon.is_none()
            && let Some(imported) = segments.first().and_then(|first| self.names.get(first))
        {
            segments.splice(..1, imported.iter().cloned());
        }
        self.add(&segments);
        syn::visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        let files: Files = [("lib.rs".into(), source.to_owned())].into();
        let api = Api::read(&files, "").unwrap();
        let others = ["url", "http", "serde", "futures_core"].map(str::to_owned).into();
        let found = foreign(&api, &files, &others).unwrap();
        let shown = |(other, names): (&String, &BTreeSet<String>)| {
            names.iter().map(|name| format!("{other}::{name}")).collect::<Vec<_>>()
        };
        found.iter().flat_map(shown).collect()
    }

    #[test]
    fn types_of_other_crates_are_found_wherever_users_meet_them() {
        for (source, expected) in [
            ("pub fn f(at: &url::Url) {}", vec!["url::Url"]),
            ("use url::Url as Address; pub fn f() -> Option<Address> { None }", vec!["url::Url"]),
            (
                "use http::header; pub struct S { pub name: header::HeaderName, other: url::Url }",
                vec!["http::HeaderName"],
            ),
            ("pub enum E { A(url::Url) }", vec!["url::Url"]),
            (
                "pub trait T: serde::Serialize { fn f(&self) -> http::Method; }",
                vec!["http::Method", "serde::Serialize"],
            ),
            ("pub type Address = url::Url;", vec!["url::Url"]),
            ("pub use http::StatusCode;", vec!["http::StatusCode"]),
            (
                "pub struct S; impl futures_core::Stream for S { type Item = url::Url; }",
                vec!["futures_core::Stream", "url::Url"],
            ),
            ("#[derive(Clone, serde::Serialize)] pub struct S;", vec!["serde::Serialize"]),
            (
                "pub fn f<T: serde::Serialize>(of: T) where T: Into<url::Url> {}",
                vec!["serde::Serialize", "url::Url"],
            ),
        ] {
            assert_eq!(found(source), expected, "{source}");
        }
    }

    #[test]
    fn what_users_cannot_reach_is_left_out() {
        for source in [
            "fn f(at: &url::Url) {}",
            "struct S { pub at: url::Url } impl S { pub fn f() -> url::Url { todo!() } }",
            "mod inner { pub fn f(at: url::Url) {} }",
            "#[doc(hidden)] pub mod codegen { pub fn f(at: url::Url) {} }",
            "pub struct S; impl S { fn f(at: url::Url) {} #[doc(hidden)] pub fn g(at: url::Url) {} }",
            "use url::Url; pub fn f(at: std::path::PathBuf) {}",
            "pub mod a { pub struct S; } mod b { struct S; impl http::Body for S {} }",
        ] {
            assert_eq!(found(source), [""; 0], "{source}");
        }
    }
}
