//! The operations of a tag: the client's methods in one block, then a request builder for each.
//!
//! Required arguments are arguments of the method, so code that omits one does not compile; optional
//! arguments are setters of the builder. Builders only collect values. They call a few functions of the
//! runtime, which are compiled once, so hundreds of operations stay cheap to compile.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::Attribute;

use super::{
    Input,
    arguments::{Argument, arguments, query_style, short},
    docs,
    example::example,
    imports::{import, mentioned},
    pages,
    paths::is_copied,
    print,
    tables::static_name,
    types::Types,
};
use crate::{
    codegen::Signature,
    model::{BodyKind, Flag, Operation, Parameter, ParameterLocation, ResponseKind, params_type},
    names,
};

/// The names of the runtime that builders may use.
const RUNTIME: [&str; 12] = [
    "ByteStream",
    "CallOptions",
    "Error",
    "OperationRequest",
    "Page",
    "Pager",
    "QueryStyle",
    "ResponseValue",
    "Runtime",
    "UploadSource",
    "into_future",
    "show_request",
];

/// The source of a tag's module, and the names of the types it uses.
pub fn tag(
    input: &Input<'_>,
    types: &Types,
    tag: &str,
    operations: &[&Operation],
) -> (String, BTreeSet<String>) {
    let (mut methods, mut builders) = (Vec::new(), Vec::new());
    for &operation in operations {
        let Some(signature) = input.signature(operation) else { continue };
        let arguments = arguments(operation, signature, types);
        let example = example(input, types, operation, signature, &arguments);
        methods.push(method(operation, &arguments, &example));
        builders.push(builder(operation, signature, types, &arguments));
    }
    let overview = docs::inner(&docs::overview(tag, input.tag_description(tag), operations));
    // A heading, so that the page of the client has an anchor for each tag.
    let block_docs = docs::lines(&docs::section(tag, input.tag_description(tag)));
    let code = quote! {
        #(#block_docs)*
        impl Client {
            #(#methods)*
        }
        #(#builders)*
    };
    let runtime = import(&quote!(oneteg_http::codegen), &RUNTIME, &code);
    let own = import(&quote!(super), &["operations", "types"], &code);
    let text = print::tokens(quote! {
        #(#overview)*
        #runtime
        #own
        use crate::Client;
        #code
    });
    (text, mentioned(code))
}

/// The method of the client, which returns the builder.
fn method(operation: &Operation, arguments: &[Argument], example: &str) -> TokenStream {
    let (builder, method) =
        (format_ident!("{}", operation.type_name()), format_ident!("{}", operation.ident()));
    let required: Vec<&Argument> = arguments.iter().filter(|argument| !argument.optional).collect();
    let inputs = required.iter().map(|argument| argument.input());
    let listed: Vec<(String, String)> = required
        .iter()
        .map(|argument| (argument.name.to_string(), argument.description.clone()))
        .collect();
    let docs = docs::lines(&docs::operation(operation, &listed, example));
    let deprecated: Option<Attribute> =
        operation.deprecated.then(|| syn::parse_quote!(#[deprecated = "deprecated by the vendor"]));
    let values = initial_values(operation, arguments);
    quote! {
        #(#docs)*
        #deprecated
        pub fn #method(&self, #(#inputs),*) -> #builder {
            #builder { runtime: self.runtime().clone(), call_options: CallOptions::new(), #(#values),* }
        }
    }
}

fn builder(
    operation: &Operation,
    signature: &Signature,
    types: &Types,
    arguments: &[Argument],
) -> TokenStream {
    let (name, method) =
        (format_ident!("{}", operation.type_name()), format_ident!("{}", operation.ident()));
    let doc = format!(" Request builder for [`Client::{method}`].");
    let fields = fields(operation, arguments);
    let setters = arguments.iter().filter(|argument| argument.optional).map(setter);
    let (response, send) = response(operation, signature);
    let request = request(operation, arguments);
    let pages = pages::pages(operation, signature, types, arguments);
    // `pages` clones the builder for each page. Files and streams can be sent only once.
    let derive = match &operation.body {
        Some(body) if matches!(body.kind, BodyKind::Multipart | BodyKind::Upload) => None,
        _ => Some(quote!(#[derive(Clone)])),
    };
    let table = static_name(operation);
    quote! {
        #[doc = #doc]
        #derive
        #[must_use = "await it, or call `send`, to make the request"]
        pub struct #name {
            runtime: Runtime,
            call_options: CallOptions,
            #(#fields),*
        }

        impl std::fmt::Debug for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                show_request(f, &operations::#table, &self.call_options)
            }
        }

        impl #name {
            #(#setters)*

            /// Sets per-call options such as timeout and retries.
            pub fn call_options(mut self, options: CallOptions) -> Self {
                self.call_options = options;
                self
            }

            /// Sends the request.
            ///
            /// # Errors
            /// Returns an [`Error`]; match on [`Error::kind`].
            pub async fn send(self) -> Result<ResponseValue<#response>, Error> {
                #request
                self.runtime.#send(request).await
            }

            #pages
        }

        into_future!(#name => #response);
    }
}

fn setter(argument: &Argument) -> TokenStream {
    let (name, input, value, field) =
        (&argument.name, argument.input(), argument.value(), argument.field());
    let docs = docs::lines(&if argument.description.is_empty() {
        format!("Sets `{name}`.")
    } else {
        argument.description.clone()
    });
    quote! {
        #(#docs)*
        pub fn #name(mut self, #input) -> Self {
            self.#field = Some(#value);
            self
        }
    }
}

/// The builder's fields for its arguments. The parameters of a remote procedure share one field, their
/// struct.
fn fields(operation: &Operation, arguments: &[Argument]) -> Vec<TokenStream> {
    let mut fields: Vec<TokenStream> = arguments
        .iter()
        .filter(|argument| argument.within.is_none())
        .map(|argument| {
            let (name, ty) = (&argument.name, &argument.ty);
            if argument.optional { quote!(#name: Option<#ty>) } else { quote!(#name: #ty) }
        })
        .collect();
    if arguments.iter().any(|argument| argument.within.is_some()) {
        let ty = format_ident!("{}", params_type(&operation.id));
        fields.push(quote!(params: types::#ty));
    }
    fields
}

/// The initial values of these fields.
fn initial_values(operation: &Operation, arguments: &[Argument]) -> Vec<TokenStream> {
    let initial = |argument: &Argument| {
        let (name, value) = (&argument.name, argument.value());
        match (argument.optional, is_copied(&argument.ty)) {
            (true, _) => quote!(#name: None),
            (false, true) => quote!(#name),
            (false, false) => quote!(#name: #value),
        }
    };
    let (grouped, own): (Vec<&Argument>, Vec<&Argument>) =
        arguments.iter().partition(|argument| argument.within.is_some());
    let mut values: Vec<TokenStream> = own.into_iter().map(initial).collect();
    if !grouped.is_empty() {
        let ty = format_ident!("{}", params_type(&operation.id));
        let members = grouped.into_iter().map(initial);
        values.push(quote!(params: types::#ty { #(#members),* }));
    }
    values
}

/// The statements that build the runtime's request.
fn request(operation: &Operation, arguments: &[Argument]) -> TokenStream {
    let table = static_name(operation);
    let parameters = operation.parameters.iter().map(|of| {
        let is_optional =
            arguments.iter().any(|argument| argument.name == of.argument && argument.optional);
        parameter(of, is_optional)
    });
    let body = operation.body.as_ref().map(|body| {
        let argument = if body.kind == BodyKind::Multipart { quote!(form) } else { quote!(body) };
        let set = match body.kind {
            BodyKind::Rpc => return quote!(),
            BodyKind::Json => quote!(request.json(&value)),
            BodyKind::FormUrlencoded => {
                let styles = body.styles.iter().map(|(name, style)| {
                    let style = query_style(*style);
                    quote!((#name, QueryStyle::#style))
                });
                quote!(request.form_urlencoded(&value, &[#(#styles),*]))
            }
            BodyKind::Text => quote!(request.text(value)),
            BodyKind::Upload => quote!(request.upload(value)),
            BodyKind::Multipart => quote!(request.form(value.into_form())),
        };
        if body.required {
            quote! { let value = self.#argument; #set; }
        } else {
            quote! { if let Some(value) = self.#argument { #set; } }
        }
    });
    let positions = operation.rpc.iter().flat_map(|rpc| &rpc.params).map(|param| match param {
        None => quote! { request.param(&()); },
        Some(param) => {
            let name = names::snake(param);
            let field =
                arguments.iter().find(|argument| argument.name == name).map(Argument::field);
            quote! { request.param(&self.#field); }
        }
    });
    let is_changed =
        !operation.parameters.is_empty() || operation.body.is_some() || operation.rpc.is_some();
    let mutable = is_changed.then(|| quote!(mut));
    quote! {
        let #mutable request = OperationRequest::new(&operations::#table, self.call_options);
        #(#parameters)*
        #(#positions)*
        #body
    }
}

fn parameter(parameter: &Parameter, is_optional: bool) -> TokenStream {
    let wire = &parameter.name;
    let field = format_ident!("{}", parameter.argument);
    let value = match Flag::of(&parameter.schema) {
        Some(Flag::Number) if is_optional => quote!(self.#field.map(u8::from)),
        Some(Flag::Presence) if is_optional => quote!(self.#field.filter(|on| *on).map(u8::from)),
        Some(_) => quote!(u8::from(self.#field)),
        None => quote!(self.#field),
    };
    match parameter.location {
        ParameterLocation::Path => quote! { request.path(#wire, &#value); },
        ParameterLocation::Header => quote! { request.header(#wire, &#value); },
        ParameterLocation::Query => {
            let style = query_style(parameter.style);
            quote! { request.query(#wire, QueryStyle::#style, &#value); }
        }
    }
}

/// The type of the response, and the function of the runtime that reads it.
fn response(operation: &Operation, signature: &Signature) -> (TokenStream, TokenStream) {
    match operation.response {
        ResponseKind::Empty => (quote!(()), quote!(empty)),
        ResponseKind::Json => (short(signature.response.clone()).to_token_stream(), quote!(json)),
        ResponseKind::Text => (quote!(String), quote!(text)),
        ResponseKind::Binary => (quote!(ByteStream), quote!(stream)),
    }
}
