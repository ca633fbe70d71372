//! Names of components: letters, digits and few signs; for schemas, names of types in Rust.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;
use serde_json::Value;

use super::words::words;
use crate::{
    import::{draft::Draft, names::Names, references},
    names, spec,
    vet::{RESERVED_SCHEMAS, is_identifier},
};

const GROUPS: [&str; 7] = [
    "schemas",
    "parameters",
    "requestBodies",
    "responses",
    "headers",
    "examples",
    "securitySchemes",
];

/// Renames what cannot be a name, and follows the references to it.
pub fn schema_names(draft: &mut Draft, names: &Names) {
    let mut moved: BTreeMap<String, String> = BTreeMap::new();
    for group in GROUPS {
        let Some(named) = draft.document["components"][group].as_object().cloned() else {
            continue;
        };
        let chosen = choose(group, named.keys(), names);
        let mut renamed = serde_json::Map::new();
        for (name, value) in named {
            let to = chosen.get(&name).cloned().unwrap_or_else(|| name.clone());
            if to != name {
                let place = format!("components.{group}.{name}");
                if names.components.get(&format!("{group}/{name}")) != Some(&to) {
                    draft.report.changed("schema_names", "components were renamed", &place, &to);
                }
                let at = |name: &str| spec::child(&format!("#/components/{group}"), name);
                moved.insert(at(&name), at(&to));
            }
            draft.chosen.components.insert(format!("{group}/{to}"), name);
            renamed.insert(to, value);
        }
        draft.document["components"][group] = Value::Object(renamed);
    }
    if moved.is_empty() {
        return;
    }
    references::rename(&mut draft.document, &moved);
}

/// The new names of a group. Names that are fine stay.
fn choose<'a>(
    group: &str,
    all: impl Iterator<Item = &'a String> + Clone,
    names: &Names,
) -> BTreeMap<String, String> {
    let is_schema = group == "schemas";
    let key = |name: &str| if is_schema { names::pascal(name) } else { name.to_owned() };
    let is_plain = |name: &str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    let is_usable = |name: &str| {
        let type_name = names::pascal(name);
        is_plain(name)
            && (!is_schema
                || is_identifier(&type_name) && !RESERVED_SCHEMAS.contains(&type_name.as_str()))
    };
    let mut chosen: BTreeMap<String, String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut rest = Vec::new();
    for name in all.clone() {
        let given = names.components.get(&format!("{group}/{name}"));
        let to = given.unwrap_or(name);
        if is_usable(to) && taken.insert(key(to)) {
            chosen.insert(name.clone(), to.clone());
        } else {
            rest.push(name);
        }
    }
    for name in rest {
        let mut own = words(name).join(" ").to_pascal_case();
        if own.is_empty() {
            own.push_str("Schema");
        }
        let vendor = names.vendor.to_pascal_case();
        let first = [own.clone(), format!("{vendor}{own}"), format!("{own}Value")];
        let numbered = (2..u32::MAX).map(|number| format!("{own}{number}"));
        if let Some(to) =
            first.into_iter().chain(numbered).find(|to| is_usable(to) && !taken.contains(&key(to)))
        {
            taken.insert(key(&to));
            chosen.insert(name.clone(), to);
        }
    }
    chosen
}
