//! Redirects: which are followed, and how the others are reported.

use http::{HeaderMap, Method, StatusCode};
use oneteg_auth::is_loopback;
use url::Url;

use crate::{Error, ErrorKind, answer::Answer, header_text};

/// Whether a status sends the client elsewhere. Other 3xx do not: 304 means that nothing changed.
pub(crate) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where a response leads to.
pub(crate) fn target(from: &Url, headers: &HeaderMap) -> Option<Url> {
    let mut to = from.join(&header_text::location(headers)?).ok()?;
    // It is not for a server to say who we are elsewhere.
    let _ = to.set_username("");
    let _ = to.set_password(None);
    Some(to)
}

/// Whether a server of this base URL may send us there: where the connection is encrypted, or to this machine
/// where the server is on it as well. Otherwise one on the internet could reach services on this machine.
pub(crate) fn may_lead(base: &Url, to: &Url) -> bool {
    match to.scheme() {
        "https" => true,
        "http" => is_loopback(base) && is_loopback(to),
        _ => false,
    }
}

/// Whether a redirect from one URL to another is followed.
pub(crate) fn is_followed(base: &Url, from: &Url, to: &Url) -> bool {
    let downgraded = from.scheme() == "https" && to.scheme() != "https";
    !downgraded && may_lead(base, to)
}

/// The error of a redirect that was not followed; `None` for one without an address.
#[cold]
pub(crate) fn refused(answer: &Answer, method: &Method, base: &Url, from: &Url) -> Option<Error> {
    header_text::location(&answer.headers)?;
    let Some(to) = target(from, &answer.headers) else {
        let message = format!("the server redirects {method} to an address that is no URL");
        return Some(answer.error(ErrorKind::Api, message));
    };
    let origin = match to.origin() {
        origin if origin.is_tuple() => origin.ascii_serialization(),
        _ => format!("{}:", to.scheme()),
    };
    let status = answer.status.as_u16();
    let seen = format!("the server redirects {method} to {origin}");
    if !is_followed(base, from, &to) {
        let why = "which is not followed, because it is neither https nor on this machine";
        let cure = if *method == Method::GET { "" } else { "; correct the base URL" };
        return Some(answer.error(ErrorKind::Api, format!("{seen}, {why}{cure}")));
    }
    let moved = matches!(status, 301 | 307 | 308);
    let kind = match moved && to.origin() != from.origin() {
        true => ErrorKind::Configuration,
        false => ErrorKind::Api,
    };
    let cure = match moved {
        true => "correct the base URL",
        false => "check the base URL and the sign-in",
    };
    Some(answer.error(kind, format!("{seen}, and only GET follows redirects; {cure}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_leads_nobody_into_this_machine() {
        let url = |text: &str| Url::parse(text).unwrap();
        for (base, to, may) in [
            ("https://api.example", "https://cdn.example/x", true),
            ("https://api.example", "http://cdn.example/x", false),
            ("https://api.example", "http://127.0.0.1:8080/x", false),
            ("https://api.example", "http://localhost/x", false),
            ("https://api.example", "http://[::1]/x", false),
            ("https://api.example", "file:///etc/passwd", false),
            ("http://127.0.0.1:80", "http://localhost:81/x", true),
            ("http://127.0.0.1:80", "http://10.0.0.1/x", false),
            ("http://127.0.0.1:80", "https://cdn.example/x", true),
            ("https://localhost", "http://127.0.0.1/x", true),
        ] {
            assert_eq!(may_lead(&url(base), &url(to)), may, "{base} {to}");
        }
        let local = url("http://127.0.0.1:80");
        assert!(!is_followed(&local, &url("https://127.0.0.1"), &local), "from https to http");
    }
}
