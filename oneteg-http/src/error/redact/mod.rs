//! Keeps secrets out of errors. Servers and proxies repeat what they received in messages, pages and values,
//! and errors are logged.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;
use url::Url;

mod escapes;
mod links;
mod secret_names;

use escapes::Prefix;
pub(super) use links::without_signatures;
pub(super) use secret_names::is_secret_member;
pub(crate) use secret_names::{is_secret_argument, is_secret_header, is_secret_name};

/// Replaces a secret.
pub(super) const MASK: &str = "[secret]";

/// A secret shorter than this may also be an ordinary word, and is replaced only where it stands alone.
const SHORTEST: usize = 8;

/// What an error about a response must not show:
/// - the request's credential, which is every header value marked sensitive;
/// - the queries of the requested URLs, which may be signed, and the user and password in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct RedactionSet {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The URL of the request. Kept as a whole, so that a successful call copies nothing.
    pub(crate) requested: Option<Url>,
    /// Where redirects led.
    pub(crate) redirects: Vec<Url>,
}

impl RedactionSet {
    /// The secrets in the headers of a request.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Self {
        let mut set = Self::default();
        set.add_headers(headers);
        set
    }

    /// Adds the secrets in the headers of a redirected request, which may carry a newer credential.
    pub(crate) fn add_headers(&mut self, headers: &HeaderMap) {
        let is_secret = |name: &HeaderName, value: &HeaderValue| {
            value.is_sensitive()
                || [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE]
                    .contains(name)
        };
        let secret = headers.iter().filter(|(name, value)| is_secret(name, value));
        self.headers.extend(secret.map(|(name, value)| (name.clone(), value.clone())));
    }

    /// The URL that responded: the last redirect, or the requested one.
    pub(crate) fn last_url(&self) -> Option<&Url> {
        self.redirects.last().or(self.requested.as_ref())
    }

    /// All secrets; a secret that contains another comes first.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let mut secrets = Vec::new();
        let mut add = |secret: &str| secrets.extend(Secret::new(secret));
        for (name, value) in &self.headers {
            let Ok(value) = std::str::from_utf8(value.as_bytes()) else { continue };
            // `apiToken x`, `Bearer x`: the secret follows the scheme.
            let secret = match value.split_once(' ') {
                Some((_, secret)) if *name == header::AUTHORIZATION => secret.trim_start(),
                _ => value,
            };
            add(secret);
            secret
                .split([' ', ';', ',', '='])
                .filter(|part| part.len() >= SHORTEST)
                .for_each(&mut add);
        }
        for url in self.requested.iter().chain(&self.redirects) {
            add(url.password().unwrap_or_default());
            if url.username().len() >= SHORTEST {
                add(url.username());
            }
            let Some(query) = url.query() else { continue };
            if query.len() >= SHORTEST {
                add(query);
            }
            for pair in query.split('&') {
                let (name, value) = pair.split_once('=').unwrap_or(("", pair));
                if value.len() >= SHORTEST || is_secret_member(name) {
                    add(value);
                }
            }
        }
        secrets
    }
}

/// A secret without escapes, to be found in any spelling.
pub(super) struct Secret(Vec<u8>);

impl Secret {
    pub(super) fn new(secret: &str) -> Option<Self> {
        let decoded = escapes::decode(secret.as_bytes());
        (!decoded.is_empty()).then_some(Self(decoded))
    }

    pub(super) fn is_in(&self, string: &str) -> bool {
        self.find(string, 0).is_some()
    }

    /// Replaces the secret wherever `string` repeats it.
    pub(super) fn redact(&self, string: &mut String) {
        let mut from = 0;
        while let Some((begin, end)) = self.find(string, from) {
            string.replace_range(begin..end, MASK);
            from = begin + MASK.len();
        }
    }

    /// Replaces the beginning of the secret at the end of a preview, which may be cut off within it.
    pub(super) fn redact_cut_end(&self, preview: &mut String) {
        let cut = preview.char_indices().map(|(at, _)| at).find(|at| {
            let found = escapes::prefix(&preview.as_bytes()[*at..], &self.0);
            matches!(found, Prefix::Cut(read) if read >= SHORTEST.min(self.0.len()))
        });
        if let Some(at) = cut {
            preview.truncate(at);
            preview.push_str(MASK);
        }
    }

    /// Begin and end of the first repetition from a position on.
    fn find(&self, string: &str, from: usize) -> Option<(usize, usize)> {
        let bytes = string.as_bytes();
        let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let stands_alone = |begin: usize, end: usize| {
            !is_word(begin.checked_sub(1).map(|before| &bytes[before])) && !is_word(bytes.get(end))
        };
        string[from..].char_indices().find_map(|(at, _)| {
            let begin = from + at;
            let Prefix::Complete(length) = escapes::prefix(&bytes[begin..], &self.0) else {
                return None;
            };
            let end = begin + length;
            let is_secret = self.0.len() >= SHORTEST || stands_alone(begin, end);
            (is_secret && string.is_char_boundary(end)).then_some((begin, end))
        })
    }
}

/// Removes the signatures from the links in a string.
pub(super) fn redact_signatures(string: &mut String) {
    if let Some(redacted) = without_signatures(string) {
        *string = redacted;
    }
}

/// Changes all strings in a JSON value, including member names.
pub(super) fn for_each_string(value: &mut Value, change: &dyn Fn(&mut String)) {
    match value {
        Value::String(string) => change(string),
        Value::Array(items) => items.iter_mut().for_each(|item| for_each_string(item, change)),
        Value::Object(members) => {
            *members = std::mem::take(members)
                .into_iter()
                .map(|(mut name, mut member)| {
                    change(&mut name);
                    for_each_string(&mut member, change);
                    (name, member)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces the strings of members with secret names.
pub(super) fn redact_secret_members(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact_secret_members),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(string) if is_secret_member(name) => MASK.clone_into(string),
                    other => redact_secret_members(other),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Error, ErrorKind};

    fn sent(headers: &[(&'static str, &str)]) -> RedactionSet {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let mut value: HeaderValue = value.parse().unwrap();
            value.set_sensitive(!name.starts_with("x-plain"));
            map.insert(*name, value);
        }
        RedactionSet::of_headers(&map)
    }

    #[test]
    fn hides_what_was_sent_and_nothing_else() {
        let secrets =
            sent(&[("x-plain", "in-the-clear"), ("authorization", "Bearer canary-token")]);
        let error = Error::new(ErrorKind::Api, "Bearer canary-token in-the-clear")
            .with_code(Some("canary-token".to_owned()))
            .with_data(Some(json!({"canary-token": ["canary-token", 7]})))
            .with_body(format!("{}canary-to", " ".repeat(10)).as_bytes())
            .with_source("canary-token");
        let error = error.redacted(&secrets);
        // A long secret is also replaced within a word.
        let inside = Error::new(ErrorKind::Api, "xcanary-tokenx_canary-token").redacted(&secrets);
        assert_eq!(inside.message(), "x[secret]x_[secret]");
        assert_eq!(error.message(), "Bearer [secret] in-the-clear");
        assert_eq!(error.code(), Some("[secret]"));
        assert_eq!(error.data(), Some(&json!({"[secret]": ["[secret]", 7]})));
        assert_eq!(error.body_preview().map(str::trim), Some("[secret]"));
        assert!(std::error::Error::source(&error).is_none());
    }

    #[test]
    fn a_short_secret_is_hidden_where_it_stands_alone() {
        for headers in [&[("authorization", "apiToken k3y")], &[("x-key", "k3y")]] {
            let error =
                Error::new(ErrorKind::Api, "apiToken 'k3y' is no key; see k3yboard, monk3y")
                    .with_code(Some("k3y".to_owned()))
                    .with_data(Some(json!({"got": "k3y"})))
                    .with_body(b"<b>k3y</b>")
                    .with_source("k3y");
            let error = error.redacted(&sent(headers));
            let shown = "apiToken '[secret]' is no key; see k3yboard, monk3y";
            assert_eq!(error.message(), shown);
            assert_eq!((error.code(), error.data()), (Some(MASK), Some(&json!({"got": MASK}))));
            assert_eq!(error.body_preview(), Some("<b>[secret]</b>"));
            assert!(std::error::Error::source(&error).is_none());
        }
    }

    #[test]
    fn the_query_of_a_url_is_hidden_in_every_spelling() {
        let secrets = RedactionSet {
            requested: Some(
                "https://h/c?sp=cw&sig=cana%2Bry%2FSIG%3D&skoid=canary-4711".parse().unwrap(),
            ),
            redirects: vec!["https://cdn/x?policy=canary-0815".parse().unwrap()],
            ..RedactionSet::default()
        };
        for repeated in [
            "sp=cw&sig=cana%2Bry%2FSIG%3D&skoid=canary-4711",
            "signature cana+ry/SIG= did not match",
            r"cana\u002Bry\/SIG\u003D",
            "cana%252Bry%252FSIG%253D",
            "canary-4711",
            "/x?policy=canary-0815",
        ] {
            let error = Error::new(ErrorKind::Api, repeated)
                .with_code(Some(repeated.to_owned()))
                .with_data(Some(json!([repeated])))
                .with_body(repeated.as_bytes())
                .with_source(repeated);
            let error = error.redacted(&secrets);
            let preview = error.body_preview().unwrap();
            let shown = format!("{error} {error:?} {} {preview}", error.data().unwrap());
            assert!(!shown.contains("cana"), "{repeated}: {shown}");
            assert!(std::error::Error::source(&error).is_none(), "{repeated}");
        }
        let error = Error::new(ErrorKind::Api, "sp=cw is not for h/c").redacted(&secrets);
        assert_eq!(error.message(), "sp=cw is not for h/c");
    }

    #[test]
    fn links_and_secret_members_are_hidden_without_knowing_them() {
        let link = "https://h/c?sp=r&sig=canary%3D";
        let error = Error::new(ErrorKind::Api, format!("gone: {link}"))
            .with_code(Some(link.to_owned()))
            .with_data(Some(json!({"links": [link], "refresh_token": "canary", "id": 7})))
            .with_source(link);
        let error = error.redacted(&RedactionSet::default());
        assert_eq!(error.message(), "gone: https://h/c?sp=r&sig=[secret]");
        let data =
            json!({"links": ["https://h/c?sp=r&sig=[secret]"], "refresh_token": MASK, "id": 7});
        assert_eq!(error.data(), Some(&data));
        assert!(!format!("{error:?}").contains("canary"));
    }
}
