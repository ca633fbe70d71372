//! The profile of a vendor: what its specification states about connections, and `x-connection` above that.

use heck::{ToPascalCase, ToShoutySnakeCase};
use serde_json::Value;

use super::{
    credentials::{ApiKey, OAuth, OAuthHelp, SubscriptionKey},
    endpoint::{self, Endpoint},
    schemes,
};

/// What the connections of a vendor need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The vendor, as in `specs/<vendor>`.
    pub vendor: String,
    /// The name for people.
    pub name: String,
    /// Its place in lists; vendors without one come last, by name.
    pub position: u64,
    /// The connector identifier before `-v`.
    pub connector: String,
    pub endpoint: Endpoint,
    pub endpoint_help: Option<String>,
    pub api_key: Option<ApiKey>,
    pub oauth: Option<OAuth>,
    pub subscription_key: Option<SubscriptionKey>,
    /// What connections cannot do, or was assumed; for the maintainer to decide.
    pub notes: Vec<String>,
}

impl Profile {
    /// The profile of the vendor with this specification.
    pub fn of(vendor: &str, root: &Value) -> Self {
        let given = &root["x-connection"];
        let string = |value: &Value| value.as_str().map(str::to_owned);
        let endpoint = endpoint(root, &given["endpoint_url"]);
        let chosen: Option<Vec<String>> =
            given["schemes"].as_array().map(|names| names.iter().filter_map(string).collect());
        let mut found = schemes::of(root, chosen.as_deref(), &endpoint);
        if let Some(key) = &mut found.api_key {
            key.help = string(&given["api_key"]["help"]);
        }
        if let Some(key) = &mut found.subscription_key {
            key.help = string(&given["subscription_key"]["help"]);
        }
        if !given["oauth"].is_null() {
            complete(found.oauth.get_or_insert_default(), &given["oauth"]);
        }
        if found.api_key.is_none() && found.oauth.is_none() {
            found.notes.push(
                "no security scheme is usable, so connections have no credential; describe one in \
                 `components.securitySchemes` and `security` if calls need it"
                    .to_owned(),
            );
        }
        Self {
            vendor: vendor.to_owned(),
            name: string(&given["name"]).unwrap_or_else(|| vendor.to_pascal_case()),
            position: given["position"].as_u64().unwrap_or(u64::MAX),
            connector: string(&given["connector"])
                .unwrap_or_else(|| format!("{}Connector", vendor.replace(['-', '_'], ""))),
            endpoint,
            endpoint_help: string(&given["endpoint_url"]["help"]),
            api_key: found.api_key,
            oauth: found.oauth,
            subscription_key: found.subscription_key,
            notes: found.notes,
        }
    }

    /// What the names of environment variables begin with.
    pub fn variables(&self) -> String {
        self.vendor.to_shouty_snake_case()
    }

    /// The name of the vendor as a variant or a type.
    pub fn type_name(&self) -> String {
        match self.name.to_pascal_case() {
            name if name == "Custom" => "CustomVendor".to_owned(),
            name if name.starts_with(|first: char| first.is_ascii_digit()) => format!("X{name}"),
            name => name,
        }
    }
}

fn endpoint(root: &Value, given: &Value) -> Endpoint {
    let mut endpoint = endpoint::of(root);
    if let Some(fixed) = given["fixed"].as_str() {
        endpoint.fixed = Some(fixed.trim_end_matches('/').to_owned());
        endpoint.path = String::new();
    }
    if given["fixed"] == false {
        // The server of the specification is an example.
        let url = endpoint.fixed.take().unwrap_or_default();
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        endpoint.path = rest.find('/').map_or("", |slash| &rest[slash..]).to_owned();
    }
    if let Some(path) = given["path"].as_str() {
        endpoint.path = path.trim_end_matches('/').to_owned();
    }
    endpoint
}

fn complete(oauth: &mut OAuth, given: &Value) {
    let set = |to: &mut Option<String>, key: &str| {
        if let Some(value) = given[key].as_str() {
            *to = Some(value.to_owned());
        }
    };
    set(&mut oauth.code_scopes, "code_scopes");
    set(&mut oauth.credentials_scopes, "credentials_scopes");
    set(&mut oauth.token_url, "token_url");
    set(&mut oauth.authorization_url, "authorization_url");
    set(&mut oauth.revocation_url, "revocation_url");
    set(&mut oauth.discovery_url, "discovery_url");
    set(&mut oauth.issuer, "issuer");
    set(&mut oauth.header_scheme, "header_scheme");
    oauth.basic_client_auth = given["client_auth"] == "basic";
    oauth.has_public_clients = given["public_clients"] == true;
    oauth.has_application_types = given["application_types"] == true;
    let help = |key: &str| given["help"][key].as_str().map(str::to_owned);
    oauth.help = OAuthHelp {
        issued: help("issued"),
        credentials: help("credentials"),
        urls: help("urls"),
        scopes: help("scopes"),
        header_scheme: help("header_scheme"),
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_profile_needs_nothing_but_the_specification() {
        let profile =
            Profile::of("acme-dam", &json!({ "servers": [{ "url": "https://a.example" }] }));
        assert_eq!((&*profile.name, &*profile.connector), ("AcmeDam", "acmedamConnector"));
        assert_eq!(profile.variables(), "ACME_DAM");
        assert_eq!(profile.notes.len(), 1);
    }

    #[test]
    fn what_is_given_counts() {
        let profile = Profile::of(
            "acme",
            &json!({
                "servers": [{ "url": "https://example.acme.com/api" }],
                "security": [{ "o": [] }, { "k": [] }],
                "components": { "securitySchemes": {
                    "o": { "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "https://a.example/t" } } },
                    "k": { "type": "http", "scheme": "bearer" },
                } },
                "x-connection": {
                    "name": "ACME",
                    "schemes": ["o"],
                    "endpoint_url": { "fixed": false },
                    "oauth": { "token_url": "{endpoint_url}/token", "client_auth": "basic" },
                },
            }),
        );
        assert_eq!((&*profile.name, &profile.api_key), ("ACME", &None));
        assert_eq!((&profile.endpoint.fixed, &*profile.endpoint.path), (&None, "/api"));
        let oauth = profile.oauth.unwrap();
        assert_eq!(oauth.token_url.as_deref(), Some("{endpoint_url}/token"));
        assert_eq!((oauth.code_scopes, oauth.basic_client_auth), (None, true));
    }
}
