//! The version of a file that a response belongs to (RFC 9110 section 8.8).
//!
//! | First response | Later response | They are |
//! |---|---|---|
//! | a strong entity tag | the same tag | of the same version |
//! | a strong entity tag | another tag, weak ones included | of different versions |
//! | a strong entity tag | none | unknown |
//! | otherwise | another weak or malformed tag | of different versions |
//! | a modification time | the same, or another | of the same version, or of different ones |
//! | none of these | anything | unknown |

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};
use serde::{Deserialize, Serialize};

/// What a response reports about the version of its file: the entity tag and the modification time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileVersion {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
}

/// How the versions of two responses relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VersionMatch {
    Same,
    /// One of the responses does not report enough.
    Unknown,
    Changed,
}

impl FileVersion {
    pub(super) fn from_headers(headers: &HeaderMap) -> Self {
        let value_of = |name: HeaderName| {
            let value = headers.get(name)?;
            let value = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let now = value_of(header::DATE).and_then(|date| parse_time(&date));
        // A file that changed in the second of the response may change again within that second, and a page
        // that is rendered on request always has the current time (RFC 9110 section 8.8.2.2).
        let is_settled = |modified: &String| {
            let modified = parse_time(modified);
            modified.is_some_and(|at| now.is_none_or(|now| at + Duration::from_secs(1) <= now))
        };
        let modified = value_of(header::LAST_MODIFIED).filter(is_settled);
        Self { etag: value_of(header::ETAG), modified }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.etag.is_none() && self.modified.is_none()
    }

    /// Whether a later response can be recognised as the same version. A weak entity tag does not promise the
    /// same bytes (RFC 9110 section 8.8.1), so it is not enough.
    pub(super) fn is_comparable(&self) -> bool {
        self.strong_tag().is_some() || self.modified.is_some()
    }

    /// The entity tag, if it is a strong one in the standard form: in quotes.
    fn strong_tag(&self) -> Option<&str> {
        let tag = self.etag.as_deref()?;
        let opaque = tag.strip_prefix('"')?.strip_suffix('"')?;
        let is_sendable = opaque.bytes().all(|byte| byte != b'"' && (0x20..0x7f).contains(&byte));
        is_sendable.then_some(tag)
    }

    /// The value for `If-Range` (RFC 9110 section 13.1.5): never a weak tag, nor a date next to one.
    pub(super) fn if_range(&self) -> Option<&str> {
        let is_weak = self.etag.as_deref().is_some_and(|tag| tag.starts_with("W/"));
        self.strong_tag().or_else(|| self.modified.as_deref().filter(|_| !is_weak))
    }

    /// Compares with the version of a later response.
    pub(super) fn compare(&self, later: &Self) -> VersionMatch {
        if let Some(tag) = self.strong_tag() {
            return match &later.etag {
                Some(other) if other == tag => VersionMatch::Same,
                Some(_) => VersionMatch::Changed,
                None => VersionMatch::Unknown,
            };
        }
        let opaque_tag = |version: &Self| {
            let tag = version.etag.as_deref()?;
            Some(tag.strip_prefix("W/").unwrap_or(tag).to_owned())
        };
        if let (Some(tag), Some(other)) = (opaque_tag(self), opaque_tag(later))
            && tag != other
        {
            return VersionMatch::Changed;
        }
        match (&self.modified, &later.modified) {
            (Some(at), Some(other)) if parse_time(at) == parse_time(other) => VersionMatch::Same,
            (Some(_), Some(_)) => VersionMatch::Changed,
            _ => VersionMatch::Unknown,
        }
    }
}

fn parse_time(value: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAY: &str = "Mon, 06 May 2024 07:08:09 GMT";
    const JUNE: &str = "Thu, 06 Jun 2024 07:08:09 GMT";

    fn version(pairs: &[(&'static str, &str)]) -> FileVersion {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        FileVersion::from_headers(&headers)
    }

    #[test]
    fn only_what_the_standard_allows_is_sent_back() {
        let dated = ("last-modified", MAY);
        for (pairs, sent) in [
            (&[("etag", "\"a\""), dated][..], Some("\"a\"")),
            (&[("etag", "\"\"")], Some("\"\"")),
            // Not a standard tag: the date is sent, which is a validator.
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
        use VersionMatch::{Changed, Same, Unknown};
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
        // The same time in an obsolete format (RFC 9110 section 5.6.7).
        let old = version(&[("last-modified", "Monday, 06-May-24 07:08:09 GMT")]);
        assert_eq!(version(&[may]).compare(&old), Same);
    }

    #[test]
    fn a_weak_tag_alone_does_not_identify_bytes() {
        assert!(version(&[("etag", "\"a\"")]).is_comparable());
        assert!(version(&[("last-modified", MAY)]).is_comparable());
        for pairs in [&[("etag", "W/\"a\"")][..], &[("etag", "a")], &[]] {
            assert!(!version(pairs).is_comparable(), "{pairs:?}");
        }
    }
}
