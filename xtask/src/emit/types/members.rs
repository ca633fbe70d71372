//! Attributes of members: how times and ids are read, alternative names, unknown members, and which values
//! `Debug` hides.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;
use quote::{ToTokens, quote};
use syn::{Field, Fields, ItemImpl, ItemStruct};

use crate::{codegen::type_argument, names};

/// Sets the module that reads and writes each time.
pub fn times(owner: &str, item: &mut ItemStruct, times: &BTreeMap<(String, String), &'static str>) {
    for (field, module) in marked(owner, item, times) {
        let path = format!("oneteg_http::codegen::serde_with::{module}");
        field.attrs.push(syn::parse_quote!(#[serde(default, with = #path)]));
    }
}

/// Reads and writes flags as numbers.
pub fn flags(owner: &str, item: &mut ItemStruct, flags: &BTreeSet<(String, String)>) {
    const PATH: &str = "oneteg_http::codegen::serde_with::flag";
    let marked = of(owner, flags);
    for field in &mut item.fields {
        if field.ident.as_ref().is_some_and(|name| marked.contains(&name.to_string())) {
            let may_be_absent = type_argument(&field.ty, "Option").is_some();
            let default = may_be_absent.then(|| quote!(default,));
            field.attrs.push(syn::parse_quote!(#[serde(#default with = #PATH)]));
        }
    }
}

/// Adds the alternative names under which a member is read.
pub fn aliases(
    owner: &str,
    item: &mut ItemStruct,
    aliases: &BTreeMap<(String, String), Vec<String>>,
) {
    for (field, aliases) in marked(owner, item, aliases) {
        let aliases = aliases.iter().map(|alias| quote!(alias = #alias));
        field.attrs.push(syn::parse_quote!(#[serde(#(#aliases),*)]));
    }
}

/// Documents the map of unknown members, and reads it so that it also receives the known members whose
/// value is unusable.
pub fn unknown(item: &mut ItemStruct) {
    const READ: &str = "oneteg_http::codegen::serde_with::extra::deserialize";
    let flattened: syn::Attribute = syn::parse_quote!(#[serde(flatten)]);
    for field in &mut item.fields {
        let Some(found) = field.attrs.iter_mut().find(|attribute| **attribute == flattened) else {
            continue;
        };
        *found = syn::parse_quote!(#[serde(flatten, deserialize_with = #READ)]);
        if !field.attrs.iter().any(|attribute| attribute.path().is_ident("doc")) {
            field.attrs.insert(
                0,
                syn::parse_quote! {
                    /// Unknown members, and optional ones whose value could not be read.
                },
            );
        }
    }
}

fn marked<'a, T>(
    owner: &'a str,
    item: &'a mut ItemStruct,
    marks: &'a BTreeMap<(String, String), T>,
) -> Vec<(&'a mut Field, &'a T)> {
    let Fields::Named(fields) = &mut item.fields else { return Vec::new() };
    let marks: BTreeMap<String, &T> = marks
        .iter()
        .filter(|((of, _), _)| of == owner)
        .map(|((_, wire), mark)| (names::snake(wire), mark))
        .collect();
    let mark = |field: &Field| Some(*marks.get(&field.ident.as_ref()?.to_string())?);
    fields.named.iter_mut().filter_map(|field| mark(field).map(|mark| (field, mark))).collect()
}

/// The names of a type's marked fields.
fn of(owner: &str, marks: &BTreeSet<(String, String)>) -> BTreeSet<String> {
    marks.iter().filter(|(of, _)| of == owner).map(|(_, wire)| names::snake(wire)).collect()
}

/// Accepts ids, and members that the specification marks, as numbers and as strings. Vendors send both,
/// whatever they document.
pub fn ids(owner: &str, item: &mut ItemStruct, lenient: &BTreeSet<(String, String)>) {
    const READ: &str = "oneteg_http::codegen::serde_with::lenient_id::deserialize";
    let Fields::Named(fields) = &mut item.fields else { return };
    let marked = of(owner, lenient);
    for field in &mut fields.named {
        let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
        if !is_id(&name) && !marked.contains(&name) {
            continue;
        }
        let inner = type_argument(&field.ty, "Option");
        let scalar = inner.clone().unwrap_or_else(|| field.ty.clone());
        let scalar = type_argument(&scalar, "Vec").unwrap_or(scalar);
        let scalar = scalar.to_token_stream().to_string().replace(' ', "");
        if !matches!(scalar.rsplit("::").next(), Some("String" | "i64" | "i32")) {
            continue;
        }
        // typify already gives an optional list a default, and serde refuses a second one.
        let may_be_absent = inner.is_some() && !has_default(field);
        field.attrs.push(if may_be_absent {
            syn::parse_quote!(#[serde(default, deserialize_with = #READ)])
        } else {
            syn::parse_quote!(#[serde(deserialize_with = #READ)])
        });
    }
}

/// A `Debug` that hides the values of secret members. `None` for a struct without any, which derives it.
pub fn debug(
    owner: &str,
    item: &ItemStruct,
    secret: &BTreeSet<(String, String)>,
) -> Option<ItemImpl> {
    let Fields::Named(fields) = &item.fields else { return None };
    let name = &item.ident;
    let names: Vec<&Ident> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    let marked = of(owner, secret);
    let is_secret = |field: &Field| {
        let is_marked = field.ident.as_ref().is_some_and(|name| marked.contains(&name.to_string()));
        is_marked || is_credential(field)
    };
    if !fields.named.iter().any(is_secret) {
        return None;
    }
    let shown = fields.named.iter().zip(&names).map(|(field, name)| {
        let label = name.to_string();
        let label = label.trim_start_matches("r#");
        match (is_secret(field), type_argument(&field.ty, "Option").is_some()) {
            (true, true) => quote!(.field(#label, &self.#name.as_ref().map(|_| "[secret]"))),
            (true, false) => quote!(.field(#label, &"[secret]")),
            (false, _) => quote!(.field(#label, &self.#name)),
        }
    });
    let label = name.to_string();
    Some(syn::parse_quote! {
        impl std::fmt::Debug for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(#label) #(#shown)* .finish()
            }
        }
    })
}

/// Whether the name of a string member suggests a credential.
fn is_credential(field: &Field) -> bool {
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    let last = name.rsplit('_').next().unwrap_or_default();
    let text = type_argument(&field.ty, "Option").unwrap_or_else(|| field.ty.clone());
    let is_text = text.to_token_stream().to_string().ends_with("String");
    is_text && (matches!(last, "password" | "secret" | "token" | "salt") || name == "auth_key")
}

fn is_id(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or_default();
    matches!(last, "id" | "ids" | "guid" | "guids")
}

fn has_default(field: &Field) -> bool {
    field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")).any(|attribute| {
        let mut found = false;
        let _ = attribute.parse_nested_meta(|meta| {
            found |= meta.path.is_ident("default");
            if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            }
            Ok(())
        });
        found
    })
}
