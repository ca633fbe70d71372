//! Security definitions.

use serde_json::{Map, Value, json};

/// The security schemes of 3.0.
pub fn schemes(definitions: Map<String, Value>) -> Value {
    definitions.into_iter().map(|(name, scheme)| (name, self::scheme(scheme))).collect()
}

fn scheme(mut scheme: Value) -> Value {
    let Some(members) = scheme.as_object_mut() else { return scheme };
    match members.get("type").and_then(Value::as_str) {
        Some("basic") => {
            members.insert("type".to_owned(), json!("http"));
            members.insert("scheme".to_owned(), json!("basic"));
        }
        Some("oauth2") => {
            let flow = match members.remove("flow").as_ref().and_then(Value::as_str) {
                Some("application") => "clientCredentials",
                Some("accessCode") => "authorizationCode",
                Some("password") => "password",
                _ => "implicit",
            };
            let mut settings = Map::new();
            for key in ["authorizationUrl", "tokenUrl", "refreshUrl"] {
                if let Some(url) = members.remove(key) {
                    settings.insert(key.to_owned(), url);
                }
            }
            let scopes =
                members.remove("scopes").filter(Value::is_object).unwrap_or_else(|| json!({}));
            settings.insert("scopes".to_owned(), scopes);
            members.insert("flows".to_owned(), json!({ flow: settings }));
        }
        _ => {}
    }
    scheme
}
