//! JSON Schemas from which a connection form can be rendered. They come from the same rules as the checks.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{
    connector::Connector,
    field::ConnectionField,
    profile::OAuthHelp,
    settings::Connection,
    values::{ApplicationType, AuthenticationType, ClientAuthentication, OAuthFlow},
    vendor::Vendor,
    vendor_rules::{self, AuthenticationKind, ENDPOINT, Presence},
};

impl Connection {
    /// The JSON Schema (2020-12) of a vendor's connection form.
    ///
    /// `title` and `description` are for people, and `x-order` is the position in the form. Secrets have
    /// `writeOnly` and the format `password`. Settings that the vendor's rules fills in have a `default`,
    /// or an `x-default` that contains `{endpoint_url}` if it is derived from that setting. Reading is more
    /// lenient: it accepts blank strings as "not given", and labels (`Api Key`) as choices.
    ///
    /// ```
    /// use oneteg_auth::{Connection, Vendor};
    ///
    /// let schema = Connection::form_schema(Vendor::MediaValet);
    /// let properties = schema.get("properties").unwrap();
    /// assert_eq!(properties["subscription_key"]["writeOnly"], true);
    /// ```
    pub fn form_schema(vendor: Vendor) -> Schema {
        let mut schema = json_schema!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("{vendor} connection"),
            "description": format!("Settings of a OneTeg connection to {vendor}."),
        });
        for (key, value) in form(vendor) {
            schema.insert(key, value);
        }
        schema
    }
}

impl JsonSchema for Connection {
    fn schema_name() -> Cow<'static, str> {
        "Connection".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let forms = Vendor::ALL.iter().map(|vendor| {
            let mut form = form(*vendor);
            form.insert("title".into(), format!("{vendor} connection").into());
            Value::Object(form)
        });
        json_schema!({
            "title": "Connection",
            "description": "Settings of a OneTeg connection.",
            "oneOf": forms.collect::<Vec<_>>(),
        })
    }
}

fn form(vendor: Vendor) -> Map<String, Value> {
    let kinds = vendor_rules::kinds(vendor);
    let of_top = |field: &ConnectionField| vendor_rules::presence(vendor, kinds[0], *field);
    let mut properties = Map::new();
    let mut required = Vec::new();
    let top = ConnectionField::TOP.iter().filter(|field| of_top(field) != Presence::NotForVendor);
    for (order, field) in top.enumerate() {
        properties.insert(field.key().into(), property(vendor, kinds[0], *field, order));
        if of_top(field) == Presence::Required {
            required.push(field.key());
        }
    }
    required.push("authentication");
    let tables: Vec<Value> = kinds.iter().map(|kind| table(vendor, *kind)).collect();
    let authentication = json!({
        "title": ConnectionField::Authentication.label(),
        "description": "How the connection authenticates.",
        "x-order": properties.len(),
        "oneOf": tables,
    });
    properties.insert("authentication".into(), authentication);
    object(properties, required)
}

/// The `authentication` table for one kind of authentication.
fn table(vendor: Vendor, kind: AuthenticationKind) -> Value {
    let of = |field: &ConnectionField| vendor_rules::presence(vendor, kind, *field);
    let there =
        |field: &&ConnectionField| matches!(of(field), Presence::Required | Presence::Optional);
    let mut properties = Map::new();
    let mut required = Vec::new();
    // The application type determines the flow, so either of the two is enough.
    let either = of(&ConnectionField::ApplicationType) == Presence::Optional;
    for (order, field) in ConnectionField::INNER.iter().filter(there).enumerate() {
        properties.insert(field.key().into(), property(vendor, kind, *field, order));
        if of(field) == Presence::Required && !(either && *field == ConnectionField::Flow) {
            required.push(field.key());
        }
    }
    let mut table = object(properties, required);
    table.insert("title".into(), kind_title(kind).into());
    if either {
        let one = |field: ConnectionField| json!({ "required": [field.key()] });
        table.insert(
            "anyOf".into(),
            json!([one(ConnectionField::Flow), one(ConnectionField::ApplicationType)]),
        );
    }
    if of(&ConnectionField::ClientSecret) == Presence::Optional {
        let secret = json!({ "required": [ConnectionField::ClientSecret.key()] });
        let key = ConnectionField::ClientAuth.key();
        let basic = json!({ "properties": { key: { "const": ClientAuthentication::Basic.key() } }, "required": [key] });
        table.insert("if".into(), basic);
        table.insert("then".into(), secret);
    }
    Value::Object(table)
}

fn kind_title(kind: AuthenticationKind) -> String {
    match kind {
        AuthenticationKind::ApiKey | AuthenticationKind::None => kind.label().to_owned(),
        AuthenticationKind::OAuth(flow) => {
            format!("{} ({})", AuthenticationType::OAuth.label(), flow.label())
        }
    }
}

fn object(properties: Map<String, Value>, required: Vec<&str>) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("type".into(), "object".into());
    object.insert("additionalProperties".into(), false.into());
    object.insert("properties".into(), Value::Object(properties));
    object.insert("required".into(), required.into());
    object
}

fn property(
    vendor: Vendor,
    kind: AuthenticationKind,
    field: ConnectionField,
    order: usize,
) -> Value {
    let mut property = Map::new();
    let mut set = |key: &str, value: Value| property.insert(key.to_owned(), value);
    set("title", field.label().into());
    set("description", help(vendor, kind, field).into());
    set("x-order", order.into());
    set("type", "string".into());
    // Not blank: a blank string counts as not given.
    set("pattern", "\\S".into());
    if field.is_secret() {
        set("writeOnly", true.into());
        set("format", "password".into());
    }
    if let Some(default) = default(vendor, kind, field) {
        // A form would send a `default` unchanged.
        let key = if default.contains(ENDPOINT) { "x-default" } else { "default" };
        set(key, default.into());
    }
    match field {
        ConnectionField::Connector => {
            set("pattern", format!("^{}-v[0-9]+(\\.[0-9]+)*$", vendor.prefix()).into());
        }
        ConnectionField::Authentication => {
            let kind = match kind {
                AuthenticationKind::ApiKey => AuthenticationType::ApiKey,
                AuthenticationKind::OAuth(_) => AuthenticationType::OAuth,
                AuthenticationKind::None => AuthenticationType::None,
            };
            set("const", kind.key().into());
        }
        ConnectionField::Flow | ConnectionField::ApplicationType => {
            if let AuthenticationKind::OAuth(flow) = kind {
                let types = [ApplicationType::Client, ApplicationType::Server];
                let fitting = types.into_iter().find(|kind| kind.flow() == flow);
                let key = match (field, fitting) {
                    (ConnectionField::ApplicationType, Some(kind)) => kind.key(),
                    _ => flow.key(),
                };
                set("const", key.into());
            }
        }
        ConnectionField::ClientAuth => {
            set(
                "enum",
                json!([ClientAuthentication::Body.key(), ClientAuthentication::Basic.key()]),
            );
        }
        ConnectionField::Scopes => {
            set("type", json!(["string", "array"]));
            set("items", json!({ "type": "string" }));
        }
        ConnectionField::EndpointUrl
        | ConnectionField::TokenUrl
        | ConnectionField::RevocationUrl
        | ConnectionField::DiscoveryUrl => {
            set("format", "uri".into());
            set("pattern", URL.into());
        }
        ConnectionField::Issuer
        | ConnectionField::AuthorizationUrl
        | ConnectionField::RedirectUri => {
            set("format", "uri".into());
        }
        _ => {}
    }
    Value::Object(property)
}

/// A hint for forms. [`Connection::validate`] has the exact rule.
const URL: &str = "^https?://[^@?#\\s]+$";

fn default(vendor: Vendor, kind: AuthenticationKind, field: ConnectionField) -> Option<String> {
    let AuthenticationKind::OAuth(flow) = kind else {
        return match field {
            ConnectionField::Connector => Some(Connector::v1_0(vendor).to_string()),
            ConnectionField::EndpointUrl => vendor_rules::fixed_endpoint(vendor).map(str::to_owned),
            _ => None,
        };
    };
    let endpoints = vendor_rules::endpoints(vendor, ENDPOINT);
    match field {
        ConnectionField::Connector | ConnectionField::EndpointUrl => {
            default(vendor, AuthenticationKind::ApiKey, field)
        }
        ConnectionField::Flow if flow == OAuthFlow::AuthorizationCode => {
            Some(flow.key().to_owned())
        }
        ConnectionField::TokenUrl => endpoints.token,
        ConnectionField::AuthorizationUrl => endpoints.authorization,
        ConnectionField::RevocationUrl => endpoints.revocation,
        ConnectionField::DiscoveryUrl => endpoints.discovery,
        ConnectionField::Issuer => endpoints.issuer,
        ConnectionField::RedirectUri => Some(vendor_rules::ONETEG_CALLBACK_URL.to_owned()),
        ConnectionField::Scopes => {
            Some(vendor_rules::scopes(vendor, flow).to_string()).filter(|s| !s.is_empty())
        }
        ConnectionField::HeaderScheme => Some(vendor_rules::header_scheme(vendor).to_string()),
        ConnectionField::ClientAuth => Some(vendor_rules::client_auth(vendor).key().to_owned()),
        _ => None,
    }
}

const SECRET: &str = "Give it inline, as env:NAME or as file:PATH.";

/// The description of a setting, in full sentences.
fn help(vendor: Vendor, kind: AuthenticationKind, field: ConnectionField) -> String {
    let profile = vendor.profile();
    let oauth = profile.oauth.as_ref();
    let of_oauth = |help: fn(&OAuthHelp) -> &'static str| {
        oauth.map(|oauth| help(&oauth.help)).unwrap_or_default()
    };
    match field {
        ConnectionField::ConnectionName => "A name of your choice for the connection.".into(),
        ConnectionField::Connector => {
            "The connector's identifier; filled in when the connector is selected.".into()
        }
        ConnectionField::EndpointUrl => profile.endpoint.help.into(),
        ConnectionField::SubscriptionKey => {
            let help = profile.subscription_key.map_or("", |key| key.help);
            format!("{help} {SECRET}")
        }
        ConnectionField::Authentication => "The kind of credential.".into(),
        ConnectionField::ApiKey => {
            format!("{} {SECRET}", profile.api_key.map_or("", |key| key.help))
        }
        ConnectionField::Flow => match kind {
            AuthenticationKind::OAuth(OAuthFlow::ClientCredentials) => {
                of_oauth(|help| help.credentials)
            }
            _ => "A user signs in with a browser and the connection acts as that user.",
        }
        .into(),
        ConnectionField::ApplicationType => {
            "As chosen when the application was created: client acts as the user who signs in, server has administrator access.".into()
        }
        ConnectionField::ClientId => {
            format!("Identifier of the OAuth application, {}.", of_oauth(|help| help.issued))
        }
        ConnectionField::ClientSecret => {
            let code = kind == AuthenticationKind::OAuth(OAuthFlow::AuthorizationCode);
            let public = match oauth {
                Some(oauth) if oauth.has_public_clients && code => {
                    " Leave it out for a public client, which uses PKCE instead."
                }
                _ => "",
            };
            let issued = of_oauth(|help| help.issued);
            format!("Secret of the OAuth application, {issued}.{public} {SECRET}")
        }
        ConnectionField::TokenUrl => url(of_oauth(|help| help.urls), "exchanges codes and refresh tokens"),
        ConnectionField::AuthorizationUrl => url(of_oauth(|help| help.urls), "opens in the browser to sign in"),
        ConnectionField::RedirectUri => {
            "Where the browser returns to; exactly as registered with the vendor.".into()
        }
        ConnectionField::Scopes => of_oauth(|help| help.scopes).into(),
        ConnectionField::HeaderScheme => of_oauth(|help| help.header_scheme).into(),
        ConnectionField::ClientAuth => {
            "How the client secret is sent to the token URL: in the form body, or as HTTP Basic.".into()
        }
        ConnectionField::RevocationUrl => "Where tokens are revoked at logout (RFC 7009), if anywhere.".into(),
        ConnectionField::DiscoveryUrl => "OpenID discovery document, if there is one.".into(),
        ConnectionField::Issuer => "Issuer that a callback must name when it names one (RFC 9207).".into(),
    }
}

fn url(source: &str, what: &str) -> String {
    format!("The address that {what}. {source}.")
}
