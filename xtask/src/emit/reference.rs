//! The lists of operations for readers and for language models: `reference.md` and `llms.txt` of an SDK.
//!
//! Each operation and each tag is one line, so a change of a specification changes the lines that it is about.

use std::fmt::Write as _;

use quote::ToTokens;
use syn::Type;

use super::{
    Input,
    arguments::{Argument, arguments, short},
    types::Types,
};
use crate::{
    codegen::Signature,
    model::{Operation, ResponseKind},
};

/// The contents of `reference.md`: every operation by tag, with its arguments, its response, its request and its
/// evidence.
pub fn reference(input: &Input<'_>, types: &Types) -> String {
    let sdk = input.library().to_string().replace('_', "-");
    let mut text = format!(
        "<!-- {} -->\n\n# Operations of {sdk}\n\n\
         Each is a method of `Client` and takes its required arguments; optional ones are setters of the request, \
         written here after the method. Await the request to send it. Names without a path are in the module \
         `types`, and arguments are anything that converts into their type.\n\n\
         `pages` marks operations whose requests have a method `pages`. The last word is the evidence: what was \
         seen in the vendor's responses (*observed*), what the vendor has *documented*, what was seen in published \
         code (*corroborated*), or what is *inferred*.\n",
        input.provenance.notice()
    );
    for (tag, operations) in input.by_tag() {
        let description = line(input.tag_description(&tag));
        let _ = write!(text, "\n## {tag}\n\n{description}\n\n");
        for operation in operations {
            let Some(signature) = input.signature(operation) else { continue };
            let arguments = arguments(operation, signature, types);
            text.push_str(&row(operation, signature, &arguments));
        }
    }
    text
}

/// The line of an operation.
fn row(operation: &Operation, signature: &Signature, arguments: &[Argument]) -> String {
    let required = arguments.iter().filter(|argument| !argument.optional);
    let required: Vec<String> =
        required.map(|argument| format!("{}: {}", argument.name, plain(&argument.ty))).collect();
    let response = match operation.response {
        ResponseKind::Empty => "()".to_owned(),
        ResponseKind::Json => plain(&short(signature.response.clone())),
        ResponseKind::Text => "String".to_owned(),
        ResponseKind::Binary => "ByteStream".to_owned(),
    };
    let setters = arguments.iter().filter(|argument| argument.optional);
    let setters: String =
        setters.map(|argument| format!(" `.{}({})`", argument.name, plain(&argument.ty))).collect();
    let request = match &operation.rpc {
        Some(rpc) => format!("`{}` by JSON-RPC", rpc.method),
        None => format!("`{}`", operation.request_line()),
    };
    let pages = operation.pagination.as_ref().map_or("", |_| ", pages");
    let deprecated = if operation.deprecated { ", deprecated" } else { "" };
    format!(
        "- `{}({}) -> {response}`{setters}: {} {request}{pages}{deprecated}, {}\n",
        operation.ident(),
        required.join(", "),
        line(&operation.summary),
        operation.evidence.confidence,
    )
}

/// The contents of `llms.txt`, in the form that <https://llmstxt.org> describes.
pub fn llms(input: &Input<'_>) -> String {
    let library = input.library();
    let sdk = library.to_string().replace('_', "-");
    let title = line(input.spec.root["info"]["title"].as_str().unwrap_or_default());
    let mut text = format!(
        "# {sdk}\n\n> Rust client of the {title}. Generated from `specs`, with hand-written sign-in, uploads and \
         downloads.\n\n\
         - `{library}::Client` has a method for each operation. It takes the required arguments and returns a \
         request; optional arguments are setters. `client.operation(..).await?` sends it; the value is in the \
         response, which dereferences to it, and `into_inner()` moves it out.\n\
         - Bodies are in `{library}::types`: `Type::new(required..)`, a setter for each optional member, and \
         `extra(name, value)` for members that the types lack. Structs of responses keep unknown members in \
         `extra`.\n\
         - Requests of lists have `pages()`, a stream of items over all pages.\n\
         - With the trait `{library}::CallSettings` in scope, `.timeout(..)`, `.retry(..)` and `.header(..)` apply to one \
         call.\n\
         - Errors are one type, `{library}::Error`; match on `kind()`.\n\
         - A tag is a cargo feature; `full` enables all of them.\n\n\
         ## Documentation\n\n\
         - [README](README.md): sign-in, and what most programs need\n\
         - [Operations](reference.md): every operation with arguments, response and request\n\n\
         ## Operations by tag\n\n"
    );
    for (tag, _) in input.by_tag() {
        let description = line(input.tag_description(&tag));
        let _ = writeln!(text, "- [{tag}](reference.md#{tag}): {description}");
    }
    text
}

/// A type as readers write it: without the path of the module `types`.
fn plain(ty: &Type) -> String {
    let spaced = ty.to_token_stream().to_string();
    let plain = spaced.replace(" :: ", "::").replace(" < ", "<").replace(" >", ">");
    let plain = plain.replace(" ,", ",").replace("types::", "").replace("chrono::offset::", "");
    plain.replace("std::collections::", "").replace("chrono::", "").replace("serde_json::", "")
}

/// The words of a string in one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
