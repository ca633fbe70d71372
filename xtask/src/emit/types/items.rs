//! typify's items: which type each belongs to, and what our types derive and accept beyond typify's.

use std::collections::{BTreeMap, BTreeSet};

use quote::{ToTokens, format_ident, quote};
use syn::{GenericArgument, Item, PathArguments, Type, punctuated::Punctuated};

use super::super::imports::mentioned;
use crate::codegen::type_argument;

/// Groups typify's items by the type they belong to. Its `error` module and the helpers of its string
/// newtypes are left out.
pub fn group(items: &[Item]) -> BTreeMap<String, Vec<Item>> {
    let mut grouped: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    let named = items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        _ => None,
    });
    let known: BTreeSet<String> = named.collect();
    for item in items {
        let owner = match item {
            Item::Struct(item) => Some(item.ident.to_string()),
            Item::Enum(item) => Some(item.ident.to_string()),
            // Its own error type for strings with a pattern, which lowering removes, is in the `error` module.
            Item::Impl(block) if mentioned(block.to_token_stream()).contains("ConversionError") => {
                None
            }
            Item::Impl(block) => owner(block, &known),
            _ => None,
        };
        if let Some(owner) = owner {
            grouped.entry(owner).or_default().push(item.clone());
        }
    }
    grouped
}

/// The type that an `impl` belongs to: its `Self`, or the type it converts from.
fn owner(block: &syn::ItemImpl, known: &BTreeSet<String>) -> Option<String> {
    let target = mentioned(block.self_ty.to_token_stream());
    if let Some(name) = target.intersection(known).next() {
        return Some(name.clone());
    }
    let (path, _) = block.trait_.as_ref().map(|(path, token)| (path, token))?;
    mentioned(path.to_token_stream()).intersection(known).next().cloned()
}

/// Makes an absent member mean the same as `null`. typify would refuse a required nullable member that is
/// absent.
pub fn absent_is_null(item: &mut syn::ItemStruct) {
    for field in &mut item.fields {
        field.attrs.retain_mut(|attribute| {
            let syn::Meta::List(list) = &mut attribute.meta else { return true };
            if !list.path.is_ident("serde") {
                return true;
            }
            let parser = Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
            let Ok(options) = list.parse_args_with(parser) else { return true };
            let kept: Vec<&syn::Meta> = options
                .iter()
                .filter(|option| !option.path().is_ident("deserialize_with"))
                .collect();
            list.tokens = quote!(#(#kept),*);
            !kept.is_empty()
        });
    }
}

/// Turns a box that may contain a value into an optional box. typify makes optional members on a cycle the former, which
/// are required in constructors and written as `null` if they are absent.
pub fn outer_options(item: &mut syn::ItemStruct) {
    for field in &mut item.fields {
        let inner =
            type_argument(&field.ty, "Box").and_then(|boxed| type_argument(&boxed, "Option"));
        let Some(inner) = inner else { continue };
        field.ty = syn::parse_quote!(::std::option::Option<::std::boxed::Box<#inner>>);
        let skip = "::std::option::Option::is_none";
        // With its own attribute, it does not matter which others typify writes.
        let default: syn::Attribute = syn::parse_quote!(#[serde(default)]);
        field.attrs.retain(|attribute| *attribute != default);
        field.attrs.push(syn::parse_quote!(#[serde(skip_serializing_if = #skip)]));
    }
}

/// Adds the derives that typify leaves out.
pub fn derive(item: &mut Item, default: bool, debug: bool) {
    let attributes = match item {
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        _ => return,
    };
    for attribute in attributes.iter_mut().filter(|attribute| attribute.path().is_ident("derive")) {
        let present = mentioned(attribute.to_token_stream());
        let syn::Meta::List(list) = &mut attribute.meta else { continue };
        // Short paths: every SDK depends on `serde`.
        let mut derives = vec![quote!(Clone)];
        if debug {
            derives.push(quote!(Debug));
        }
        if default || present.contains("Default") {
            derives.push(quote!(Default));
        }
        derives.extend([quote!(PartialEq), quote!(serde::Deserialize), quote!(serde::Serialize)]);
        list.tokens = quote!(#(#derives),*);
    }
}

/// The macro that reads a type with several alternatives. It replaces serde's derived code, which reads each
/// alternative from a separate buffer, where the tolerant reader cannot make repairs.
pub fn read_tolerantly(name: &str, items: &mut [Item]) -> Option<Item> {
    let item = items.iter_mut().find_map(|item| match item {
        Item::Enum(item) => Some(item),
        _ => None,
    })?;
    let untagged = item.attrs.iter().any(|attribute| {
        attribute.path().is_ident("serde")
            && mentioned(attribute.to_token_stream()).contains("untagged")
    });
    let plain = item.variants.iter().all(|variant| {
        matches!(&variant.fields, syn::Fields::Unnamed(fields) if fields.unnamed.len() == 1)
    });
    if !untagged || !plain {
        return None;
    }
    without_derive(&mut item.attrs, "Deserialize");
    let (name, variants) =
        (format_ident!("{name}"), item.variants.iter().map(|variant| &variant.ident));
    Some(syn::parse_quote!(oneteg_http::codegen::one_of! { #name { #(#variants),* } }))
}

/// Removes a derive.
pub fn without_derive(attributes: &mut [syn::Attribute], name: &str) {
    for attribute in attributes.iter_mut().filter(|attribute| attribute.path().is_ident("derive")) {
        let syn::Meta::List(list) = &mut attribute.meta else { continue };
        let parser = Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
        let Ok(derives) = list.parse_args_with(parser) else { continue };
        let kept = derives
            .iter()
            .filter(|derive| derive.segments.last().is_none_or(|last| last.ident != name));
        list.tokens = quote!(#(#kept),*);
    }
}

/// The structs that can implement `Default`, and with it struct update syntax: all their members have one.
pub fn with_default(grouped: &BTreeMap<String, Vec<Item>>) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    loop {
        let before = known.len();
        for (name, items) in grouped {
            let all = items.iter().any(|item| match item {
                Item::Struct(item) => {
                    item.fields.iter().all(|field| has_default(&field.ty, &known))
                }
                _ => false,
            });
            if all {
                known.insert(name.clone());
            }
        }
        if known.len() == before {
            return known;
        }
    }
}

fn has_default(ty: &Type, known: &BTreeSet<String>) -> bool {
    const ALWAYS: [&str; 16] = [
        "Option", "Vec", "BTreeMap", "Map", "String", "bool", "i8", "i16", "i32", "i64", "u8",
        "u16", "u32", "u64", "f32", "f64",
    ];
    match ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            let boxed = matches!(&last.arguments, PathArguments::AngleBracketed(inner)
            if name == "Box" && inner.args.iter().all(|argument| match argument {
                GenericArgument::Type(ty) => has_default(ty, known),
                _ => false,
            }));
            let is_value = name == "Value" && path.path.segments.len() > 1;
            ALWAYS.contains(&name.as_str()) || known.contains(&name) || boxed || is_value
        }),
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_member_on_a_cycle_can_be_absent() {
        let mut item: syn::ItemStruct = syn::parse_quote! {
            pub struct Folder {
                #[serde(default)]
                pub parent: ::std::boxed::Box<::std::option::Option<Folder>>,
                pub root: ::std::boxed::Box<Folder>,
            }
        };
        outer_options(&mut item);
        let expected: syn::ItemStruct = syn::parse_quote! {
            pub struct Folder {
                #[serde(skip_serializing_if = "::std::option::Option::is_none")]
                pub parent: ::std::option::Option<::std::boxed::Box<Folder>>,
                pub root: ::std::boxed::Box<Folder>,
            }
        };
        assert_eq!(item, expected);
    }
}
