//! A token endpoint on loopback that rotates refresh tokens strictly, and holds its responses until it is told to send them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use oneteg_auth::{SystemClock, Tokens};
use oneteg_test_kit::{Provider, ProviderKind};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::DuelResult;

/// A provider for one session.
#[derive(Clone)]
pub struct TokenServer {
    pub provider: Provider,
    hold: Arc<watch::Sender<bool>>,
    requests: Arc<watch::Sender<u64>>,
    address: SocketAddr,
}

impl TokenServer {
    /// Serves until the runtime ends. A spent refresh token gets the same response again within `replay_window`.
    pub async fn start(replay_window: Duration, hold: bool) -> DuelResult<Self> {
        let kind = ProviderKind {
            replay_window,
            latency: Duration::from_millis(50),
            ..ProviderKind::rotating(Duration::from_secs(3600))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let server = Self {
            provider: Provider::new(kind, Arc::new(SystemClock)),
            hold: Arc::new(watch::Sender::new(hold)),
            requests: Arc::default(),
            address: listener.local_addr()?,
        };
        let router = Router::new()
            .route("/token", post(token))
            .route("/rotated", get(rotated))
            .route("/release", post(release))
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(server)
    }

    pub fn url(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// Returns when a request has been carried out.
    pub async fn rotated(&self) {
        // The sender lives as long as `self`.
        let _ = self.requests.subscribe().wait_for(|requests| *requests > 0).await;
    }

    /// Sends the responses that are held.
    pub fn release(&self) {
        self.hold.send_replace(false);
    }
}

async fn rotated(State(server): State<TokenServer>) {
    server.rotated().await;
}

async fn release(State(server): State<TokenServer>) {
    server.release();
}

/// The parameter is a form member, as RFC 6749 demands, or a JSON member, as google-cloud-auth sends it.
async fn token(State(server): State<TokenServer>, body: Bytes) -> Response {
    let refresh = match serde_json::from_slice::<Value>(&body) {
        Ok(body) => body["refresh_token"].as_str().unwrap_or_default().to_owned(),
        Err(_) => url::form_urlencoded::parse(&body)
            .find_map(|(name, value)| (name == "refresh_token").then(|| value.into_owned()))
            .unwrap_or_default(),
    };
    let result = server.provider.refresh(&refresh);
    server.requests.send_modify(|requests| *requests += 1);
    // The provider has done its part. What the client does not know yet is on its way.
    let _ = server.hold.subscribe().wait_for(|hold| !hold).await;
    tokio::time::sleep(server.provider.latency()).await;
    match result {
        Ok(tokens) => Json(response(&tokens)).into_response(),
        Err(_) => {
            (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response()
        }
    }
}

fn response(tokens: &Tokens) -> Value {
    json!({
        "access_token": tokens.access.expose(),
        "token_type": "Bearer",
        "expires_in": tokens.lifetime.map_or(0, |lifetime| lifetime.as_secs()),
        "refresh_token": tokens.refresh.as_ref().map(|refresh| refresh.expose()),
    })
}
