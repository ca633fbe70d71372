use url::{Host, Url};

/// Whether a URL is of this machine, where nobody listens in between: an address of loopback, or
/// `localhost`. A name below that does not count: not every resolver keeps it on this machine (RFC 6761
/// section 6.3 only recommends it).
///
/// This is the one rule for base URLs, endpoints of identity servers, redirect URIs and proxies.
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
    fn loopback_is_told_apart_from_what_looks_like_it() {
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
