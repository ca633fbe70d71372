//! Multipart forms: typify's struct with `FilePart` for files, a constructor that takes the required parts, a
//! setter for each optional part, and the conversion into a form that the runtime sends.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Fields, Item, Type};

use super::super::{docs, paths::is_copied};
use crate::{
    codegen::type_argument,
    lower::{FormMember, PartKind},
    names,
};

/// Turns the items that typify generated for a form into a form.
///
/// An open form also accepts parts that the specification lacks.
pub fn form(name: &str, items: Vec<Item>, members: &[FormMember], is_open: bool) -> Vec<Item> {
    // A hand-written `Debug`, present only if some parts are secret, also fits the changed struct: the names
    // of the fields stay the same.
    let is_debug = |item: &&Item| match item {
        Item::Impl(block) => block.trait_.as_ref().is_some_and(|(path, _)| {
            path.segments.last().is_some_and(|last| last.ident == "Debug")
        }),
        _ => false,
    };
    let shown = items.iter().find(is_debug).cloned();
    let Some(Item::Struct(mut form)) =
        items.into_iter().find(|item| matches!(item, Item::Struct(_)))
    else {
        return Vec::new();
    };
    // typify's derives do not apply: a file cannot be cloned, compared or deserialised.
    form.attrs.retain(|attribute| attribute.path().is_ident("doc"));
    // A part that a vendor adds must not break programs.
    form.attrs.push(syn::parse_quote!(#[non_exhaustive]));
    if members.is_empty() {
        // typify makes an object without members a map.
        form.fields = Fields::Named(syn::parse_quote!({}));
        form.semi_token = None;
    }
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
        if member.kind == PartKind::File {
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
        let part = |value: TokenStream| match member.kind {
            PartKind::File => quote!(form.file(#wire, #value);),
            PartKind::Text => quote!(form.text(#wire, #value.to_string());),
            PartKind::Value => quote!(form.value(#wire, &#value);),
            PartKind::Json => quote!(form.json(#wire, &#value);),
        };
        let one = part(quote!(value));
        parts.push(match (&inner, member.many) {
            (None, false) => part(quote!(self.#field)),
            (None, true) => quote!(for value in self.#field { #one }),
            (Some(_), false) => quote!(if let Some(value) = self.#field { #one }),
            (Some(_), true) => quote!(for value in self.#field.into_iter().flatten() { #one }),
        });
    }
    if is_open {
        fields.named.push(syn::parse_quote!(extra: oneteg_http::codegen::Form));
        values.push(quote!(extra: Default::default()));
        setters.push(extra());
        parts.push(quote!(form.append(self.extra);));
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

/// The setters of parts that the specification lacks.
fn extra() -> TokenStream {
    quote! {
        /// Adds a part of plain text that the specification lacks.
        #[must_use]
        pub fn extra_text(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
            self.extra.text(name.into(), text.into());
            self
        }

        /// Adds a file that the specification lacks.
        #[must_use]
        pub fn extra_file(
            mut self,
            name: impl Into<String>,
            file: impl Into<oneteg_http::FilePart>,
        ) -> Self {
            self.extra.file(name.into(), file.into());
            self
        }
    }
}
