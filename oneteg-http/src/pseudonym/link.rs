//! Fakes of links. Each segment of the path and each argument is faked like the same string elsewhere, so that an id
//! in a link is the id in the object that it belongs to.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::Pseudonymizer;
use crate::error::is_secret_argument;

/// What is encoded in a segment or an argument.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A fake of an absolute link; `None` if the string is none.
pub(super) fn fake(fakes: &Pseudonymizer, link: &str) -> Option<String> {
    if !link.contains("://") || link.contains(char::is_whitespace) {
        return None;
    }
    let url = Url::parse(link).ok().filter(Url::has_host)?;
    let mut fake = origin(fakes, &url);
    let path = path(fakes, url.path());
    // `https://host` has the path `/`, which was not written.
    if path != "/" || link.trim_end_matches(['?', '#']).ends_with('/') || url.query().is_some() {
        fake.push_str(&path);
    }
    if let Some(query) = url.query() {
        fake.push('?');
        fake.push_str(&self::query(fakes, query));
    }
    if let Some(fragment) = url.fragment() {
        fake.push('#');
        fake.push_str(&encoded(fakes, fragment));
    }
    Some(fake)
}

/// The fake of an origin: one that was named, or a host below `.example`.
pub(super) fn origin(fakes: &Pseudonymizer, url: &Url) -> String {
    let origin = url.origin().ascii_serialization();
    if let Some(named) = fakes.origins.get(&origin) {
        return named.clone();
    }
    let authority = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    // The fake is no longer on this machine, where alone a client takes `http`.
    let scheme = if oneteg_auth::is_loopback(url) { "https" } else { url.scheme() };
    format!("{scheme}://{}", host(fakes, &authority))
}

/// The fake of a host, with or without a port.
pub(super) fn host(fakes: &Pseudonymizer, host: &str) -> String {
    let lower = host.to_ascii_lowercase();
    let stream = fakes.keyed.stream("host", lower.as_bytes());
    let name: String = stream.take(10).map(|byte| char::from(b'a' + byte % 26)).collect();
    format!("{name}.example")
}

/// The fake of an encoded path.
pub(super) fn path(fakes: &Pseudonymizer, path: &str) -> String {
    path.split('/').map(|segment| encoded(fakes, segment)).collect::<Vec<_>>().join("/")
}

/// The fake of an encoded segment.
pub(super) fn encoded(fakes: &Pseudonymizer, segment: &str) -> String {
    let decoded = percent_decode_str(segment).decode_utf8_lossy();
    utf8_percent_encode(&fakes.string(&decoded), ENCODED).to_string()
}

/// The fake of an encoded query. Names stay if they look like names.
pub(super) fn query(fakes: &Pseudonymizer, query: &str) -> String {
    let mut fake = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = if value.is_empty() {
            String::new()
        } else if is_secret_argument(&name) {
            fakes.secret(&value)
        } else {
            fakes.string(&value)
        };
        fake.append_pair(&fakes.name(&name), &value);
    }
    let fake = fake.finish();
    // `?key` has no `=`.
    if query.contains('=') { fake } else { fakes.string(query) }
}
