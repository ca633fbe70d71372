//! Where an operation is sent whose specification names a server for it, such as a host for uploads.
//!
//! A server that is a path belongs to the host of the base URL. Another host is called only by a client of the API that the
//! specification describes: its base URL is the one of the specification. Otherwise a client of a test instance would send
//! data and credential to production; for such a client, the builder names the server. A client whose base URL is on this
//! machine sends everything there.

use std::collections::BTreeMap;

use oneteg_auth::is_loopback;
use url::Url;

use crate::{Error, ErrorKind, Operation, operation::Server};

/// The URLs of servers that the client's builder names, by the URL in the specification.
pub(crate) type Servers = BTreeMap<String, Url>;

/// The URL to which the path of an operation is appended; `None` for the base URL.
pub(crate) fn resolve(
    operation: &Operation,
    base: &Url,
    named: &Servers,
) -> Result<Option<Url>, Error> {
    let Some(server) = &operation.server else { return Ok(None) };
    if let Some(url) = named.get(server.url) {
        return Ok(Some(url.clone()));
    }
    if server.url.starts_with('/') {
        return Ok(Some(sibling(server, base)));
    }
    if is_loopback(base) {
        return Ok(None);
    }
    if server.url.is_empty() {
        let message = "the URL of this operation is in the response to another one; set it with `CallOptions::url`";
        return Err(Error::invalid_request(message.to_owned()));
    }
    let found = server.roots.iter().find_map(|root| {
        let variables = variables(origin_of(root), &base.origin().ascii_serialization())?;
        let expanded = variables.iter().fold(server.url.to_owned(), |url, (name, value)| {
            url.replace(&format!("{{{name}}}"), value)
        });
        let url = Url::parse(&expanded).ok()?;
        let is_complete = !expanded.contains('{') && url.host().is_some();
        (url.scheme() == "https" && is_complete).then_some(url)
    });
    found.map(Some).ok_or_else(|| {
        let message = format!(
            "this operation is served by {}, which is not paired with the base URL of this client; name its server \
             with `server({:?}, url)` of the client's builder",
            server.url, server.url
        );
        Error::new(ErrorKind::Configuration, message)
    })
}

/// Another path on the host of the base URL, instead of the path that the specification has there. What a proxy puts in
/// front of both stays.
fn sibling(server: &Server, base: &Url) -> Url {
    let path = base.path().trim_end_matches('/');
    let root_paths =
        server.roots.iter().map(|root| root[origin_of(root).len()..].trim_end_matches('/'));
    let before = root_paths.filter_map(|root| path.strip_suffix(root)).next().unwrap_or(path);
    let mut url = base.clone();
    url.set_path(&format!("{before}{}", server.url));
    url
}

/// Scheme and authority of a URL template.
fn origin_of(template: &str) -> &str {
    let start = template.find("://").map_or(0, |at| at + 3);
    let end = template[start..].find('/').map_or(template.len(), |at| start + at);
    &template[..end]
}

/// The values of a template's variables in an origin; `None` if the origin is another one.
fn variables<'a>(template: &'a str, origin: &str) -> Option<Vec<(&'a str, String)>> {
    let mut all = Vec::new();
    let (mut rest, mut origin) = (template, origin);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        origin = origin.strip_prefix(before)?;
        let literal = after.split('{').next().unwrap_or_default();
        let end = if literal.is_empty() { origin.len() } else { origin.find(literal)? };
        let (value, remaining) = origin.split_at(end);
        // A value with a dot, or a template without a domain, could be another vendor's host.
        let is_label = !value.is_empty() && !value.contains(['.', ':', '/']);
        if !is_label {
            return None;
        }
        all.push((name, value.to_owned()));
        (rest, origin) = (after, remaining);
    }
    (rest == origin).then_some(all)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::{Confidence, Evidence};

    fn resolved(url: &'static str, base: &str, named: &Servers) -> Result<String, ErrorKind> {
        let evidence = Evidence::new(Confidence::Inferred, &[], None);
        let roots = &["https://api.acme.example/2.0", "https://{company}.acme.example/api"];
        let operation = Operation::new("upload", "files", Method::POST, "/files", false, evidence)
            .at(Server::new(url, roots));
        let base = Url::parse(base).unwrap();
        match resolve(&operation, &base, named) {
            Ok(url) => Ok(url.unwrap_or(base).to_string()),
            Err(error) => Err(error.kind()),
        }
    }

    #[test]
    fn another_host_is_for_clients_of_the_vendor_alone() {
        let none = Servers::new();
        let upload = "https://upload.acme.example/api";
        for base in [
            "https://api.acme.example/2.0",
            "https://api.acme.example",
            "https://x.acme.example/api",
        ] {
            assert_eq!(resolved(upload, base, &none), Ok(upload.to_owned()), "{base}");
        }
        for base in [
            "https://sandbox.example/2.0",
            "https://api.acme.example:8443",
            "https://api.acme.example.evil.example",
            "https://a.b.acme.example",
        ] {
            assert_eq!(resolved(upload, base, &none), Err(ErrorKind::Configuration), "{base}");
        }
        assert_eq!(
            resolved(upload, "http://127.0.0.1:9/", &none),
            Ok("http://127.0.0.1:9/".to_owned())
        );
    }

    #[test]
    fn variables_have_the_values_of_the_base_url() {
        let url = "https://{company}-upload.acme.example/api";
        let found = resolved(url, "https://north.acme.example/api", &Servers::new());
        assert_eq!(found, Ok("https://north-upload.acme.example/api".to_owned()));
        // The root without variables comes first, and leaves the name open.
        assert_eq!(
            resolved(url, "https://api.acme.example", &Servers::new()),
            Ok("https://api-upload.acme.example/api".to_owned())
        );
    }

    #[test]
    fn a_path_replaces_that_of_the_specification() {
        for (base, expected) in [
            ("https://api.acme.example/2.0", "https://api.acme.example/1.0"),
            ("https://proxy.example/acme/2.0/", "https://proxy.example/acme/1.0"),
            ("https://proxy.example/acme", "https://proxy.example/acme/1.0"),
            ("http://localhost:1", "http://localhost:1/1.0"),
        ] {
            assert_eq!(resolved("/1.0", base, &Servers::new()), Ok(expected.to_owned()), "{base}");
        }
    }

    #[test]
    fn the_builder_names_a_server_and_some_are_known_only_at_the_call() {
        let own = Url::parse("https://upload.test.example/x").unwrap();
        let named = Servers::from([("https://upload.acme.example/api".to_owned(), own)]);
        for base in ["https://sandbox.example", "https://api.acme.example", "http://127.0.0.1:9"] {
            let found = resolved("https://upload.acme.example/api", base, &named);
            assert_eq!(found, Ok("https://upload.test.example/x".to_owned()));
        }
        assert_eq!(
            resolved("", "https://api.acme.example", &named),
            Err(ErrorKind::InvalidRequest)
        );
    }
}
