//! A web server that receives MediaValet's webhooks.
//!
//! ```text
//! WEBHOOK_SECRET=$(openssl rand -hex 16) cargo run -p mediavalet-sdk --example webhook_axum
//! ```
//!
//! Put it behind TLS, and subscribe `https://<your host>/mediavalet/<the secret>`. Deliveries are not signed, so the
//! secret in the path is the only proof of their sender.

// The program prints its results.
#![allow(clippy::print_stdout)]

use std::{
    collections::{HashSet, VecDeque},
    env,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use mediavalet_sdk::webhooks::{Event, EventData, handshake};

/// How many event ids are remembered, to recognise repeated deliveries.
const REMEMBERED_IDS: usize = 10_000;

struct Receiver {
    secret: String,
    seen: Mutex<(HashSet<String>, VecDeque<String>)>,
}

impl Receiver {
    fn is_secret(&self, secret: &str) -> bool {
        // Compares every byte, so that the time reveals nothing about the secret.
        let differs = self.secret.bytes().zip(secret.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        self.secret.len() == secret.len() && differs == 0
    }

    /// Remembers the id, and returns whether it was delivered before.
    fn is_repeated(&self, id: &str) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.0.insert(id.to_owned()) {
            return true;
        }
        seen.1.push_back(id.to_owned());
        if seen.1.len() > REMEMBERED_IDS
            && let Some(oldest) = seen.1.pop_front()
        {
            seen.0.remove(&oldest);
        }
        false
    }
}

async fn permit(
    State(receiver): State<Arc<Receiver>>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !receiver.is_secret(&secret) {
        return StatusCode::NOT_FOUND.into_response();
    }
    // Anyone who knows the secret may deliver, from any origin, up to 600 events per minute.
    let response = handshake(&headers, |_| true, Some(600));
    (response.status, response.headers).into_response()
}

async fn deliver(
    State(receiver): State<Arc<Receiver>>,
    Path(secret): Path<String>,
    body: Bytes,
) -> StatusCode {
    if !receiver.is_secret(&secret) {
        return StatusCode::NOT_FOUND;
    }
    let Ok(events) = Event::parse_all(&body) else { return StatusCode::BAD_REQUEST };
    for event in events {
        if event.id.as_deref().is_some_and(|id| receiver.is_repeated(id)) {
            continue;
        }
        match event.data {
            EventData::AssetMediaFileAdded(file) => {
                println!("asset {:?} has a file: {:?}", file.asset_id, file.file_name);
            }
            EventData::Unknown { kind, .. } => println!("unknown event of type {kind}"),
            other => println!("{other:?}"),
        }
    }
    // Put long work into a queue: the sender waits for this response.
    StatusCode::OK
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret =
        env::var("WEBHOOK_SECRET").map_err(|_| "set WEBHOOK_SECRET to a long random string")?;
    let receiver = Arc::new(Receiver { secret, seen: Mutex::default() });
    let router = Router::new()
        .route("/mediavalet/{secret}", post(deliver).options(permit))
        .with_state(receiver);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}
