//! Shared access signatures: who has the URL may do what it says, until it expires.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::form_urlencoded;

use super::endpoint::PATH_PREFIX;
use super::errors::BlobFailure;

/// The version of the storage's protocol that links are made for.
pub(super) const STORAGE_VERSION: &str = "2024-11-04";

/// What a signature permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permissions {
    Read,
    /// Reading is for Get Block List.
    ReadCreateWrite,
}

impl Permissions {
    fn letters(self) -> &'static str {
        match self {
            Self::Read => "r",
            Self::ReadCreateWrite => "rcw",
        }
    }
}

/// Signs links, and checks them.
pub(crate) struct Signer(Hmac<Sha256>);

impl Signer {
    /// A signer with a key of its own, which is the same at each start.
    pub(crate) fn new() -> Self {
        Self(Hmac::new(&[0x5a; 64].into()))
    }

    fn sign(&self, fields: &[&str; 6]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(fields.join("\n").as_bytes());
        mac
    }

    /// Checks the query of a request for this blob, of which `needed` is what it wants to do.
    pub(super) fn check(
        &self,
        name: &str,
        query: &[(String, String)],
        needed: &[char],
        now: DateTime<Utc>,
    ) -> Result<(), BlobFailure> {
        let field = |wanted: &str| {
            let found = query.iter().find(|(known, _)| known == wanted);
            found.map_or("", |(_, value)| value.as_str())
        };
        let (permissions, start, expiry) = (field("sp"), field("st"), field("se"));
        let signed = [permissions, start, expiry, name, field("sv"), field("sr")];
        let signature = BASE64_STANDARD.decode(field("sig")).unwrap_or_default();
        if self.sign(&signed).verify_slice(&signature).is_err() {
            return Err(BlobFailure::signature("Signature did not match."));
        }
        let moment = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ").ok();
        let current = now.naive_utc();
        // The start lies back a little, as other clocks may.
        let valid = moment(start).is_some_and(|start| start <= current)
            && moment(expiry).is_some_and(|expiry| current < expiry);
        if !valid {
            let now = now.to_rfc3339_opts(SecondsFormat::Secs, true);
            return Err(BlobFailure::signature(format!(
                "Signature not valid in the specified time frame: Start [{start}] - Expiry [{expiry}] - \
                 Current [{now}]"
            )));
        }
        let permitted = needed.iter().any(|letter| permissions.contains(*letter));
        permitted.then_some(()).ok_or_else(BlobFailure::permission)
    }
}

/// Makes links to the storage, as the client of one request can reach it.
#[derive(Clone)]
pub(crate) struct Links {
    pub(crate) signer: Arc<Signer>,
    /// The storage's origin, as `http://localhost:49152`.
    pub(crate) origin: String,
    pub(crate) now: DateTime<Utc>,
    pub(crate) lifetime: Duration,
}

impl Links {
    /// How long the links live, as reported in `sasExpiry`.
    pub(crate) fn milliseconds(&self) -> u64 {
        u64::try_from(self.lifetime.as_millis()).unwrap_or(u64::MAX)
    }

    /// A signed URL of a blob.
    pub(crate) fn to(&self, name: &str, permissions: Permissions) -> String {
        let text = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
        let start = text(self.now - Duration::from_secs(300));
        let expiry = text(self.now + self.lifetime);
        let letters = permissions.letters();
        let signed = [letters, &start, &expiry, name, STORAGE_VERSION, "b"];
        let signature = self.signer.sign(&signed).finalize().into_bytes();
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("sv", STORAGE_VERSION)
            .append_pair("st", &start)
            .append_pair("se", &expiry)
            .append_pair("sr", "b")
            .append_pair("sp", letters)
            .append_pair("sig", &BASE64_STANDARD.encode(signature))
            .finish();
        format!("{}{PATH_PREFIX}{name}?{query}", self.origin)
    }
}
