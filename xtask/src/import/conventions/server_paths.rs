//! Servers of single paths and operations that differ from the root's in the path only: the difference moves into the
//! paths, so that the API has one server. Other hosts stay; the generator supports them.

use serde_json::{Map, Value, json};

use crate::import::draft::{Draft, METHODS, operation_place};

const RULE: &str = "servers";

/// Moves the paths of such servers into the paths of the operations.
pub fn server_paths(draft: &mut Draft) {
    lift(draft);
    let Some(root) = draft.document["servers"][0]["url"].as_str().and_then(split) else { return };
    let mut bases: Vec<String> = vec![root.1.clone()];
    for (path, method) in draft.operations() {
        if let Some(base) = own_base(draft, &path, &method, &root.0)
            && !bases.contains(&base)
        {
            bases.push(base);
        }
    }
    links(draft);
    let common = common(&bases);
    let servers = draft.document["servers"].as_array().cloned().unwrap_or_default();
    // Other servers of the root must end in what is taken from the first.
    let taken = root.1[common.len()..].to_owned();
    let is_shared = servers.iter().all(|server| {
        server["url"].as_str().is_some_and(|url| url.trim_end_matches('/').ends_with(&taken))
    });
    if bases.len() == 1 || !is_shared {
        return;
    }
    let mut moved: Map<String, Value> = Map::new();
    for (path, method) in draft.operations() {
        let base = own_base(draft, &path, &method, &root.0);
        let is_elsewhere = base.is_none()
            && draft
                .operation(&path, &method)
                .is_some_and(|operation| operation.contains_key("servers"));
        let Some(operation) = draft.operation(&path, &method) else { continue };
        let mut operation = std::mem::take(operation);
        let base = base.unwrap_or_else(|| root.1.clone());
        let to = match is_elsewhere {
            true => path.clone(),
            false => format!("{}{path}", &base[common.len()..]),
        };
        if !is_elsewhere && operation.remove("servers").is_some() {
            let place = operation_place(&path, &method);
            let message = "servers that differ in the path became a part of the path";
            draft.report.changed(RULE, message, &place, &to);
        }
        let item = moved.entry(to).or_insert_with(|| json!({}));
        item[&method] = Value::Object(operation);
    }
    *draft.section("paths") = moved;
    if let Some(servers) = draft.document["servers"].as_array_mut() {
        for server in servers {
            let url = server["url"].as_str().unwrap_or_default().trim_end_matches('/');
            let url = url.strip_suffix(&taken).unwrap_or(url).to_owned();
            server["url"] = json!(url);
        }
    }
    let message = "the root's server ends where the paths begin to differ";
    draft.report.changed(RULE, message, "servers", &format!("`{taken}` is in the paths"));
}

/// Servers of a path belong to each of its operations; those of the root are not repeated.
fn lift(draft: &mut Draft) {
    let root = draft.document["servers"].clone();
    for (_, item) in draft.section("paths") {
        let Some(item) = item.as_object_mut() else { continue };
        let shared = item.remove("servers").filter(Value::is_array);
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else {
                continue;
            };
            if let Some(shared) = &shared {
                operation.entry("servers").or_insert_with(|| shared.clone());
            }
            let servers = operation.get("servers");
            let is_empty =
                servers.is_some_and(|servers| servers.as_array().is_none_or(Vec::is_empty));
            let is_same = servers.is_some_and(|servers| servers[0]["url"] == root[0]["url"]);
            if is_empty || is_same {
                operation.remove("servers");
            }
        }
    }
}

/// Servers that are no URL stand for a link in another response, such as where a file is uploaded to.
fn links(draft: &mut Draft) {
    for (path, method) in draft.operations() {
        let Some(operation) = draft.operation(&path, &method) else { continue };
        let url = operation.get("servers").and_then(|servers| servers[0]["url"].as_str());
        let Some(url) = url.filter(|url| !url.contains("://") && !url.starts_with('/')) else {
            continue;
        };
        let url = url.to_owned();
        let message =
            "the server of an operation is not a URL, but probably a link from another response";
        draft.report.to_decide(RULE, message, &operation_place(&path, &method), &url);
    }
}

/// The base path of an operation's own server, if that is on the host of the root.
fn own_base(draft: &mut Draft, path: &str, method: &str, host: &str) -> Option<String> {
    let servers = draft.operation(path, method)?.get("servers")?.clone();
    let url = servers[0]["url"].as_str()?;
    if let Some(base) = url.strip_prefix('/') {
        return Some(format!("/{}", base.trim_end_matches('/')));
    }
    let (own, base) = split(url)?;
    (own == host && !base.contains('{')).then_some(base)
}

/// The host and the path of a URL.
fn split(url: &str) -> Option<(String, String)> {
    let after = url.find("://")? + 3;
    let end = url[after..].find('/').map_or(url.len(), |at| after + at);
    Some((url[..end].to_owned(), url[end..].trim_end_matches('/').to_owned()))
}

/// The path that all begin with, in whole segments.
fn common(paths: &[String]) -> String {
    let mut segments: Vec<&str> =
        paths.first().map(|path| path.split('/').collect()).unwrap_or_default();
    for path in paths {
        let others: Vec<&str> = path.split('/').collect();
        let same = segments.iter().zip(&others).take_while(|(a, b)| a == b).count();
        segments.truncate(same);
    }
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_have_a_host_and_a_path() {
        let both = |url: &str| split(url).unwrap();
        assert_eq!(
            both("https://a.example/api/v4/"),
            ("https://a.example".to_owned(), "/api/v4".to_owned())
        );
        assert_eq!(both("https://a.example"), ("https://a.example".to_owned(), String::new()));
        assert_eq!(common(&["/api/v4".to_owned(), "/api/v1".to_owned()]), "/api");
        assert_eq!(common(&["/v4".to_owned(), "/api".to_owned()]), "");
    }
}
