//! JSON Schemas that a connection form can be drawn from, made of the same profile the rules use.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{
    ApplicationType, AuthenticationType, ClientAuth, Connection, Connector, Field, Flow, Vendor,
    help::help,
    profile::{self, Presence, Way},
};

impl Connection {
    /// The JSON Schema (2020-12) of a vendor's connection form.
    ///
    /// `title` and `description` are for people; `x-order` is the place in the form; secrets have
    /// `writeOnly` and the format `password`; settings that the vendor's profile fills in have a `default`,
    /// or an `x-default` with `{endpoint_url}` in it where they are derived from that setting. Reading is
    /// more lenient: it takes blank texts for "not given", and labels (`Api Key`) for choices.
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
    let ways = profile::ways(vendor);
    let of_top = |field: &Field| profile::presence(vendor, ways[0], *field);
    let mut properties = Map::new();
    let mut required = Vec::new();
    let top = Field::TOP.iter().filter(|field| of_top(field) != Presence::NotForVendor);
    for (order, field) in top.enumerate() {
        properties.insert(field.key().into(), property(vendor, ways[0], *field, order));
        if of_top(field) == Presence::Required {
            required.push(field.key());
        }
    }
    required.push("authentication");
    let tables: Vec<Value> = ways.iter().map(|way| table(vendor, *way)).collect();
    let authentication = json!({
        "title": Field::Authentication.label(),
        "description": "How the connection authenticates.",
        "x-order": properties.len(),
        "oneOf": tables,
    });
    properties.insert("authentication".into(), authentication);
    object(properties, required)
}

/// The `authentication` table for one way to authenticate.
fn table(vendor: Vendor, way: Way) -> Value {
    let of = |field: &Field| profile::presence(vendor, way, *field);
    let there = |field: &&Field| matches!(of(field), Presence::Required | Presence::Optional);
    let mut properties = Map::new();
    let mut required = Vec::new();
    // The application type says which flow it is, so either of the two will do.
    let either = of(&Field::ApplicationType) == Presence::Optional;
    for (order, field) in Field::INNER.iter().filter(there).enumerate() {
        properties.insert(field.key().into(), property(vendor, way, *field, order));
        if of(field) == Presence::Required && !(either && *field == Field::Flow) {
            required.push(field.key());
        }
    }
    let mut table = object(properties, required);
    table.insert("title".into(), way_title(way).into());
    if either {
        let one = |field: Field| json!({ "required": [field.key()] });
        table.insert("anyOf".into(), json!([one(Field::Flow), one(Field::ApplicationType)]));
    }
    if of(&Field::ClientSecret) == Presence::Optional {
        let secret = json!({ "required": [Field::ClientSecret.key()] });
        let key = Field::ClientAuth.key();
        let basic = json!({ "properties": { key: { "const": ClientAuth::Basic.key() } }, "required": [key] });
        table.insert("if".into(), basic);
        table.insert("then".into(), secret);
    }
    Value::Object(table)
}

fn way_title(way: Way) -> String {
    match way {
        Way::ApiKey => way.label().to_owned(),
        Way::OAuth(flow) => format!("{} ({})", AuthenticationType::OAuth.label(), flow.label()),
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

fn property(vendor: Vendor, way: Way, field: Field, order: usize) -> Value {
    let mut property = Map::new();
    let mut set = |key: &str, value: Value| property.insert(key.to_owned(), value);
    set("title", field.label().into());
    set("description", help(vendor, way, field).into());
    set("x-order", order.into());
    set("type", "string".into());
    // Not blank: a blank text counts as not given.
    set("pattern", "\\S".into());
    if field.is_secret() {
        set("writeOnly", true.into());
        set("format", "password".into());
    }
    if let Some(default) = default(vendor, way, field) {
        // A form would send a `default` as it is.
        let key = if default.contains(ENDPOINT) { "x-default" } else { "default" };
        set(key, default.into());
    }
    match field {
        Field::Connector => {
            set("pattern", format!("^{}-v[0-9]+(\\.[0-9]+)*$", vendor.prefix()).into());
        }
        Field::Authentication => {
            let kind = match way {
                Way::ApiKey => AuthenticationType::ApiKey,
                Way::OAuth(_) => AuthenticationType::OAuth,
            };
            set("const", kind.key().into());
        }
        Field::Flow | Field::ApplicationType => {
            if let Way::OAuth(flow) = way {
                let types = [ApplicationType::Client, ApplicationType::Server];
                let fitting = types.into_iter().find(|kind| kind.flow() == flow);
                let key = match (field, fitting) {
                    (Field::ApplicationType, Some(kind)) => kind.key(),
                    _ => flow.key(),
                };
                set("const", key.into());
            }
        }
        Field::ClientAuth => {
            set("enum", json!([ClientAuth::Body.key(), ClientAuth::Basic.key()]));
        }
        Field::Scopes => {
            set("type", json!(["string", "array"]));
            set("items", json!({ "type": "string" }));
        }
        Field::EndpointUrl | Field::TokenUrl | Field::RevocationUrl | Field::DiscoveryUrl => {
            set("format", "uri".into());
            set("pattern", URL.into());
        }
        Field::Issuer | Field::AuthorizationUrl | Field::RedirectUri => {
            set("format", "uri".into());
        }
        _ => {}
    }
    Value::Object(property)
}

/// Stands for the endpoint URL in a derived value.
const ENDPOINT: &str = "{endpoint_url}";

/// A hint for forms. [`Connection::validate`] knows the exact rule.
const URL: &str = "^https?://[^@?#\\s]+$";

fn default(vendor: Vendor, way: Way, field: Field) -> Option<String> {
    let Way::OAuth(flow) = way else {
        return match field {
            Field::Connector => Some(Connector::v1_0(vendor).to_string()),
            Field::EndpointUrl => profile::fixed_endpoint(vendor).map(str::to_owned),
            _ => None,
        };
    };
    let endpoints = profile::endpoints(vendor, ENDPOINT);
    match field {
        Field::Connector | Field::EndpointUrl => default(vendor, Way::ApiKey, field),
        Field::Flow if flow == Flow::AuthorizationCode => Some(flow.key().to_owned()),
        Field::TokenUrl => Some(endpoints.token),
        Field::AuthorizationUrl => Some(endpoints.authorization),
        Field::RevocationUrl => endpoints.revocation,
        Field::DiscoveryUrl => endpoints.discovery,
        Field::Issuer => endpoints.issuer.map(str::to_owned),
        Field::RedirectUri => Some(profile::ONETEG_CALLBACK.to_owned()),
        Field::Scopes => Some(profile::scopes(vendor, flow).to_string()).filter(|s| !s.is_empty()),
        Field::HeaderScheme => Some(profile::header_scheme(vendor).to_string()),
        Field::ClientAuth => Some(profile::CLIENT_AUTH.key().to_owned()),
        _ => None,
    }
}
