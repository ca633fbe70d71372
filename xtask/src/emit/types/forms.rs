//! Multipart forms: typify's struct with `FilePart` for files, a constructor that takes the required parts, a
//! setter for each optional part, and the conversion into a form that the runtime sends.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Fields, Item, Type};

use super::super::{docs, paths::is_copied};
use crate::{codegen::type_argument, lower::FormMember, names};

/// Turns the items that typify generated for a form into a form.
pub fn form(name: &str, items: Vec<Item>, members: &[FormMember]) -> Vec<Item> {
    // A hand-written `Debug`, present only if some parts are secret, also fits the changed struct: the names
    // of the fields stay the same.
    let shown = items
        .iter()
        .find(|item| matches!(item, Item::Impl(shown) if shown.trait_.is_some()))
        .cloned();
    let Some(Item::Struct(mut form)) =
        items.into_iter().find(|item| matches!(item, Item::Struct(_)))
    else {
        return Vec::new();
    };
    // typify's derives do not apply: a file cannot be cloned, compared or deserialised.
    form.attrs.retain(|attribute| attribute.path().is_ident("doc"));
    if shown.is_none() {
        form.attrs.push(syn::parse_quote!(#[derive(Debug)]));
    }
    let ident = format_ident!("{name}");
    let (mut inputs, mut values, mut setters, mut parts) = (vec![], vec![], vec![], vec![]);
    let Fields::Named(fields) = &mut form.fields else { return Vec::new() };
    for member in members {
        let field = format_ident!("{}", names::snake(&member.name));
        let Some(found) = fields.named.iter_mut().find(|f| f.ident.as_ref() == Some(&field)) else {
            continue;
        };
        found.attrs.retain(|attribute| attribute.path().is_ident("doc"));
        if member.file {
            let part: Type = match member.many {
                true => syn::parse_quote!(Vec<oneteg_http::FilePart>),
                false => syn::parse_quote!(oneteg_http::FilePart),
            };
            found.ty = if member.required { part } else { syn::parse_quote!(Option<#part>) };
        }
        let (wire, ty) = (&member.name, &found.ty);
        let inner = type_argument(ty, "Option");
        match &inner {
            None if is_copied(ty) => {
                inputs.push(quote!(#field: #ty));
                values.push(quote!(#field));
            }
            None => {
                inputs.push(quote!(#field: impl Into<#ty>));
                values.push(quote!(#field: #field.into()));
            }
            Some(inner) => {
                values.push(quote!(#field: None));
                let docs: Vec<_> = found.attrs.iter().filter_map(docs::doc_text).collect();
                let docs = docs::lines(&docs.join("\n"));
                setters.push(quote! {
                    #(#docs)*
                    #[must_use]
                    pub fn #field(mut self, #field: impl Into<#inner>) -> Self {
                        self.#field = Some(#field.into());
                        self
                    }
                });
            }
        }
        let part = |value: TokenStream| match member.file {
            true => quote!(form.file(#wire, #value);),
            false => quote!(form.text(#wire, #value.to_string());),
        };
        let one = part(quote!(value));
        parts.push(match (&inner, member.many) {
            (None, false) => part(quote!(self.#field)),
            (None, true) => quote!(for value in self.#field { #one }),
            (Some(_), false) => quote!(if let Some(value) = self.#field { #one }),
            (Some(_), true) => quote!(for value in self.#field.into_iter().flatten() { #one }),
        });
    }
    let mut items = vec![
        Item::Struct(form),
        syn::parse_quote! {
            impl #ident {
                /// Creates a form with its required parts.
                pub fn new(#(#inputs),*) -> Self {
                    Self { #(#values),* }
                }

                #(#setters)*

                pub(crate) fn into_form(self) -> oneteg_http::codegen::Form {
                    let mut form = oneteg_http::codegen::Form::default();
                    #(#parts)*
                    form
                }
            }
        },
    ];
    items.extend(shown);
    items
}
