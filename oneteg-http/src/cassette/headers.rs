//! The headers that are recorded.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

use super::words::is_code;
use crate::{header_value, pseudonym::Pseudonymizer, response::file::name_in_disposition};

/// Headers of requests that distinguish them.
pub(super) const DISTINGUISHING: [HeaderName; 3] =
    [header::RANGE, header::CONTENT_RANGE, HeaderName::from_static("upload-offset")];

/// Headers of responses that have no content of the account.
const KEPT: [HeaderName; 14] = [
    header::ACCEPT_RANGES,
    header::ALLOW,
    header::CACHE_CONTROL,
    header::CONTENT_ENCODING,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
    header::RETRY_AFTER,
    HeaderName::from_static("tus-extension"),
    HeaderName::from_static("tus-max-size"),
    HeaderName::from_static("tus-resumable"),
    HeaderName::from_static("tus-version"),
    HeaderName::from_static("upload-length"),
    HeaderName::from_static("upload-offset"),
    HeaderName::from_static("x-ms-error-code"),
];

/// Headers of responses whose values are replaced.
const REPLACED: [HeaderName; 7] = [
    header::CONTENT_DISPOSITION,
    header::CONTENT_LOCATION,
    header::ETAG,
    header::LAST_MODIFIED,
    header::LINK,
    header::LOCATION,
    HeaderName::from_static("upload-expires"),
];

/// Replaces the values of headers.
pub(super) struct HeaderFakes<'a>(pub(super) &'a Pseudonymizer);

impl HeaderFakes<'_> {
    /// The headers of a response.
    pub(super) fn headers(&self, headers: &HeaderMap) -> BTreeMap<String, String> {
        let mut recorded = BTreeMap::new();
        for (name, value) in headers {
            let value = header_value::to_string(value);
            let value = if KEPT.contains(name) {
                value.into_owned()
            } else if *name == header::WWW_AUTHENTICATE {
                self.challenge(&value)
            } else if REPLACED.contains(name) {
                self.replaced(name, &value)
            } else {
                continue;
            };
            if HeaderValue::from_str(&value).is_ok() {
                recorded.insert(name.as_str().to_owned(), value);
            }
        }
        recorded
    }

    fn replaced(&self, name: &HeaderName, value: &str) -> String {
        if [header::LOCATION, header::CONTENT_LOCATION].contains(name) {
            return self.location(value);
        }
        if *name == header::CONTENT_DISPOSITION {
            // `attachment; filename="harbour.jpg"`: the name is a parameter, which may be encoded.
            let kind = value.split(';').next().unwrap_or_default().trim();
            let kind = if is_code(kind) { kind } else { "attachment" };
            let file = name_in_disposition(value).map(|name| self.0.string(&name));
            let file = file.filter(|name| name.is_ascii() && !name.contains(['"', '\\']));
            return match file {
                Some(file) => format!("{kind}; filename=\"{file}\""),
                None => kind.to_owned(),
            };
        }
        if *name == header::LINK {
            // `<https://...>; rel="next"`: the relation stays.
            return value
                .split(',')
                .map(|link| {
                    match link.trim().strip_prefix('<').and_then(|rest| rest.split_once('>')) {
                        Some((url, rest)) => format!("<{}>{rest}", self.location(url)),
                        None => self.0.string(link),
                    }
                })
                .collect::<Vec<_>>()
                .join(", ");
        }
        self.0.string(value)
    }

    /// A link, or one relative to the URL of the request.
    fn location(&self, value: &str) -> String {
        if value.contains("://") {
            return match Url::parse(value) {
                Ok(url) => self.absolute_link(&url),
                Err(_) => self.0.string(value),
            };
        }
        let (path, query) =
            value.split_once('?').map_or((value, None), |(path, query)| (path, Some(query)));
        let path = path.split('/').map(|segment| self.0.segment(segment));
        let path = path.collect::<Vec<_>>().join("/");
        match query {
            Some(query) => format!("{path}?{}", self.0.query(query)),
            None => path,
        }
    }

    fn absolute_link(&self, url: &Url) -> String {
        self.0.link(url.as_str())
    }

    /// A challenge: its scheme and the code of its error.
    fn challenge(&self, value: &str) -> String {
        let scheme = value.split([' ', ',']).next().unwrap_or_default();
        let scheme = if is_code(scheme) { scheme } else { "Bearer" };
        let code = value.split_once("error=\"").and_then(|(_, rest)| rest.split('"').next());
        match code.filter(|code| is_code(code)) {
            Some(code) => format!("{scheme} error=\"{code}\""),
            None => scheme.to_owned(),
        }
    }
}

/// The headers that distinguish a request, as they are.
pub(super) fn distinguishing(headers: &HeaderMap) -> BTreeMap<String, String> {
    DISTINGUISHING
        .iter()
        .filter_map(|name| {
            let value = header_value::to_string(headers.get(name)?);
            Some((name.as_str().to_owned(), value.into_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_clients_read_are_kept_or_replaced() {
        let fakes = Pseudonymizer::with_key(&[6; 16]).keep_below(100);
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "image/jpeg"),
            ("retry-after", "7"),
            ("set-cookie", "canary"),
            ("x-canary", "canary"),
            ("etag", "\"canary-1234\""),
            ("last-modified", "Fri, 01 Mar 2024 10:00:00 GMT"),
            ("location", "/canary/7?token=canary"),
            ("content-location", "https://canary.com/canary"),
            ("link", "<https://canary.com/a?page=2>; rel=\"next\", <canary>; rel=last"),
            ("content-disposition", "attachment; filename=\"canary 1.jpg\""),
            ("www-authenticate", "Bearer realm=\"canary\", error=\"invalid_token\""),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let kept = HeaderFakes(&fakes).headers(&headers);
        let text = format!("{kept:?}");
        assert!(!text.contains("canary"), "{text}");
        assert_eq!(kept["content-type"], "image/jpeg");
        assert_eq!(kept["retry-after"], "7");
        assert!(!kept.contains_key("set-cookie") && !kept.contains_key("x-canary"));
        assert!(kept["etag"].starts_with('"') && kept["etag"].ends_with('"'));
        assert!(kept["last-modified"].ends_with(" GMT"));
        assert!(kept["location"].starts_with('/') && kept["location"].contains("?token=fake-"));
        assert!(kept["link"].contains("page=2>; rel=\"next\""), "{}", kept["link"]);
        assert!(kept["content-disposition"].starts_with("attachment; filename=\""));
        assert!(kept["content-disposition"].ends_with(".jpg\""));
        assert_eq!(kept["www-authenticate"], "Bearer error=\"invalid_token\"");
    }
}
