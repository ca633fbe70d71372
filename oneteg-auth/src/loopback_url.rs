use url::{Host, Url};

/// Whether a URL points to this machine, so that nobody can listen in between: a loopback address, or
/// `localhost`. A name below `localhost` does not count, because not every resolver keeps it on this machine
/// (RFC 6761 section 6.3 only recommends it).
///
/// This is the one rule for base URLs, endpoints of identity servers, redirect URIs and proxies.
///
/// ```
/// assert!(oneteg_auth::is_loopback(&"http://127.0.0.1:8080/".parse()?));
/// assert!(!oneteg_auth::is_loopback(&"http://app.localhost/".parse()?));
/// # Ok::<(), url::ParseError>(())
/// ```
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_distinguished_from_what_looks_like_it() {
        for (url, expected) in [
            ("http://127.0.0.1:80", true),
            ("http://127.8.9.1", true),
            ("http://127.1", true),
            ("http://[::1]:1", true),
            ("http://localhost:1", true),
            ("http://LOCALHOST", true),
            ("http://acme.localhost", false),
            ("http://localhost.example", false),
            ("http://notlocalhost", false),
            ("http://127.0.0.1.example", false),
            ("http://[::ffff:127.0.0.1]", false),
            ("http://0.0.0.0", false),
            ("data:127.0.0.1", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(is_loopback(&url), expected, "{url}");
        }
    }
}
