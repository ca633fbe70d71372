//! Storage hosts: signed links, and what goes to and comes from them.

#[cfg(feature = "uploads")]
pub(crate) mod blob;

use std::{fmt, time::Duration};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use oneteg_http::{
    ByteStream, CallOptions, Error, ErrorKind, Method, RangeRequest, ResponseValue, Runtime,
    reqwest::Url,
};

use crate::error::LINK_EXPIRED;

/// A signed link to a blob. Whoever has it needs nothing else, so it is shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Link {
    url: Url,
    ends: Option<DateTime<Utc>>,
}

impl Link {
    /// Accepts a link that MediaValet gave. It must not lead to this machine or to an unencrypted
    /// connection.
    pub(crate) fn parse(text: &str, runtime: &Runtime) -> Result<Self, Error> {
        let link = Self::read(text)?;
        if runtime.allows_url(&link.url) {
            return Ok(link);
        }
        let (scheme, host) = (link.url.scheme(), link.url.host_str().unwrap_or_default());
        let message = format!(
            "MediaValet gave a link to storage that is no https address: {scheme}, host `{host}`; nothing was \
             sent to it"
        );
        Err(Error::new(ErrorKind::Decode, message))
    }

    fn read(text: &str) -> Result<Self, Error> {
        let url: Url = text.trim().parse().map_err(|_| {
            Error::new(ErrorKind::Decode, "MediaValet gave a link to storage that is no URL")
        })?;
        let ends = url.query_pairs().find(|(name, _)| name == "se");
        let ends = ends.and_then(|(_, text)| moment(&text));
        Ok(Self { url, ends })
    }

    /// The link with the lifetime that was reported with it, if it does not show its own expiry. It may
    /// have been made some time ago, so this is the latest moment at which it expires.
    pub(crate) fn living(mut self, lifetime: Option<Duration>) -> Self {
        let latest = || Utc::now().checked_add_signed(TimeDelta::from_std(lifetime?).ok()?);
        self.ends = self.ends.or_else(latest);
        self
    }

    #[cfg(feature = "uploads")]
    pub(crate) fn as_str(&self) -> &str {
        self.url.as_str()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ends.is_some_and(|ends| ends <= Utc::now())
    }

    /// Whether it is another link to the same blob.
    #[cfg(feature = "uploads")]
    pub(crate) fn renews(&self, other: &Self) -> bool {
        let place = |link: &Self| {
            (link.url.host_str().map(str::to_owned), link.url.port(), link.url.path().to_owned())
        };
        self.url != other.url && place(self) == place(other) && !self.has_ended()
    }

    /// The refusal of this link, said as what it is: storage hosts report an expired link in several ways.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let says_so = error.message().contains("not valid in the specified time frame")
            || error.message().contains("expired");
        if !is_refusal(&error) || !(self.has_ended() || says_so) {
            return error;
        }
        let host = self.url.host_str().unwrap_or_default();
        let message = format!(
            "{host} refused the signed link, which has expired, and there is no newer one; begin the transfer anew"
        );
        error.reclassified(ErrorKind::Authentication, LINK_EXPIRED, message)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        f.debug_struct("Link").field("host", &host).field("ends", &self.ends).finish()
    }
}

/// Whether another link to the same blob might be taken: the right ones were there, or may have been.
pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(error.status().map(|status| status.as_u16()), Some(401 | 403))
        && error.code() != Some("AuthorizationPermissionMismatch")
}

/// A time as signed links write it: with seconds, without, or a day alone.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let of = |format| NaiveDateTime::parse_from_str(text, format).ok();
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .ok()
        .or_else(|| of("%Y-%m-%dT%H:%MZ").map(|time| time.and_utc()))
        .or_else(|| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            Some(day.and_time(NaiveTime::MIN).and_utc())
        })
}

/// Reads a blob, or a range of it.
pub(crate) async fn get(
    runtime: &Runtime,
    link: &Link,
    range: RangeRequest,
) -> Result<ResponseValue<ByteStream>, Error> {
    // A content network in front of storage is as likely, so nothing of Azure's protocol is sent.
    let request = runtime.request_external(Method::GET, link.url.clone());
    request.options(CallOptions::new().range(range)).send_stream().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_knows_its_end_and_shows_no_signature() {
        let link = |end: &str| Link::read(&format!("https://h/c/b?se={end}&sig=canary")).unwrap();
        for ended in ["2020-01-02T03:04:05Z", "2020-01-02T03:04Z", "2020-01-02"] {
            assert!(link(ended).has_ended(), "{ended}");
        }
        for open in ["2999-01-02T03%3A04%3A05Z", "", "nonsense"] {
            assert!(!link(open).has_ended(), "{open}");
        }
        assert!(!format!("{:?}", link("2999-01-01")).contains("canary"));
        let minute = Some(Duration::from_secs(60));
        assert!(link("").living(Some(Duration::ZERO)).has_ended());
        assert!(!link("").living(minute).has_ended());
        assert!(!link("").living(Some(Duration::MAX)).has_ended());
        // What the link itself shows is exact.
        assert!(link("2020-01-02").living(minute).has_ended());
        assert!(!link("2999-01-01").living(Some(Duration::ZERO)).has_ended());
        #[cfg(feature = "uploads")]
        renewal(&link);
        assert!(!format!("{:?}", Link::read("no url: canary")).contains("canary"));
    }

    #[cfg(feature = "uploads")]
    fn renewal(link: &dyn Fn(&str) -> Link) {
        let newer = Link::read("https://h/c/b?se=2999-01-01&sig=other").unwrap();
        assert!(newer.renews(&link("2020-01-01")));
        assert!(!newer.renews(&newer));
        assert!(!Link::read("https://h/c/other?sig=x").unwrap().renews(&link("2020-01-01")));
    }
}
