//! The rule about types with several forms.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Lowered, add_schema};
use crate::{
    model::{Form, resolve, union_forms},
    names,
    spec::Spec,
};

/// A type with several forms, emitted as an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Union {
    pub description: String,
    /// The name of the helper schema whose members have the types of the variants.
    pub helper: String,
    pub variants: Vec<Variant>,
    /// Whether the variants are distinguished by forms. If not, the first that fits is taken.
    pub has_forms: bool,
}

/// A variant of a union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub name: String,
    pub description: String,
    /// Whether the value would contain itself without a box.
    pub boxed: bool,
    pub forms: Vec<Form>,
}

/// Removes unions, which are emitted as enums. Those of typify have other forms for tags, flatten alternatives that
/// overlap, and cannot be repaired while they are read. A helper schema tells the types of the variants.
pub(super) fn unions(_: &Spec, lowered: &mut Lowered) {
    name_unions(lowered);
    let root = lowered.document.clone();
    let schemas = root["components"]["schemas"].as_object().into_iter().flatten();
    for (name, schema) in schemas {
        let Some(list) = ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array()) else {
            continue;
        };
        let has_forms = schema.get("x-forms").is_some();
        let forms = if has_forms { union_forms(&root, schema) } else { Vec::new() };
        let mut forms = forms.into_iter();
        let variants = variant_names(list);
        let variants = list.iter().zip(variants).map(|(alternative, variant)| Variant {
            name: variant,
            description: described(alternative),
            boxed: contains(&root, alternative, name),
            forms: forms.next().unwrap_or_default(),
        });
        let variants: Vec<Variant> = variants.collect();
        let properties = list
            .iter()
            .enumerate()
            .map(|(index, alternative)| (format!("v{index}"), alternative.clone()));
        let required: Vec<String> = (0..list.len()).map(|index| format!("v{index}")).collect();
        let properties: serde_json::Map<String, Value> = properties.collect();
        let helper = unused(&lowered.document, &format!("{}Forms", names::pascal(name)));
        let shape = json!({ "type": "object", "properties": properties, "required": required });
        add_schema(&mut lowered.document, &helper, shape);
        let description = schema["description"].as_str().unwrap_or_default().to_owned();
        lowered
            .unions
            .insert(names::pascal(name), Union { description, helper, variants, has_forms });
    }
    for name in
        root["components"]["schemas"].as_object().into_iter().flatten().map(|(name, _)| name)
    {
        if lowered.unions.contains_key(&names::pascal(name)) {
            // References to it must still resolve. progenitor is told to use the enum.
            lowered.document["components"]["schemas"][name] = json!({ "type": "string" });
        }
    }
}

/// Names the unions that lowering has made of several successes.
fn name_unions(lowered: &mut Lowered) {
    let mut added = Vec::new();
    super::each_operation(&mut lowered.document, |id, operation| {
        let schema = operation.pointer_mut("/responses/2XX/content/application~1json/schema");
        let Some(schema) = schema else { return };
        let schema = match schema["allOf"].as_array().map(Vec::len) {
            Some(1) => &mut schema["allOf"][0],
            _ => schema,
        };
        if schema.get("oneOf").is_some() {
            added.push((format!("{}Response", names::pascal(id)), schema.take()));
            *schema = super::reference(&added[added.len() - 1].0);
        }
    });
    for (name, schema) in added {
        add_schema(&mut lowered.document, &name, schema);
    }
}

fn unused(document: &Value, wanted: &str) -> String {
    let taken = |name: &str| document["components"]["schemas"].get(name).is_some();
    let mut name = wanted.to_owned();
    while taken(&name) {
        name.push('X');
    }
    name
}

fn described(alternative: &Value) -> String {
    alternative["description"].as_str().unwrap_or_default().to_owned()
}

/// The names of the variants: those of their types, without what all have in common; numbers, if these are not
/// distinct.
fn variant_names(list: &[Value]) -> Vec<String> {
    let named: Vec<String> = list.iter().map(variant_name).collect();
    let distinct: BTreeSet<&String> = named.iter().collect();
    let mut all = named.clone();
    if distinct.len() == named.len()
        && let Some(prefix) = named.iter().cloned().reduce(|a, b| common_prefix(&a, &b))
    {
        let short: Vec<&str> = named.iter().map(|name| &name[prefix.len()..]).collect();
        let is_valid = |name: &&str| name.starts_with(|c: char| c.is_ascii_uppercase());
        if short.iter().all(is_valid) {
            all = short.into_iter().map(str::to_owned).collect();
        }
    }
    let mut taken: BTreeSet<String> = ["Other".to_owned(), "Self".to_owned()].into();
    for name in &mut all {
        let wanted = names::pascal(name);
        let mut number = 2;
        *name = wanted.clone();
        while !taken.insert(name.clone()) {
            *name = format!("{wanted}{number}");
            number += 1;
        }
    }
    all
}

fn variant_name(alternative: &Value) -> String {
    let target = alternative["$ref"].as_str().or_else(|| {
        match alternative["allOf"].as_array()?.as_slice() {
            [one] => one["$ref"].as_str(),
            _ => None,
        }
    });
    if let Some(target) = target {
        return names::pascal(target.rsplit('/').next().unwrap_or_default());
    }
    match (alternative["type"].as_str(), alternative["format"].as_str()) {
        (Some("integer" | "number"), Some(format)) => names::pascal(format),
        (Some(kind), _) => names::pascal(kind),
        (None, _) => "Value".to_owned(),
    }
}

/// The words that both names begin with.
fn common_prefix(one: &str, other: &str) -> String {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let shared: String = one.chars().take(same).collect();
    // Words begin with a capital letter in both.
    let is_border = |name: &str, at: usize| {
        name[at..].starts_with(|c: char| c.is_ascii_uppercase()) || at == name.len()
    };
    let borders = (0..=shared.len()).rev().filter(|at| shared.is_char_boundary(*at));
    let end = borders.into_iter().find(|at| is_border(one, *at) && is_border(other, *at));
    shared[..end.unwrap_or(0)].to_owned()
}

/// Whether a value of the schema may directly contain one of the named type.
fn contains(root: &Value, schema: &Value, name: &str) -> bool {
    let mut pending = vec![schema];
    let mut seen = BTreeSet::new();
    while let Some(schema) = pending.pop() {
        if let Some(target) = schema["$ref"].as_str() {
            if target
                .rsplit('/')
                .next()
                .is_some_and(|target| names::pascal(target) == names::pascal(name))
            {
                return true;
            }
            if seen.insert(target) {
                pending.push(resolve(root, schema));
            }
            continue;
        }
        pending.extend(
            schema["properties"].as_object().into_iter().flatten().map(|(_, member)| member),
        );
        for key in ["allOf", "oneOf", "anyOf"] {
            pending.extend(schema[key].as_array().into_iter().flatten());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_have_the_names_of_their_types() {
        let reference = super::super::reference;
        let cases = [
            (vec![json!({ "type": "array" }), reference("Item")], vec!["Array", "Item"]),
            (vec![reference("CardCircle"), reference("CardSquare")], vec!["Circle", "Square"]),
            (vec![reference("Card"), reference("CardBack")], vec!["Card", "CardBack"]),
            (vec![reference("Party"), reference("Parts")], vec!["Party", "Parts"]),
            (vec![json!({ "type": "array" }), json!({ "type": "array" })], vec!["Array", "Array2"]),
            (vec![reference("Other"), json!({})], vec!["Other2", "Value"]),
        ];
        for (list, expected) in cases {
            assert_eq!(variant_names(&list), expected);
        }
    }

    #[test]
    fn a_union_that_contains_itself_is_boxed() {
        let root = json!({ "components": { "schemas": {
            "Node": { "properties": { "next": { "$ref": "#/components/schemas/U" } } },
            "Leaf": { "properties": { "all": { "type": "array", "items": { "$ref": "#/components/schemas/U" } } } },
            "U": { "oneOf": [{ "$ref": "#/components/schemas/Node" }, { "$ref": "#/components/schemas/Leaf" }] }
        } } });
        assert!(contains(&root, &json!({ "$ref": "#/components/schemas/Node" }), "U"));
        assert!(!contains(&root, &json!({ "$ref": "#/components/schemas/Leaf" }), "U"));
    }
}
