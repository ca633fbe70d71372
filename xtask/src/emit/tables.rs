//! The static description of each operation, which the runtime reads, and the list of all of them.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Input, docs, imports::import, print};
use crate::{
    model::{BodyKind, Evidence, Operation, ResponseKind, Server},
    names,
};

/// The name of an operation's static.
pub fn static_name(operation: &Operation) -> proc_macro2::Ident {
    format_ident!("{}", names::shouty(&operation.id))
}

/// The names of the runtime that the statics may use.
const RUNTIME: [&str; 8] = [
    "Confidence",
    "Envelope",
    "Evidence",
    "Method",
    "Operation",
    "Pagination",
    "PaginationStyle",
    "Server",
];

/// The source of the module.
pub fn tables(input: &Input<'_>) -> String {
    let statics = input.operations.iter().map(table);
    let names = input.operations.iter().map(static_name);
    let code = quote! {
        #(#statics)*
        #[doc = " All operations in the order of tag and name, whichever features are enabled."]
        pub static OPERATIONS: &[&Operation] = &[#(&#names),*];
    };
    let runtime = import(&quote!(oneteg_http::codegen), &RUNTIME, &code);
    let overview = docs::inner(
        "A description of each operation: its request, whether it is idempotent, how it pages, and the\n\
         evidence for it. It does not depend on the enabled features.",
    );
    print::tokens(quote! {
        #(#overview)*
        #runtime
        #code
    })
}

fn table(operation: &Operation) -> TokenStream {
    let (name, ident, tag) =
        (static_name(operation), operation.ident(), names::feature(&operation.tag));
    let method = format_ident!("{}", operation.method);
    let (path, idempotent) = (&operation.path, operation.idempotent);
    let evidence = evidence(&operation.evidence);
    let doc = format!(" `{ident}`: {}", crate::lower::escape_for_rustdoc(&operation.summary));
    let public = operation.public.then(|| quote!(.public()));
    let accept = match operation.response {
        ResponseKind::Json => {
            let json = &operation.json;
            Some(quote!(.accepting(#json)))
        }
        ResponseKind::Text => Some(quote!(.accepting("text/plain"))),
        ResponseKind::Binary | ResponseKind::Empty => None,
    };
    let sending = operation.body.as_ref().and_then(|body| {
        let media_type = &body.media_type;
        let usual = match body.kind {
            BodyKind::Json => media_type == "application/json",
            BodyKind::Upload => media_type == "application/octet-stream",
            // The runtime sets these itself, with a boundary or a character set.
            BodyKind::Rpc | BodyKind::Multipart | BodyKind::FormUrlencoded | BodyKind::Text => true,
        };
        (!usual).then(|| quote!(.sending(#media_type)))
    });
    let server = operation
        .server
        .as_ref()
        .map(|Server { url, roots }| quote!(.at(Server::new(#url, &[#(#roots),*]))));
    let query = (!operation.query.is_empty()).then(|| {
        let pairs = operation.query.iter().map(|(name, value)| quote!((#name, #value)));
        quote!(.with_query(&[#(#pairs),*]))
    });
    let rpc = operation.rpc.as_ref().map(|rpc| {
        let method = &rpc.method;
        let params = rpc.params.iter().map(|param| match param {
            Some(name) => quote!(Some(#name)),
            None => quote!(None),
        });
        quote!(.rpc(#method, &[#(#params),*]))
    });
    let envelope = (operation.envelope != "none" && operation.rpc.is_none()).then(|| {
        let envelope = format_ident!("{}", names::shouty(&operation.envelope));
        quote!(.wrapped(Envelope::#envelope))
    });
    let paged = operation.pagination.as_ref().map(|pages| {
        let style = format_ident!("{}", names::pascal(&pages.style));
        let (start, size, items, total) = (&pages.start, &pages.size, &pages.items, &pages.total);
        quote!(.paged(Pagination::new(PaginationStyle::#style, #start, #size, #items, #total)))
    });
    quote! {
        #[doc = #doc]
        pub static #name: Operation =
            Operation::new(#ident, #tag, Method::#method, #path, #idempotent, #evidence)
                #public #server #query #accept #sending #envelope #rpc #paged;
    }
}

fn evidence(evidence: &Evidence) -> TokenStream {
    let confidence = format_ident!("{}", names::pascal(&evidence.confidence));
    let sources = &evidence.sources;
    let doubt = match &evidence.doubt {
        Some(doubt) => quote!(Some(#doubt)),
        None => quote!(None),
    };
    quote!(Evidence::new(Confidence::#confidence, &[#(#sources),*], #doubt))
}
