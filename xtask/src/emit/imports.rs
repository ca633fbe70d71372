//! The imports of a generated file: only names that it uses.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};

/// Imports those of the candidates that the code uses.
pub fn import(module: &TokenStream, candidates: &[&str], code: &TokenStream) -> TokenStream {
    let used = unqualified(code.clone());
    let names: Vec<Ident> = candidates
        .iter()
        .filter(|name| used.contains(**name))
        .map(|name| format_ident!("{name}"))
        .collect();
    match names.as_slice() {
        [] => TokenStream::new(),
        [name] => quote!(use #module::#name;),
        names => quote!(use #module::{#(#names),*};),
    }
}

/// All identifiers in some code.
pub fn mentioned(code: TokenStream) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    collect(code, false, &mut words);
    words
}

/// The identifiers that must be in scope, because no path precedes them: `types` in `types::Asset`.
fn unqualified(code: TokenStream) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    collect(code, true, &mut words);
    words
}

fn collect(code: TokenStream, only_unqualified: bool, words: &mut BTreeSet<String>) {
    let mut colons = 0;
    for token in code {
        let is_qualified = colons >= 2;
        colons = match &token {
            TokenTree::Punct(sign) if sign.as_char() == ':' => colons + 1,
            _ => 0,
        };
        match token {
            TokenTree::Ident(ident) if !(only_unqualified && is_qualified) => {
                words.insert(ident.to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), only_unqualified, words),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_imported_if_it_is_used_without_a_path() {
        let code = quote! { fn f(a: Page, b: types::Error) { styles::show(QueryStyle::Commas) } };
        let import = |names: &[&str]| import(&quote!(runtime), names, &code).to_string();
        assert_eq!(import(&["Error", "show", "Commas"]), "");
        assert_eq!(
            import(&["Error", "Page"]),
            quote!(
                use runtime::Page;
            )
            .to_string()
        );
        assert_eq!(
            import(&["Page", "Pager", "QueryStyle"]),
            quote!(
                use runtime::{Page, QueryStyle};
            )
            .to_string()
        );
    }
}
