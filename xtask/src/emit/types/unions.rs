//! Types with several forms: an enum with a variant for each, and conversions from what it contains.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Fields, Item, Type};

use super::super::{docs, paths::plain_name};
use crate::{
    lower::Union,
    model::{Form, FormKind},
};

/// Adds the items of all unions, and removes the helpers that have the types of their variants.
pub fn add(grouped: &mut BTreeMap<String, Vec<Item>>, unions: &BTreeMap<String, Union>) {
    for (name, union) in unions {
        let types = grouped.remove(&union.helper).map(|items| variant_types(&items));
        grouped.insert(name.clone(), items(name, union, &types.unwrap_or_default()));
    }
}

/// The types of a helper's fields, by their number.
fn variant_types(items: &[Item]) -> BTreeMap<String, Type> {
    let found = items.iter().find_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    });
    let Some(Fields::Named(fields)) = found.map(|item| &item.fields) else {
        return BTreeMap::new();
    };
    let field = |field: &syn::Field| Some((field.ident.as_ref()?.to_string(), field.ty.clone()));
    fields.named.iter().filter_map(field).collect()
}

fn items(name: &str, union: &Union, types: &BTreeMap<String, Type>) -> Vec<Item> {
    let ident = format_ident!("{name}");
    let (mut variants, mut conversions) = (Vec::new(), Vec::new());
    let mut converted: BTreeSet<String> = BTreeSet::new();
    for (index, variant) in union.variants.iter().enumerate() {
        let own = format_ident!("{}", variant.name);
        let any: Type = syn::parse_quote!(::serde_json::Value);
        let ty = types.get(&format!("v{index}")).unwrap_or(&any);
        let docs = docs::lines(&variant.description);
        let held: Type = if variant.boxed { syn::parse_quote!(Box<#ty>) } else { ty.clone() };
        variants.push(quote!(#(#docs)* #own(#held)));
        if converted.insert(ty.to_token_stream().to_string()) {
            let value = if variant.boxed { quote!(Box::new(value)) } else { quote!(value) };
            conversions.push(syn::parse_quote! {
                impl From<#ty> for #ident {
                    fn from(value: #ty) -> Self {
                        Self::#own(#value)
                    }
                }
            });
        }
    }
    let description = match union.description.trim() {
        "" => format!("`{name}`"),
        description => description.to_owned(),
    };
    let docs = docs::lines(&description);
    let (growing, other) = match union.has_forms {
        true => (
            Some(quote!(#[non_exhaustive])),
            Some(quote! {
                /// A value that has none of the documented forms.
                Other(::serde_json::Value)
            }),
        ),
        false => (None, None),
    };
    let mut items: Vec<Item> = vec![syn::parse_quote! {
        #(#docs)*
        #[derive(Clone)]
        #[serde(untagged)]
        #growing
        pub enum #ident { #(#variants,)* #other }
    }];
    items.extend(shown(&ident, union, types));
    items.append(&mut conversions);
    items
}

/// `Display` for a union of plain values, which can be written into a path or a query.
fn shown(
    ident: &proc_macro2::Ident,
    union: &Union,
    types: &BTreeMap<String, Type>,
) -> Option<Item> {
    let is_plain = |ty: &Type| {
        plain_name(ty).is_some_and(|name| {
            matches!(name.as_str(), "String" | "i32" | "i64" | "f32" | "f64" | "bool")
        })
    };
    if union.has_forms || !types.values().all(is_plain) {
        return None;
    }
    let arms = union.variants.iter().map(|variant| {
        let own = format_ident!("{}", variant.name);
        quote!(Self::#own(x) => x.fmt(f),)
    });
    Some(syn::parse_quote! {
        impl std::fmt::Display for #ident {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self { #(#arms)* }
            }
        }
    })
}

/// The macro that reads a union by the forms of its variants.
pub fn read_by_forms(name: &str, union: &Union) -> Item {
    let ident = format_ident!("{name}");
    let variants = union.variants.iter().map(|variant| {
        let (own, forms) = (format_ident!("{}", variant.name), variant.forms.iter().map(form));
        quote!(#own [#(#forms),*])
    });
    syn::parse_quote!(oneteg_http::codegen::forms! { #ident { #(#variants),* } })
}

fn form(form: &Form) -> TokenStream {
    let kind = format_ident!("{}", format!("{:?}", form.kind));
    let (required, optional) = (&form.required, &form.optional);
    let tags = form.tags.iter().map(|(member, values)| quote!((#member, &[#(#values),*])));
    match form.kind {
        FormKind::Object => quote! {
            Object { required: &[#(#required),*], optional: &[#(#optional),*], tags: &[#(#tags),*] }
        },
        _ => quote!(#kind),
    }
}
