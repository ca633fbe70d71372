//! Shared access signatures: anyone who has the URL may do what it permits until it expires.
//!
//! A URL carries its permissions (`sp`), its time frame (`st`, `se`), the protocol version (`sv`) and the kind
//! of resource (`sr`). The signature (`sig`) covers all of them and the name of the blob.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::form_urlencoded;

use crate::choices::mediavalet as choices;

/// The prefix of the paths of blobs.
pub(crate) const PATH_PREFIX: &str = "/blob/";

/// The version of the storage protocol that links are signed for.
pub(crate) const STORAGE_VERSION: &str = "2024-11-04";

/// How far the start of a link lies in the past, because a client's clock may be slow.
const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// What a signature permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permissions {
    Read,
    /// For uploads.
    ReadCreateWrite,
}

impl Permissions {
    fn letters(self) -> &'static str {
        match self {
            Self::Read => "r",
            Self::ReadCreateWrite if choices::UPLOAD_LINKS_PERMIT_READING.get() => "rcw",
            Self::ReadCreateWrite => "cw",
        }
    }
}

/// Why a signature does not permit a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SignatureError {
    /// The signature does not match the URL.
    Mismatch,
    /// The link is not valid yet, or no longer.
    OutsideTimeFrame { start: String, expiry: String, now: String },
    /// The signature is for other operations.
    MissingPermission,
}

/// The key that links are signed with.
pub(crate) struct Signer(Hmac<Sha256>);

impl Signer {
    /// A signer with a fixed key, so that the links of a restarted sandbox stay valid.
    pub(crate) fn new() -> Self {
        Self(Hmac::new(&[0x5a; 64].into()))
    }

    fn sign(&self, fields: &[&str; 6]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(fields.join("\n").as_bytes());
        mac
    }

    /// Checks the query of a request for this blob. The request needs one of the `accepted` permissions.
    pub(crate) fn check(
        &self,
        blob_name: &str,
        query: &[(String, String)],
        accepted: &[char],
        now: DateTime<Utc>,
    ) -> Result<(), SignatureError> {
        let field = |name: &str| {
            let found = query.iter().find(|(known, _)| known == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let (permissions, start, expiry) = (field("sp"), field("st"), field("se"));
        let signed = [permissions, start, expiry, blob_name, field("sv"), field("sr")];
        let signature = BASE64_STANDARD.decode(field("sig")).unwrap_or_default();
        if self.sign(&signed).verify_slice(&signature).is_err() {
            return Err(SignatureError::Mismatch);
        }
        let moment = |value: &str| NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M:%SZ").ok();
        let current = now.naive_utc();
        let valid = moment(start).is_some_and(|start| start <= current)
            && moment(expiry).is_some_and(|expiry| current < expiry);
        if !valid {
            return Err(SignatureError::OutsideTimeFrame {
                start: start.to_owned(),
                expiry: expiry.to_owned(),
                now: iso_8601(now),
            });
        }
        let permitted = accepted.iter().any(|letter| permissions.contains(*letter));
        permitted.then_some(()).ok_or(SignatureError::MissingPermission)
    }
}

/// Builds signed links that the client of one request can reach.
#[derive(Clone)]
pub(crate) struct LinkBuilder {
    pub(crate) signer: Arc<Signer>,
    /// The storage's origin, such as `http://localhost:49152`.
    pub(crate) origin: String,
    pub(crate) now: DateTime<Utc>,
    pub(crate) lifetime: Duration,
}

impl LinkBuilder {
    /// The lifetime of the links in milliseconds, as `sasExpiry` reports it.
    pub(crate) fn lifetime_ms(&self) -> u64 {
        u64::try_from(self.lifetime.as_millis()).unwrap_or(u64::MAX)
    }

    /// The signed URL of a blob.
    pub(crate) fn signed_url(&self, blob_name: &str, permissions: Permissions) -> String {
        let start = iso_8601(self.now - CLOCK_SKEW);
        let expiry = iso_8601(self.now + self.lifetime);
        let letters = permissions.letters();
        let signed = [letters, &start, &expiry, blob_name, STORAGE_VERSION, "b"];
        let signature = self.signer.sign(&signed).finalize().into_bytes();
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("sv", STORAGE_VERSION)
            .append_pair("st", &start)
            .append_pair("se", &expiry)
            .append_pair("sr", "b")
            .append_pair("sp", letters)
            .append_pair("sig", &BASE64_STANDARD.encode(signature))
            .finish();
        format!("{}{PATH_PREFIX}{blob_name}?{query}", self.origin)
    }
}

fn iso_8601(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// The query of a link to `assets/a.txt` that is valid for a minute from `now`.
    fn link(now: DateTime<Utc>, permissions: Permissions) -> Vec<(String, String)> {
        let links = LinkBuilder {
            signer: Arc::new(Signer::new()),
            origin: "http://localhost:1".into(),
            now,
            lifetime: Duration::from_secs(60),
        };
        let url = links.signed_url("assets/a.txt", permissions);
        let (_, query) = url.split_once('?').unwrap();
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    #[test]
    fn a_link_is_valid_for_its_blob_its_permissions_and_its_time() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let query = link(now, Permissions::Read);
        let check = |name: &str, letters: &[char], seconds: i64| {
            Signer::new().check(name, &query, letters, now + TimeDelta::seconds(seconds))
        };
        assert_eq!(check("assets/a.txt", &['r'], 0), Ok(()));
        assert_eq!(check("assets/a.txt", &['r'], -300), Ok(()), "a slow clock");
        assert_eq!(check("assets/a.txt", &['r'], 59), Ok(()));
        assert_eq!(check("assets/b.txt", &['r'], 0), Err(SignatureError::Mismatch));
        assert_eq!(check("assets/a.txt", &['c', 'w'], 0), Err(SignatureError::MissingPermission));
        for outside in [-301, 60] {
            let error = check("assets/a.txt", &['r'], outside);
            assert!(matches!(error, Err(SignatureError::OutsideTimeFrame { .. })), "{outside}");
        }
    }

    #[test]
    fn every_field_is_signed() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let query = link(now, Permissions::ReadCreateWrite);
        for changed in 0..query.len() {
            let mut query = query.clone();
            query[changed].1.push('0');
            let error = Signer::new().check("assets/a.txt", &query, &['w'], now);
            assert_eq!(error, Err(SignatureError::Mismatch), "{}", query[changed].0);
        }
    }
}
