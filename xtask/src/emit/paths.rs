//! Shortens progenitor's fully qualified paths.

use proc_macro2::{Literal, TokenStream, TokenTree};
use syn::{
    Attribute, Meta, PathArguments, PathSegment,
    visit_mut::{self, VisitMut},
};

/// Where the rewritten code is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Inside the module `types`.
    Types,
    /// Outside of it, with `types` in scope.
    Outside,
}

/// Shortens the paths of prelude types and of generated types. Vetting refuses schemas with the name of a
/// prelude type.
pub struct Short(pub At);

const PRELUDE: [[&str; 2]; 7] = [
    ["option", "Option"],
    ["vec", "Vec"],
    ["string", "String"],
    ["result", "Result"],
    ["default", "Default"],
    ["convert", "From"],
    ["boxed", "Box"],
];

impl VisitMut for Short {
    fn visit_attribute_mut(&mut self, attribute: &mut Attribute) {
        visit_mut::visit_attribute_mut(self, attribute);
        if let Meta::List(list) = &mut attribute.meta {
            list.tokens = short_strings(std::mem::take(&mut list.tokens));
        }
    }

    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["std", module, name] if PRELUDE.contains(&[*module, *name]) => keep(path, 1),
            ["crate", "types", _] | ["types", _] if self.0 == At::Types => keep(path, 1),
            ["crate", "types", _] => keep(path, 2),
            // Every SDK depends on these crates, and no generated module has one of their names.
            ["std" | "serde" | "serde_json" | "chrono" | "uuid", ..] => path.leading_colon = None,
            _ => {}
        }
    }
}

/// Shortens paths that attributes contain as strings.
fn short_strings(tokens: TokenStream) -> TokenStream {
    const WHOLE: &str = "\"::std::option::Option::is_none\"";
    let short = |token: TokenTree| match token {
        TokenTree::Literal(literal) if literal.to_string() == WHOLE => {
            Literal::string("Option::is_none").into()
        }
        token => token,
    };
    tokens.into_iter().map(short).collect()
}

/// Keeps the last segments of a path.
fn keep(path: &mut syn::Path, count: usize) {
    let segments: Vec<PathSegment> = path.segments.iter().cloned().collect();
    let first = segments.len().saturating_sub(count);
    path.leading_colon = None;
    path.segments = segments.into_iter().skip(first).collect();
}

/// The name of a path's last segment, unless it has arguments.
pub fn plain_name(ty: &syn::Type) -> Option<String> {
    let syn::Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    matches!(last.arguments, PathArguments::None).then(|| last.ident.to_string())
}

/// Whether values of the type are passed by value, without `impl Into`.
pub fn is_copied(ty: &syn::Type) -> bool {
    const COPIED: [&str; 14] = [
        "i8",
        "i16",
        "i32",
        "i64",
        "u8",
        "u16",
        "u32",
        "u64",
        "f32",
        "f64",
        "bool",
        "Uuid",
        "NonZeroU64",
        "NaiveDate",
    ];
    plain_name(ty).is_some_and(|name| COPIED.contains(&name.as_str()))
}
