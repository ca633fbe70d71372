//! Prints tokens as source text. [`layout`](super::layout) then adds the blank lines of the whole file.

use proc_macro2::TokenStream;
use syn::visit_mut::VisitMut;

use super::docs::NormalDocs;

/// Formats the items of a file, without blank lines.
pub fn tokens(tokens: TokenStream) -> String {
    match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(mut file) => {
            NormalDocs.visit_file_mut(&mut file);
            prettyplease::unparse(&file)
        }
        // An emitter is wrong. The output contains its tokens, and does not compile.
        Err(error) => format!("compile_error!({:?});\n/*\n{tokens}\n*/\n", error.to_string()),
    }
}

/// Formats an attribute for text that is not made of tokens.
pub fn attribute(attribute: &TokenStream) -> String {
    let item = tokens(quote::quote!(#attribute mod item;));
    item.trim_end().strip_suffix("mod item;").unwrap_or_default().to_owned()
}
