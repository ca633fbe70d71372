//! Which names denote secrets.

use http::{HeaderName, header};

/// JSON members whose values are credentials, compared without case, `_` and `-`.
const MEMBERS: [&str; 14] = [
    "accesstoken",
    "apikey",
    "apitoken",
    "authorization",
    "clientsecret",
    "idtoken",
    "password",
    "refreshtoken",
    "secret",
    "sessionkey",
    "sig",
    "signature",
    "subscriptionkey",
    "token",
];

/// How the names of a link's secret parameters end, in lower case.
const PARAMETER_ENDINGS: [&str; 11] = [
    "sig",
    "signature",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "sessionkey",
    "session_key",
    "password",
    "secret",
    "signed",
];

/// The length of the longest parameter ending: a longer name need not be kept to be recognised.
pub(super) const LONGEST_PARAMETER_ENDING: usize = 11;

/// Whether the value of a member or parameter with this name is a credential.
pub(in crate::error) fn is_secret_member(name: &str) -> bool {
    MEMBERS.contains(&plain(name).as_str())
}

/// Whether the name of a link's parameter, in lower case, ends like that of a secret.
pub(super) fn is_secret_parameter(name: &[u8]) -> bool {
    PARAMETER_ENDINGS.iter().any(|ending| name.ends_with(ending.as_bytes()))
}

/// Parts of names that denote secrets, compared like [`MEMBERS`].
const PARTS: [&str; 13] = [
    "accesskey",
    "apikey",
    "apitoken",
    "authorization",
    "credential",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "signature",
    "subscriptionkey",
    "token",
];

/// Whether a name suggests a secret. Wider than [`is_secret_member`], for what is shown although no error happened.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let plain = plain(name);
    MEMBERS.contains(&plain.as_str()) || PARTS.iter().any(|part| plain.contains(part))
}

/// Whether an argument in a path or a query is a secret, judged by its name, such as the key of a share.
pub(crate) fn is_secret_argument(name: &str) -> bool {
    is_secret_name(name) || ["key", "code"].iter().any(|end| plain(name).ends_with(end))
}

/// Whether the value of a header is a secret, judged by its name.
pub(crate) fn is_secret_header(name: &HeaderName) -> bool {
    // They state which credential is missing.
    if [header::WWW_AUTHENTICATE, header::PROXY_AUTHENTICATE].contains(name) {
        return false;
    }
    let plain = plain(name.as_str());
    is_secret_name(&plain)
        || plain.ends_with("key")
        || ["auth", "cookie", "session"].iter().any(|part| plain.contains(part))
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_recognised() {
        for name in
            ["newPassword", "client_secret", "csrf-token", "sig", "Ocp-Apim-Subscription-Key"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["key", "shareCode", "sharelinkKey", "guIdKey"] {
            assert!(is_secret_argument(name), "{name}");
        }
        for name in ["cookie", "set-cookie", "x-api-key", "x-auth-user", "x-session-id"] {
            assert!(is_secret_header(&HeaderName::from_static(name)), "{name}");
        }
        for name in ["assetId", "keyword", "name", "signed"] {
            assert!(!is_secret_argument(name), "{name}");
        }
        for name in ["www-authenticate", "accept", "x-request-id", "etag"] {
            assert!(!is_secret_header(&HeaderName::from_static(name)), "{name}");
        }
    }
}
