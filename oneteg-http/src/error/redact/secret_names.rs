//! Which names denote secrets.

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
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    MEMBERS.contains(&plain.as_str())
}

/// Whether the name of a link's parameter, in lower case, ends like that of a secret.
pub(super) fn is_secret_parameter(name: &[u8]) -> bool {
    PARAMETER_ENDINGS.iter().any(|ending| name.ends_with(ending.as_bytes()))
}
