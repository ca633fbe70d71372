//! The proxy that requests to a server use: the one that the clients of `oneteg-auth` choose.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

use super::finding::Finding;

const CHECK: &str = "proxy";

/// How requests reach a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Direct,
    /// Through a proxy at this host and port.
    Proxy {
        host: String,
        port: u16,
    },
}

/// The route to a server, and what is to be known of it. `variable` looks up an environment variable.
pub(super) fn route(url: &Url, variable: impl Fn(&str) -> Option<String>) -> (Route, Finding) {
    if oneteg_auth::is_loopback(url) {
        return (Route::Direct, Finding::ok(CHECK, "none: the server is on this machine"));
    }
    if variable("REQUEST_METHOD").is_some() {
        let found = "none: in a CGI program (REQUEST_METHOD is set), proxies are ignored";
        return (Route::Direct, Finding::ok(CHECK, found));
    }
    let first =
        |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, variable(name)?)));
    let used = |names| first(names).filter(|(_, value)| !value.trim().is_empty());
    let names = if url.scheme() == "https" {
        ["HTTPS_PROXY", "https_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy"]
    };
    let Some((name, value)) = used(names).or_else(|| used(["ALL_PROXY", "all_proxy"])) else {
        return (Route::Direct, Finding::ok(CHECK, "none"));
    };
    let (exception, excepted) = first(["NO_PROXY", "no_proxy"]).unwrap_or_default();
    let unusable = || {
        let found = format!("{name} is not the URL of a proxy and is ignored");
        let remedy = format!("Set {name} to a URL such as http://proxy.example:3128, or unset it");
        (Route::Direct, Finding::warning(CHECK, found, remedy))
    };
    // As the clients do, `proxy:3128` is read as `http://proxy:3128`.
    let spelled = if value.contains("://") { value.clone() } else { format!("http://{value}") };
    let Some((host, port)) = Url::parse(spelled.trim()).ok().and_then(|proxy| endpoint(&proxy))
    else {
        return unusable();
    };
    let matcher = Matcher::builder().all(value).no(excepted).build();
    let intercepted = url.as_str().parse::<Uri>().ok().and_then(|uri| matcher.intercept(&uri));
    if intercepted.is_none() {
        return (
            Route::Direct,
            Finding::ok(CHECK, format!("none: {exception} excepts this server")),
        );
    }
    // Without the user and password.
    let found = format!("{host}:{port}, from {name}");
    (Route::Proxy { host, port }, Finding::ok(CHECK, found))
}

/// Host and port of a URL.
pub(super) fn endpoint(url: &Url) -> Option<(String, u16)> {
    let host = match url.host()? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    let port = url
        .port_or_known_default()
        .or_else(|| url.scheme().starts_with("socks").then_some(1080))?;
    Some((host, port))
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    fn of(url: &str, variables: &[(&str, &str)]) -> (Route, Finding) {
        route(&url.parse().unwrap(), |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_variables_choose_the_proxy() {
        let https = ("HTTPS_PROXY", "http://user:canary@proxy.example:3128");
        let (route, finding) = of("https://acme.example/api", &[https]);
        assert_eq!(route, Route::Proxy { host: "proxy.example".into(), port: 3128 });
        assert_eq!(finding.found, "proxy.example:3128, from HTTPS_PROXY");
        for (url, variables, expected) in [
            ("https://acme.example", &[][..], "none"),
            ("http://acme.example", &[https], "none"),
            ("https://127.0.0.1:1", &[https], "none: the server is on this machine"),
            (
                "https://acme.example",
                &[https, ("NO_PROXY", "example")],
                "none: NO_PROXY excepts this server",
            ),
            (
                "https://acme.example",
                &[("all_proxy", "p.example:1")],
                "p.example:1, from all_proxy",
            ),
            (
                "https://acme.example",
                &[("https_proxy", " "), ("all_proxy", "socks5://p")],
                "p:1080, from all_proxy",
            ),
            (
                "https://acme.example",
                &[https, ("REQUEST_METHOD", "GET")],
                "none: in a CGI program (REQUEST_METHOD is set), proxies are ignored",
            ),
        ] {
            assert_eq!(of(url, variables).1.found, expected, "{url}");
        }
    }

    #[test]
    fn a_value_that_is_no_url_is_not_repeated() {
        let (route, finding) =
            of("https://acme.example", &[("HTTPS_PROXY", "http://user:canary@:x")]);
        assert_eq!((route, finding.state), (Route::Direct, State::Warning));
        assert!(!format!("{finding:?}").contains("canary"), "{finding:?}");
    }
}
