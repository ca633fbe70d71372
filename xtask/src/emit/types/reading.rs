//! How structs are read: those with a map of unknown members by a table, instead of serde's derived code, which takes
//! most of the time in which an SDK is built.

use proc_macro2::Ident;
use syn::{ItemStruct, LitStr, Meta, punctuated::Punctuated};

use super::items::without_derive;
use crate::codegen::type_argument;

/// As many as the runtime reads by a table; larger types derive `Deserialize`.
const MAX_MEMBERS: usize = 128;

/// The path of the modules that read members.
const MODULES: &str = "oneteg_http::codegen::serde_with::";

/// A member of a struct.
struct Member {
    field: Ident,
    /// The documented name, and then its aliases.
    names: Vec<String>,
    required: bool,
    /// The module that reads it.
    with: Option<String>,
}

/// The macro that reads a struct. It replaces `Deserialize` and its attributes. `None` for a struct that derives it.
pub fn by_members(item: &mut ItemStruct) -> Option<String> {
    let derives_default = item.attrs.iter().any(|attribute| {
        attribute.path().is_ident("derive")
            && super::mentioned(quote::ToTokens::to_token_stream(attribute)).contains("Default")
    });
    let has_own_rules = item.attrs.iter().any(|attribute| attribute.path().is_ident("serde"));
    if !derives_default || has_own_rules {
        return None;
    }
    let mut unknown = None;
    let mut members = Vec::new();
    for field in &item.fields {
        match member(field)? {
            Read::Member(member) => members.push(member),
            Read::Unknown(name) => unknown = Some(name),
        }
    }
    let unknown = unknown.filter(|_| members.len() <= MAX_MEMBERS)?;
    without_derive(&mut item.attrs, "Deserialize");
    for field in &mut item.fields {
        retain(field, |option| {
            !["alias", "default", "deserialize_with"]
                .iter()
                .any(|name| option.path().is_ident(name))
        });
    }
    Some(macro_of(&item.ident, &unknown, &members))
}

enum Read {
    Member(Member),
    /// The map of unknown members.
    Unknown(Ident),
}

/// `None` if the attributes of the field say more than a table can.
fn member(field: &syn::Field) -> Option<Read> {
    let name = field.ident.clone()?;
    let mut names = vec![name.to_string().trim_start_matches("r#").to_owned()];
    let (mut with, mut has_default) = (None, false);
    for option in field.attrs.iter().flat_map(options) {
        let text = match &option {
            Meta::NameValue(pair) => match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => text.value(),
                _ => return None,
            },
            Meta::Path(_) => String::new(),
            Meta::List(_) => return None,
        };
        let key = option.path().get_ident()?.to_string();
        match key.as_str() {
            "flatten" => return Some(Read::Unknown(name)),
            "rename" => names[0] = text,
            "alias" => names.push(text),
            "default" if text.is_empty() => has_default = true,
            "skip_serializing_if" => {}
            "with" | "deserialize_with" => {
                let module = text.trim_end_matches("::deserialize").strip_prefix(MODULES)?;
                with = Some(module.to_owned());
            }
            _ => return None,
        }
    }
    let may_be_absent = type_argument(&field.ty, "Option").is_some() && with.is_none();
    let required = !has_default && !may_be_absent;
    Some(Read::Member(Member { field: name, names, required, with }))
}

fn options(attribute: &syn::Attribute) -> Vec<Meta> {
    if !attribute.path().is_ident("serde") {
        return Vec::new();
    }
    let parser = Punctuated::<Meta, syn::Token![,]>::parse_terminated;
    attribute.parse_args_with(parser).map(|all| all.into_iter().collect()).unwrap_or_default()
}

fn retain(field: &mut syn::Field, keep: impl Fn(&Meta) -> bool) {
    field.attrs.retain_mut(|attribute| {
        let all = options(attribute);
        let kept: Vec<&Meta> = all.iter().filter(|option| keep(option)).collect();
        if kept.len() < all.len()
            && let Meta::List(list) = &mut attribute.meta
        {
            list.tokens = quote::quote!(#(#kept),*);
        }
        all.is_empty() || !kept.is_empty()
    });
}

fn macro_of(name: &Ident, unknown: &Ident, members: &[Member]) -> String {
    let rows = members.iter().map(|member| {
        let Member { field, names, required, with } = member;
        let literal = |name: &String| {
            let literal = LitStr::new(name, proc_macro2::Span::call_site());
            quote::ToTokens::to_token_stream(&literal).to_string()
        };
        let names: Vec<String> = names.iter().map(literal).collect();
        let presence = if *required { "required" } else { "optional" };
        let with = with.as_ref().map(|module| format!(" with {module}")).unwrap_or_default();
        format!("        {field} {presence} [{}]{with};\n", names.join(", "))
    });
    let rows: String = rows.collect();
    format!("oneteg_http::codegen::read_members! {{\n    {name}, {unknown} {{\n{rows}    }}\n}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> ItemStruct {
        syn::parse_quote! {
            #[derive(Clone, Default, serde::Deserialize, serde::Serialize)]
            pub struct Folder {
                #[serde(deserialize_with = "oneteg_http::codegen::serde_with::lenient_id::deserialize")]
                pub id: i64,
                #[serde(rename = "type", alias = "kind", skip_serializing_if = "Option::is_none")]
                pub r#type: Option<String>,
                #[serde(default, with = "oneteg_http::codegen::serde_with::unix_ms")]
                pub at: Option<Time>,
                #[serde(default)]
                pub tags: Vec<String>,
                pub title: String,
                #[serde(flatten, deserialize_with = "oneteg_http::codegen::serde_with::extra::deserialize")]
                pub extra: Map<String, Value>,
            }
        }
    }

    #[test]
    fn a_struct_with_a_map_of_unknown_members_is_read_by_a_table() {
        let mut item = item();
        let expected = r#"oneteg_http::codegen::read_members! {
    Folder, extra {
        id required ["id"] with lenient_id;
        r#type optional ["type", "kind"];
        at optional ["at"] with unix_ms;
        tags optional ["tags"];
        title required ["title"];
    }
}
"#;
        assert_eq!(by_members(&mut item).unwrap(), expected);
        let expected: ItemStruct = syn::parse_quote! {
            #[derive(Clone, Default, serde::Serialize)]
            pub struct Folder {
                pub id: i64,
                #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
                pub r#type: Option<String>,
                #[serde(with = "oneteg_http::codegen::serde_with::unix_ms")]
                pub at: Option<Time>,
                pub tags: Vec<String>,
                pub title: String,
                #[serde(flatten)]
                pub extra: Map<String, Value>,
            }
        };
        assert_eq!(item, expected);
    }

    #[test]
    fn other_structs_derive_what_reads_them() {
        let mut others = Vec::new();
        let mut without_default = item();
        without_default.attrs = vec![syn::parse_quote!(#[derive(Clone, serde::Deserialize)])];
        others.push(without_default);
        let mut without_map = item();
        if let syn::Fields::Named(fields) = &mut without_map.fields {
            fields.named.pop();
        }
        others.push(without_map);
        let mut transparent = item();
        transparent.attrs.push(syn::parse_quote!(#[serde(transparent)]));
        others.push(transparent);
        let mut with_own_code = item();
        for field in &mut with_own_code.fields {
            if field.ident.as_ref().is_some_and(|name| name == "title") {
                field.attrs.push(syn::parse_quote!(#[serde(deserialize_with = "own")]));
            }
        }
        others.push(with_own_code);
        for mut item in others {
            let before = item.clone();
            assert_eq!(by_members(&mut item), None);
            assert_eq!(item, before);
        }
    }
}
