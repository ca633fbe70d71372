//! Reads collections of Postman, in the schemas 2.0 and 2.1, as they are exported and as documenters publish them.
//!
//! | Module | Reads |
//! |---|---|
//! | `items` | folders and requests |
//! | `url` | URLs: server, path, query |
//! | `body` | bodies and responses |
//! | `auth` | credentials, which become security schemes |
//! | `variables` | variables of the collection, of folders and of environments |
//! | `prose` | descriptions, which may be HTML |

mod auth;
mod body;
mod items;
mod prose;
mod url;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Draft, Report,
    examples::{self, Collection, secrets::Secrets},
};
use variables::Variables;

/// The rule in reports.
const RULE: &str = "postman";

/// Whether a document is a collection, possibly in a wrapper. Returns its version.
pub fn version(document: &Value) -> Option<&'static str> {
    let collection = unwrapped(document);
    let schema = collection["info"]["schema"].as_str().unwrap_or_default();
    match schema {
        _ if schema.contains("v2.1") => Some("2.1"),
        _ if schema.contains("v2.0") => Some("2.0"),
        _ if collection["item"].is_array() && collection["info"].is_object() => Some("2.1"),
        _ if collection["requests"].is_array() && collection["order"].is_array() => Some("1.0"),
        _ => None,
    }
}

/// Whether a document is an environment.
pub fn is_environment(document: &Value) -> bool {
    document["values"].is_array() && document["item"].is_null() && document["paths"].is_null()
}

/// The collection in the wrappers of exports and documenters.
fn unwrapped(document: &Value) -> &Value {
    match (&document["collection"], &document["data"]["collection"]) {
        (inner @ Value::Object(_), _) | (_, inner @ Value::Object(_)) => inner,
        _ => document,
    }
}

/// Describes a collection, with the variables of these environments.
///
/// # Errors
/// A message, if there is nothing to describe.
pub fn read(document: &Value, environments: &[Value]) -> Result<Draft, String> {
    if version(document) == Some("1.0") {
        return Err("collections in the schema 1.0 are not supported; export it as 2.1".to_owned());
    }
    let collection = unwrapped(document);
    let (mut report, mut secrets) = (Report::default(), Secrets::default());
    let mut variables = Variables::default();
    for environment in environments {
        variables.add(&environment["values"], "environment", &mut secrets, &mut report);
    }
    variables.add(&collection["variable"], "collection", &mut secrets, &mut report);
    let mut reader = items::Reader::new(report, secrets);
    reader.read(collection, &variables);
    let items::Reader { requests, schemes, security, tags, mut report, secrets, scripts, .. } =
        reader;
    if requests.is_empty() {
        return Err("the collection has no requests".to_owned());
    }
    if scripts > 0 {
        report.left_out(
            RULE,
            "scripts before and after requests",
            "the collection",
            &format!("{scripts} scripts"),
        );
    }
    let mut calls = Vec::new();
    let server = url::common_server(requests.iter().map(|request| &request.url));
    let mut server_variables = BTreeMap::new();
    for request in requests {
        let items::Request { mut call, url } = request;
        url::place(&mut call, url, &server, &mut server_variables);
        calls.push(call);
    }
    let (server, more) = url::template(&server, &variables, &mut report);
    server_variables.extend(more);
    let used: BTreeSet<&String> = calls.iter().filter_map(|call| call.tag.as_ref()).collect();
    let tags = tags.into_iter().filter(|(name, _)| used.contains(name)).collect();
    let info = &collection["info"];
    Ok(examples::draft(
        Collection {
            title: info["name"].as_str().unwrap_or("Collection").trim().to_owned(),
            description: prose::description(&info["description"]),
            version: written_version(&info["version"]),
            confidence: "documented",
            noun: "collection",
            server,
            server_variables,
            tags,
            schemes,
            security,
            calls,
        },
        report,
        &secrets,
    ))
}

/// A version is a string, or an object of numbers.
fn written_version(version: &Value) -> String {
    match version {
        Value::String(version) if !version.trim().is_empty() => version.trim().to_owned(),
        Value::Object(parts) => {
            let part =
                |name: &str| parts.get(name).map_or_else(|| "0".to_owned(), Value::to_string);
            format!("{}.{}.{}", part("major"), part("minor"), part("patch"))
        }
        _ => "1".to_owned(),
    }
}
