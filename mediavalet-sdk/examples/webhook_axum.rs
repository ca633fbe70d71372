//! A web server that takes MediaValet's webhooks.
//!
//! ```text
//! WEBHOOK_SECRET=$(openssl rand -hex 16) cargo run -p mediavalet-sdk --example webhook_axum
//! ```
//!
//! Put it behind TLS, and subscribe `https://<your host>/mediavalet/<the secret>`: deliveries are not
//! signed, so the secret in the path is all that tells them from anybody else's requests.

// A program that talks to people.
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

/// How many deliveries are remembered, to know one that comes again.
const REMEMBERED: usize = 10_000;

struct Receiver {
    secret: String,
    seen: Mutex<(HashSet<String>, VecDeque<String>)>,
}

impl Receiver {
    fn knows(&self, secret: &str) -> bool {
        // Of equal length or not, every byte is looked at: the time tells nothing.
        let differs = self.secret.bytes().zip(secret.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        self.secret.len() == secret.len() && differs == 0
    }

    /// Whether this delivery came before.
    fn saw(&self, id: &str) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.0.insert(id.to_owned()) {
            return true;
        }
        seen.1.push_back(id.to_owned());
        if seen.1.len() > REMEMBERED
            && let Some(oldest) = seen.1.pop_front()
        {
            seen.0.remove(&oldest);
        }
        false
    }
}

async fn hello(
    State(receiver): State<Arc<Receiver>>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !receiver.knows(&secret) {
        return StatusCode::NOT_FOUND.into_response();
    }
    // Whoever knows the secret may deliver, under any name, 600 times a minute.
    let answer = handshake(&headers, |_| true, Some(600));
    (answer.status, answer.headers).into_response()
}

async fn deliver(
    State(receiver): State<Arc<Receiver>>,
    Path(secret): Path<String>,
    body: Bytes,
) -> StatusCode {
    if !receiver.knows(&secret) {
        return StatusCode::NOT_FOUND;
    }
    let Ok(events) = Event::parse_all(&body) else { return StatusCode::BAD_REQUEST };
    for event in events {
        if event.id.as_deref().is_some_and(|id| receiver.saw(id)) {
            continue;
        }
        match event.data {
            EventData::AssetMediaFileAdded(file) => {
                println!("asset {:?} has a file: {:?}", file.asset_id, file.file_name);
            }
            EventData::Unknown { kind, .. } => println!("an event of type {kind}"),
            other => println!("{other:?}"),
        }
    }
    // Work that takes long belongs into a queue: the sender waits for this answer.
    StatusCode::OK
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret =
        env::var("WEBHOOK_SECRET").map_err(|_| "set WEBHOOK_SECRET to a long random text")?;
    let receiver = Arc::new(Receiver { secret, seen: Mutex::default() });
    let router = Router::new()
        .route("/mediavalet/{secret}", post(deliver).options(hello))
        .with_state(receiver);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}
