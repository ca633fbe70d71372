//! The arguments of the calls of a run: from hints, from earlier responses, and from the specification.

use oneteg_auth::Vendor;
use serde_json::{Map, Value, json};

use super::{
    hints::{self, Hint},
    names,
    pool::{Found, Pool, Rank, items_of},
};
use crate::catalog::{BodyKind, Catalog, Entry, Parameter, Place};

/// The size of the pages that are requested, where the specification has a parameter for it.
pub(crate) const PAGE_SIZE: u64 = 25;
/// How many ids a list of ids has.
const LISTED: usize = 3;

/// Why an operation has no arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    /// No response contained a value for these parameters.
    Values(Vec<String>),
    /// There is no further value to try.
    Exhausted,
}

/// The arguments of the call number `attempt` of an operation, from 0: other ids each time.
///
/// # Errors
/// The parameters for which nothing is known.
pub(crate) fn of(
    vendor: Vendor,
    catalog: &Catalog,
    entry: &Entry,
    pool: &Pool,
    attempt: usize,
    worst: Rank,
) -> Result<Map<String, Value>, Missing> {
    let mut arguments = Map::new();
    let mut missing = Vec::new();
    let example = entry.examples.first();
    // The last parameter is the most specific one: its value decides about those before it.
    let mut related: Option<Found> = None;
    let mut varies = false;
    for parameter in entry.parameters.iter().rev().filter(|parameter| parameter.required) {
        let name = parameter.name.as_str();
        let found = |subjects: &[_]| -> Vec<Found> {
            pool.candidates(subjects, worst).into_iter().cloned().collect()
        };
        let candidates = match hints::of(vendor, &entry.operation_id, name) {
            Some(Hint::Value(value)) => {
                arguments.insert(name.to_owned(), value);
                continue;
            }
            Some(Hint::Found(subject)) => found(&[subject]),
            // No response contains an object of arguments.
            None if catalog.schemas.resolve(&parameter.schema)["type"] == "object" => Vec::new(),
            None => found(&names::of_parameter(entry, parameter)),
        };
        let with = related.as_ref().and_then(|related| related.with.get(name)).cloned();
        if let Some(value) = with {
            arguments.insert(name.to_owned(), value);
        } else if items_of(&catalog.schemas, &parameter.schema).is_some() && !candidates.is_empty()
        {
            let ids: Vec<Value> =
                candidates.into_iter().take(LISTED).map(|found| found.value).collect();
            arguments.insert(name.to_owned(), ids.into());
        } else if !candidates.is_empty() {
            let index = if related.is_none() { attempt } else { 0 };
            varies |= candidates.len() > index && related.is_none();
            let Some(chosen) = candidates.into_iter().nth(index) else {
                return Err(Missing::Exhausted);
            };
            arguments.insert(name.to_owned(), chosen.value.clone());
            related.get_or_insert(chosen);
        } else if let Some(value) = stated(catalog, parameter, example) {
            arguments.insert(name.to_owned(), value);
        } else {
            missing.push(name.to_owned());
        }
    }
    if let Some(value) = body_of(vendor, catalog, entry, pool, worst) {
        arguments.insert("body".to_owned(), value);
    } else if entry.body.as_ref().is_some_and(|body| body.required) {
        missing.push("body".to_owned());
    }
    if !missing.is_empty() {
        missing.reverse();
        return Err(Missing::Values(missing));
    }
    if attempt > 0 && !varies {
        return Err(Missing::Exhausted);
    }
    for (name, value) in hints::optional(vendor, &entry.operation_id) {
        arguments.insert(name.to_owned(), value);
    }
    optional(catalog, entry, example, &mut arguments);
    Ok(arguments)
}

/// What the specification itself states as a value.
fn stated(catalog: &Catalog, parameter: &Parameter, example: Option<&Value>) -> Option<Value> {
    let schema = catalog.schemas.resolve(&parameter.schema);
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return Some(first.clone());
    }
    match schema["type"].as_str() {
        Some("boolean") => Some(json!(false)),
        // The object of options of a procedure.
        Some("object") if parameter.place == Place::Procedure => {
            example.and_then(|example| example.get(&parameter.name)).cloned()
        }
        _ => None,
    }
}

/// Options of every call: what to return of each object, and the size of the page.
fn optional(
    catalog: &Catalog,
    entry: &Entry,
    example: Option<&Value>,
    arguments: &mut Map<String, Value>,
) {
    for parameter in entry.parameters.iter().filter(|parameter| parameter.place == Place::Procedure)
    {
        let schema = catalog.schemas.resolve(&parameter.schema);
        let selected = example.and_then(|example| example.get(&parameter.name)?.get("data"));
        let Some(selectors) = selected.and_then(|selected| selectors(catalog, &schema, selected))
        else {
            continue;
        };
        set(arguments, &format!("{}.data", parameter.name), selectors);
    }
    let Some(paging) = entry.paging.as_ref().filter(|paging| paging.style != "single") else {
        return;
    };
    if !paging.size.is_empty() {
        let path = body_path(entry, &paging.size);
        set(arguments, &path, PAGE_SIZE.into());
    }
    // The first page, where the vendor needs to be told.
    let first = &paging.start;
    if paging.style == "offset" && first.contains('.') {
        set(arguments, &body_path(entry, first), 0.into());
    }
}

/// Every selector of the kind of object that the example selects from, such as `asset.*`.
fn selectors(catalog: &Catalog, options: &Value, example: &Value) -> Option<Value> {
    let prefix = example.get(0)?.as_str()?.split('.').next()?;
    let items = items_of(&catalog.schemas, &options["properties"]["data"])?;
    let all = items["enum"].as_array()?.iter().filter(|selector| {
        selector.as_str().is_some_and(|selector| selector.split('.').next() == Some(prefix))
    });
    Some(all.cloned().collect())
}

/// The path of an argument: that of a parameter, or one in the body.
pub(crate) fn body_path(entry: &Entry, path: &str) -> String {
    let first = path.split('.').next().unwrap_or_default();
    let is_parameter = entry.parameters.iter().any(|parameter| parameter.name == first);
    match is_parameter || first == "body" || entry.body.is_none() {
        true => path.to_owned(),
        false => format!("body.{path}"),
    }
}

/// Sets an argument at a dotted path.
pub(crate) fn set(arguments: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            arguments.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = arguments.entry(first).or_insert_with(|| json!({}));
            if !inner.is_object() {
                *inner = json!({});
            }
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

/// The smallest body of a call that only reads: ids from earlier responses where it needs any.
fn body_of(
    vendor: Vendor,
    catalog: &Catalog,
    entry: &Entry,
    pool: &Pool,
    worst: Rank,
) -> Option<Value> {
    let body = entry.body.as_ref()?;
    if let Some(Hint::Value(value)) = hints::of(vendor, &entry.operation_id, "body") {
        return Some(value);
    }
    if body.kind != BodyKind::Json || takes_secret(catalog, entry) {
        return None;
    }
    let schema = catalog.schemas.resolve(&body.schema);
    match schema["type"].as_str() {
        Some("array") if catalog.schemas.resolve(&schema["items"])["type"] == "string" => {
            let nouns = names::of_path(entry);
            let subjects: Vec<_> =
                nouns.iter().map(|noun| names::Subject::new(noun, "id")).collect();
            let ids = pool.candidates(&subjects, worst).into_iter().take(LISTED);
            let ids: Vec<Value> = ids.map(|found| found.value.clone()).collect();
            (!ids.is_empty()).then(|| ids.into())
        }
        Some("object") | None if schema["properties"].is_object() => {
            let required = schema["required"].as_array().map_or(0, Vec::len);
            (required == 0).then(|| json!({}))
        }
        _ => None,
    }
}

/// Whether a call takes a password or another secret, which nobody may guess.
pub(crate) fn takes_secret(catalog: &Catalog, entry: &Entry) -> bool {
    let Some(body) = &entry.body else { return false };
    // The members of some bodies are unknown.
    if names::words(&entry.operation_id).iter().any(|word| word == "password") {
        return true;
    }
    let schema = catalog.schemas.resolve(&body.schema);
    let members = schema["properties"].as_object();
    members.into_iter().flatten().any(|(name, member)| {
        member["x-secret"] == true
            || names::words(name).last().is_some_and(|word| {
                matches!(word.as_str(), "password" | "secret" | "token" | "salt")
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::pool::EXACT;

    fn arguments(vendor: Vendor, operation: &str) -> Result<Value, Missing> {
        let catalog = crate::catalog::of(vendor).unwrap();
        let entry = catalog.find(operation).unwrap();
        of(vendor, catalog, entry, &Pool::default(), 0, EXACT).map(Value::Object)
    }

    #[test]
    fn lists_are_requested_in_small_pages() {
        assert_eq!(arguments(Vendor::MediaValet, "list-assets"), Ok(json!({ "count": PAGE_SIZE })));
        let netx = arguments(Vendor::NetX, "get-folders-by-parent").unwrap();
        assert_eq!(netx["parentFolderId"], 1);
        assert_eq!(netx["options"]["page"], json!({ "size": PAGE_SIZE, "startIndex": 0 }));
        let selectors = netx["options"]["data"].as_array().unwrap();
        assert!(selectors.iter().all(|selector| selector.as_str().unwrap().starts_with("folder.")));
    }

    #[test]
    fn what_no_response_contained_is_missing() {
        let missing =
            |names: &[&str]| Err(Missing::Values(names.iter().map(|n| (*n).to_owned()).collect()));
        assert_eq!(arguments(Vendor::NetExplorer, "get-folder"), missing(&["folderId"]));
        assert_eq!(arguments(Vendor::NetX, "health-check"), missing(&["token"]));
    }

    #[test]
    fn passwords_are_never_guessed() {
        let catalog = crate::catalog::of(Vendor::NetExplorer).unwrap();
        let entry = catalog.find("validate-share-password").unwrap();
        assert!(takes_secret(catalog, entry));
        let entry = catalog.find("create-session").unwrap();
        assert!(takes_secret(catalog, entry));
    }

    #[test]
    fn a_search_without_criteria_has_an_empty_body_with_a_page() {
        let body = arguments(Vendor::MediaValet, "search-assets").unwrap();
        assert!(body["body"].is_object(), "{body}");
    }
}
