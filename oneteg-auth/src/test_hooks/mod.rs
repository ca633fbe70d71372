//! What `oneteg-test-kit` and the fuzz targets need from the inside of this crate. Not part of its API.
//!
//! The functions on bytes are the bodies of the fuzz targets: everything that reads what a server, a browser
//! or a file provides.

use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{
    CallbackQuery, Challenge, Clock, Refusal, RetryAfter, SealingKey, SealingKeys, SessionKey,
    SystemClock, oauth, store,
};

mod disk;
mod session;

pub use self::{disk::observe_writes, session::TestSession};

/// Reads the body of a token response.
pub fn token_response(bytes: &[u8]) -> bool {
    oauth::parse_token_response(bytes).is_ok()
}

/// Reads a `Retry-After` value and a response's headers; returns whether every wait is bounded.
pub fn retry_after(bytes: &[u8]) -> bool {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        for name in ["retry-after", "retry-after-ms", "date"] {
            headers.insert(name, value.clone());
        }
    }
    let now = SystemClock.wall();
    let waits = [RetryAfter::parse(bytes), RetryAfter::from_headers(&headers)];
    waits.into_iter().flatten().all(|wait| wait.delay(now) <= RetryAfter::MAX)
}

/// Reads `WWW-Authenticate`, and classifies a refusal with it.
pub fn www_authenticate(bytes: &[u8]) -> bool {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        headers.insert(header::WWW_AUTHENTICATE, value);
    }
    let refusal = Refusal::of(StatusCode::UNAUTHORIZED, &headers, bytes);
    !Challenge::parse(bytes).is_empty() && refusal.calls_for_refresh()
}

/// Reads a callback.
pub fn callback_query(bytes: &[u8]) -> bool {
    CallbackQuery::parse(&String::from_utf8_lossy(bytes)).is_ok()
}

/// Opens a stored record: as given, and as the content of an unsealed one, so that what is behind the seal is
/// read too.
pub fn stored_record(bytes: &[u8]) -> bool {
    let key = SessionKey::new("fuzz");
    let Ok(sealing) = SealingKey::new("k1", [7; 32]) else { return false };
    let sealed = store::decode(&SealingKeys::new(sealing), &key, bytes).is_ok();
    let plain = SealingKeys::plain_text();
    let inside = plain
        .seal(&key, 1, bytes)
        .and_then(|record| store::decode(&plain, &key, &record))
        .map(|state| state.load(0));
    sealed || store::decode(&plain, &key, bytes).is_ok() || inside.is_ok()
}
