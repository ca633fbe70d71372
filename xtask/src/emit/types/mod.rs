//! The types of arguments and responses: typify's items with our attributes and derives.
//!
//! A type that only one tag uses is in that tag's file; the others are in `shared.rs`. Each is compiled only
//! with the features that need it.

mod enums;
mod forms;
mod items;
mod members;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Item, Type, visit::Visit, visit_mut::VisitMut};

use super::{
    Input, docs,
    imports::mentioned,
    paths::{At, Short},
    print,
};
use crate::lower::OpenEnum;

/// All types of an SDK by name.
pub struct Types {
    all: BTreeMap<String, Definition>,
}

struct Definition {
    body: Body,
    /// The types it uses.
    uses: BTreeSet<String>,
    /// The tags whose operations use it, directly or through other types.
    tags: BTreeSet<String>,
}

enum Body {
    Items(Vec<Item>),
    Enum(OpenEnum),
}

impl Types {
    pub fn new(input: &Input<'_>) -> Self {
        let mut grouped = items::group(&input.output.types);
        let defaults = items::with_default(&grouped);
        for (name, items) in &mut grouped {
            let mut shown = None;
            for item in items.iter_mut() {
                if let Item::Struct(item) = item {
                    items::absent_is_null(item);
                    members::times(name, item, &input.lowered.times);
                    members::ids(name, item, &input.lowered.lenient);
                    members::aliases(name, item, &input.lowered.aliases);
                    members::unknown(item);
                }
                if let Item::Struct(item) = &*item {
                    shown = members::debug(name, item, &input.lowered.secret).map(Item::Impl);
                }
                items::derive(item, defaults.contains(name), shown.is_none());
                Short(At::Types).visit_item_mut(item);
            }
            items.extend(shown);
            let reading = items::read_tolerantly(name, items);
            items.extend(reading);
            if let Some(members) = input.lowered.forms.get(name) {
                *items = forms::form(name, std::mem::take(items), members);
            }
        }
        let mut all: BTreeMap<String, Definition> = BTreeMap::new();
        for (name, items) in grouped {
            let uses = items.iter().flat_map(|item| mentioned(item.to_token_stream())).collect();
            all.insert(name, Definition { body: Body::Items(items), uses, tags: BTreeSet::new() });
        }
        for (name, definition) in &input.lowered.enums {
            let body = Body::Enum(definition.clone());
            all.insert(
                name.clone(),
                Definition { body, uses: BTreeSet::new(), tags: BTreeSet::new() },
            );
        }
        Self { all }
    }

    /// Whether an operation uses the type; other types are not emitted.
    pub fn is_reached(&self, name: &str) -> bool {
        self.all.get(name).is_some_and(|definition| !definition.tags.is_empty())
    }

    pub fn contains(&self, name: &str) -> bool {
        self.all.contains_key(name)
    }

    /// The fields of a struct by name, each with its type and documentation.
    pub fn fields(&self, name: &str) -> BTreeMap<String, (Type, String)> {
        let Some(Body::Items(items)) = self.all.get(name).map(|definition| &definition.body) else {
            return BTreeMap::new();
        };
        let Some(Item::Struct(item)) = items.iter().find(|item| matches!(item, Item::Struct(_)))
        else {
            return BTreeMap::new();
        };
        item.fields
            .iter()
            .filter_map(|field| {
                let docs: Vec<String> = field.attrs.iter().filter_map(docs::doc_text).collect();
                let docs: Vec<&str> = docs.iter().map(|line| line.trim()).collect();
                Some((field.ident.as_ref()?.to_string(), (field.ty.clone(), docs.join("\n"))))
            })
            .collect()
    }

    /// The variants of a type with several alternatives, each with the type it contains.
    pub fn alternatives(&self, name: &str) -> Vec<(Ident, Type)> {
        let Some(Body::Items(items)) = self.all.get(name).map(|definition| &definition.body) else {
            return Vec::new();
        };
        let Some(item) = items.iter().find_map(|item| match item {
            Item::Enum(item) => Some(item),
            _ => None,
        }) else {
            return Vec::new();
        };
        let held = |variant: &syn::Variant| {
            let field = variant.fields.iter().next()?;
            Some((variant.ident.clone(), field.ty.clone()))
        };
        item.variants.iter().filter_map(held).collect()
    }

    /// Records that a tag uses these types, and with them all types that they use.
    pub fn reach(&mut self, tag: &str, names: &BTreeSet<String>) {
        let mut open: Vec<String> = names.iter().cloned().collect();
        while let Some(name) = open.pop() {
            if let Some(definition) = self.all.get_mut(&name)
                && definition.tags.insert(tag.to_owned())
            {
                open.extend(definition.uses.iter().cloned());
            }
        }
    }

    /// The files: path and source.
    pub fn files(&self, features: &BTreeSet<String>) -> Vec<(String, String)> {
        let mut homes: BTreeMap<&str, Vec<(&String, &Definition)>> = BTreeMap::new();
        for (name, definition) in &self.all {
            let home = match definition.tags.len() {
                1 => definition.tags.first().map_or(SHARED, String::as_str),
                // Vetting reports types that no operation uses.
                0 => continue,
                _ => SHARED,
            };
            homes.entry(home).or_default().push((name, definition));
        }
        let shared: BTreeSet<&String> =
            homes.get(SHARED).into_iter().flatten().map(|(name, _)| *name).collect();
        let mut files = vec![("types/mod.rs".to_owned(), root(features, &homes))];
        for (home, definitions) in &homes {
            let text = definitions.iter().map(|(name, definition)| {
                // The file of a tag has one gate, at its `mod` declaration.
                let gate = (*home == SHARED).then(|| gate(features, &definition.tags)).flatten();
                body(name, definition, gate)
            });
            let text: String = text.collect();
            // The types that a shared type uses are used by the same tags, so they are in the same file.
            let imports =
                if *home == SHARED { TokenStream::new() } else { imports(definitions, &shared) };
            files.push((format!("types/{home}.rs"), format!("{}{text}", print::tokens(imports))));
        }
        files
    }
}

/// The module of the types that several tags use.
const SHARED: &str = "shared";

fn root(
    features: &BTreeSet<String>,
    homes: &BTreeMap<&str, Vec<(&String, &Definition)>>,
) -> String {
    let homes: Vec<(Ident, Option<TokenStream>)> = homes
        .iter()
        .map(|(home, definitions)| {
            let tags = definitions.iter().flat_map(|(_, definition)| &definition.tags);
            (format_ident!("{home}"), gate(features, &tags.cloned().collect()))
        })
        .collect();
    let modules = homes.iter().map(|(home, gate)| quote!(#gate mod #home;));
    let exports = homes.iter().map(|(home, gate)| quote!(#gate pub use #home::*;));
    let overview = docs::inner("The types of arguments and responses.");
    print::tokens(quote! {
        #(#overview)*
        #(#modules)*
        #(#exports)*
    })
}

/// The attribute that compiles an item with any of these tags; none for an item that all tags need.
fn gate(features: &BTreeSet<String>, tags: &BTreeSet<String>) -> Option<TokenStream> {
    match tags.iter().collect::<Vec<_>>().as_slice() {
        [tag] => Some(quote!(#[cfg(feature = #tag)])),
        tags if tags.len() < features.len() => Some(quote!(#[cfg(any(#(feature = #tags),*))])),
        _ => None,
    }
}

fn body(name: &str, definition: &Definition, gate: Option<TokenStream>) -> String {
    match &definition.body {
        Body::Enum(open_enum) => {
            let gate = gate.map(|gate| print::attribute(&gate)).unwrap_or_default();
            format!("{gate}{}", enums::open_enum(name, open_enum))
        }
        Body::Items(items) => {
            let mut items = items.clone();
            for item in items.iter_mut().filter(|_| gate.is_some()) {
                insert_after_docs(item, syn::parse_quote!(#gate));
            }
            print::tokens(quote!(#(#items)*))
        }
    }
}

fn insert_after_docs(item: &mut Item, attribute: syn::Attribute) {
    let attributes = match item {
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Macro(item) => &mut item.attrs,
        _ => return,
    };
    let documented = attributes.iter().take_while(|attribute| attribute.path().is_ident("doc"));
    attributes.insert(documented.count(), attribute);
}

/// The import of the shared types that these definitions use.
fn imports(definitions: &[(&String, &Definition)], shared: &BTreeSet<&String>) -> TokenStream {
    struct Named(BTreeSet<String>);
    impl<'a> Visit<'a> for Named {
        fn visit_path(&mut self, path: &'a syn::Path) {
            self.0.extend(path.segments.first().map(|segment| segment.ident.to_string()));
            syn::visit::visit_path(self, path);
        }
    }
    let mut named = Named(BTreeSet::new());
    for (_, definition) in definitions {
        if let Body::Items(items) = &definition.body {
            items.iter().for_each(|item| named.visit_item(item));
        }
    }
    let names: Vec<Ident> = shared
        .iter()
        .filter(|name| named.0.contains(**name))
        .map(|name| format_ident!("{name}"))
        .collect();
    match names.as_slice() {
        [] => TokenStream::new(),
        [name] => quote!(use super::shared::#name;),
        names => quote!(use super::shared::{#(#names),*};),
    }
}
