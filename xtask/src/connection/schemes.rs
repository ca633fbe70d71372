//! The credentials of an API, from its security requirements and schemes.

use serde_json::Value;

use super::{
    credentials::{ApiKey, OAuth, SubscriptionKey},
    endpoint::Endpoint,
};

/// The credentials that requirements ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    pub api_key: Option<ApiKey>,
    pub oauth: Option<OAuth>,
    pub subscription_key: Option<SubscriptionKey>,
    /// What connections cannot do, or was assumed.
    pub notes: Vec<String>,
}

/// The credentials of a document. With `chosen`, only these security schemes count.
pub fn of(root: &Value, chosen: Option<&[String]>, endpoint: &Endpoint) -> Credentials {
    let schemes = &root["components"]["securitySchemes"];
    let mut found = Credentials::default();
    let requirements = requirements(root, chosen);
    for requirement in &requirements {
        // The credential comes first, and a key besides it second.
        let mut names: Vec<&(String, Vec<String>)> = requirement.iter().collect();
        names.sort_by_key(|(name, _)| rank(&schemes[name]));
        for (index, (name, scopes)) in names.into_iter().enumerate() {
            let scheme = &schemes[name];
            match scheme["type"].as_str().unwrap_or_default() {
                "oauth2" | "openIdConnect" => oauth(&mut found, name, scheme, scopes, endpoint),
                "apiKey" | "http" if index == 0 => key(&mut found, name, scheme),
                "apiKey" => {
                    second_key(&mut found, name, scheme, &requirements);
                }
                _ => {}
            }
        }
    }
    found
}

type Requirement = Vec<(String, Vec<String>)>;

/// The alternatives: those of the root, else those of operations, else one for each scheme.
fn requirements(root: &Value, chosen: Option<&[String]>) -> Vec<Requirement> {
    let is_chosen = |name: &String| chosen.is_none_or(|chosen| chosen.contains(name));
    let of = |security: &Value| -> Vec<Requirement> {
        let list = security.as_array().into_iter().flatten();
        let list = list.map(|requirement| {
            let names = requirement.as_object().into_iter().flatten();
            let names = names.filter(|(name, _)| is_chosen(name));
            let strings = |value: &Value| {
                let scopes = value.as_array().into_iter().flatten();
                scopes.filter_map(|scope| scope.as_str().map(str::to_owned)).collect()
            };
            names.map(|(name, scopes)| (name.clone(), strings(scopes))).collect()
        });
        list.filter(|requirement: &Requirement| !requirement.is_empty()).collect()
    };
    let mut found = of(&root["security"]);
    if found.is_empty() {
        let items = root["paths"].as_object().into_iter().flatten();
        let operations = items.flat_map(|(_, item)| item.as_object().into_iter().flatten());
        for requirement in operations.flat_map(|(_, operation)| of(&operation["security"])) {
            // The scopes of single operations are no default for a connection.
            let requirement: Requirement =
                requirement.into_iter().map(|(name, _)| (name, Vec::new())).collect();
            if !found.contains(&requirement) {
                found.push(requirement);
            }
        }
    }
    if found.is_empty() {
        let schemes = root["components"]["securitySchemes"].as_object().into_iter().flatten();
        let names = schemes.map(|(name, _)| name).filter(|name| is_chosen(name));
        found = names.map(|name| vec![(name.clone(), Vec::new())]).collect();
    }
    found
}

/// The order of the schemes of one requirement: what identifies the caller first.
fn rank(scheme: &Value) -> u8 {
    match scheme["type"].as_str() {
        Some("oauth2" | "openIdConnect") => 0,
        Some("http") => 1,
        _ if header(scheme).as_deref() == Some("authorization") => 1,
        _ => 2,
    }
}

/// The name of the header of a key, in lower case.
fn header(scheme: &Value) -> Option<String> {
    let name = scheme["name"].as_str().filter(|_| scheme["in"] == "header")?.to_ascii_lowercase();
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (!name.is_empty() && name.bytes().all(is_valid)).then_some(name)
}

fn key(found: &mut Credentials, name: &str, scheme: &Value) {
    if found.api_key.is_some() {
        return;
    }
    let authorization = |scheme: &str, is_basic| ApiKey {
        header: "authorization".to_owned(),
        scheme: scheme.to_owned(),
        is_basic,
        help: None,
    };
    let http = scheme["scheme"].as_str().unwrap_or_default().to_ascii_lowercase();
    let kind = scheme["type"].as_str().unwrap_or_default();
    found.api_key = match (kind, &*http, header(scheme)) {
        ("http", "bearer", _) => Some(authorization("Bearer", false)),
        ("http", "basic", _) => Some(authorization("Basic", true)),
        ("apiKey", _, Some(header)) if header == "authorization" => {
            let prefix = scheme["x-prefix"].as_str();
            if prefix.is_none() {
                found.notes.push(format!(
                    "`{name}` is a key in `Authorization`: it is sent as `Bearer <key>`. Set `x-prefix` of the \
                     scheme to another word, or to an empty string"
                ));
            }
            Some(authorization(prefix.unwrap_or("Bearer"), false))
        }
        ("apiKey", _, Some(header)) => {
            Some(ApiKey { header, scheme: String::new(), is_basic: false, help: None })
        }
        _ => {
            found.notes.push(format!(
                "connections cannot use `{name}`: a key is sent in a header, with the HTTP schemes `bearer` \
                 and `basic`"
            ));
            None
        }
    };
}

fn second_key(found: &mut Credentials, name: &str, scheme: &Value, requirements: &[Requirement]) {
    let is_everywhere = requirements
        .iter()
        .all(|requirement| requirement.iter().any(|(required, _)| required == name));
    match header(scheme) {
        Some(header) if is_everywhere && found.subscription_key.is_none() => {
            found.subscription_key = Some(SubscriptionKey { header, help: None });
        }
        _ => found.notes.push(format!(
            "connections cannot send `{name}`: there is one further key, in a header of every request"
        )),
    }
}

fn oauth(
    found: &mut Credentials,
    name: &str,
    scheme: &Value,
    scopes: &[String],
    endpoint: &Endpoint,
) {
    if found.oauth.is_some() {
        return;
    }
    let url = |value: &Value| absolute(value.as_str()?, endpoint);
    let flows = &scheme["flows"];
    let (code, credentials) = (&flows["authorizationCode"], &flows["clientCredentials"]);
    let is_openid = scheme["type"] == "openIdConnect";
    let scopes = scopes.join(" ");
    if !is_openid && code.is_null() && credentials.is_null() {
        found.notes.push(format!(
            "`{name}` has neither Authorization Code nor Client Credentials: connections take an access token"
        ));
        let bearer = serde_json::json!({ "type": "http", "scheme": "bearer" });
        key(found, name, &bearer);
        return;
    }
    let openid = if scopes.is_empty() { "openid".to_owned() } else { scopes.clone() };
    found.oauth = Some(OAuth {
        code_scopes: match (is_openid, code.is_null()) {
            (true, _) => Some(openid),
            (false, true) => None,
            (false, false) => Some(scopes.clone()),
        },
        credentials_scopes: (!credentials.is_null()).then_some(scopes),
        token_url: url(&code["tokenUrl"]).or_else(|| url(&credentials["tokenUrl"])),
        authorization_url: url(&code["authorizationUrl"]),
        discovery_url: url(&scheme["openIdConnectUrl"]),
        header_scheme: scheme["x-prefix"].as_str().map(str::to_owned),
        ..OAuth::default()
    });
}

/// A URL with the placeholder of the endpoint; `None` if it has other variables.
fn absolute(url: &str, endpoint: &Endpoint) -> Option<String> {
    const ENDPOINT: &str = "{endpoint_url}";
    let template = endpoint.template.as_deref();
    let placed = match template.and_then(|template| url.strip_prefix(template)) {
        // Below the same host: of the connection if that names the host.
        Some(path) if endpoint.fixed.is_none() && (path.is_empty() || path.starts_with('/')) => {
            format!("{ENDPOINT}{path}")
        }
        _ if url.starts_with('/') => match (&endpoint.fixed, template) {
            (Some(_), Some(host)) => format!("{host}{url}"),
            _ => format!("{ENDPOINT}{url}"),
        },
        _ => url.to_owned(),
    };
    let rest = placed.strip_prefix(ENDPOINT).unwrap_or(&placed);
    let is_usable = placed.starts_with(ENDPOINT) || rest.starts_with("https://");
    (is_usable && !rest.contains(['{', '}'])).then_some(placed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connection::endpoint;

    fn credentials(security: Value, schemes: Value) -> Credentials {
        let root = json!({
            "servers": [{ "url": "https://{tenant}.example.com/api" }],
            "security": security,
            "components": { "securitySchemes": schemes },
        });
        of(&root, None, &endpoint::of(&root))
    }

    #[test]
    fn keys_have_a_header_and_a_scheme() {
        let key = |scheme: Value| {
            let found = credentials(json!([{ "a": [] }]), json!({ "a": scheme }));
            found.api_key.map(|key| (key.header, key.scheme, key.is_basic))
        };
        let of = |header: &str, scheme: &str, is_basic| {
            Some((header.to_owned(), scheme.to_owned(), is_basic))
        };
        let http = |scheme: &str| json!({ "type": "http", "scheme": scheme });
        assert_eq!(key(http("bearer")), of("authorization", "Bearer", false));
        assert_eq!(key(http("Basic")), of("authorization", "Basic", true));
        assert_eq!(key(http("digest")), None);
        let header = |name: &str| json!({ "type": "apiKey", "in": "header", "name": name });
        assert_eq!(key(header("X-Api-Key")), of("x-api-key", "", false));
        assert_eq!(key(header("Authorization")), of("authorization", "Bearer", false));
        assert_eq!(key(header("a b")), None);
        let mut prefixed = header("Authorization");
        prefixed["x-prefix"] = "Token".into();
        assert_eq!(key(prefixed), of("authorization", "Token", false));
        assert_eq!(key(json!({ "type": "apiKey", "in": "query", "name": "key" })), None);
    }

    #[test]
    fn a_key_besides_the_credential_is_the_second_one() {
        let schemes = json!({
            "key": { "type": "apiKey", "in": "header", "name": "X-Key" },
            "token": { "type": "http", "scheme": "bearer" },
        });
        let both = credentials(json!([{ "key": [], "token": [] }]), schemes.clone());
        assert_eq!(both.subscription_key.unwrap().header, "x-key");
        assert_eq!(both.api_key.unwrap().scheme, "Bearer");
        // As alternatives, the first one counts.
        let either = credentials(json!([{ "key": [] }, { "token": [] }]), schemes);
        assert_eq!(
            (either.api_key.unwrap().header, either.subscription_key),
            ("x-key".into(), None)
        );
    }

    #[test]
    fn endpoints_of_oauth_are_below_the_host_of_the_connection() {
        let flows = json!({
            "authorizationCode": {
                "authorizationUrl": "https://{tenant}.example.com/login",
                "tokenUrl": "/token",
            },
            "clientCredentials": { "tokenUrl": "https://{other}/token" },
        });
        let found = credentials(
            json!([{ "o": ["read", "write"] }]),
            json!({ "o": { "type": "oauth2", "flows": flows } }),
        );
        let oauth = found.oauth.unwrap();
        assert_eq!(oauth.authorization_url.as_deref(), Some("{endpoint_url}/login"));
        assert_eq!(oauth.token_url.as_deref(), Some("{endpoint_url}/token"));
        assert_eq!(oauth.code_scopes.as_deref(), Some("read write"));
        assert_eq!(oauth.credentials_scopes.as_deref(), Some("read write"));
    }

    #[test]
    fn what_connections_cannot_do_is_noted() {
        let implicit = json!({ "type": "oauth2", "flows": { "implicit": {} } });
        let found = credentials(json!([{ "o": [] }]), json!({ "o": implicit }));
        assert_eq!((found.oauth, found.api_key.unwrap().scheme), (None, "Bearer".to_owned()));
        assert_eq!(found.notes.len(), 1);
        let cookie = json!({ "type": "apiKey", "in": "cookie", "name": "session" });
        let found = credentials(json!([]), json!({ "c": cookie }));
        assert!(found.notes[0].starts_with("connections cannot use `c`"), "{:?}", found.notes);
    }
}
