//! The ids and other values that responses contained, for the arguments of later calls. They stay in memory, and in the
//! state of an interrupted run; no report contains them.

use std::collections::BTreeMap;

use oneteg_catalog::{Schemas, check::Checker};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::names::{self, Subject};
use crate::catalog::Entry;

/// How many values of one kind are kept.
const MAX_VALUES: usize = 20;
/// The longest value, in bytes.
const MAX_LENGTH: usize = 512;

/// How well a value is known to be what it is taken for; lower is better.
pub(crate) type Rank = u8;
/// A value of an object with the schema that is asked for, or a reference by its full name.
pub(crate) const EXACT: Rank = 2;
/// A value of an object whose kind has a similar name.
pub(crate) const SIMILAR: Rank = 4;

/// Values by what they are.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    values: BTreeMap<Subject, Vec<Found>>,
}

/// A value from a response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) value: Value,
    rank: Rank,
    /// The arguments of the call that returned it.
    pub(crate) with: Map<String, Value>,
}

impl Pool {
    /// Collects the values of a response.
    pub(crate) fn harvest(
        &mut self,
        checker: &Checker<'_>,
        entry: &Entry,
        schema: &Value,
        content: &Value,
        arguments: &Map<String, Value>,
    ) {
        let items = entry.paging.as_ref().map(|paging| paging.items.as_str());
        let items = items.map(|items| match items {
            "" => "/*".to_owned(),
            items => format!("/{}/*", items.replace('.', "/")),
        });
        let by_path = names::of_path(entry);
        checker.visit_objects(schema, content, &mut |place, schema, object| {
            let is_result = place.is_empty() || Some(place) == items.as_deref() || place == "/*";
            let noun = schema.map(names::noun).unwrap_or_default();
            for (name, value) in object {
                let values = match value {
                    Value::Array(values) => values.as_slice(),
                    value => std::slice::from_ref(value),
                };
                for value in values.iter().take(MAX_VALUES).filter(|value| is_useful(value)) {
                    let Some(subject) = names::of_member(&noun, name) else { continue };
                    let is_own = subject.noun == noun;
                    let rank = if is_own { u8::from(!is_result) } else { 2 };
                    let mut add = |subject: Subject, rank| {
                        let with = if is_result { arguments.clone() } else { Map::new() };
                        self.add(subject, Found { value: value.clone(), rank, with });
                    };
                    if is_own && is_result {
                        for (index, noun) in by_path.iter().enumerate() {
                            add(Subject::new(noun, &subject.attribute), 1 + u8::from(index > 0));
                        }
                        let operation = format!("@{}", entry.operation_id);
                        add(Subject::new(operation, &subject.attribute), 0);
                    }
                    add(subject, rank);
                }
            }
        });
    }

    fn add(&mut self, subject: Subject, found: Found) {
        let values = self.values.entry(subject).or_default();
        if let Some(known) = values.iter_mut().find(|known| known.value == found.value) {
            if found.rank < known.rank {
                *known = found;
            }
        } else if values.len() < MAX_VALUES {
            values.push(found);
        }
    }

    /// The values of any of these subjects, the best ones first, of at most this rank.
    pub(crate) fn candidates(&self, subjects: &[Subject], worst: Rank) -> Vec<&Found> {
        let mut found: Vec<(Rank, &Found)> = Vec::new();
        for (index, subject) in subjects.iter().enumerate() {
            let penalty = u8::from(index > 0);
            let exact = self.values.get(subject).into_iter().flatten();
            found.extend(exact.map(|value| (value.rank + penalty, value)));
            let is_similar = |known: &Subject| {
                let (a, b) = (known.noun.as_str(), subject.noun.as_str());
                known.attribute == subject.attribute
                    && a != b
                    && a.len().min(b.len()) > 3
                    // The name of an operation is no kind of object.
                    && !a.starts_with('@')
                    && !b.starts_with('@')
                    && (a.ends_with(b) || b.ends_with(a))
            };
            let similar = self.values.iter().filter(|(known, _)| is_similar(known));
            found.extend(similar.flat_map(|(_, values)| values).map(|value| (SIMILAR, value)));
        }
        found.retain(|(rank, _)| *rank <= worst);
        found.sort_by_key(|(rank, _)| *rank);
        let mut values: Vec<&Found> = Vec::new();
        for (_, candidate) in found {
            if !values.iter().any(|known| known.value == candidate.value) {
                values.push(candidate);
            }
        }
        values
    }

    /// Everything, for the state of an interrupted run.
    pub(crate) fn stored(&self) -> Vec<(String, String, Vec<Found>)> {
        let stored = self.values.iter();
        stored
            .map(|(subject, found)| {
                (subject.noun.clone(), subject.attribute.clone(), found.clone())
            })
            .collect()
    }

    /// The values of the state of an interrupted run.
    pub(crate) fn restored(stored: Vec<(String, String, Vec<Found>)>) -> Self {
        let values = stored.into_iter();
        Self {
            values: values
                .map(|(noun, attribute, found)| (Subject::new(noun, attribute), found))
                .collect(),
        }
    }
}

/// Whether a value may be an argument: no structure, not empty, and no id that means nothing.
fn is_useful(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            !text.trim().is_empty()
                && text.len() <= MAX_LENGTH
                && !text.chars().all(|letter| letter == '0' || letter == '-')
        }
        Value::Number(number) => number.as_i64().is_some_and(|number| number > 0),
        _ => false,
    }
}

/// Whether a schema is a list, and what its items are.
pub(crate) fn items_of(schemas: &Schemas, schema: &Value) -> Option<Value> {
    let schema = schemas.resolve(schema);
    (schema["type"] == "array").then(|| schemas.resolve(&schema["items"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn harvested(vendor: &str, operation: &str, content: &Value, arguments: Value) -> Pool {
        let catalog = oneteg_catalog::of(vendor).unwrap();
        let entry = catalog.find(operation).unwrap();
        let Value::Object(arguments) = arguments else { panic!() };
        let mut pool = Pool::default();
        let schema = entry.response.schema.as_ref().unwrap();
        pool.harvest(&Checker::new(&catalog.schemas), entry, schema, content, &arguments);
        pool
    }

    fn values(pool: &Pool, vendor: &str, operation: &str, worst: Rank) -> Vec<Value> {
        let entry = oneteg_catalog::of(vendor).unwrap().find(operation).unwrap();
        let subjects = names::of_parameter(entry, &entry.parameters[0]);
        pool.candidates(&subjects, worst).into_iter().map(|found| found.value.clone()).collect()
    }

    #[test]
    fn the_ids_of_a_list_are_arguments_of_single_objects() {
        let content = json!([{ "id": 7, "parent_id": 3, "name": "a" }, { "id": 0 }, { "id": 8 }]);
        let pool = harvested("netexplorer", "list-folders", &content, json!({}));
        assert_eq!(values(&pool, "netexplorer", "get-folder", EXACT), [json!(7), json!(8)]);
        assert_eq!(values(&pool, "netexplorer", "get-user", SIMILAR), [] as [Value; 0]);
    }

    #[test]
    fn objects_of_one_page_are_found_by_the_schema_of_their_list() {
        let content = json!({ "assets": [{ "id": "a1", "categories": ["c1"] }], "assetCount": 1 });
        let pool = harvested("mediavalet", "list-assets", &content, json!({ "count": 25 }));
        assert_eq!(values(&pool, "mediavalet", "get-asset", EXACT), [json!("a1")]);
    }

    #[test]
    fn values_remember_the_call_that_returned_them() {
        let content = json!([{ "id": 901 }]);
        let pool = harvested("netx", "get-views-by-asset", &content, json!({ "assetId": 201 }));
        let subjects = [Subject::new("view", "id")];
        assert_eq!(pool.candidates(&subjects, EXACT)[0].with["assetId"], 201);
    }
}
