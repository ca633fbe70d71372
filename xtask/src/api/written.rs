//! Types as text that does not depend on how a path is written.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// Tokens as text, with every path shortened to its last segment: `Vec<types::Asset>` is `Vec<Asset>`. Attributes are
/// left out.
pub(super) fn written(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if let Some(TokenTree::Group(group)) = tokens.peek()
                    && group.delimiter() == Delimiter::Bracket
                {
                    tokens.next();
                    continue;
                }
                text.push('#');
            }
            TokenTree::Punct(punct) => {
                let is_path = punct.as_char() == ':'
                    && punct.spacing() == Spacing::Joint
                    && matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
                if is_path {
                    tokens.next();
                    // `Vec::<T>` and `Self::Item` keep what is before the colons; a path of names loses it.
                    if matches!(tokens.peek(), Some(TokenTree::Ident(_))) && !text.ends_with('>') {
                        let start = text
                            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
                            .map_or(0, |index| index + 1);
                        if &text[start..] != "Self" {
                            text.truncate(start);
                            continue;
                        }
                    }
                    text.push_str("::");
                } else {
                    text.push(punct.as_char());
                }
            }
            TokenTree::Ident(name) => separated(&name.to_string(), text),
            TokenTree::Literal(literal) => separated(&literal.to_string(), text),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                let mut inner = String::new();
                write(group.stream(), &mut inner);
                // A comma before the end has no meaning, except in a tuple of one type.
                if inner.ends_with(',') && inner.matches(',').count() > 1 {
                    inner.pop();
                }
                text.push_str(open);
                text.push_str(&inner);
                text.push_str(close);
            }
        }
    }
}

fn separated(word: &str, text: &mut String) {
    if text.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
        text.push(' ');
    }
    text.push_str(word);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(ty: &str) -> String {
        written(&syn::parse_str::<syn::Type>(ty).unwrap())
    }

    #[test]
    fn paths_are_their_last_name() {
        for (ty, text) in [
            ("Vec<types::Asset>", "Vec<Asset>"),
            ("::std::collections::BTreeMap<String, serde_json::Value>", "BTreeMap<String,Value>"),
            ("&'a mut dyn std::fmt::Debug", "&'a mut dyn Debug"),
            (
                "impl IntoIterator<Item = impl Into<String>>",
                "impl IntoIterator<Item=impl Into<String>>",
            ),
            ("<T as crate::Paged>::Item", "<T as Paged>::Item"),
            ("Self::Item", "Self::Item"),
            ("(u8,)", "(u8,)"),
            ("fn(&Client) -> CallFuture<'_>", "fn(&Client)->CallFuture<'_>"),
        ] {
            assert_eq!(shown(ty), text);
        }
    }
}
