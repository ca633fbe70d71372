//! What a stored session belongs to: connections with the same name, and connections that were edited.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;
#[path = "common/server.rs"]
mod server;

use std::{sync::Arc, time::Duration};

use common::{ManualClock, key};
use oneteg_auth::{
    AuthError, AuthRequest, Authenticator, CallbackError, Connection, Credential, FileStore,
    MemoryStore, OAuth2, OAuth2Config, Recovery, SealingKeys, TokenStore, Tokens,
};
use oneteg_test_kit::{Provider, ProviderKind};
use server::TokenServer;
use url::Url;

async fn server() -> TokenServer {
    let kind = ProviderKind::rotating(Duration::from_secs(3600));
    let kind = ProviderKind { latency: Duration::ZERO, ..kind };
    TokenServer::start(Provider::new(kind, ManualClock::new())).await
}

fn forms(server: &TokenServer) -> usize {
    server.shape.lock().unwrap().forms.len()
}

async fn sign_in(session: &OAuth2) {
    let (begun, pending) = session.begin_sign_in().unwrap();
    let state = begun.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    session.finish_sign_in(pending, &format!("code=c0de&state={state}")).await.unwrap();
}

async fn header(session: &dyn Authenticator, api: &str) -> Result<String, AuthError> {
    let mut headers = http::HeaderMap::new();
    let api: Url = api.parse().unwrap();
    session.authorize(AuthRequest::new(&api, &mut headers)).await?;
    Ok(headers["authorization"].to_str().unwrap().to_owned())
}

fn signed_out(result: &Result<impl std::fmt::Debug, AuthError>) -> bool {
    matches!(result, Err(AuthError::NotSignedIn))
}

/// The settings of a connection, and one edit of them.
struct Settings {
    name: &'static str,
    connector: &'static str,
    endpoint: String,
    token_url: String,
    client_id: &'static str,
}

impl Settings {
    fn credential(&self, store: &Arc<dyn TokenStore>) -> Credential {
        let Self { name, connector, endpoint, token_url, client_id } = self;
        // MediaValet has one server for all customers.
        let (endpoint, key) = match connector.starts_with("mediavalet") {
            true => (String::new(), "subscription_key = \"apim\""),
            false => (format!("endpoint_url = {endpoint:?}"), ""),
        };
        let toml = format!(
            "connection_name = {name:?}\nconnector = {connector:?}\n{endpoint}\n{key}\n\
             [authentication]\ntype = \"oauth\"\nflow = \"authorization_code\"\n\
             client_id = {client_id:?}\nclient_secret = \"s3cret\"\ntoken_url = {token_url:?}\n"
        );
        let connection = Connection::from_toml(&toml).unwrap_or_else(|e| panic!("{toml}\n{e}"));
        connection.resolve().unwrap().credential(Arc::clone(store)).unwrap()
    }
}

#[tokio::test]
async fn a_connection_gets_no_session_of_another_one_with_its_name() {
    let (first, second) = (server().await, server().await);
    // The providers number their tokens differently, so that the two sessions can be distinguished.
    (0..100).for_each(|_| drop(second.provider.sign_in()));
    let base = || Settings {
        name: "Production",
        connector: "netexplorerConnector-v1.0",
        endpoint: "https://acme.netexplorer.pro".to_owned(),
        token_url: first.url("/token").to_string(),
        client_id: "client",
    };
    let elsewhere = second.url("/token").to_string();
    let tenant = first.url("/other-tenant/token").to_string();
    let edits = [
        ("another vendor", Settings { connector: "mediavaletConnector-v1.0", ..base() }),
        ("another server", Settings { endpoint: "https://other.netexplorer.pro".into(), ..base() }),
        (
            "another port",
            Settings { endpoint: "https://acme.netexplorer.pro:8443".into(), ..base() },
        ),
        ("another token server", Settings { token_url: elsewhere, ..base() }),
        ("another tenant", Settings { token_url: tenant, ..base() }),
        ("another client", Settings { client_id: "another", ..base() }),
        ("another name", Settings { name: "Test", ..base() }),
    ];
    for (what, edited) in edits {
        let folder = tempfile::tempdir().unwrap();
        let file = FileStore::open(folder.path(), SealingKeys::plain_text()).unwrap();
        let store: Arc<dyn TokenStore> = Arc::new(file);
        let theirs = base().credential(&store);
        sign_in(theirs.oauth.as_ref().unwrap()).await;
        let token = header(&*theirs.authenticator, "https://acme.netexplorer.pro/").await.unwrap();
        let requests = (forms(&first), forms(&second));
        let edited = edited.credential(&store);
        let oauth = edited.oauth.as_ref().unwrap();
        let url = "https://other.netexplorer.pro/";
        assert!(signed_out(&header(&*edited.authenticator, url).await), "{what}");
        assert!(signed_out(&edited.authenticator.refused(Default::default()).await), "{what}");
        oauth.sign_out().await.unwrap();
        assert_eq!((forms(&first), forms(&second)), requests, "{what}: something was sent");
        // Its own sign-in does not affect the other session either.
        if what != "another tenant" {
            sign_in(oauth).await;
            let own = header(&*edited.authenticator, url).await.unwrap();
            assert_ne!(own, token, "{what}");
        }
        let kept = base().credential(&store);
        let kept = header(&*kept.authenticator, "https://acme.netexplorer.pro/").await.unwrap();
        assert_eq!(kept, token, "{what}: the other session was lost");
    }
}

#[tokio::test]
async fn a_connection_that_is_spelt_differently_is_the_same_one() {
    let server = server().await;
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    let base = |endpoint: &str, client_id| Settings {
        name: "Production",
        connector: "netexplorerConnector-v1.0",
        endpoint: endpoint.to_owned(),
        token_url: server.url("/token").to_string(),
        client_id,
    };
    let session = base("https://acme.netexplorer.pro", "client").credential(&store);
    sign_in(session.oauth.as_ref().unwrap()).await;
    for endpoint in ["https://ACME.netexplorer.pro/", "https://acme.netexplorer.pro:443"] {
        let again = base(endpoint, " client ").credential(&store);
        header(&*again.authenticator, "https://acme.netexplorer.pro/").await.unwrap();
    }
}

fn config(server: &TokenServer, client: &str) -> OAuth2Config {
    let authorize = "https://id.example/authorize".parse().unwrap();
    OAuth2Config::authorization_code(client, authorize, server.url("/token"))
        .with_redirect_uri("https://app.oneteg.com/rest/v1/oauth2/callback")
        .with_revocation_url(server.url("/revoke"))
}

#[tokio::test]
async fn a_record_of_another_binding_is_no_session_under_the_same_key() {
    let (first, second) = (server().await, server().await);
    // The providers number their tokens differently, so that the two sessions can be distinguished.
    (0..100).for_each(|_| drop(second.provider.sign_in()));
    let api: Url = "https://one.example/".parse().unwrap();
    let configs = [
        (config(&second, "client"), None),
        (config(&first, "another"), None),
        (config(&first, "client"), Some("https://two.example/")),
        (
            OAuth2Config::client_credentials("client", "s3cret", first.url("/token")),
            Some(api.as_str()),
        ),
    ];
    for (config, other_api) in configs {
        let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
        let theirs = OAuth2::builder(self::config(&first, "client"));
        let theirs = theirs.store(Arc::clone(&store), key()).api_url(api.clone()).build().unwrap();
        sign_in(&theirs).await;
        let token = header(&theirs, "https://one.example/").await.unwrap();
        let before = (forms(&first), forms(&second));
        let mut ours = OAuth2::builder(config).store(Arc::clone(&store), key());
        if let Some(api) = other_api {
            ours = ours.api_url(api.parse().unwrap());
        }
        let ours = ours.build().unwrap();
        let got = header(&ours, "https://two.example/").await;
        if other_api == Some(api.as_str()) {
            // The program authenticates as itself, not as the person, and needs no sign-in.
            assert_ne!(got.unwrap(), token);
            continue;
        }
        assert!(signed_out(&got), "{got:?}");
        ours.sign_out().await.unwrap();
        // No token of the other session was sent anywhere, not even to be revoked.
        assert_eq!((forms(&first), forms(&second)), before);
        assert!(first.shape.lock().unwrap().revoked.is_empty());
        assert!(second.shape.lock().unwrap().revoked.is_empty());
        sign_in(&ours).await;
        assert_ne!(header(&ours, "https://two.example/").await.unwrap(), token);
    }
}

#[tokio::test]
async fn a_record_that_names_nobody_is_taken_and_bound_by_the_next_refresh() {
    let server = server().await;
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    // A record without a binding, as earlier releases wrote it.
    let granted: Tokens = server.provider.sign_in();
    assert!(granted.binding.is_none());
    let owner = oneteg_auth::LeaseOwner::new("earlier");
    let lease = store.lease(&key(), &owner, Duration::from_secs(1)).await.unwrap();
    let oneteg_auth::LeaseDecision::Granted(lease) = lease else { panic!("{lease:?}") };
    store.commit(&lease, Default::default(), &granted).await.unwrap();
    store.release(&lease).await.unwrap();
    let session = OAuth2::builder(config(&server, "client")).store(Arc::clone(&store), key());
    let session = session.build().unwrap();
    let first = header(&session, "https://one.example/").await.unwrap();
    assert!(first.ends_with(granted.access.expose()));
    let mut headers = http::HeaderMap::new();
    let api = "https://one.example/".parse().unwrap();
    let version = session.authorize(AuthRequest::new(&api, &mut headers)).await.unwrap();
    assert_eq!(session.refused(version).await.unwrap(), Recovery::Retry);
    let stored = store.load(&key()).await.unwrap().unwrap().tokens.unwrap();
    let binding = stored.binding.unwrap();
    assert!(binding.contains("client") && binding.contains("/token"), "{binding}");
    assert!(!binding.contains(stored.access.expose()));
}

/// A callback may arrive after the settings were edited, or be passed to the wrong connection.
#[tokio::test]
async fn a_code_is_sent_to_no_provider_but_the_one_that_was_asked() {
    let (first, second) = (server().await, server().await);
    let api = |url: &str| url.parse::<Url>().unwrap();
    let built = |config, url| OAuth2::builder(config).api_url(api(url)).build().unwrap();
    let begun = built(config(&first, "client"), "https://one.example/");
    for (config, url) in [
        (config(&second, "client"), "https://one.example/"),
        (config(&first, "another"), "https://one.example/"),
        (config(&first, "client"), "https://two.example/"),
    ] {
        let (to, pending) = begun.begin_sign_in().unwrap();
        let state = to.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let callback = format!("code=c0de&state={state}");
        // Serialised, as a service keeps it until the callback arrives.
        let kept = serde_json::to_string(&pending).unwrap();
        let other = built(config, url);
        let error = other.finish_sign_in(serde_json::from_str(&kept).unwrap(), &callback).await;
        let wrong = CallbackError::WrongConnection;
        assert!(matches!(&error, Err(AuthError::Callback(found)) if *found == wrong), "{error:?}");
        assert_eq!((forms(&first), forms(&second)), (0, 0), "the code was sent");
        assert!(signed_out(&header(&other, url).await));
        // One from an earlier release has no binding.
        let mut earlier: serde_json::Value = serde_json::from_str(&kept).unwrap();
        earlier.as_object_mut().unwrap().remove("binding").unwrap();
        begun.finish_sign_in(serde_json::from_value(earlier).unwrap(), &callback).await.unwrap();
        first.shape.lock().unwrap().forms.clear();
    }
}

#[tokio::test]
async fn a_sign_out_clears_first_and_revokes_both_tokens() {
    let server = server().await;
    let store: Arc<dyn TokenStore> = Arc::new(MemoryStore::new());
    let session = OAuth2::builder(config(&server, "client")).store(Arc::clone(&store), key());
    let session = session.build().unwrap();
    sign_in(&session).await;
    let tokens = store.load(&key()).await.unwrap().unwrap().tokens.unwrap();
    session.sign_out().await.unwrap();
    let revoked = server.shape.lock().unwrap().revoked.clone();
    assert_eq!(revoked, [tokens.refresh.unwrap().expose(), tokens.access.expose()]);
    assert!(signed_out(&header(&session, "https://one.example/").await));
}
