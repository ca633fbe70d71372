//! `GET /.well-known/openid-configuration`.

use axum::Json;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use serde_json::{Value, json};

/// The document, with URLs at the host that the client used.
pub(crate) async fn document(headers: HeaderMap) -> Json<Value> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let url = |path: &str| format!("http://{host}{path}");
    Json(json!({
        "issuer": url(""),
        "authorization_endpoint": url("/connect/authorize"),
        "token_endpoint": url("/connect/token"),
        "revocation_endpoint": url("/connect/revocation"),
        "grant_types_supported": ["authorization_code", "refresh_token", "password"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "api", "offline_access"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }))
}
