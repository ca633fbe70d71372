//! The test provider as a token endpoint on loopback.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part")]

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use oneteg_auth::{TokenErrorKind, Tokens};
use oneteg_test_kit::Provider;
use serde_json::{Value, json};

/// What the endpoint received, and the form of its responses.
#[derive(Debug, Default)]
pub struct Shape {
    /// `expires_in` as a string.
    pub string_expiry: bool,
    /// The `Date` header to send, as an HTTP date.
    pub date: Option<String>,
    /// The forms and `Authorization` headers that it received.
    pub forms: Vec<(HashMap<String, String>, Option<String>)>,
    pub revoked: Vec<String>,
    pub revocation_fails: bool,
    pub scope: Option<String>,
    /// Requests are carried out and get no response.
    pub responses_are_held: bool,
}

#[derive(Debug, Clone)]
pub struct TokenServer {
    pub provider: Provider,
    pub shape: Arc<Mutex<Shape>>,
    pub address: SocketAddr,
}

impl TokenServer {
    /// Serves until the runtime ends.
    pub async fn start(provider: Provider) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { provider, shape: Arc::default(), address };
        let router = Router::new()
            .route("/token", post(token))
            .route("/revoke", post(revoke))
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    pub fn url(&self, path: &str) -> url::Url {
        url::Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }
}

async fn token(
    State(server): State<TokenServer>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let basic = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let grant = form.get("grant_type").cloned().unwrap_or_default();
    let refresh = form.get("refresh_token").cloned().unwrap_or_default();
    server.shape.lock().unwrap().forms.push((form, basic));
    let latency = server.provider.latency();
    if latency > Duration::ZERO {
        tokio::time::sleep(latency).await;
    }
    let result = match grant.as_str() {
        "refresh_token" => server.provider.refresh(&refresh),
        "client_credentials" => Ok(server.provider.client_credentials()),
        _ => Ok(server.provider.sign_in()),
    };
    let held = server.shape.lock().unwrap().responses_are_held;
    if held {
        std::future::pending::<()>().await;
    }
    match result {
        Ok(tokens) => server.respond(&tokens),
        Err(error) if error.kind == TokenErrorKind::InvalidGrant => {
            (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

impl TokenServer {
    fn respond(&self, tokens: &Tokens) -> Response {
        let shape = self.shape.lock().unwrap();
        let mut body = json!({"access_token": tokens.access.expose(), "token_type": "BEARER"});
        if let Some(lifetime) = tokens.lifetime {
            let seconds = lifetime.as_secs();
            body["expires_in"] =
                if shape.string_expiry { json!(seconds.to_string()) } else { json!(seconds) };
        }
        if let Some(refresh) = &tokens.refresh {
            body["refresh_token"] = Value::from(refresh.expose());
        }
        if let Some(scope) = &shape.scope {
            body["scope"] = Value::from(scope.as_str());
        }
        let mut response = Json(body).into_response();
        if let Some(date) = &shape.date {
            response.headers_mut().insert("date", date.parse().unwrap());
        }
        response
    }
}

async fn revoke(
    State(server): State<TokenServer>,
    Form(form): Form<HashMap<String, String>>,
) -> StatusCode {
    let mut shape = server.shape.lock().unwrap();
    if shape.revocation_fails {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    shape.revoked.push(form.get("token").cloned().unwrap_or_default());
    StatusCode::OK
}
