//! Storage hosts: signed links, and requests to them.

#[cfg(feature = "uploads")]
pub(crate) mod blob;
#[cfg(feature = "uploads")]
pub(crate) mod checksum;

use std::{fmt, time::Duration};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use oneteg_http::{
    ByteStream, CallOptions, Error, ErrorKind, Method, RangeRequest, ResponseValue, Runtime,
    reqwest::Url,
};

use crate::error::LINK_EXPIRED;

/// A signed link to a blob. It grants access without a credential, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Link {
    url: Url,
    expires: Option<DateTime<Utc>>,
}

impl Link {
    /// Reads a link from MediaValet. An unencrypted link is an error, unless both the link and the client's base
    /// URL lead to this machine.
    pub(crate) fn parse(url: &str, runtime: &Runtime) -> Result<Self, Error> {
        let link = Self::parse_anywhere(url)?;
        if runtime.allows_url(&link.url) {
            return Ok(link);
        }
        let (scheme, host) = (link.url.scheme(), link.url.host_str().unwrap_or_default());
        let message = format!(
            "MediaValet returned a storage link that is not an https URL (scheme `{scheme}`, host `{host}`); \
             nothing was sent to it"
        );
        Err(Error::new(ErrorKind::Decode, message))
    }

    fn parse_anywhere(url: &str) -> Result<Self, Error> {
        // The URL itself is a secret, so the error does not show it.
        let url: Url = url.trim().parse().map_err(|_| {
            Error::new(ErrorKind::Decode, "MediaValet returned a storage link that is not a URL")
        })?;
        // `se`: the signed expiry of Azure's shared access signatures.
        let expires = url.query_pairs().find(|(name, _)| name == "se");
        let expires = expires.and_then(|(_, time)| parse_expiry(&time));
        Ok(Self { url, expires })
    }

    /// Sets the lifetime that MediaValet reported with the link, unless the link shows its expiry. The link may
    /// have been made earlier, so this is the latest time at which it expires.
    pub(crate) fn with_lifetime(mut self, lifetime: Option<Duration>) -> Self {
        let latest = || Utc::now().checked_add_signed(TimeDelta::from_std(lifetime?).ok()?);
        self.expires = self.expires.or_else(latest);
        self
    }

    #[cfg(feature = "uploads")]
    pub(crate) fn as_str(&self) -> &str {
        self.url.as_str()
    }

    pub(crate) fn has_expired(&self) -> bool {
        self.expires.is_some_and(|expires| expires <= Utc::now())
    }

    /// Whether this is another, unexpired link to the same blob.
    #[cfg(feature = "uploads")]
    pub(crate) fn renews(&self, other: &Self) -> bool {
        let location = |link: &Self| {
            (link.url.host_str().map(str::to_owned), link.url.port(), link.url.path().to_owned())
        };
        self.url != other.url && location(self) == location(other) && !self.has_expired()
    }

    /// Turns the refusal of an expired link into one error, since storage hosts report it in several ways.
    /// Returns other errors unchanged.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let reported = error.message().contains("not valid in the specified time frame")
            || error.message().contains("expired");
        if !is_refusal(&error) || !(self.has_expired() || reported) {
            return error;
        }
        let host = self.url.host_str().unwrap_or_default();
        let message = format!(
            "{host} refused the signed link because it has expired, and MediaValet provides no newer one; start \
             the transfer again"
        );
        error.reclassified(ErrorKind::Authentication, LINK_EXPIRED, message)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        f.debug_struct("Link").field("host", &host).field("expires", &self.expires).finish()
    }
}

/// Whether the storage host refused the link, so that a newer one may be accepted. A link without the necessary
/// permission is excluded: a newer one would have the same permissions.
pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(error.status().map(|status| status.as_u16()), Some(401 | 403))
        && error.code() != Some("AuthorizationPermissionMismatch")
}

/// Reads the expiry of a shared access signature: a time with or without seconds, or a date.
fn parse_expiry(value: &str) -> Option<DateTime<Utc>> {
    let with_format = |format| NaiveDateTime::parse_from_str(value, format).ok();
    DateTime::parse_from_rfc3339(value)
        .map(|time| time.to_utc())
        .ok()
        .or_else(|| with_format("%Y-%m-%dT%H:%MZ").map(|time| time.and_utc()))
        .or_else(|| {
            let day = NaiveDate::parse_from_str(value, "%Y-%m-%d").ok()?;
            Some(day.and_time(NaiveTime::MIN).and_utc())
        })
}

/// Reads a blob, or a range of it.
pub(crate) async fn get(
    runtime: &Runtime,
    link: &Link,
    range: RangeRequest,
) -> Result<ResponseValue<ByteStream>, Error> {
    // The link may lead to a content delivery network in front of the storage, so no header of Azure's protocol
    // is sent.
    let request = runtime.request_external(Method::GET, link.url.clone());
    request.options(CallOptions::new().range(range)).send_stream().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_knows_its_expiry_and_shows_no_signature() {
        let link = |expiry: &str| {
            Link::parse_anywhere(&format!("https://h/c/b?se={expiry}&sig=canary")).unwrap()
        };
        for expired in ["2020-01-02T03:04:05Z", "2020-01-02T03:04Z", "2020-01-02"] {
            assert!(link(expired).has_expired(), "{expired}");
        }
        for valid in ["2999-01-02T03%3A04%3A05Z", "", "nonsense"] {
            assert!(!link(valid).has_expired(), "{valid}");
        }
        assert!(!format!("{:?}", link("2999-01-01")).contains("canary"));
        let minute = Some(Duration::from_secs(60));
        assert!(link("").with_lifetime(Some(Duration::ZERO)).has_expired());
        assert!(!link("").with_lifetime(minute).has_expired());
        assert!(!link("").with_lifetime(Some(Duration::MAX)).has_expired());
        // The link's own expiry is exact and takes precedence.
        assert!(link("2020-01-02").with_lifetime(minute).has_expired());
        assert!(!link("2999-01-01").with_lifetime(Some(Duration::ZERO)).has_expired());
        #[cfg(feature = "uploads")]
        renewal(&link);
        assert!(!format!("{:?}", Link::parse_anywhere("no url: canary")).contains("canary"));
    }

    #[cfg(feature = "uploads")]
    fn renewal(link: &dyn Fn(&str) -> Link) {
        let newer = Link::parse_anywhere("https://h/c/b?se=2999-01-01&sig=other").unwrap();
        assert!(newer.renews(&link("2020-01-01")));
        assert!(!newer.renews(&newer));
        let other_blob = Link::parse_anywhere("https://h/c/other?sig=x").unwrap();
        assert!(!other_blob.renews(&link("2020-01-01")));
    }
}
