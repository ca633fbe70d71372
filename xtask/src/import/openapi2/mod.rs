//! Converts OpenAPI 2.0 (Swagger) to 3.0.

mod operations;
mod parameters;
mod schemas;
mod security;

use serde_json::{Map, Value, json};

use super::draft::Draft;

/// The media type where none is given.
const JSON: &str = "application/json";

/// What the root states for all operations.
struct Defaults {
    consumes: Vec<String>,
    produces: Vec<String>,
    /// The shared parameters, as they are written.
    parameters: Map<String, Value>,
}

/// Rewrites a document.
pub fn convert(draft: &mut Draft) {
    let Value::Object(mut root) = std::mem::take(&mut draft.document) else { return };
    let mut document = Map::new();
    document.insert("openapi".to_owned(), json!("3.0.3"));
    document.insert("servers".to_owned(), servers(&root));
    let take = |root: &mut Map<String, Value>, key: &str| match root.remove(key) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let defaults = Defaults {
        consumes: media_types(root.get("consumes")),
        produces: media_types(root.get("produces")),
        parameters: take(&mut root, "parameters"),
    };
    let mut components = Map::new();
    components.insert("schemas".to_owned(), Value::Object(take(&mut root, "definitions")));
    let schemes = take(&mut root, "securityDefinitions");
    components.insert("securitySchemes".to_owned(), security::schemes(schemes));
    let (parameters, bodies) = parameters::shared(&defaults, &mut draft.report);
    components.insert("parameters".to_owned(), Value::Object(parameters));
    components.insert("requestBodies".to_owned(), Value::Object(bodies));
    let responses: Map<String, Value> = take(&mut root, "responses")
        .into_iter()
        .map(|(name, value)| (name, operations::response(value, &defaults.produces)))
        .collect();
    components.insert("responses".to_owned(), Value::Object(responses));
    let mut paths = Map::new();
    for (path, item) in take(&mut root, "paths") {
        paths
            .insert(path.clone(), operations::path_item(&path, item, &defaults, &mut draft.report));
    }
    for key in ["swagger", "host", "basePath", "schemes", "consumes", "produces"] {
        root.remove(key);
    }
    document.extend(root);
    document.insert("paths".to_owned(), Value::Object(paths));
    document.insert("components".to_owned(), Value::Object(components));
    draft.document = Value::Object(document);
    schemas::rewrite(draft);
}

/// The servers: one for each scheme, or only the encrypted ones if there are any.
fn servers(root: &Map<String, Value>) -> Value {
    let base =
        root.get("basePath").and_then(Value::as_str).unwrap_or_default().trim_end_matches('/');
    let Some(host) = root.get("host").and_then(Value::as_str).filter(|host| !host.is_empty())
    else {
        return if base.is_empty() { json!([]) } else { json!([{ "url": base }]) };
    };
    let schemes: Vec<&str> = root
        .get("schemes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    // Where none is given, it is that of the file's own URL, which is not known.
    let scheme = match schemes.as_slice() {
        [] => "https",
        list if list.contains(&"https") => "https",
        [first, ..] => first,
    };
    json!([{ "url": format!("{scheme}://{host}{base}") }])
}

fn media_types(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let mut types: Vec<String> = Vec::new();
    for media_type in list.map(str::trim).filter(|media_type| !media_type.is_empty()) {
        if !types.iter().any(|known| known == media_type) {
            types.push(media_type.to_owned());
        }
    }
    types
}
