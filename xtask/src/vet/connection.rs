//! Rules about `x-connection`, from which the profile of the vendor's connections is made.

use serde_json::Value;

use super::context::{Context, Report, closest};
use crate::{connection::Profile, spec::child};

/// What the value of a key must be.
#[derive(Clone, Copy)]
enum Expected {
    String,
    /// Letters and digits.
    Word,
    Position,
    Schemes,
    Flag,
    ClientAuth,
    /// An absolute URL, or one below `{endpoint_url}`.
    Url,
    /// An absolute URL, or `false`.
    Fixed,
    Path,
    Table(Keys),
}

type Keys = &'static [(&'static str, Expected)];

const TOP: Keys = &[
    ("name", Expected::String),
    ("position", Expected::Position),
    ("connector", Expected::Word),
    ("schemes", Expected::Schemes),
    ("endpoint_url", Expected::Table(ENDPOINT)),
    ("api_key", Expected::Table(HELP)),
    ("subscription_key", Expected::Table(HELP)),
    ("oauth", Expected::Table(OAUTH)),
];
const ENDPOINT: Keys =
    &[("fixed", Expected::Fixed), ("path", Expected::Path), ("help", Expected::String)];
const HELP: Keys = &[("help", Expected::String)];
const OAUTH: Keys = &[
    ("code_scopes", Expected::String),
    ("credentials_scopes", Expected::String),
    ("token_url", Expected::Url),
    ("authorization_url", Expected::Url),
    ("revocation_url", Expected::Url),
    ("discovery_url", Expected::Url),
    ("issuer", Expected::Url),
    ("header_scheme", Expected::String),
    ("client_auth", Expected::ClientAuth),
    ("public_clients", Expected::Flag),
    ("application_types", Expected::Flag),
    ("help", Expected::Table(OAUTH_HELP)),
];
const OAUTH_HELP: Keys = &[
    ("issued", Expected::String),
    ("credentials", Expected::String),
    ("urls", Expected::String),
    ("scopes", Expected::String),
    ("header_scheme", Expected::String),
];

impl Expected {
    fn fits(self, value: &Value, root: &Value) -> bool {
        let string = value.as_str().filter(|string| !string.trim().is_empty());
        match self {
            // Blank scopes are none.
            Self::String => value.is_string(),
            Self::Word => {
                string.is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            }
            Self::Position => value.is_u64(),
            Self::Schemes => value.as_array().is_some_and(|names| {
                let schemes = &root["components"]["securitySchemes"];
                names.iter().all(|name| name.as_str().is_some_and(|name| !schemes[name].is_null()))
            }),
            Self::Flag => value.is_boolean(),
            Self::ClientAuth => matches!(string, Some("basic" | "body")),
            Self::Url => string.is_some_and(|url| {
                let rest = url.strip_prefix("{endpoint_url}");
                let rest = rest.or_else(|| url.strip_prefix("https://"));
                rest.is_some_and(|rest| !rest.contains(['{', '}', ' ']))
            }),
            Self::Fixed => *value == false || string.is_some_and(is_absolute),
            Self::Path => {
                value.as_str().is_some_and(|path| path.is_empty() || path.starts_with('/'))
            }
            Self::Table(_) => value.is_object(),
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::String => "write a string, in quotes if it looks like something else",
            Self::Word => "write letters and digits, such as `acmeConnector`",
            Self::Position => "write a number from 1",
            Self::Schemes => "list names of `components.securitySchemes`",
            Self::Flag => "write `true` or `false`",
            Self::ClientAuth => "write `body` or `basic`",
            Self::Url => {
                "write `https://...`, or `{endpoint_url}/...` below the connection's endpoint"
            }
            Self::Fixed => "write `https://...`, or `false` if every customer has another URL",
            Self::Path => "write a path that begins with a slash, such as `/api`",
            Self::Table(_) => "write a mapping of `key: value` lines",
        }
    }
}

fn is_absolute(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|host| !host.is_empty() && !host.contains(['{', ' ']))
}

/// The keys of `x-connection` exist, their values are usable, and OAuth has a flow.
pub fn connection(context: &Context<'_>, report: &mut Report<'_>) {
    let root = &context.spec.root;
    let pointer = child("", "x-connection");
    let Some(given) = root.get("x-connection") else { return };
    table(given, TOP, &pointer, root, report);
    let oauth = Profile::of("", root).oauth;
    let has_no_flow = |oauth: &crate::connection::OAuth| {
        oauth.code_scopes.is_none() && oauth.credentials_scopes.is_none()
    };
    if oauth.as_ref().is_some_and(has_no_flow) {
        report.error(
            &child(&pointer, "oauth"),
            "connections with OAuth have no flow",
            "describe `authorizationCode` or `clientCredentials` in the security scheme, or set \
             `code_scopes` or `credentials_scopes`",
        );
    }
}

fn table(given: &Value, keys: Keys, pointer: &str, root: &Value, report: &mut Report<'_>) {
    for (key, value) in given.as_object().into_iter().flatten() {
        let pointer = child(pointer, key);
        let Some((_, expected)) = keys.iter().find(|(known, _)| known == key) else {
            let known: Vec<&str> = keys.iter().map(|(known, _)| *known).collect();
            report.error(
                &pointer,
                format!("`{key}` is not a key of `x-connection` here"),
                match closest(key, known.iter().copied(), 0.6) {
                    Some(similar) => format!("did you mean `{similar}`?"),
                    None => format!("use one of: {}", known.join(", ")),
                },
            );
            continue;
        };
        if !expected.fits(value, root) {
            report.error(
                &pointer,
                format!("the value of `{key}` in `x-connection` is not usable"),
                expected.help(),
            );
        } else if let Expected::Table(keys) = expected {
            table(value, keys, &pointer, root, report);
        }
    }
}
