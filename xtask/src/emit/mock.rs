//! The table of typed mocks: a row for each operation. A macro of `oneteg_http::mock` expands the rows to the
//! methods and types that users see; what all operations have in common is there too.
//!
//! ```text
//! /// Gets an asset.
//! get_asset(GET_ASSET, GetAssetWhen) -> Json<crate::types::Asset> {
//!     asset_id: Required<String> => path("assetId"),
//!     fields: Optional<Vec<String>> => query("fields"),
//! }
//! ```

use std::fmt::Write as _;

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Type;

use super::{
    Input,
    arguments::{Argument, arguments, query_style, short},
    docs, print,
    tables::static_name,
    types::Types,
};
use crate::{
    codegen::{Signature, type_argument},
    lower::escape_for_rustdoc,
    model::{
        BodyKind, Flag, Operation, ParameterLocation, ParameterStyle, ResponseKind, params_type,
    },
};

/// The source of the mock module, as text: no formatter breaks the tokens of a macro into lines.
pub fn table(input: &Input<'_>, types: &Types) -> String {
    let mut rows = String::new();
    for (tag, operations) in input.by_tag() {
        if !rows.is_empty() {
            rows.push('\n');
        }
        let _ = writeln!(rows, "    {tag:?} {{");
        for (index, operation) in operations.into_iter().enumerate() {
            let Some(signature) = input.signature(operation) else { continue };
            if index > 0 {
                rows.push('\n');
            }
            row(&mut rows, operation, signature, types);
        }
        rows.push_str("    }\n");
    }
    let overview = docs::inner(
        "Typed mocks of the operations on an [httpmock](https://docs.rs/httpmock) server.\n\n\
         [`MockServerExt`] adds a method for each operation to [`MockServer`](httpmock::MockServer). It takes\n\
         a closure that receives the operation's matcher, with a method for each argument, and a\n\
         [`Then`](oneteg_http::mock::Then) that sets the response. Both have `into_inner` for what they do\n\
         not cover.",
    );
    let head = print::tokens(quote! {
        #(#overview)*
    });
    format!("{head}oneteg_http::mock::operations! {{\n{rows}}}\n")
}

/// Appends the row of an operation.
fn row(rows: &mut String, operation: &Operation, signature: &Signature, types: &Types) {
    let (method, table, matcher) =
        (operation.ident(), static_name(operation), format!("{}When", operation.type_name()));
    let response = response(operation, signature);
    for line in docs::wrap(&escape_for_rustdoc(&operation.summary).replace('\n', " ")) {
        let _ = writeln!(rows, "        /// {line}");
    }
    let head = format!("        {method}({table}, {matcher}) -> {response} ");
    // The opening bracket that follows belongs to the line.
    if head.len() < 100 {
        rows.push_str(&head);
    } else {
        let _ = write!(
            rows,
            "        {method}(\n            {table},\n            {matcher},\n        ) -> {response} "
        );
    }
    let matchers = matchers(operation, &arguments(operation, signature, types));
    if matchers.is_empty() {
        rows.push_str("{}\n");
        return;
    }
    rows.push_str("{\n");
    for (name, ty, expression) in matchers {
        let _ = writeln!(rows, "            {name}: {ty} => {expression},");
    }
    rows.push_str("        }\n");
}

/// The name, type and matcher of each argument. Forms and uploads have none, because a test cannot know
/// their bytes in advance: a form has a random boundary, an upload is a stream.
fn matchers(operation: &Operation, arguments: &[Argument]) -> Vec<(String, String, String)> {
    let of = |name: &str| arguments.iter().find(|argument| argument.name == name);
    let mut matchers = Vec::new();
    for parameter in &operation.parameters {
        let Some(argument) = of(&parameter.argument) else { continue };
        let wire = &parameter.name;
        let expression = match parameter.location {
            ParameterLocation::Path => format!("path({wire:?})"),
            ParameterLocation::Header => format!("header({wire:?})"),
            ParameterLocation::Query if Flag::of(&parameter.schema) == Some(Flag::Number) => {
                format!("flag({wire:?})")
            }
            ParameterLocation::Query if Flag::of(&parameter.schema) == Some(Flag::Presence) => {
                format!("presence({wire:?})")
            }
            ParameterLocation::Query if parameter.style == ParameterStyle::Exploded => {
                format!("query({wire:?})")
            }
            ParameterLocation::Query => {
                format!("styled_query({wire:?}, {})", query_style(parameter.style))
            }
        };
        let wrapper = if argument.optional { "Optional" } else { "Required" };
        let ty = format!("{wrapper}<{}>", written(&argument.ty));
        matchers.push((argument.name.to_string(), ty, expression));
    }
    let required = |ty: &Type| format!("Required<{}>", written(ty));
    match operation.body.as_ref().map(|body| body.kind) {
        Some(BodyKind::Rpc) => {
            let ty = format!("Required<crate::types::{}>", params_type(&operation.id));
            matchers.push(("params".to_owned(), ty, "params()".to_owned()));
        }
        Some(kind @ (BodyKind::Json | BodyKind::Text)) => {
            if let Some(body) = of("body") {
                let expression = if kind == BodyKind::Json { "json()" } else { "text()" };
                matchers.push(("body".to_owned(), required(&body.ty), expression.to_owned()));
            }
        }
        Some(BodyKind::Multipart | BodyKind::FormUrlencoded | BodyKind::Upload) | None => {}
    }
    matchers
}

/// The kind of response, as `oneteg_http::mock` names it.
fn response(operation: &Operation, signature: &Signature) -> String {
    let ty = short(signature.response.clone());
    match operation.response {
        ResponseKind::Empty => "Empty".to_owned(),
        ResponseKind::Binary | ResponseKind::Text => "Bytes".to_owned(),
        ResponseKind::Json if operation.rpc.is_some() => format!("JsonRpc<{}>", written(&ty)),
        // One of the documented successes has no content.
        ResponseKind::Json => match type_argument(&ty, "Option") {
            Some(inner) => format!("OptionalJson<{}>", written(&inner)),
            None => format!("Json<{}>", written(&ty)),
        },
    }
}

/// A type without the spaces that its tokens are printed with. Its path is absolute: an import would be unused
/// with tags that have no types.
fn written(ty: &Type) -> String {
    let spaced = absolute(ty.to_token_stream()).to_string();
    spaced.replace(" :: ", "::").replace(" < ", "<").replace(" >", ">").replace(" ,", ",")
}

/// `types::Asset` as `crate::types::Asset`.
fn absolute(tokens: TokenStream) -> TokenStream {
    let replace = |token: TokenTree| match token {
        TokenTree::Ident(ident) if ident == "types" => quote!(crate::types),
        TokenTree::Group(group) => {
            TokenTree::from(Group::new(group.delimiter(), absolute(group.stream()))).into()
        }
        token => token.into(),
    };
    tokens.into_iter().map(replace).collect()
}
