//! A vendor that this crate does not know: its SDK has the profile.

// Clippy sees helpers of integration tests as code outside tests.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use http::HeaderMap;
use oneteg_auth::{
    AuthRequest, Connection, ConnectionError, MemoryStore, ResolvedAuthentication, Vendor,
    connection::profile::{
        ApiKeyProfile, EndpointProfile, OAuthHelp, OAuthProfile, SubscriptionKeyProfile,
        VendorProfile,
    },
};

const HELP: OAuthHelp =
    OAuthHelp { issued: "", credentials: "", urls: "", scopes: "", header_scheme: "" };
const OAUTH: OAuthProfile = OAuthProfile {
    code_scopes: Some("read"),
    credentials_scopes: None,
    token_url: None,
    authorization_url: Some("{endpoint_url}/authorize"),
    revocation_url: None,
    discovery_url: None,
    issuer: None,
    header_scheme: "Token",
    basic_client_auth: true,
    has_public_clients: false,
    has_application_types: false,
    help: HELP,
};
const ACME: VendorProfile = VendorProfile {
    name: "Acme",
    connector: "acmeConnector",
    connector_v1_0: "acmeConnector-v1.0",
    variables: "ACME",
    endpoint: EndpointProfile { fixed: None, path: "/api/v2", help: "" },
    api_key: Some(ApiKeyProfile { header: "x-key", scheme: "", is_basic: false, help: "" }),
    oauth: Some(OAUTH),
    subscription_key: Some(SubscriptionKeyProfile { header: "x-gateway", help: "" }),
};
const WITH_PASSWORD: VendorProfile = VendorProfile {
    api_key: Some(ApiKeyProfile {
        header: "authorization",
        scheme: "Basic",
        is_basic: true,
        help: "",
    }),
    oauth: None,
    subscription_key: None,
    ..ACME
};
const OPEN: VendorProfile =
    VendorProfile { api_key: None, oauth: None, subscription_key: None, ..ACME };

fn settings(authentication: &str) -> String {
    format!(
        "connection_name = \"Acme\"\nconnector = \"acmeConnector-v1.0\"\n\
         endpoint_url = \"https://acme.example/dam/api/v2/\"\n{authentication}"
    )
}

fn read(profile: &'static VendorProfile, settings: &str) -> Result<Connection, ConnectionError> {
    Connection::from_toml_for(Vendor::Custom(profile), settings)
}

async fn headers(connection: &Connection) -> HeaderMap {
    let resolved = connection.resolve().unwrap();
    assert_eq!(resolved.endpoint_url.as_str(), "https://acme.example/dam");
    let credential = resolved.credential(Arc::new(MemoryStore::new())).unwrap();
    let mut headers = HeaderMap::new();
    let url = "https://acme.example/dam/api/v2/assets".parse().unwrap();
    credential.authenticator.authorize(AuthRequest::new(&url, &mut headers)).await.unwrap();
    headers
}

#[tokio::test]
async fn a_key_is_sent_in_the_header_of_the_profile() {
    let document =
        settings("subscription_key = \"g\"\n[authentication]\ntype = \"api_key\"\napi_key = \"k\"");
    let connection = read(&ACME, &document).unwrap();
    assert_eq!(connection.connector.vendor().to_string(), "Acme");
    let sent = headers(&connection).await;
    assert_eq!(
        (&sent["x-key"], &sent["x-gateway"]),
        (&"k".parse().unwrap(), &"g".parse().unwrap())
    );
    assert!(!sent.contains_key("authorization"));
    // What is written is read again, as settings of that vendor only.
    let written = connection.to_toml_with_secrets().unwrap();
    assert!(read(&ACME, written.expose()).is_ok());
    let unknown = Connection::from_toml(written.expose()).unwrap_err().to_string();
    assert!(unknown.contains("Connector: must be one of netxConnector-v1.0"), "{unknown}");
}

#[tokio::test]
async fn a_password_is_sent_in_base64() {
    let document = settings("[authentication]\ntype = \"api_key\"\napi_key = \"user:pass word\"");
    let sent = headers(&read(&WITH_PASSWORD, &document).unwrap()).await;
    assert_eq!(sent["authorization"], "Basic dXNlcjpwYXNzIHdvcmQ=");
}

#[test]
fn what_the_profile_does_not_have_is_required() {
    let oauth = "subscription_key = \"g\"\n[authentication]\ntype = \"oauth\"\nclient_id = \"i\"\n\
                 client_secret = \"s\"\nflow = \"authorization_code\"\n";
    let error = read(&ACME, &settings(oauth)).unwrap_err().to_string();
    assert_eq!(error, "Token URL: is required");
    let document = settings(&format!("{oauth}token_url = \"https://login.acme.example/token\""));
    let resolved = read(&ACME, &document).unwrap().resolve().unwrap();
    let ResolvedAuthentication::OAuth(oauth) = resolved.authentication else { panic!() };
    assert_eq!(oauth.authorization_url.unwrap().as_str(), "https://acme.example/dam/authorize");
    assert_eq!((oauth.header_scheme.as_str(), oauth.scopes.to_string()), ("Token", "read".into()));
    assert_eq!(oauth.client_auth.key(), "basic");
}

#[tokio::test]
async fn an_open_api_needs_no_credential() {
    let connection = read(&OPEN, &settings("[authentication]\ntype = \"none\"")).unwrap();
    assert!(headers(&connection).await.is_empty());
    let written = connection.to_toml().unwrap();
    assert!(read(&OPEN, &written).is_ok(), "{written}");
    let key = settings("[authentication]\ntype = \"api_key\"\napi_key = \"k\"");
    let error = read(&OPEN, &key).unwrap_err().to_string();
    assert_eq!(error, "Authentication: Acme connections use no credential, which is the type none");
    let none = "connection_name = \"NetX\"\nconnector = \"netxConnector-v1.0\"\n\
                endpoint_url = \"https://acme.netx.net\"\n[authentication]\ntype = \"none\"";
    let error = Connection::from_toml(none).unwrap_err().to_string();
    assert!(error.contains("NetX connections use Api Key, or OAuth"), "{error}");
}

#[test]
fn its_environment_is_read() {
    let error = Connection::from_env(Vendor::Custom(&WITH_PASSWORD)).unwrap_err().to_string();
    assert!(error.contains("the environment variable ACME_URL is not set"), "{error}");
    assert!(error.contains("the environment variable ACME_API_KEY is not set"), "{error}");
}
