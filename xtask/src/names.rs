//! Converts the names of a specification to names in Rust, in the same way as progenitor and typify.

use heck::{ToPascalCase, ToShoutySnakeCase, ToSnakeCase};

/// The keywords of Rust, including the reserved ones.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "Self", "self", "static", "struct", "super", "trait", "true", "try", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Names that generated code uses for other types.
pub const RESERVED_SCHEMAS: [&str; 36] = [
    "Option",
    "Some",
    "None",
    "Vec",
    "String",
    "Result",
    "Ok",
    "Err",
    "Default",
    "From",
    "Into",
    "TryFrom",
    "TryInto",
    "Box",
    "Client",
    "Self",
    "Error",
    "Clone",
    "Copy",
    "Debug",
    "Display",
    "Drop",
    "Send",
    "Sync",
    "Sized",
    "Fn",
    "FnMut",
    "FnOnce",
    "Iterator",
    "IntoIterator",
    "Extend",
    "ToString",
    "ToOwned",
    "AsRef",
    "AsMut",
    "Self_",
];

/// Whether a name is a Rust identifier.
pub fn is_identifier(name: &str) -> bool {
    syn::parse_str::<syn::Ident>(name).is_ok()
}

/// The name of a function, a field or a module.
pub fn snake(name: &str) -> String {
    match name {
        // As typify does.
        "+1" => return "plus1".to_owned(),
        "-1" => return "minus1".to_owned(),
        _ => {}
    }
    identifier(&separated(name).to_snake_case(), "x")
}

/// The name of a type.
pub fn pascal(name: &str) -> String {
    identifier(&separated(name).to_pascal_case(), "X")
}

/// The name of a static.
pub fn shouty(name: &str) -> String {
    identifier(&separated(name).to_shouty_snake_case(), "X")
}

/// The Cargo feature of a tag.
pub fn feature(tag: &str) -> String {
    separated(tag).to_snake_case()
}

/// The name of an enum's variant. Symbols that carry the meaning are spelled out: `-1` is `Minus1`.
pub fn variant(value: &str) -> String {
    let has_letters = value.chars().any(char::is_alphanumeric);
    let starts_with_symbol = value.starts_with(['-', '+', '<', '>', '=', '!']);
    if has_letters && !starts_with_symbol {
        return match value {
            "Other" => "OtherValue".to_owned(),
            "KNOWN" => "Known".to_owned(),
            _ => pascal(value),
        };
    }
    let spelled: String = value
        .chars()
        .map(|c| match c {
            '+' => " plus ".to_owned(),
            '-' => " minus ".to_owned(),
            '=' => " equal ".to_owned(),
            '!' => " not ".to_owned(),
            '<' => " less ".to_owned(),
            '>' => " greater ".to_owned(),
            '*' => " star ".to_owned(),
            '.' => " dot ".to_owned(),
            '/' => " slash ".to_owned(),
            c => c.to_string(),
        })
        .collect();
    match spelled.trim() {
        "" => "Empty".to_owned(),
        words => pascal(words),
    }
}

/// Methods of every request builder, and of the helpers for the mock server.
const METHODS: [&str; 12] = [
    "body",
    "form",
    "params",
    "runtime",
    "call_options",
    "send",
    "new",
    "into_inner",
    "into_form",
    "into_future",
    "rpc_error",
    "clone",
];

/// Whether a parameter of this name would be called like a method of every builder.
pub fn is_method(name: &str) -> bool {
    METHODS.contains(&name)
}

/// The names of the arguments for parameters, each given by its name and its place. A parameter with the name of a method
/// of every builder gets an underscore, and the second of two with one name its place: `id` and `id_header`.
pub fn arguments<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for (name, place) in parameters {
        let mut own = snake(name);
        if !name.chars().any(char::is_alphanumeric) || syn::parse_str::<syn::Ident>(&own).is_err() {
            own = snake(&variant(name));
        }
        if syn::parse_str::<syn::Ident>(&own).is_err() {
            own = format!("{place}_argument");
        }
        if is_method(&own) {
            own.push('_');
        }
        let is_taken = |all: &[String], name: &str| all.iter().any(|other| other == name);
        if is_taken(&all, &own) {
            own = format!("{}_{place}", own.trim_end_matches('_'));
        }
        let mut numbered = own.clone();
        for number in 2.. {
            if !is_taken(&all, &numbered) {
                break;
            }
            numbered = format!("{own}_{number}");
        }
        all.push(numbered);
    }
    all
}

/// The name of an argument for progenitor, which has no underscore at the end, other than that of a keyword, and uses
/// `body` itself.
pub fn lowered_argument(argument: &str) -> String {
    match argument.strip_suffix('_') {
        Some(name) if !KEYWORDS.contains(&name) => format!("{name}_argument"),
        _ => argument.to_owned(),
    }
}

/// Replaces what cannot be a part of an identifier by separators.
fn separated(name: &str) -> String {
    name.replace('\'', "").replace(|c: char| !c.is_alphanumeric() && c != '_', "-")
}

fn identifier(name: &str, prefix: &str) -> String {
    let name = match name.chars().next() {
        None => prefix.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{prefix}{name}"),
        Some(_) => name.to_owned(),
    };
    if KEYWORDS.contains(&name.as_str()) { format!("{name}_") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follow_rust_and_progenitor() {
        assert_eq!(snake("getAssetsByFolder"), "get_assets_by_folder");
        assert_eq!(snake("type"), "type_");
        assert_eq!(snake("X-Foo"), "x_foo");
        assert_eq!(pascal("asset.relatedAssets"), "AssetRelatedAssets");
        assert_eq!(pascal("2d"), "X2d");
        assert_eq!(shouty("getSelf"), "GET_SELF");
        assert_eq!(feature("files-legacy"), "files_legacy");
    }

    #[test]
    fn arguments_are_told_apart() {
        let names = arguments([
            ("id", "path"),
            ("id", "query"),
            ("ID", "query"),
            ("X-Id", "header"),
            ("params", "query"),
            ("type", "query"),
            ("*", "query"),
            ("$filter", "query"),
            ("½", "header"),
        ]);
        let expected = [
            "id",
            "id_query",
            "id_query_2",
            "x_id",
            "params_",
            "type_",
            "star",
            "filter",
            "header_argument",
        ];
        assert_eq!(names, expected);
        assert_eq!(lowered_argument("params_"), "params_argument");
        assert_eq!(lowered_argument("type_"), "type_");
    }

    #[test]
    fn variants_keep_their_meaning() {
        let names: Vec<_> =
            ["asc", "+1", "-1", "<", "<=", "", "-name", "Other", "self", "a/b", "*"]
                .map(variant)
                .into();
        assert_eq!(
            names,
            [
                "Asc",
                "Plus1",
                "Minus1",
                "Less",
                "LessEqual",
                "Empty",
                "MinusName",
                "OtherValue",
                "Self_",
                "AB",
                "Star"
            ]
        );
    }
}
