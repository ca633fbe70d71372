//! The rule about servers of paths and operations.

use serde_json::{Value, json};

use super::Draft;
use crate::spec::child;

/// Every operation has at most one server, and only if it is not that of the whole API: the URL of another host, a path of
/// the same host, or nothing if only a response contains the URL.
///
/// The credential of the whole API is for its domain. An operation on another one is sent without it, unless its own
/// `security` requires it.
pub(super) fn servers(draft: &mut Draft) {
    let roots = urls(&draft.spec.root["servers"], &[]);
    let variables = variables(&draft.spec.root["servers"]);
    let shared: Vec<(String, Value)> = draft
        .paths()
        .into_iter()
        .filter_map(|item| draft.remove(&child(&item, "servers")).map(|servers| (item, servers)))
        .collect();
    for operation in draft.operations() {
        let item = operation.rsplit_once('/').map_or("", |(item, _)| item);
        let own = draft
            .remove(&child(&operation, "servers"))
            .filter(|own| own.as_array().is_none_or(|list| !list.is_empty()));
        let of_path =
            shared.iter().find(|(path, _)| path == item).map(|(_, servers)| servers.clone());
        let servers = own.or(of_path).unwrap_or_default();
        let listed = urls(&servers, &[]);
        // A list that contains a server of the whole API is one of alternatives.
        let Some(first) = listed.first().filter(|_| !listed.iter().any(|url| roots.contains(url)))
        else {
            continue;
        };
        let open = urls(&servers, &variables);
        let url = relative_to(&roots, open.first().unwrap_or(first));
        draft.set(&operation, "servers", json!([{ "url": url }]));
        let place = child(&operation, "servers");
        // A rule may see its own result again.
        if url.is_empty() && first.is_empty() {
            continue;
        }
        if url.is_empty() {
            draft.warn(
                &place,
                format!("`{first}` is no URL; the caller sets it with `CallOptions::url`"),
                "write the URL of the server, if it is always the same",
            );
        } else if !url.starts_with('/') && !is_of_domain(&roots, &url) {
            let has_own = draft.resolved(&operation)["security"].is_array();
            if !has_own {
                draft.warn(
                    &place,
                    format!("this operation is sent without the credential: `{url}` is of another domain than the API"),
                    "write `security` at the operation, to send it there",
                );
                draft.set(&operation, "security", json!([]));
            }
        }
    }
}

/// The URLs of a list of servers, without a slash at the end. Variables have their default values, except those that are
/// to stay open.
fn urls(servers: &Value, open: &[String]) -> Vec<String> {
    let servers = servers.as_array().into_iter().flatten();
    let with_values = |server: &Value| {
        let mut url = server["url"].as_str()?.trim().to_owned();
        for (name, variable) in server["variables"].as_object().into_iter().flatten() {
            let default = variable["default"].as_str().filter(|default| !default.is_empty());
            if let Some(default) = default.filter(|_| !open.contains(name)) {
                url = url.replace(&format!("{{{name}}}"), default);
            }
        }
        Some(url.trim_end_matches('/').to_owned())
    };
    servers.filter_map(with_values).collect()
}

/// The names of the variables of servers, whose values the base URL of a client has.
fn variables(servers: &Value) -> Vec<String> {
    let servers = servers.as_array().into_iter().flatten();
    servers
        .filter_map(|server| server["variables"].as_object())
        .flatten()
        .map(|(name, _)| name.clone())
        .collect()
}

/// Scheme and host of a URL; `None` if it has none.
fn origin(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    (end > start).then_some(&url[..end])
}

/// The path of a URL on the host of the API, another URL as it is, or nothing if it is none.
fn relative_to(roots: &[String], url: &str) -> String {
    let is_own = |found: &str| roots.iter().any(|root| origin(root) == Some(found));
    match origin(url) {
        Some(own) if is_own(own) => {
            let path = &url[own.len()..];
            if path.is_empty() { "/".to_owned() } else { path.to_owned() }
        }
        Some(_) if url.starts_with("https://") => url.to_owned(),
        None if url.starts_with('/') => url.to_owned(),
        _ => String::new(),
    }
}

/// Whether a URL is of the domain of the API: that of `api.acme.example` is `acme.example`.
fn is_of_domain(roots: &[String], url: &str) -> bool {
    let host = |url: &str| {
        let authority = origin(url)?.split_once("://")?.1;
        Some(authority.split(':').next().unwrap_or_default().to_lowercase())
    };
    let Some(own) = host(url) else { return false };
    roots.iter().filter_map(|root| host(root)).any(|root| {
        let labels: Vec<&str> = root.split('.').collect();
        // Two short labels at the end, as of `acme.co.uk`, are no domain that one vendor owns.
        let is_shared =
            labels.len() > 1 && labels[labels.len() - 2..].iter().all(|label| label.len() <= 3);
        let kept = if is_shared { 3 } else { 2 };
        let domain = labels[labels.len().saturating_sub(kept)..].join(".");
        let is_plain = !domain.contains('{') && labels.len() >= kept;
        own == root || (is_plain && (own == domain || own.ends_with(&format!(".{domain}"))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_what_one_vendor_owns() {
        for (root, url, expected) in [
            ("https://api.box.example/2.0", "https://upload.box.example/api", true),
            ("https://box.example", "https://upload.box.example", true),
            ("https://api.eu.acme.example", "https://upload.acme.example", true),
            ("https://api.box.example", "https://boxcloud.example", false),
            ("https://api.box.example", "https://evilbox.example", false),
            ("https://acme.co.uk", "https://other.co.uk", false),
            ("https://api.acme.co.uk", "https://upload.acme.co.uk:8443/x", true),
            ("https://{host}", "https://upload.acme.example", false),
            ("https://{company}.acme.example", "https://upload.acme.example", true),
            ("/api", "https://upload.acme.example", false),
        ] {
            assert_eq!(is_of_domain(&[root.to_owned()], url), expected, "{root} {url}");
        }
    }

    #[test]
    fn another_path_of_the_same_host_is_a_path() {
        let roots = ["https://api.acme.example/v4".to_owned()];
        for (url, expected) in [
            ("https://api.acme.example/v1", "/v1"),
            ("https://api.acme.example", "/"),
            ("/v1", "/v1"),
            ("https://upload.acme.example", "https://upload.acme.example"),
            ("http://upload.acme.example", ""),
            ("upload_url", ""),
        ] {
            assert_eq!(relative_to(&roots, url), expected, "{url}");
        }
    }
}
