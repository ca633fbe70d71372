//! Which version of a file a response belongs to.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};
use serde::{Deserialize, Serialize};

/// What a response specifies about the version of its file: the entity tag and the time of the last
/// change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
}

/// How two versions relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Same,
    /// One of them lacks the information.
    Unknown,
    Changed,
}

impl Version {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| {
            let value = headers.get(name)?;
            let text = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let now = text(header::DATE).and_then(|date| moment(&date));
        // A file that changed in the second of the response may change again in that second, and a page
        // made on request always has the time of now (RFC 9110 section 8.8.2.2).
        let settled = |modified: &String| {
            let modified = moment(modified);
            modified.is_some_and(|at| now.is_none_or(|now| at + Duration::from_secs(1) <= now))
        };
        Self { etag: text(header::ETAG), modified: text(header::LAST_MODIFIED).filter(settled) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.etag.is_none() && self.modified.is_none()
    }

    /// Whether other responses can be recognized as the same version. A weak entity tag does not promise
    /// the same bytes (RFC 9110 section 8.8.1), so it is not enough.
    pub(super) fn is_known(&self) -> bool {
        self.strong_tag().is_some() || self.modified.is_some()
    }

    /// The entity tag, if it is a strong one in the form of the standard: in quotes.
    fn strong_tag(&self) -> Option<&str> {
        let tag = self.etag.as_deref()?;
        let inner = tag.strip_prefix('"')?.strip_suffix('"')?;
        let sendable = inner.bytes().all(|byte| byte != b'"' && (0x20..0x7f).contains(&byte));
        sendable.then_some(tag)
    }

    /// The value for `If-Range` (RFC 9110 section 13.1.5): never a weak tag, and no date beside one.
    pub(super) fn if_range(&self) -> Option<&str> {
        let is_weak = self.etag.as_deref().is_some_and(|tag| tag.starts_with("W/"));
        self.strong_tag().or_else(|| self.modified.as_deref().filter(|_| !is_weak))
    }

    /// Compares with the version of a later response.
    pub(super) fn compare(&self, later: &Self) -> Comparison {
        if let Some(tag) = self.strong_tag() {
            return match &later.etag {
                Some(other) if other == tag => Comparison::Same,
                Some(_) => Comparison::Changed,
                None => Comparison::Unknown,
            };
        }
        let opaque = |version: &Self| {
            let tag = version.etag.as_deref()?;
            Some(tag.strip_prefix("W/").unwrap_or(tag).to_owned())
        };
        if let (Some(tag), Some(other)) = (opaque(self), opaque(later))
            && tag != other
        {
            return Comparison::Changed;
        }
        match (&self.modified, &later.modified) {
            (Some(at), Some(other)) if moment(at) == moment(other) => Comparison::Same,
            (Some(_), Some(_)) => Comparison::Changed,
            _ => Comparison::Unknown,
        }
    }
}

fn moment(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAY: &str = "Mon, 06 May 2024 07:08:09 GMT";
    const JUNE: &str = "Thu, 06 Jun 2024 07:08:09 GMT";

    fn version(pairs: &[(&'static str, &str)]) -> Version {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Version::of(&headers)
    }

    #[test]
    fn only_what_the_standard_allows_is_sent_back() {
        let dated = ("last-modified", MAY);
        for (pairs, sent) in [
            (&[("etag", "\"a\""), dated][..], Some("\"a\"")),
            (&[("etag", "\"\"")], Some("\"\"")),
            // Not a tag of the standard: the date, which is one.
            (&[("etag", "a"), dated], Some(MAY)),
            (&[("etag", "\"a"), dated], Some(MAY)),
            (&[("etag", "a")], None),
            (&[("etag", "\"é\"")], None),
            (&[("etag", "W/\"a\""), dated], None),
            (&[("etag", "W/\"a\"")], None),
            (&[dated], Some(MAY)),
            (&[dated, ("date", JUNE)], Some(MAY)),
            (&[dated, ("date", MAY)], None),
            (&[("last-modified", "yesterday")], None),
            (&[], None),
        ] {
            assert_eq!(version(pairs).if_range(), sent, "{pairs:?}");
        }
    }

    #[test]
    fn a_strong_tag_decides_and_then_the_date() {
        use Comparison::{Changed, Same, Unknown};
        let (tag, other, weak) = (("etag", "\"a\""), ("etag", "\"b\""), ("etag", "W/\"a\""));
        let (may, june) = (("last-modified", MAY), ("last-modified", JUNE));
        for (first, later, expected) in [
            (&[tag][..], &[tag][..], Same),
            (&[tag, may], &[tag, june], Same),
            (&[tag, may], &[other, may], Changed),
            (&[tag], &[weak], Changed),
            (&[tag, may], &[may], Unknown),
            (&[weak, may], &[tag, may], Same),
            (&[weak, may], &[("etag", "W/\"b\""), may], Changed),
            (&[weak], &[weak], Unknown),
            (&[("etag", "a"), may], &[("etag", "b"), may], Changed),
            (&[may], &[may], Same),
            (&[may], &[june], Changed),
            (&[may], &[], Unknown),
            (&[], &[tag, may], Unknown),
        ] {
            assert_eq!(version(first).compare(&version(later)), expected, "{first:?} {later:?}");
        }
        // The same time in an old spelling (RFC 9110 section 5.6.7).
        let old = version(&[("last-modified", "Monday, 06-May-24 07:08:09 GMT")]);
        assert_eq!(version(&[may]).compare(&old), Same);
    }

    #[test]
    fn a_weak_tag_alone_does_not_identify_bytes() {
        assert!(version(&[("etag", "\"a\"")]).is_known());
        assert!(version(&[("last-modified", MAY)]).is_known());
        for pairs in [&[("etag", "W/\"a\"")][..], &[("etag", "a")], &[]] {
            assert!(!version(pairs).is_known(), "{pairs:?}");
        }
    }
}
