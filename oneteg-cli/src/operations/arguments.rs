//! The arguments of an operation on the command line.
//!
//! | In the specification | On the command line |
//! |---|---|
//! | a parameter in the path, or a required one of plain type | `<FOLDER_ID>` by position, or `--folder-id 7` |
//! | another parameter | `--depth 1` |
//! | a parameter of a remote procedure | like the two above |
//! | a member of a JSON body, or a part of a form | `--name beach`; all of them at once with `--json` |
//! | a body that is a string, or a list of plain values | `--body beach`, repeated for a list |
//! | a body of bytes | `--file PATH` |
//!
//! A name that is taken gets a prefix: `--param-query` for a parameter, `--body-id` for a member.

use std::collections::BTreeSet;

use serde_json::Value;

use super::schema::{self, Kind, Shape};
use crate::catalog::{Body, BodyKind, Catalog, Entry, Place};

/// Where the value of an argument goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The parameter at this place in the list of the operation.
    Parameter(usize),
    /// The member of the body, or the part of the form.
    Member(String),
    /// The body itself.
    Body,
}

/// An argument.
#[derive(Debug, Clone)]
pub(crate) struct Argument {
    /// The name of its flag, without dashes.
    pub(crate) flag: String,
    /// The name as the vendor writes it.
    pub(crate) name: String,
    pub(crate) target: Target,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    /// Whether it may be given without its flag.
    pub(crate) positional: bool,
    pub(crate) secret: bool,
    pub(crate) description: String,
}

impl Argument {
    /// The placeholder in help pages, such as `FOLDER_ID`.
    pub(crate) fn placeholder(&self) -> String {
        self.flag.replace('-', "_").to_uppercase()
    }
}

/// The flags of every operation with a body, which are not arguments.
pub(crate) const JSON: &str = "json";
pub(crate) const BODY: &str = "body";
pub(crate) const FILE: &str = "file";

/// The arguments of an operation, in the order of the specification. `reserved` are the flags of all operations.
pub(crate) fn arguments(
    catalog: &Catalog,
    entry: &Entry,
    reserved: &BTreeSet<String>,
) -> Vec<Argument> {
    let mut taken = reserved.clone();
    let mut all = Vec::new();
    for (index, parameter) in entry.parameters.iter().enumerate() {
        let shape = schema::shape(catalog, &parameter.schema);
        // A header is an exception to how an operation is called, so it is named.
        let positional = parameter.required && shape.is_plain() && parameter.place != Place::Header;
        let name = &parameter.name;
        let flag = if parameter.flag.is_empty() { kebab(name) } else { parameter.flag.clone() };
        all.push(Argument {
            flag: free("param", &flag, &mut taken),
            name: name.clone(),
            target: Target::Parameter(index),
            positional,
            shape,
            required: parameter.required,
            secret: is_secret(name, &parameter.schema),
            description: schema::one_line(&parameter.description),
        });
    }
    if let Some(body) = &entry.body {
        all.extend(of_body(catalog, body, &mut taken));
    }
    // The positions after a list cannot be counted.
    let mut after_list = false;
    for argument in all.iter_mut().filter(|argument| argument.positional) {
        argument.positional = !after_list;
        after_list |= argument.shape.many;
    }
    all
}

fn of_body(catalog: &Catalog, body: &Body, taken: &mut BTreeSet<String>) -> Vec<Argument> {
    match body.kind {
        BodyKind::Upload => return vec![whole(FILE, Kind::File, false, body)],
        BodyKind::Text => return vec![whole(BODY, Kind::String(Vec::new()), false, body)],
        BodyKind::Json | BodyKind::Form | BodyKind::Multipart => {}
    }
    if !schema::is_object(catalog, &body.schema) {
        let shape = schema::shape(catalog, &body.schema);
        return match shape.is_plain() {
            true => vec![whole(BODY, shape.kind, shape.many, body)],
            false => Vec::new(),
        };
    }
    let members = schema::members(catalog, &body.schema).into_iter().map(|member| Argument {
        secret: is_secret(&member.name, &member.schema),
        flag: free("body", &kebab(&member.name), taken),
        target: Target::Member(member.name.clone()),
        name: member.name,
        positional: false,
        required: member.required,
        description: schema::description(catalog, &member.schema),
        shape: schema::shape(catalog, &member.schema),
    });
    members.collect()
}

/// The only argument of a body.
fn whole(flag: &str, kind: Kind, many: bool, body: &Body) -> Argument {
    Argument {
        flag: flag.to_owned(),
        name: flag.to_owned(),
        target: Target::Body,
        shape: Shape { kind, many },
        required: false,
        positional: false,
        secret: is_secret(flag, &body.schema),
        description: schema::one_line(&body.description),
    }
}

/// Whether a string is a secret: according to the specification, or by its name.
fn is_secret(name: &str, schema: &Value) -> bool {
    let by_name = || {
        let name = kebab(name);
        ["password", "passphrase", "secret"].iter().any(|word| name.ends_with(word))
    };
    let kind = schema["type"].as_str();
    schema["x-secret"] == true && kind.is_none_or(|kind| kind == "string")
        || kind == Some("string") && by_name()
}

/// A flag that is not taken yet; it is from now on.
fn free(prefix: &str, name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut flag = name.to_owned();
    if flag.is_empty() || taken.contains(&flag) {
        flag = format!("{prefix}-{flag}");
    }
    while !taken.insert(flag.clone()) {
        flag.push_str("-2");
    }
    flag
}

/// A name in kebab case: `folder-id` for `folderId`, `folder_id`, `FolderID` and `Folder Id`.
pub(crate) fn kebab(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut kebab = String::with_capacity(name.len() + 4);
    for (index, &c) in characters.iter().enumerate() {
        if !c.is_alphanumeric() {
            if !kebab.is_empty() && !kebab.ends_with('-') {
                kebab.push('-');
            }
            continue;
        }
        let before = index.checked_sub(1).and_then(|index| characters.get(index));
        let begins_word = c.is_uppercase()
            && before.is_some_and(|before| {
                let next_is_lower = characters.get(index + 1).is_some_and(|c| c.is_lowercase());
                before.is_lowercase()
                    || before.is_numeric()
                    || before.is_uppercase() && next_is_lower
            });
        if begins_word && !kebab.ends_with('-') {
            kebab.push('-');
        }
        kebab.extend(c.to_lowercase());
    }
    kebab.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_kebab_case() {
        for (name, expected) in [
            ("folderId", "folder-id"),
            ("folder_id", "folder-id"),
            ("FolderID", "folder-id"),
            ("assetURLs", "asset-ur-ls"),
            ("HTMLBody", "html-body"),
            ("Folder Id.", "folder-id"),
            ("x-mv-clientsource", "x-mv-clientsource"),
            ("2faCode", "2fa-code"),
            ("_id", "id"),
            ("filter[name]", "filter-name"),
        ] {
            assert_eq!(kebab(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_prefix() {
        let mut taken = BTreeSet::from(["query".to_owned(), "param-query".to_owned()]);
        assert_eq!(free("param", "query", &mut taken), "param-query-2");
        assert_eq!(free("body", "id", &mut taken), "id");
        assert_eq!(free("body", "id", &mut taken), "body-id");
    }
}
