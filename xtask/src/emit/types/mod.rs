//! The types of arguments and responses: typify's items with our attributes, derives and constructors.
//!
//! A type that only one tag uses is in that tag's file; the others are in `shared.rs`. Each is compiled only
//! with the features that need it.

mod constructors;
mod enums;
mod forms;
mod items;
mod members;
mod reading;
mod unions;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use serde_json::Value;
use syn::{Item, Type, visit::Visit, visit_mut::VisitMut};

use super::{
    Input, docs,
    imports::mentioned,
    paths::{At, Short},
    print,
};
use crate::{
    lower::OpenEnum,
    model::{form_type, params_type},
    names,
};

/// All types of an SDK by name.
pub struct Types {
    all: BTreeMap<String, Definition>,
}

struct Definition {
    body: Body,
    /// The macro that reads a struct by its members.
    reading: Option<String>,
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
        unions::add(&mut grouped, &input.lowered.unions);
        let defaults = items::with_default(&grouped);
        let created = created(input, &grouped);
        let mut readings: BTreeMap<String, String> = BTreeMap::new();
        for (name, items) in &mut grouped {
            let (mut shown, mut constructor) = (None, None);
            for item in items.iter_mut() {
                if let Item::Struct(item) = item {
                    items::absent_is_null(item);
                    items::outer_options(item);
                    members::times(name, item, &input.lowered.times);
                    members::flags(name, item, &input.lowered.flags);
                    members::ids(name, item, &input.lowered.lenient);
                    members::aliases(name, item, &input.lowered.aliases);
                    members::unknown(item);
                }
                if let Item::Struct(item) = &*item {
                    shown = members::debug(name, item, &input.lowered.secret).map(Item::Impl);
                }
                items::derive(item, defaults.contains(name), shown.is_none());
                Short(At::Types).visit_item_mut(item);
                if let Item::Struct(item) = item
                    && created.contains(name)
                {
                    if matches!(item.fields, syn::Fields::Named(_)) {
                        item.attrs.push(syn::parse_quote!(#[non_exhaustive]));
                    }
                    let schema = schema(input, name);
                    if schema["x-constructor"] == false {
                        continue;
                    }
                    let required = required(schema);
                    let has_default = defaults.contains(name);
                    constructor = constructors::constructed(item, &required, has_default);
                }
            }
            items.extend(constructor);
            items.extend(shown);
            let union = input.lowered.unions.get(name).filter(|union| union.has_forms);
            let reading = items::read_tolerantly(name, items);
            let by_forms = union.map(|union| unions::read_by_forms(name, union));
            items.extend(by_forms.or(reading));
            if let Some(members) = input.lowered.forms.get(name) {
                let is_open = input.lowered.open_forms.contains(name);
                *items = forms::form(name, std::mem::take(items), members, is_open);
                continue;
            }
            let mut structs = items.iter_mut().filter_map(|item| match item {
                Item::Struct(item) => Some(item),
                _ => None,
            });
            if let Some(reading) = structs.find_map(reading::by_members) {
                readings.insert(name.clone(), reading);
            }
        }
        let mut all: BTreeMap<String, Definition> = BTreeMap::new();
        for (name, items) in grouped {
            let uses = items.iter().flat_map(|item| mentioned(item.to_token_stream())).collect();
            let reading = readings.remove(&name);
            let body = Body::Items(items);
            all.insert(name, Definition { body, reading, uses, tags: BTreeSet::new() });
        }
        for (name, definition) in &input.lowered.enums {
            let body = Body::Enum(definition.clone());
            let (uses, tags) = (BTreeSet::new(), BTreeSet::new());
            all.insert(name.clone(), Definition { body, reading: None, uses, tags });
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
        let Some(item) = self.item(name) else { return BTreeMap::new() };
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

    /// The first variant of an open enum.
    pub fn first_variant(&self, name: &str) -> Option<Ident> {
        match &self.all.get(name)?.body {
            Body::Enum(of) => of.values.first().map(|(_, variant, _)| format_ident!("{variant}")),
            Body::Items(_) => None,
        }
    }

    /// The type that a struct with one unnamed field contains.
    pub fn newtype(&self, name: &str) -> Option<Type> {
        match &self.item(name)?.fields {
            syn::Fields::Unnamed(fields) => fields.unnamed.first().map(|field| field.ty.clone()),
            _ => None,
        }
    }

    /// The arguments of a struct's `new`, each with the type of its field.
    pub fn constructor(&self, name: &str) -> Option<Vec<(String, Type)>> {
        let Body::Items(items) = &self.all.get(name)?.body else { return None };
        let mut methods = items.iter().filter_map(|item| match item {
            Item::Impl(block) if block.trait_.is_none() => Some(&block.items),
            _ => None,
        });
        let new = methods.find_map(|methods| match methods.first() {
            Some(syn::ImplItem::Fn(method)) if method.sig.ident == "new" => Some(method),
            _ => None,
        })?;
        let fields = self.fields(name);
        let argument = |input: &syn::FnArg| {
            let syn::FnArg::Typed(argument) = input else { return None };
            let syn::Pat::Ident(name) = &*argument.pat else { return None };
            let name = name.ident.to_string();
            let ty = fields.get(&name)?.0.clone();
            Some((name, ty))
        };
        Some(new.sig.inputs.iter().filter_map(argument).collect())
    }

    fn item(&self, name: &str) -> Option<&syn::ItemStruct> {
        let Body::Items(items) = &self.all.get(name)?.body else { return None };
        items.iter().find_map(|item| match item {
            Item::Struct(item) => Some(item),
            _ => None,
        })
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

/// The structs that callers create, which are `#[non_exhaustive]` so that a new member of a vendor's API breaks no
/// caller: the bodies of requests, and what these and the parts of forms contain. Forms
/// have constructors already.
fn created(input: &Input<'_>, grouped: &BTreeMap<String, Vec<Item>>) -> BTreeSet<String> {
    let mut open: Vec<String> = Vec::new();
    for operation in input.operations {
        let body = input.signature(operation).and_then(|signature| signature.arguments.get("body"));
        open.extend(body.into_iter().flat_map(|(ty, _)| mentioned(ty.to_token_stream())));
        open.extend(operation.rpc.is_some().then(|| params_type(&operation.id)));
        // The parts of forms.
        let form = grouped.get(&form_type(&operation.id)).into_iter().flatten();
        open.extend(form.flat_map(|item| mentioned(item.to_token_stream())));
    }
    let mut created = BTreeSet::new();
    while let Some(name) = open.pop() {
        let is_form = input.lowered.forms.contains_key(&name);
        if let Some(items) = grouped.get(&name).filter(|_| !is_form)
            && created.insert(name)
        {
            open.extend(items.iter().flat_map(|item| mentioned(item.to_token_stream())));
        }
    }
    created
}

/// The schema with this type name.
fn schema<'a>(input: &'a Input<'_>, name: &str) -> &'a Value {
    let schemas = input.lowered.document["components"]["schemas"].as_object();
    let mut schemas = schemas.into_iter().flatten();
    let found = schemas.find(|(schema, _)| names::pascal(schema) == name);
    found.map_or(&Value::Null, |(_, schema)| schema)
}

/// The fields of its required members, in the order of the specification.
fn required(schema: &Value) -> Vec<String> {
    let required = schema["required"].as_array().into_iter().flatten();
    required.filter_map(|name| name.as_str()).map(names::snake).collect()
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
            let text = print::tokens(quote!(#(#items)*));
            let Some(reading) = &definition.reading else { return text };
            let gate = gate.map(|gate| print::attribute(&gate)).unwrap_or_default();
            format!("{text}{gate}{reading}")
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
