//! The document of a collection.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Body, Call, Collection, operation, secrets::Secrets};
use crate::{
    import::{
        Draft,
        draft::{Order, operation_place},
        report::Report,
    },
    names,
};

/// A description on this number of operations was copied.
const COPIED: usize = 3;

/// Describes a collection as OpenAPI. Credentials that the reader noted are removed from everything that is written.
pub fn draft(collection: Collection, mut report: Report, secrets: &Secrets) -> Draft {
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut schemas = Map::new();
    let mut order = Order::default();
    let groups = groups(&collection.calls);
    let copied = copied(&groups);
    let ids = ids(&groups);
    let has_rpc = groups.iter().any(|group| group.procedure.is_some());
    for (group, id) in groups.iter().zip(&ids) {
        let place = operation_place(&group.path, &group.method);
        let mut shared = operation::Shared {
            report: &mut report,
            schemas: &mut schemas,
            order: &mut order,
            noun: collection.noun,
            confidence: collection.confidence,
            security: collection.security.as_deref(),
            copied: &copied,
        };
        let mut operation = operation::operation(&group.calls, id.as_deref(), &place, &mut shared);
        if group.procedure.is_some() {
            operation.insert("x-envelope".to_owned(), json!("json-rpc"));
        }
        paths
            .entry(group.path.clone())
            .or_default()
            .insert(group.method.clone(), Value::Object(operation));
    }
    let mut document = json!({
        "openapi": "3.0.3",
        "info": { "title": collection.title, "version": collection.version },
        // The extensions below are ours, unlike those in files of others.
        "x-sources": {},
        "x-envelope": "none",
        "paths": paths.into_iter().map(|(path, item)| (path, Value::Object(item))).collect::<Map<_, _>>(),
    });
    if !collection.description.is_empty() {
        document["info"]["description"] = json!(collection.description);
    }
    if !collection.server.is_empty() {
        let mut server = json!({ "url": collection.server });
        for (name, value) in collection.server_variables {
            server["variables"][name] = json!({ "default": value });
        }
        document["servers"] = json!([server]);
    }
    let tags = collection
        .tags
        .iter()
        .map(|(name, description)| json!({ "name": name, "description": description }));
    document["tags"] = tags.collect();
    if let Some(scheme) = collection.security {
        document["security"] = json!([{ scheme: [] }]);
    }
    if !collection.schemes.is_empty() {
        document["components"]["securitySchemes"] = json!(collection.schemes);
    }
    if !schemas.is_empty() {
        document["components"]["schemas"] = Value::Object(schemas);
    }
    if has_rpc && groups.iter().all(|group| group.procedure.is_some()) {
        document["x-envelope"] = json!("json-rpc");
        for item in document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut) {
            if let Some(operation) = item["post"].as_object_mut() {
                operation.remove("x-envelope");
            }
        }
    }
    secrets.remove(&mut document, &mut report);
    Draft { document, report, order, ..Draft::default() }
}

/// The calls of one operation.
struct Group {
    method: String,
    /// With the fragment that names the procedure.
    path: String,
    procedure: Option<String>,
    calls: Vec<Call>,
}

/// The calls by method and path, or by procedure; in the order of the file.
fn groups(calls: &[Call]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for call in calls {
        let procedure = match &call.body {
            Some(Body::Rpc(procedure)) => Some(procedure.method.clone()),
            _ => None,
        };
        let path = match &procedure {
            Some(procedure) => format!("{}#{procedure}", call.path),
            None => call.path.clone(),
        };
        let key = (anonymous(&path), call.method.as_str(), call.server.as_deref());
        let same = |group: &&mut Group| {
            key == (anonymous(&group.path), group.method.as_str(), group.calls[0].server.as_deref())
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.calls.push(renamed(call, &path, &group.path)),
            None => groups.push(Group {
                method: call.method.clone(),
                path,
                procedure,
                calls: vec![call.clone()],
            }),
        }
    }
    groups
}

/// The path without the names of its parameters.
fn anonymous(path: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            _ if inside => continue,
            _ => {}
        }
        text.push(c);
    }
    text
}

/// The call with its path parameters named as in the other path.
fn renamed(call: &Call, path: &str, other: &str) -> Call {
    let names = |path: &str| -> Vec<String> {
        path.split('{')
            .skip(1)
            .filter_map(|part| Some(part.split_once('}')?.0.to_owned()))
            .collect()
    };
    let (old, new) = (names(path), names(other));
    let mut call = call.clone();
    for parameter in call.parameters.iter_mut().filter(|parameter| parameter.place == "path") {
        if let Some(index) = old.iter().position(|name| *name == parameter.name)
            && let Some(name) = new.get(index)
        {
            parameter.name.clone_from(name);
        }
    }
    call
}

/// The descriptions that several operations have.
fn copied(groups: &[Group]) -> BTreeSet<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for group in groups {
        let own: BTreeSet<&str> =
            group.calls.iter().map(|call| call.description.as_str()).collect();
        own.into_iter()
            .filter(|text| !text.is_empty())
            .for_each(|text| *counts.entry(text).or_default() += 1);
    }
    counts
        .into_iter()
        .filter(|(_, count)| *count >= COPIED)
        .map(|(text, _)| text.to_owned())
        .collect()
}

/// The id of each procedure: its name, with the tag or a number where several have it. Other operations get theirs from
/// their summary, like those of any file.
fn ids(groups: &[Group]) -> Vec<Option<String>> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut ids = Vec::new();
    for group in groups {
        let Some(procedure) = &group.procedure else {
            ids.push(None);
            continue;
        };
        let plain = camel(procedure);
        let tag = group.calls.iter().find_map(|call| call.tag.clone()).unwrap_or_default();
        let with_tag = format!("{plain}{}", names::pascal(&tag));
        let numbered = (2..).map(|number| format!("{plain}{number}"));
        let id = [plain.clone(), with_tag]
            .into_iter()
            .chain(numbered)
            .find(|id| taken.insert(names::snake(id)));
        ids.push(id);
    }
    ids
}

/// A name such as `getAssets`.
fn camel(name: &str) -> String {
    let pascal = names::pascal(name);
    let mut letters = pascal.chars();
    match letters.next() {
        Some(first) => format!("{}{}", first.to_lowercase(), letters.as_str()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_other_parameter_names_are_equal() {
        assert_eq!(anonymous("/a/{id}/b{x}#m"), "/a/{}/b{}#m");
        let parameter =
            super::super::Parameter { place: "path", name: "x".to_owned(), ..Default::default() };
        let call = Call { parameters: vec![parameter], ..Call::default() };
        assert_eq!(renamed(&call, "/a/{x}", "/a/{id}").parameters[0].name, "id");
    }

    #[test]
    fn ids_are_camel_case() {
        assert_eq!(camel("GetObjects"), "getObjects");
        assert_eq!(camel("asset.search"), "assetSearch");
    }
}
