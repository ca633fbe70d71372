//! Constant queries of paths, such as `/rest?method=flickr.photos.search`, as parameters with one value: a path of OpenAPI
//! has no query.

use serde_json::{Value, json};

use super::members::object;

/// Moves the queries. Paths that only differ in them get the query as a fragment, which is not sent.
pub(super) fn move_queries(root: &mut Value) {
    let Some(Value::Object(paths)) = root.get("paths").cloned() else { return };
    for (path, mut item) in paths {
        let (before, fragment) = path.split_once('#').unwrap_or((&path, ""));
        let Some((bare, query)) = before.split_once('?') else { continue };
        let parameters = object(&mut item).entry("parameters").or_insert_with(|| json!([]));
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let parameter = json!({
                "name": name,
                "in": "query",
                "required": true,
                "schema": { "type": "string", "enum": [value] },
            });
            parameters.as_array_mut().into_iter().for_each(|all| all.push(parameter.clone()));
        }
        let paths = object(&mut root["paths"]);
        paths.remove(&path);
        let words: String = [query, fragment].concat();
        let words = words.replace(|c: char| !c.is_alphanumeric() && c != '.', "_");
        let free =
            if paths.contains_key(bare) { format!("{bare}#{words}") } else { bare.to_owned() };
        paths.insert(free, item);
    }
}
