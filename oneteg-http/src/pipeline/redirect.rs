//! Which redirects are followed, and the errors of the others.
//!
//! | Redirect | Result |
//! |---|---|
//! | of a GET to `https`, or to `http` on this machine from a base URL on this machine | followed |
//! | the same from `https` to `http` | error |
//! | of another method | error, since the response would belong to another request |
//! | without a valid `Location` | error |

use http::{HeaderMap, Method, StatusCode};
use oneteg_auth::is_loopback;
use url::Url;

use crate::{Error, ErrorKind, header_value, response::BufferedResponse};

/// Whether a status redirects. Other 3xx statuses do not: 304 means that nothing changed.
pub(crate) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// The target of a redirect, without the user and password that a server may have added: it must not choose the
/// identity of a request.
pub(crate) fn target(from: &Url, headers: &HeaderMap) -> Option<Url> {
    let mut to = from.join(&header_value::location(headers)?).ok()?;
    let _ = to.set_username("");
    let _ = to.set_password(None);
    Some(to)
}

/// Whether a server may send the client to a URL: an `https` one, or an `http` one on this machine if the base
/// URL is on this machine too. Otherwise a server on the internet could reach services on this machine.
pub(crate) fn is_allowed(base: &Url, to: &Url) -> bool {
    match to.scheme() {
        "https" => true,
        "http" => is_loopback(base) && is_loopback(to),
        _ => false,
    }
}

/// Whether a redirect from one URL to another is followed.
pub(crate) fn is_followed(base: &Url, from: &Url, to: &Url) -> bool {
    let is_downgrade = from.scheme() == "https" && to.scheme() != "https";
    !is_downgrade && is_allowed(base, to)
}

/// The error of a redirect that was not followed; `None` if the response has no `Location`.
pub(crate) fn refusal(
    response: &BufferedResponse,
    method: &Method,
    base: &Url,
    from: &Url,
) -> Option<Error> {
    header_value::location(&response.headers)?;
    let Some(to) = target(from, &response.headers) else {
        let message = format!("the server redirects {method} to an address that is not a URL");
        return Some(response.error(ErrorKind::Api, message));
    };
    let origin = match to.origin() {
        origin if origin.is_tuple() => origin.ascii_serialization(),
        _ => format!("{}:", to.scheme()),
    };
    let redirect = format!("the server redirects {method} to {origin}");
    if !is_followed(base, from, &to) {
        let reason = "which is not followed, because it is neither https nor on this machine";
        let advice = if *method == Method::GET { "" } else { "; correct the base URL" };
        return Some(response.error(ErrorKind::Api, format!("{redirect}, {reason}{advice}")));
    }
    let is_permanent = matches!(response.status.as_u16(), 301 | 307 | 308);
    let kind = match is_permanent && to.origin() != from.origin() {
        true => ErrorKind::Configuration,
        false => ErrorKind::Api,
    };
    let advice = match is_permanent {
        true => "correct the base URL",
        false => "check the base URL and the sign-in",
    };
    let message = format!("{redirect}, and only GET follows redirects; {advice}");
    Some(response.error(kind, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(url: &str) -> Url {
        Url::parse(url).unwrap()
    }

    #[test]
    fn a_server_elsewhere_cannot_redirect_to_this_machine() {
        for (base, to, allowed) in [
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
            assert_eq!(is_allowed(&url(base), &url(to)), allowed, "{base} {to}");
        }
        let local = url("http://127.0.0.1:80");
        assert!(!is_followed(&local, &url("https://127.0.0.1"), &local), "from https to http");
    }

    #[test]
    fn a_target_is_relative_to_the_redirecting_url_and_has_no_user() {
        for (location, expected) in [
            ("/b/", Some("https://h/b/")),
            ("b", Some("https://h/x/b")),
            ("//cdn/b", Some("https://cdn/b")),
            ("https://user:password@cdn/b", Some("https://cdn/b")),
            ("https://[", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(http::header::LOCATION, location.parse().unwrap());
            let target = target(&url("https://h/x/a"), &headers);
            assert_eq!(target.as_ref().map(Url::as_str), expected, "{location}");
        }
        assert_eq!(target(&url("https://h"), &HeaderMap::new()), None);
    }
}
