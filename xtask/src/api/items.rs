//! Items of a module as the part that users depend on.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Attribute, Fields, FnArg, Item, Pat, ReturnType, TraitItem, Visibility};

use super::{Entry, Enum, Gate, Shape, Signature, Struct, Trait, written::written};

/// The name, visibility and interface of an item; `None` for items without one, such as `use` and `impl`.
pub(super) fn named(item: &Item) -> Option<(String, bool, Entry)> {
    let (name, visibility, attributes, shape) = match item {
        Item::Struct(item) => (
            &item.ident,
            &item.vis,
            &item.attrs,
            Shape::Struct(structure(&item.fields, &item.generics, &item.attrs)),
        ),
        Item::Enum(item) => (&item.ident, &item.vis, &item.attrs, Shape::Enum(enumeration(item))),
        Item::Fn(item) => {
            (&item.sig.ident, &item.vis, &item.attrs, Shape::Function(signature(&item.sig)))
        }
        Item::Const(item) => (&item.ident, &item.vis, &item.attrs, Shape::Value(written(&item.ty))),
        Item::Static(item) => {
            (&item.ident, &item.vis, &item.attrs, Shape::Value(written(&item.ty)))
        }
        Item::Type(item) => {
            let alias = format!("{}{}", written(&item.generics), written(&item.ty));
            (&item.ident, &item.vis, &item.attrs, Shape::Alias(alias))
        }
        Item::Trait(item) => (&item.ident, &item.vis, &item.attrs, Shape::Trait(interface(item))),
        Item::Macro(item) if item.ident.is_some() => return rules(item),
        Item::Macro(item) => return open_enum(item),
        _ => return None,
    };
    let is_public = matches!(visibility, Visibility::Public(_)) && !is_hidden(attributes);
    Some((name.to_string(), is_public, entry(shape, attributes)))
}

/// An entry with the attributes of its item.
pub(super) fn entry(shape: Shape, attributes: &[Attribute]) -> Entry {
    Entry {
        shape,
        gate: Gate::of(attributes),
        is_deprecated: has(attributes, "deprecated"),
        is_must_use: has(attributes, "must_use"),
    }
}

/// Whether the documentation does not show an item, which is then no part of the interface.
pub(super) fn is_hidden(attributes: &[Attribute]) -> bool {
    let docs = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    docs.filter_map(|doc| doc.parse_args::<syn::Path>().ok()).any(|path| path.is_ident("hidden"))
}

pub(super) fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}

fn structure(fields: &Fields, generics: &syn::Generics, attributes: &[Attribute]) -> Struct {
    let form = match fields {
        Fields::Named(_) => "named",
        Fields::Unnamed(_) => "tuple",
        Fields::Unit => "unit",
    };
    let mut public = BTreeMap::new();
    for (index, field) in fields.iter().enumerate() {
        let name = field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
        if matches!(field.vis, Visibility::Public(_)) {
            public.insert(name, (written(&field.ty), Gate::of(&field.attrs)));
        }
    }
    Struct {
        form,
        generics: generics_of(generics),
        has_private_fields: public.len() < fields.len(),
        fields: public,
        is_non_exhaustive: has(attributes, "non_exhaustive"),
    }
}

fn enumeration(item: &syn::ItemEnum) -> Enum {
    let variants = item.variants.iter().map(|variant| {
        let mut shape = structure(&variant.fields, &syn::Generics::default(), &variant.attrs);
        // The fields of a variant are as public as the enum.
        shape.fields = (variant.fields.iter().enumerate())
            .map(|(index, field)| {
                let name =
                    field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
                (name, (written(&field.ty), Gate::of(&field.attrs)))
            })
            .collect();
        shape.has_private_fields = false;
        (variant.ident.to_string(), shape)
    });
    Enum {
        generics: generics_of(&item.generics),
        variants: variants.collect(),
        is_non_exhaustive: has(&item.attrs, "non_exhaustive"),
    }
}

/// A macro that other crates can use.
fn rules(item: &syn::ItemMacro) -> Option<(String, bool, Entry)> {
    let is_public = has(&item.attrs, "macro_export") && !is_hidden(&item.attrs);
    let name = format!("{}!", item.ident.as_ref()?);
    Some((name, is_public, entry(Shape::Rules, &item.attrs)))
}

/// The enum that the macro `open_enum` defines: open, with the variant `Other`.
fn open_enum(item: &syn::ItemMacro) -> Option<(String, bool, Entry)> {
    if item.mac.path.segments.last()?.ident != "open_enum" {
        return None;
    }
    let definition: syn::ItemEnum = syn::parse2(item.mac.tokens.clone()).ok()?;
    let mut shape = enumeration(&definition);
    shape.is_non_exhaustive = true;
    let other = Fields::Unnamed(syn::parse_quote!((String)));
    shape.variants.insert("Other".to_owned(), enum_fields(&other));
    let mut entry = entry(Shape::Enum(shape), &definition.attrs);
    entry.gate = entry.gate.and(&Gate::of(&item.attrs));
    Some((definition.ident.to_string(), matches!(definition.vis, Visibility::Public(_)), entry))
}

fn enum_fields(fields: &Fields) -> Struct {
    let mut shape = structure(fields, &syn::Generics::default(), &[]);
    shape.fields = (fields.iter().enumerate())
        .map(|(index, field)| (index.to_string(), (written(&field.ty), Gate::default())))
        .collect();
    shape.has_private_fields = false;
    shape
}

/// The generic parameters with their bounds.
pub(super) fn generics_of(generics: &syn::Generics) -> String {
    let bounds = generics.where_clause.as_ref().map(written).unwrap_or_default();
    format!("{}{bounds}", written(generics))
}

/// A signature.
pub(super) fn signature(sig: &syn::Signature) -> Signature {
    let mut qualifiers = BTreeSet::new();
    if sig.asyncness.is_some() {
        qualifiers.insert("async");
    }
    if sig.constness.is_some() {
        qualifiers.insert("const");
    }
    if written(sig).starts_with("unsafe") || written(sig).contains("unsafe fn") {
        qualifiers.insert("unsafe");
    }
    let mut receiver = None;
    let mut arguments = Vec::new();
    for input in &sig.inputs {
        match input {
            // `mut self` is the function's own affair.
            FnArg::Receiver(own) => {
                receiver = Some(written(own).replacen(
                    "mut self",
                    "self",
                    usize::from(!written(own).starts_with('&')),
                ))
            }
            FnArg::Typed(argument) => {
                let name = match &*argument.pat {
                    Pat::Ident(name) => name.ident.to_string(),
                    other => written(other),
                };
                arguments.push((name, written(&argument.ty)));
            }
        }
    }
    let output = match &sig.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, ty) => written(ty),
    };
    Signature { qualifiers, generics: generics_of(&sig.generics), receiver, arguments, output }
}

fn interface(item: &syn::ItemTrait) -> Trait {
    let items = item.items.iter().filter_map(|item| match item {
        TraitItem::Fn(function) => Some((
            function.sig.ident.to_string(),
            (written(&function.sig), function.default.is_some()),
        )),
        TraitItem::Type(ty) => Some((
            ty.ident.to_string(),
            (format!("type {}", written(&ty.bounds)), ty.default.is_some()),
        )),
        TraitItem::Const(constant) => {
            Some((constant.ident.to_string(), (written(&constant.ty), constant.default.is_some())))
        }
        _ => None,
    });
    let supertraits = written(&item.supertraits);
    Trait {
        header: format!("{}{supertraits}", generics_of(&item.generics)),
        items: items.collect(),
    }
}

/// The implementation that a macro of the runtime defines for a type: the type, the trait and its output.
pub(super) fn implementation(item: &syn::ItemMacro) -> Option<(String, &'static str, String)> {
    let mut tokens = item.mac.tokens.clone().into_iter();
    let TokenTree::Ident(name) = tokens.next()? else { return None };
    match item.mac.path.segments.last()?.ident.to_string().as_str() {
        "into_future" => {
            Some((name.to_string(), "IntoFuture", written(&tokens.collect::<TokenStream>())))
        }
        "one_of" => Some((name.to_string(), "Deserialize", String::new())),
        // As it is derived by types that are read in another way.
        "read_members" => Some((name.to_string(), "serde::Deserialize", String::new())),
        _ => None,
    }
}

/// The helpers that the macro `operations` of the mocks defines: each name with its arguments and result.
pub(super) fn mocks(item: &syn::ItemMacro) -> Vec<(String, String)> {
    let is_mocks = item.mac.path.segments.last().is_some_and(|name| name.ident == "operations");
    if !is_mocks {
        return Vec::new();
    }
    let groups = item.mac.tokens.clone().into_iter().filter_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        _ => None,
    });
    groups.flat_map(helpers).collect()
}

/// `name(STATIC, When) -> Kind<Type> { arguments }`, several times.
fn helpers(tokens: TokenStream) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut helper: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let ends =
            matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        // Documentation before the name.
        let is_documentation = helper.is_empty()
            && match &token {
                TokenTree::Punct(punct) => punct.as_char() == '#',
                TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
                _ => false,
            };
        if is_documentation {
            continue;
        }
        helper.push(token);
        if ends {
            let tokens = std::mem::take(&mut helper);
            if let Some(TokenTree::Ident(name)) = tokens.first() {
                let name = name.to_string();
                found.push((name, written(&tokens.into_iter().collect::<TokenStream>())));
            }
        }
    }
    found
}
