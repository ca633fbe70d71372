//! progenitor's httpmock helpers, lowered like the client: its structs and its extension trait stay,
//! while the bodies that would not match what we send become calls of the runtime's mock module.

use std::collections::BTreeMap;

use quote::{ToTokens, format_ident, quote};
use syn::{ImplItem, ImplItemFn, Item, ItemImpl, TraitItem, visit_mut::VisitMut};

use super::{
    Input, operations,
    paths::{At, Short},
    print,
    tables::static_name,
};
use crate::{
    codegen::type_argument,
    lower::escape_for_rustdoc,
    model::{BodyKind, Operation, ParameterLocation, ResponseKind, params_type},
    names,
};

/// The text of the mock module.
pub fn helpers(input: &Input<'_>) -> String {
    let by_when: BTreeMap<String, &Operation> = input
        .operations
        .iter()
        .map(|operation| (format!("{}When", operation.type_name()), operation))
        .collect();
    let by_then: BTreeMap<String, &Operation> = input
        .operations
        .iter()
        .map(|operation| (format!("{}Then", operation.type_name()), operation))
        .collect();
    let by_name: BTreeMap<String, &Operation> =
        input.operations.iter().map(|operation| (operation.ident(), operation)).collect();

    let mut file = input.output.mock.clone();
    for item in &mut file.items {
        match item {
            Item::Mod(module) => {
                let Some((_, items)) = &mut module.content else { continue };
                items.retain(|item| !matches!(item, Item::Use(_)));
                for item in items.iter_mut() {
                    operation_item(item, &by_when, &by_then);
                }
                items.insert(
                    0,
                    syn::parse_quote! {
                        #[allow(unused_imports)]
                        use oneteg_http::{codegen::QueryStyle, mock};
                    },
                );
                items.insert(
                    1,
                    syn::parse_quote! {
                        #[allow(unused_imports)]
                        use super::super::{operations, types};
                    },
                );
            }
            Item::Trait(item) => {
                for member in &mut item.items {
                    let TraitItem::Fn(function) = member else { continue };
                    let name = function.sig.ident.to_string();
                    if let Some(operation) = by_name.get(name.as_str()) {
                        let doc =
                            format!(" Mocks `{name}`: {}", escape_for_rustdoc(&operation.summary));
                        function.attrs.push(syn::parse_quote!(#[doc = #doc]));
                        function.attrs.push(gate(operation));
                    }
                }
            }
            Item::Impl(block) => {
                for member in &mut block.items {
                    let ImplItem::Fn(function) = member else { continue };
                    if let Some(operation) = by_name.get(function.sig.ident.to_string().as_str()) {
                        function.attrs.push(gate(operation));
                    }
                }
            }
            _ => {}
        }
    }
    Short(At::Outside).visit_file_mut(&mut file);
    let items = file.items;
    print::tokens(quote!(#(#items)*))
}

fn gate(operation: &Operation) -> syn::Attribute {
    let feature = names::feature(&operation.tag);
    syn::parse_quote!(#[cfg(feature = #feature)])
}

fn operation_item(
    item: &mut Item,
    by_when: &BTreeMap<String, &Operation>,
    by_then: &BTreeMap<String, &Operation>,
) {
    match item {
        Item::Struct(item) => {
            let name = item.ident.to_string();
            if let Some(operation) = by_when.get(&name).or_else(|| by_then.get(&name)) {
                let what = if by_when.contains_key(&name) { "requests" } else { "answers" };
                let doc = format!(" The {what} of a mocked `{}`.", operation.ident());
                item.attrs.push(syn::parse_quote!(#[doc = #doc]));
                item.attrs.push(gate(operation));
            }
        }
        Item::Impl(block) => {
            let name = block.self_ty.to_token_stream().to_string();
            if let Some(operation) = by_when.get(&name) {
                block.attrs.push(gate(operation));
                when(block, operation);
            } else if let Some(operation) = by_then.get(&name) {
                block.attrs.push(gate(operation));
                then(block, operation);
            }
        }
        _ => {}
    }
}

/// What a request must be like.
fn when(block: &mut ItemImpl, operation: &Operation) {
    let table = static_name(operation);
    block.items.retain(
        |item| !matches!(item, ImplItem::Fn(f) if f.sig.ident == "body" && is_replaced(operation)),
    );
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else { continue };
        let name = function.sig.ident.to_string();
        match name.as_str() {
            "new" => {
                function.block =
                    syn::parse_quote!({ Self(mock::request(inner, &operations::#table)) })
            }
            "into_inner" | "body" => {}
            _ => parameter(function, operation, &name),
        }
    }
    if operation.body.as_ref().is_some_and(|body| body.kind == BodyKind::Rpc) {
        let params = format_ident!("{}", params_type(&operation.id));
        block.items.push(syn::parse_quote! {
            /// With exactly these parameters.
            pub fn params(self, value: &types::#params) -> Self {
                Self(mock::params(self.0, &operations::#table, value))
            }
        });
    }
}

/// Whether progenitor's `body` would compare with something that is never sent.
fn is_replaced(operation: &Operation) -> bool {
    operation.body.as_ref().is_some_and(|body| {
        matches!(
            body.kind,
            BodyKind::Rpc | BodyKind::Multipart | BodyKind::Upload | BodyKind::FormUrlencoded
        )
    })
}

/// progenitor writes a list in a query with `to_string`, which does not compile, and a path argument
/// without encoding it.
fn parameter(function: &mut ImplItemFn, operation: &Operation, name: &str) {
    let found = operation.parameters.iter().find(|parameter| names::snake(&parameter.name) == name);
    let Some(parameter) = found else { return };
    let (wire, table) = (&parameter.name, static_name(operation));
    let missing = match parameter.location {
        ParameterLocation::Path => {
            function.block =
                syn::parse_quote!({ Self(mock::path(self.0, &operations::#table, #wire, &value)) });
            return;
        }
        ParameterLocation::Query => quote!(self.0.query_param_missing(#wire)),
        ParameterLocation::Header => quote!(self.0.header_missing(#wire)),
    };
    let present = match parameter.location {
        ParameterLocation::Header => quote!(mock::header(self.0, #wire, &value)),
        _ => {
            let style = operations::style(parameter.style);
            quote!(mock::query(self.0, #wire, #style, &value))
        }
    };
    let is_optional = function.sig.generics.where_clause.is_some();
    function.block = if is_optional {
        syn::parse_quote!({
            match value.into() {
                Some(value) => Self(#present),
                None => Self(#missing),
            }
        })
    } else {
        syn::parse_quote!({ Self(#present) })
    };
}

/// What is answered.
fn then(block: &mut ItemImpl, operation: &Operation) {
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else { continue };
        if function.sig.ident != "success" {
            continue;
        }
        let doc: syn::Attribute = syn::parse_quote!(#[doc = " Answers with a value."]);
        function.attrs.push(doc);
        if operation.rpc.is_some() {
            function.block = syn::parse_quote!({ Self(mock::result(self.0, status, &value)) });
        } else if matches!(operation.response, ResponseKind::Binary | ResponseKind::Text) {
            *function = syn::parse_quote! {
                /// Answers with these bytes.
                pub fn success(self, status: u16, value: impl AsRef<[u8]>) -> Self {
                    Self(self.0.status(status).body(value))
                }
            };
        } else if may_be_empty(function) {
            // progenitor would send `null` where one success has no content, and does not compile.
            function.block = syn::parse_quote!({
                assert_eq!(status / 100u16, 2u16);
                let then = self.0.status(status);
                Self(match value {
                    Some(value) => {
                        then.header("content-type", "application/json").json_body_obj(value)
                    }
                    None => then,
                })
            });
        }
    }
    if operation.rpc.is_some() {
        block.items.push(syn::parse_quote! {
            /// Answers with a JSON-RPC error.
            pub fn rpc_error(self, code: i64, message: &str) -> Self {
                Self(mock::rpc_error(self.0, code, message))
            }
        });
    }
    block.items.push(syn::parse_quote! {
        /// Answers with a failure's status and a JSON document.
        pub fn failure(self, status: u16, value: &serde_json::Value) -> Self {
            Self(self.0.status(status).json_body(value.clone()))
        }
    });
}

/// Whether the value that is answered is optional.
fn may_be_empty(function: &ImplItemFn) -> bool {
    function.sig.inputs.iter().any(
        |argument| matches!(argument, syn::FnArg::Typed(typed) if type_argument(&typed.ty, "Option").is_some()),
    )
}
