//! The committed form schemas, and whether they agree with what reading accepts.

// Clippy sees helpers of integration tests as code outside tests.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{fs, path::PathBuf};

use oneteg_auth::{Connection, Vendor};
use serde_json::{Value, json};

fn committed(vendor: Vendor) -> PathBuf {
    let name = vendor.profile().connector_v1_0;
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas").join(format!("{name}.schema.json"))
}

/// `UPDATE_SCHEMAS=1 cargo test -p oneteg-auth --test connection_schema` regenerates them.
#[test]
fn the_committed_schemas_are_the_generated_ones() {
    for vendor in Vendor::ALL {
        let path = committed(*vendor);
        let generated = Connection::form_schema(*vendor).to_value();
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            fs::write(&path, format!("{generated:#}\n")).unwrap();
        }
        let on_disk = fs::read_to_string(&path).unwrap_or_default();
        // Compared as values: the order of members depends on a feature of serde_json that other crates may
        // enable.
        let on_disk: Value = serde_json::from_str(&on_disk).unwrap_or_default();
        assert!(on_disk == generated, "{} is stale: set UPDATE_SCHEMAS=1", path.display());
    }
}

fn validators() -> Vec<jsonschema::Validator> {
    let compile = |vendor: &Vendor| {
        let schema = Connection::form_schema(*vendor).to_value();
        jsonschema::meta::validate(&schema).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    };
    Vendor::ALL.iter().map(compile).collect()
}

fn netx(authentication: Value) -> Value {
    json!({
        "connection_name": "NetX Connection",
        "connector": "netxConnector-v1.0",
        "endpoint_url": "https://onetegdev.netx.net",
        "authentication": authentication,
    })
}

fn mediavalet(authentication: Value) -> Value {
    json!({
        "connection_name": "MediaValet Connection",
        "connector": "mediavaletConnector-v1.0",
        "subscription_key": "env:MV_KEY",
        "authentication": authentication,
    })
}

fn netexplorer(authentication: Value) -> Value {
    json!({
        "connection_name": "NetExplorer Connection",
        "connector": "netexplorerConnector-v1.0",
        "endpoint_url": "https://company.netexplorer.pro",
        "authentication": authentication,
    })
}

fn oauth(extra: Value) -> Value {
    let mut table = json!({
        "type": "oauth",
        "flow": "authorization_code",
        "client_id": "app",
        "client_secret": "env:SECRET",
    });
    for (key, value) in extra.as_object().unwrap() {
        match value {
            Value::Null => table.as_object_mut().unwrap().remove(key),
            _ => table.as_object_mut().unwrap().insert(key.clone(), value.clone()),
        };
    }
    table
}

/// Documents, and whether they are valid: schema and reader must agree on each.
fn documents() -> Vec<(Value, bool)> {
    let api_key = json!({ "type": "api_key", "api_key": "env:KEY" });
    let client_credentials = json!({ "flow": "client_credentials" });
    let server = json!({ "flow": null, "application_type": "server" });
    let mut nameless = netx(api_key.clone());
    nameless.as_object_mut().unwrap().remove("connection_name");
    let mut keyless = mediavalet(oauth(json!({})));
    keyless.as_object_mut().unwrap().remove("subscription_key");
    let mut wrong_vendor = netx(api_key.clone());
    wrong_vendor["subscription_key"] = "env:KEY".into();
    let mut typo = netx(api_key.clone());
    typo["conection_name"] = "x".into();
    let mut queried = netx(api_key.clone());
    queried["endpoint_url"] = "https://onetegdev.netx.net/?a=b".into();
    vec![
        (netx(api_key.clone()), true),
        (netx(oauth(json!({}))), true),
        (netx(oauth(json!({ "scopes": ["a", "b"], "client_auth": "basic" }))), true),
        (netx(oauth(json!({ "authorization_url": "https://x.example/app#access/api" }))), true),
        (mediavalet(oauth(json!({}))), true),
        (mediavalet(oauth(client_credentials.clone())), true),
        (netexplorer(oauth(json!({ "client_secret": null }))), true),
        (netexplorer(oauth(server.clone())), true),
        (netexplorer(oauth(json!({ "application_type": "client" }))), true),
        (nameless, false),
        (keyless, false),
        (wrong_vendor, false),
        (typo, false),
        (queried, false),
        (netx(json!({ "type": "api_key" })), false),
        (netx(json!({ "type": "api_key", "api_key": " " })), false),
        (netx(json!({ "type": "api_key", "api_key": "env:KEY", "client_id": "app" })), false),
        (netx(json!({ "type": "api_key", "api_key": 5 })), false),
        (netx(json!({ "type": "password", "api_key": "env:KEY" })), false),
        (netx(json!({})), false),
        (netx(oauth(client_credentials.clone())), false),
        (netx(oauth(json!({ "client_secret": null }))), false),
        (netx(oauth(json!({ "application_type": "client" }))), false),
        (netx(oauth(json!({ "client_auth": "jwt" }))), false),
        (mediavalet(api_key.clone()), false),
        (mediavalet(oauth(json!({ "flow": null }))), false),
        (netexplorer(api_key), false),
        (netexplorer(oauth(json!({ "flow": null }))), false),
        (netexplorer(oauth(json!({ "application_type": "server" }))), false),
        (netexplorer(oauth(json!({ "client_secret": null, "client_auth": "basic" }))), false),
        (netexplorer(oauth(json!({ "flow": "client_credentials", "client_secret": null }))), false),
        (
            netexplorer(oauth(json!({
                "flow": "client_credentials",
                "redirect_uri": "https://app.example/cb",
            }))),
            false,
        ),
    ]
}

#[test]
fn schema_and_reader_agree() {
    let validators = validators();
    let whole = jsonschema::validator_for(schemars::schema_for!(Connection).as_value()).unwrap();
    for (document, right) in documents() {
        let fitting = validators.iter().filter(|validator| validator.is_valid(&document)).count();
        assert_eq!(fitting, usize::from(right), "the vendors' schemas: {document:#}");
        assert_eq!(whole.is_valid(&document), right, "the whole schema: {document:#}");
        let read = Connection::from_json(&document.to_string());
        assert_eq!(read.is_ok(), right, "the reader: {document:#}\n{read:?}");
        if let Ok(connection) = read {
            let written: Value = serde_json::from_str(&connection.to_json().unwrap()).unwrap();
            assert!(whole.is_valid(&written), "written: {written:#}");
        }
    }
}

/// Every secret in every form is write-only, and nothing else is.
#[test]
fn secrets_are_write_only() {
    fn walk(value: &Value, found: &mut Vec<(String, bool)>) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                found.push((name.clone(), property.get("writeOnly") == Some(&true.into())));
            }
        }
        match value {
            Value::Object(members) => members.values().for_each(|member| walk(member, found)),
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for vendor in Vendor::ALL {
        walk(Connection::form_schema(*vendor).as_value(), &mut found);
    }
    // The `if` of the NetExplorer table names a property without describing it.
    assert!(found.len() > 40, "the walk found {}", found.len());
    for (name, write_only) in found {
        let secret = ["api_key", "client_secret", "subscription_key"].contains(&name.as_str());
        assert_eq!(write_only, secret, "{name}");
    }
}

/// A form sends a default unchanged, so each must be a valid value of its setting.
#[test]
fn defaults_are_valid_values() {
    fn walk(value: &Value, checked: &mut usize) {
        if let Some(default) = value.get("default") {
            assert!(jsonschema::is_valid(value, default), "{value:#}");
            let text = default.as_str().unwrap();
            assert!(!text.contains('{'), "{value:#}");
            *checked += 1;
        }
        match value {
            Value::Object(members) => members.values().for_each(|member| walk(member, checked)),
            Value::Array(items) => items.iter().for_each(|item| walk(item, checked)),
            _ => {}
        }
    }
    let mut checked = 0;
    for vendor in Vendor::ALL {
        walk(Connection::form_schema(*vendor).as_value(), &mut checked);
    }
    assert!(checked > 20, "{checked}");
}
