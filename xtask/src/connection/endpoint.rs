//! The base URL of an API, from `servers`.

use serde_json::Value;

/// Where an API is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// The URL without a slash at its end, if it is the same for everybody.
    pub fixed: Option<String>,
    /// The path of the API below the endpoint that a connection names.
    pub path: String,
    /// What the host looks like in the specification, such as `https://{instance}`.
    pub template: Option<String>,
}

/// The endpoint that the first server states.
pub fn of(root: &Value) -> Endpoint {
    let server = &root["servers"][0];
    let url = server["url"].as_str().unwrap_or_default().trim();
    let Some((scheme, rest)) = url.split_once("://") else {
        // A relative URL is about the place of the document, which nobody knows here.
        let path = with_defaults(url, server);
        let path = if path.starts_with('/') { path } else { String::new() };
        return Endpoint { path: without_slash(&path), ..Endpoint::default() };
    };
    let (host, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let path = without_slash(&with_defaults(path, server));
    if scheme.contains('{') || host.contains('{') || host.is_empty() {
        let template = Some(format!("{scheme}://{host}"));
        return Endpoint { fixed: None, path, template };
    }
    Endpoint {
        fixed: Some(format!("{}://{host}{path}", secure(scheme, host))),
        path: String::new(),
        template: Some(format!("{scheme}://{host}")),
    }
}

/// `https` for every host but this machine: the runtime sends credentials to no other.
fn secure<'s>(scheme: &'s str, host: &str) -> &'s str {
    let name = host.split(':').next().unwrap_or(host);
    if scheme == "http" && !["localhost", "127.0.0.1"].contains(&name) { "https" } else { scheme }
}

fn without_slash(path: &str) -> String {
    path.trim_end_matches('/').to_owned()
}

/// The string with the defaults of the server's variables.
fn with_defaults(string: &str, server: &Value) -> String {
    let variables = server["variables"].as_object();
    variables.into_iter().flatten().fold(string.to_owned(), |string, (name, variable)| {
        string.replace(&format!("{{{name}}}"), variable["default"].as_str().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn url(url: &str) -> Endpoint {
        let variables = json!({ "v": { "default": "v2" } });
        of(&json!({ "servers": [{ "url": url, "variables": variables }] }))
    }

    #[test]
    fn a_host_without_variables_is_fixed() {
        let endpoint = url("http://api.example.com/{v}/");
        assert_eq!(endpoint.fixed.as_deref(), Some("https://api.example.com/v2"));
        assert_eq!(endpoint.path, "");
        assert_eq!(url("http://localhost:8080").fixed.as_deref(), Some("http://localhost:8080"));
    }

    #[test]
    fn the_path_of_a_host_that_connections_name_is_kept() {
        for server in ["https://{tenant}.example.com/api/{v}/", "/api/{v}"] {
            let endpoint = url(server);
            assert_eq!((endpoint.fixed, &*endpoint.path), (None, "/api/v2"), "{server}");
        }
        for unknown in ["", "example.com", "{host}"] {
            let endpoint = url(unknown);
            assert_eq!((endpoint.fixed, &*endpoint.path), (None, ""), "{unknown}");
        }
        assert_eq!(of(&json!({})), Endpoint::default());
    }
}
