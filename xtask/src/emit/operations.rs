//! The operations of a tag: a method of the client each, with a builder behind it.
//!
//! Required arguments are arguments of the method, so that a forgotten one does not compile; optional
//! ones are setters. All requests leave through one function of the runtime, which is compiled once.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, Type, visit_mut::VisitMut};

use super::{
    Input, docs, pages,
    paths::{At, Short, is_copied},
    print,
    tables::static_name,
    types::{Types, mentioned},
};
use crate::{
    codegen::{Signature, type_argument},
    lower::escape_for_rustdoc,
    model::{
        BodyKind, Operation, Parameter, ParameterLocation, ParameterStyle, ResponseKind, form_type,
        params_type,
    },
    names,
};

/// One argument of an operation.
pub struct Argument {
    pub name: Ident,
    pub ty: Type,
    pub optional: bool,
    description: String,
    /// The field it is kept in, when that is not one of its own: `params.folder_id`.
    pub within: Option<Ident>,
}

/// The text of a tag's module, and the names of the types it uses.
pub fn tag(
    input: &Input<'_>,
    types: &Types,
    operations: &[&Operation],
) -> (String, BTreeSet<String>) {
    let builders = operations.iter().filter_map(|operation| {
        let signature = input.signature(operation)?;
        Some(builder(operation, signature, types))
    });
    let tokens = quote! {
        use oneteg_http::codegen::{
            ByteStream, OperationRequest, CallOptions, Error, Page, Pager, QueryStyle, ResponseValue, Runtime,
            UploadSource, show_request,
        };
        use super::{operations, types};
        use crate::Client;
        #(#builders)*
    };
    let reached = mentioned(tokens.clone());
    // Which of the runtime's names a tag needs depends on its operations.
    let text = print::tokens(quote! { #![allow(unused_imports)] #tokens });
    (text, reached)
}

fn builder(operation: &Operation, signature: &Signature, types: &Types) -> TokenStream {
    let arguments = arguments(operation, signature, types);
    let (name, method) =
        (format_ident!("{}", operation.type_name()), format_ident!("{}", operation.ident()));
    let (required, optional): (Vec<&Argument>, Vec<&Argument>) =
        arguments.iter().partition(|argument| !argument.optional);

    let inputs: Vec<TokenStream> = required.iter().map(|argument| argument.input()).collect();
    let listed: Vec<(String, String)> = required
        .iter()
        .map(|argument| (argument.name.to_string(), argument.description.clone()))
        .collect();
    let method_docs = docs::lines(&docs::operation(operation, &listed));
    let struct_doc = format!(" A call of [`Client::{method}`], made by [`send`](Self::send).");
    let deprecated: Option<Attribute> = operation
        .deprecated
        .then(|| syn::parse_quote!(#[deprecated = "the vendor advises against it"]));

    let (fields, values) = fields(operation, &arguments);
    let setters = optional.iter().map(|argument| argument.setter());
    let (answer, send) = answer(operation, signature);
    let call = call(operation, &arguments);
    let pages = pages::pages(operation, signature, types, &arguments);
    // A body of bytes or files is sent once; everything else may be sent again, for the next page.
    let derive = match &operation.body {
        Some(body) if matches!(body.kind, BodyKind::Multipart | BodyKind::Upload) => None,
        _ => Some(quote!(#[derive(Clone)])),
    };
    let table = static_name(operation);
    let lifetime = if pages.is_some() { quote!('a) } else { quote!('_) };
    let generics = pages.is_some().then(|| quote!(<'a>));
    quote! {
        impl Client {
            #(#method_docs)*
            #deprecated
            pub fn #method(&self, #(#inputs),*) -> #name<'_> {
                #name { runtime: self.runtime(), call_options: CallOptions::new(), #(#values),* }
            }
        }

        #[doc = #struct_doc]
        #derive
        #[must_use = "the request is made by `send`"]
        pub struct #name<'a> {
            runtime: &'a Runtime,
            call_options: CallOptions,
            #(#fields),*
        }

        impl std::fmt::Debug for #name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                show_request(f, &operations::#table, &self.call_options)
            }
        }

        impl #generics #name<#lifetime> {
            #(#setters)*

            /// Sets what can be set for a call of any operation.
            pub fn call_options(mut self, options: CallOptions) -> Self {
                self.call_options = options;
                self
            }

            /// Makes the request.
            ///
            /// # Errors
            /// [`Error`], whose kind says what failed.
            pub async fn send(self) -> Result<ResponseValue<#answer>, Error> {
                #call
                self.runtime.#send(call).await
            }

            #pages
        }
    }
}

impl Argument {
    /// The argument in a method's signature.
    fn input(&self) -> TokenStream {
        let (name, ty) = (&self.name, &self.ty);
        if is_copied(ty) { quote!(#name: #ty) } else { quote!(#name: impl Into<#ty>) }
    }

    /// The argument's value where a field is filled.
    fn value(&self) -> TokenStream {
        let name = &self.name;
        if is_copied(&self.ty) { quote!(#name) } else { quote!(#name.into()) }
    }

    /// Where the argument is kept.
    fn field(&self) -> TokenStream {
        let name = &self.name;
        match &self.within {
            Some(within) => quote!(#within.#name),
            None => quote!(#name),
        }
    }

    fn setter(&self) -> TokenStream {
        let (name, input, value, field) = (&self.name, self.input(), self.value(), self.field());
        let docs = docs::lines(&if self.description.is_empty() {
            format!("Sets `{name}`.")
        } else {
            self.description.clone()
        });
        quote! {
            #(#docs)*
            pub fn #name(mut self, #input) -> Self {
                self.#field = Some(#value);
                self
            }
        }
    }
}

pub fn arguments(operation: &Operation, signature: &Signature, types: &Types) -> Vec<Argument> {
    let mut all: Vec<Argument> = operation
        .parameters
        .iter()
        .filter_map(|parameter| {
            let name = names::snake(&parameter.name);
            let (ty, optional) = signature.arguments.get(&name)?;
            Some(Argument {
                name: format_ident!("{name}"),
                ty: short(ty.clone()),
                optional: *optional,
                description: escape_for_rustdoc(&parameter.description),
                within: None,
            })
        })
        .collect();
    let Some(body) = &operation.body else { return all };
    match body.kind {
        BodyKind::Rpc => {
            let order = operation.rpc.iter().flat_map(|rpc| rpc.params.iter().flatten());
            let fields = types.fields(&params_type(&operation.id));
            for param in order {
                let name = names::snake(param);
                let Some((ty, docs)) = fields.get(&name) else { continue };
                let inner = type_argument(ty, "Option");
                all.push(Argument {
                    name: format_ident!("{name}"),
                    optional: inner.is_some(),
                    ty: in_types(inner.unwrap_or_else(|| ty.clone()), types),
                    description: docs.clone(),
                    within: Some(format_ident!("params")),
                });
            }
        }
        kind => {
            let (name, ty): (&str, Type) = match kind {
                BodyKind::Multipart => {
                    let form = format_ident!("{}", form_type(&operation.id));
                    ("form", syn::parse_quote!(types::#form))
                }
                BodyKind::Upload => ("body", syn::parse_quote!(UploadSource)),
                BodyKind::Text => ("body", syn::parse_quote!(String)),
                _ => match signature.arguments.get("body") {
                    Some((ty, _)) => ("body", short(ty.clone())),
                    None => return all,
                },
            };
            all.push(Argument {
                name: format_ident!("{name}"),
                ty,
                optional: !body.required,
                description: escape_for_rustdoc(&body.description),
                within: None,
            });
        }
    }
    all
}

pub fn short(mut ty: Type) -> Type {
    Short(At::Outside).visit_type_mut(&mut ty);
    ty
}

/// A type as it is written outside of the module `types`.
pub fn in_types(mut ty: Type, types: &Types) -> Type {
    struct Qualify<'a>(&'a Types);
    impl VisitMut for Qualify<'_> {
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            syn::visit_mut::visit_path_mut(self, path);
            if let Some(name) = path.get_ident()
                && self.0.contains(&name.to_string())
            {
                *path = syn::parse_quote!(types::#name);
            }
        }
    }
    Qualify(types).visit_type_mut(&mut ty);
    ty
}

/// The builder's own fields, and what the method fills them with.
fn fields(operation: &Operation, arguments: &[Argument]) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let (mut fields, mut values) = (Vec::new(), Vec::new());
    for argument in arguments.iter().filter(|argument| argument.within.is_none()) {
        let (name, ty) = (&argument.name, &argument.ty);
        if argument.optional {
            fields.push(quote!(#name: Option<#ty>));
            values.push(quote!(#name: None));
        } else {
            let value = argument.value();
            fields.push(quote!(#name: #ty));
            values.push(if is_copied(ty) { quote!(#name) } else { quote!(#name: #value) });
        }
    }
    let grouped: Vec<&Argument> =
        arguments.iter().filter(|argument| argument.within.is_some()).collect();
    if !grouped.is_empty() {
        let ty = format_ident!("{}", params_type(&operation.id));
        let members = grouped.iter().map(|argument| {
            let (name, value) = (&argument.name, argument.value());
            match (argument.optional, is_copied(&argument.ty)) {
                (true, _) => quote!(#name: None),
                (false, true) => quote!(#name),
                (false, false) => quote!(#name: #value),
            }
        });
        values.push(quote!(params: types::#ty { #(#members),* }));
        fields.push(quote!(params: types::#ty));
    }
    (fields, values)
}

/// The statements that build the call.
fn call(operation: &Operation, arguments: &[Argument]) -> TokenStream {
    let table = static_name(operation);
    let parameters = operation.parameters.iter().map(parameter);
    let body = operation.body.as_ref().map(|body| {
        let argument = if body.kind == BodyKind::Multipart { quote!(form) } else { quote!(body) };
        let set = match body.kind {
            BodyKind::Rpc => return quote!(),
            BodyKind::Json => quote!(call.json(&value)),
            BodyKind::FormUrlencoded => quote!(call.form_urlencoded(&value)),
            BodyKind::Text => quote!(call.text(value)),
            BodyKind::Upload => quote!(call.upload(value)),
            BodyKind::Multipart => quote!(call.form(value.into_form())),
        };
        if body.required {
            quote! { let value = self.#argument; #set; }
        } else {
            quote! { if let Some(value) = self.#argument { #set; } }
        }
    });
    let positions = operation.rpc.iter().flat_map(|rpc| &rpc.params).map(|param| match param {
        None => quote! { call.param(&()); },
        Some(param) => {
            let name = names::snake(param);
            let field =
                arguments.iter().find(|argument| argument.name == name).map(Argument::field);
            quote! { call.param(&self.#field); }
        }
    });
    let is_changed =
        !operation.parameters.is_empty() || operation.body.is_some() || operation.rpc.is_some();
    let mutable = is_changed.then(|| quote!(mut));
    quote! {
        let #mutable call = OperationRequest::new(&operations::#table, self.call_options);
        #(#parameters)*
        #(#positions)*
        #body
    }
}

fn parameter(parameter: &Parameter) -> TokenStream {
    let wire = &parameter.name;
    let field = format_ident!("{}", names::snake(&parameter.name));
    match parameter.location {
        ParameterLocation::Path => quote! { call.path(#wire, &self.#field); },
        ParameterLocation::Header => quote! { call.header(#wire, &self.#field); },
        ParameterLocation::Query => {
            let style = style(parameter.style);
            quote! { call.query(#wire, #style, &self.#field); }
        }
    }
}

/// A query style as the runtime names it.
pub fn style(style: ParameterStyle) -> TokenStream {
    let name = format_ident!("{style:?}");
    quote!(QueryStyle::#name)
}

/// The type of an answer, and the runtime's function that reads it.
fn answer(operation: &Operation, signature: &Signature) -> (TokenStream, TokenStream) {
    match operation.response {
        ResponseKind::Empty => (quote!(()), quote!(empty)),
        ResponseKind::Json => (short(signature.response.clone()).to_token_stream(), quote!(json)),
        ResponseKind::Text => (quote!(String), quote!(text)),
        ResponseKind::Binary => (quote!(ByteStream), quote!(stream)),
    }
}
