//! What belongs to every call, and URLs.

use serde_json::{Value, json};

use super::members::{add_component, object, operation_mut, operations};

/// Completes the document.
pub(super) fn complete(root: &mut Value) {
    headers(root);
    failures(root);
    files(root);
    plain_urls(root);
}

/// The headers that a client sends with every call, as parameters of every path.
fn headers(root: &mut Value) {
    let Some(Value::Object(headers)) = root.get("x-client-headers").cloned() else { return };
    let references: Vec<Value> = headers
        .iter()
        .map(|(name, header)| {
            let mut parameter =
                json!({ "name": name, "in": "header", "schema": { "type": "string" } });
            if let Some(description) = header["description"].as_str() {
                parameter["description"] = description.into();
            }
            if let Some(value) = header["value"].as_str() {
                parameter["schema"]["default"] = value.into();
            }
            add_component(root, "parameters", name, parameter)
        })
        .collect();
    for (_, item) in root["paths"].as_object_mut().into_iter().flatten() {
        let parameters = object(item).entry("parameters").or_insert_with(|| json!([]));
        if let Value::Array(parameters) = parameters {
            parameters.extend(references.iter().cloned());
        }
    }
}

/// A response for the failure of each operation that describes none. The bodies of failures are not uniform, so it has
/// no schema.
fn failures(root: &mut Value) {
    let all = operations(root, "none");
    let failure = add_component(root, "responses", "Failure", failure(&root["x-errors"]));
    let mut is_used = false;
    for (path, method, _) in all {
        let Some(operation) = operation_mut(root, &path, method) else { continue };
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
            continue;
        };
        let is_failure = |status: &String| status.starts_with(['4', '5']) || status == "default";
        if !responses.keys().any(is_failure) {
            responses.insert("4XX".to_owned(), failure.clone());
            responses.insert("5XX".to_owned(), failure.clone());
            is_used = true;
        }
    }
    let name = failure["$ref"].as_str().and_then(|target| target.rsplit('/').next());
    if let (false, Some(name)) = (is_used, name)
        && let Some(responses) = root["components"]["responses"].as_object_mut()
    {
        responses.remove(name);
    }
}

/// Files come with their own media type: `application/octet-stream` in a specification only states that the response is
/// a file.
fn files(root: &mut Value) {
    let document = root.clone();
    for (path, method, _) in operations(&document, "none") {
        let Some(operation) = operation_mut(root, &path, method) else { continue };
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        for (_, response) in responses.into_iter().flatten() {
            any_media_type(response);
        }
    }
    let shared = root.pointer_mut("/components/responses").and_then(Value::as_object_mut);
    for (_, response) in shared.into_iter().flatten() {
        any_media_type(response);
    }
}

fn any_media_type(response: &mut Value) {
    const FILE: &str = "application/octet-stream";
    let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) else { return };
    let is_file = content.get(FILE).is_some_and(|file| file["schema"]["format"] == "binary");
    if is_file && let Some(file) = content.remove(FILE) {
        content.insert("*/*".to_owned(), file);
    }
}

fn failure(known: &Value) -> Value {
    let rows: Vec<String> = known
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| {
            let status = error["status"].as_i64().or(error["code"].as_i64())?;
            let meaning = error["meaning"].as_str()?.trim();
            (400..600).contains(&status).then(|| format!("- {status}: {meaning}"))
        })
        .collect();
    let known = match rows.is_empty() {
        true => String::new(),
        false => format!(" Known statuses:\n\n{}", rows.join("\n")),
    };
    json!({ "description": format!("The call failed. The body may be JSON, plain text or empty.{known}") })
}

/// URLs of security schemes must be URLs, so the variables of the server in them get their defaults.
fn plain_urls(root: &mut Value) {
    let mut defaults: Vec<(String, String)> = Vec::new();
    for server in root["servers"].as_array().into_iter().flatten() {
        for (name, variable) in server["variables"].as_object().into_iter().flatten() {
            let default = variable["default"].as_str().unwrap_or_default();
            defaults.push((format!("{{{name}}}"), default.to_owned()));
        }
    }
    let schemes = root.pointer_mut("/components/securitySchemes").and_then(Value::as_object_mut);
    for (_, scheme) in schemes.into_iter().flatten() {
        for (_, flow) in
            scheme.get_mut("flows").and_then(Value::as_object_mut).into_iter().flatten()
        {
            for key in ["authorizationUrl", "tokenUrl", "refreshUrl"] {
                if let Some(Value::String(url)) = flow.get_mut(key) {
                    for (variable, default) in &defaults {
                        *url = url.replace(variable, default);
                    }
                }
            }
        }
    }
}
