//! Tokens to text.

use proc_macro2::TokenStream;
use syn::visit_mut::VisitMut;

use super::docs::NormalDocs;

/// Formats a file's items. The tokens are ours or progenitor's, so they parse.
pub fn tokens(tokens: TokenStream) -> String {
    match syn::parse2::<syn::File>(tokens.clone()) {
        Ok(mut file) => {
            NormalDocs.visit_file_mut(&mut file);
            prettyplease::unparse(&file)
        }
        // A fault of an emitter: the text shows it, and the compiler names the place.
        Err(error) => format!("compile_error!({:?});\n/*\n{tokens}\n*/\n", error.to_string()),
    }
}
