//! Credentials of the collection, its folders and requests, which become security schemes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::variables::Variables;
use crate::import::{examples::secrets::Secrets, report::Report};

/// The rule in reports.
const RULE: &str = "postman_auth";
/// The values that are credentials.
const SECRET: [&str; 12] = [
    "token",
    "accessToken",
    "refreshToken",
    "password",
    "clientSecret",
    "client_secret",
    "secretKey",
    "secret",
    "value",
    "sessionToken",
    "authKey",
    "privateKey",
];

/// The scheme that an `auth` object stands for: `None` to inherit, the empty name for no credential.
pub(super) fn scheme(
    auth: &Value,
    place: &str,
    variables: &Variables,
    schemes: &mut BTreeMap<String, Value>,
    secrets: &mut Secrets,
    report: &mut Report,
) -> Option<String> {
    let kind = auth["type"].as_str()?;
    let settings = settings(&auth[kind]);
    for name in SECRET {
        if let Some(value) = settings.get(name) {
            secrets.note(value, &format!("{place}, {kind} `{name}`"), report);
        }
    }
    let setting =
        |name: &str| settings.get(name).map(|value| variables.resolve(value)).unwrap_or_default();
    let (name, scheme) = match kind {
        "noauth" => return Some(String::new()),
        "bearer" => ("bearer", json!({ "type": "http", "scheme": "bearer" })),
        "basic" => ("basic", json!({ "type": "http", "scheme": "basic" })),
        "apikey" => {
            let header = setting("key");
            let place = if setting("in") == "query" { "query" } else { "header" };
            let header = if header.is_empty() { "Authorization".to_owned() } else { header };
            ("apiKey", json!({ "type": "apiKey", "in": place, "name": header }))
        }
        "oauth2" => match oauth2(&setting) {
            Some(flows) => ("oauth2", json!({ "type": "oauth2", "flows": flows })),
            // The collection only shows where the token goes.
            None => ("bearer", json!({ "type": "http", "scheme": "bearer" })),
        },
        other => {
            let message = "a kind of credential that the client does not have; operations are described without it";
            report.to_decide(RULE, message, place, other);
            return None;
        }
    };
    // Two settings of one kind are two schemes.
    let numbered =
        (1..).map(|number| if number == 1 { name.to_owned() } else { format!("{name}{number}") });
    for name in numbered {
        match schemes.get(&name) {
            Some(known) if *known != scheme => {}
            Some(_) => return Some(name),
            None => {
                schemes.insert(name.clone(), scheme);
                return Some(name);
            }
        }
    }
    None
}

/// The settings of a kind: a list of keys and values in 2.1, an object in 2.0.
fn settings(value: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        other => other.to_string(),
    };
    match value {
        Value::Array(list) => list
            .iter()
            .filter_map(|entry| Some((entry["key"].as_str()?.to_owned(), text(&entry["value"]))))
            .collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), text(value))).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// The flow of OAuth 2, if its URLs are known.
fn oauth2(setting: &dyn Fn(&str) -> String) -> Option<Value> {
    let first = |names: &[&str]| {
        names.iter().map(|name| setting(name)).find(|value| !value.is_empty()).unwrap_or_default()
    };
    let authorization = address(&first(&["authUrl", "authorizationUrl"]));
    let token = address(&first(&["accessTokenUrl", "tokenUrl"]));
    let scopes: BTreeMap<String, String> = setting("scope")
        .split([' ', ','])
        .filter(|scope| !scope.is_empty() && !scope.contains("{{"))
        .map(|scope| (scope.to_owned(), String::new()))
        .collect();
    let grant = first(&["grant_type", "grantType"]);
    let needs_authorization =
        matches!(grant.as_str(), "" | "implicit") || grant.starts_with("authorization_code");
    let (name, flow) = match grant.as_str() {
        "client_credentials" => ("clientCredentials", json!({ "tokenUrl": token })),
        "password_credentials" | "password" => ("password", json!({ "tokenUrl": token })),
        "implicit" => ("implicit", json!({ "authorizationUrl": authorization })),
        _ => ("authorizationCode", json!({ "authorizationUrl": authorization, "tokenUrl": token })),
    };
    if (needs_authorization && authorization.is_empty()) || (name != "implicit" && token.is_empty())
    {
        return None;
    }
    let mut flow = flow;
    flow["scopes"] = json!(scopes);
    Some(json!({ name: flow }))
}

/// A URL with its variables as OpenAPI writes them.
fn address(url: &str) -> String {
    let url = url.replace("{{", "{").replace("}}", "}");
    if url.is_empty() || url.contains("://") { url } else { format!("https://{url}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schemes(auths: &[Value]) -> (Vec<Option<String>>, BTreeMap<String, Value>, usize) {
        let (mut secrets, mut report) = (Secrets::default(), Report::default());
        let mut schemes = BTreeMap::new();
        let variables = Variables::default();
        let names = auths
            .iter()
            .map(|auth| scheme(auth, "here", &variables, &mut schemes, &mut secrets, &mut report))
            .collect();
        (names, schemes, report.entries.len())
    }

    #[test]
    fn every_kind_becomes_a_scheme() {
        let entry = |key: &str, value: &str| json!({ "key": key, "value": value });
        let (names, schemes, reported) = schemes(&[
            json!({ "type": "bearer", "bearer": [entry("token", "{{token}}")] }),
            json!({ "type": "apikey", "apikey": { "key": "X-Key", "value": "0123456789" } }),
            json!({ "type": "apikey", "apikey": [entry("key", "key"), entry("in", "query")] }),
            json!({ "type": "oauth2", "oauth2": [
                entry("grant_type", "client_credentials"), entry("accessTokenUrl", "{{sso}}/token"), entry("scope", "a b"),
            ] }),
            json!({ "type": "oauth2", "oauth2": [] }),
            json!({ "type": "noauth" }),
            json!({ "type": "hawk" }),
            json!(null),
        ]);
        let names: Vec<&str> = names.iter().map(|name| name.as_deref().unwrap_or("-")).collect();
        assert_eq!(names, ["bearer", "apiKey", "apiKey2", "oauth2", "bearer", "", "-", "-"]);
        assert_eq!(
            schemes["oauth2"]["flows"],
            json!({ "clientCredentials": { "tokenUrl": "https://{sso}/token", "scopes": { "a": "", "b": "" } } })
        );
        // The key, and the kind that is not known.
        assert_eq!(reported, 2);
    }
}
