//! Types that callers create: `new` with the required members, a setter for each optional member, and one for
//! members that the specification lacks.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Fields, Item, ItemStruct, Type};

use super::super::{docs, imports::mentioned, values};
use crate::codegen::type_argument;

/// The constructor and the setters of a struct. `required` has the names of its required members in the order of
/// the specification, which is the order of the arguments of `new`.
pub fn constructed(item: &ItemStruct, required: &[String], has_default: bool) -> Option<Item> {
    let ident = item.ident.clone();
    let fields = match &item.fields {
        Fields::Named(fields) => fields,
        Fields::Unnamed(fields) => return open(&ident, &fields.unnamed.first()?.ty),
        Fields::Unit => return None,
    };
    let (mut inputs, mut values, mut setters) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (position, field) in fields.named.iter().enumerate() {
        let (Some(name), ty) = (&field.ident, &field.ty) else { continue };
        let place = required.iter().position(|required| name == required);
        if is_flattened(field) {
            setters.extend(unknown(ty));
            values.push((false, quote!(#name: Default::default())));
        } else if let Some(inner) = type_argument(ty, "Option") {
            setters.extend(setter(field, &inner));
            values.push((false, quote!(#name: None)));
        } else {
            let place = (place.is_none(), place.unwrap_or(position));
            inputs.insert(place, values::input(name, ty));
            let value = values::converted(name, ty);
            let is_same = *name == value.to_string();
            values.push((true, if is_same { quote!(#name) } else { quote!(#name: #value) }));
        }
    }
    let inputs = inputs.into_values();
    let is_complete = values.iter().all(|(is_given, _)| *is_given);
    let given = values.iter().filter(|(is_given, _)| *is_given || !has_default);
    let given: Vec<_> = given.map(|(_, value)| value).collect();
    // A setter named `default` hides the function of the trait.
    let is_hidden = fields.named.iter().filter_map(|field| field.ident.as_ref());
    let default = match is_hidden.into_iter().any(|name| name == "default") {
        true => quote!(<Self as Default>::default()),
        false => quote!(Self::default()),
    };
    let rest = (has_default && !is_complete).then(|| quote!(..#default));
    let (doc, value) = match given.as_slice() {
        [] => (" Creates a value with nothing set.", default),
        given => {
            (" Creates a value with its required members.", quote!(Self { #(#given,)* #rest }))
        }
    };
    Some(syn::parse_quote! {
        impl #ident {
            #[doc = #doc]
            #[must_use]
            pub fn new(#(#inputs),*) -> Self {
                #value
            }

            #(#setters)*
        }
    })
}

/// The constructor and the setter of an object without known members, which contains only a map.
fn open(ident: &Ident, ty: &Type) -> Option<Item> {
    let (_, value) = values::entries(ty)?;
    Some(syn::parse_quote! {
        impl #ident {
            /// Creates a value with nothing set.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            /// Sets a member.
            #[must_use]
            pub fn extra(mut self, name: impl Into<String>, value: impl Into<#value>) -> Self {
                self.0.insert(name.into(), value.into());
                self
            }
        }
    })
}

/// The setter of an optional member. There is none for a member named `new`; its field is public.
fn setter(field: &syn::Field, inner: &Type) -> Option<TokenStream> {
    let name = field.ident.as_ref().filter(|name| *name != "new")?;
    let docs: Vec<_> = field.attrs.iter().filter_map(docs::doc_text).collect();
    let docs = if docs.is_empty() { format!("Sets `{name}`.") } else { docs.join("\n") };
    let docs = docs::lines(&docs);
    let (input, value) = (values::input(name, inner), values::converted(name, inner));
    Some(quote! {
        #(#docs)*
        #[must_use]
        pub fn #name(mut self, #input) -> Self {
            self.#name = Some(#value);
            self
        }
    })
}

/// The setter of unknown members.
fn unknown(ty: &Type) -> Option<TokenStream> {
    let (_, value) = values::entries(ty)?;
    Some(quote! {
        /// Sets a member that the specification lacks.
        #[must_use]
        pub fn extra(mut self, name: impl Into<String>, value: impl Into<#value>) -> Self {
            self.extra.insert(name.into(), value.into());
            self
        }
    })
}

/// Whether the field is the map of unknown members.
fn is_flattened(field: &syn::Field) -> bool {
    let is_extra = field.ident.as_ref().is_some_and(|name| name == "extra");
    is_extra
        && field.attrs.iter().any(|attribute| {
            attribute.path().is_ident("serde") && mentioned(quote!(#attribute)).contains("flatten")
        })
}
