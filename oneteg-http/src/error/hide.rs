//! Keeps what a request was sent with out of errors: servers and proxies repeat what they received, in
//! messages, pages and values, and errors are logged.

use std::error::Error as StdError;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;
use url::Url;

use super::{
    Error, SHOWN,
    escapes::{self, Begins},
    links::unsigned,
    preview::is_secret,
};
use crate::answer::Responder;

/// A shorter piece is a word as well, and is hidden only where it stands alone.
const SHORTEST: usize = 8;

/// What an error about a response must not show: the request's credential, which is its header values that
/// are marked sensitive, and of the URLs that were asked the queries, which may be signed, and who they
/// are asked as.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Where the request went first. As a whole, so that a call that succeeds copies nothing.
    pub(crate) asked: Option<Url>,
    /// Where redirects led.
    pub(crate) redirects: Vec<Url>,
}

impl Secrets {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let is_secret = |name: &HeaderName, value: &HeaderValue| {
            value.is_sensitive()
                || [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE]
                    .contains(name)
        };
        let secret = headers.iter().filter(|(name, value)| is_secret(name, value));
        let headers = secret.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { headers, ..Self::default() }
    }

    /// What a redirected request was sent with: a newer credential, perhaps.
    pub(crate) fn add(&mut self, headers: &HeaderMap) {
        self.headers.extend(Self::of(headers).headers);
    }

    /// The server that responded to a successful request.
    pub(crate) fn responder(&self) -> Responder {
        let url = self.redirects.last().or(self.asked.as_ref());
        let host = url.and_then(Url::host_str).unwrap_or_default().to_owned();
        Responder { host, ..Responder::default() }
    }

    /// [`hide`](Self::hide) for an error of a request that may be sent again, which keeps its URL.
    #[cold]
    pub(crate) fn hide_from(&mut self, asked: &Url, error: Error) -> Error {
        self.asked = Some(asked.clone());
        self.hide(error)
    }

    /// The error without them, wherever the response had repeated one.
    #[cold]
    pub(crate) fn hide(&self, mut error: Error) -> Error {
        for (name, value) in &self.headers {
            let Ok(value) = std::str::from_utf8(value.as_bytes()) else { continue };
            // `apiToken x`, `Bearer x`: what is secret comes after the scheme.
            let secret = match value.split_once(' ') {
                Some((_, secret)) if *name == header::AUTHORIZATION => secret.trim_start(),
                _ => value,
            };
            error.hide(secret);
            for piece in secret.split([' ', ';', ',', '=']).filter(|piece| piece.len() >= SHORTEST)
            {
                error.hide(piece);
            }
        }
        for url in self.asked.iter().chain(&self.redirects) {
            error.hide(url.password().unwrap_or_default());
            if url.username().len() >= SHORTEST {
                error.hide(url.username());
            }
            let Some(query) = url.query() else { continue };
            if query.len() >= SHORTEST {
                error.hide(query);
            }
            for pair in query.split('&') {
                let (name, value) = pair.split_once('=').unwrap_or(("", pair));
                if value.len() >= SHORTEST || is_secret(name) {
                    error.hide(value);
                }
            }
        }
        error.hide_links();
        error
    }
}

impl Error {
    /// All strings of the error that a server may have written.
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let inner = &mut *self.0;
        let texts = [&mut inner.code, &mut inner.request_id, &mut inner.preview];
        texts.into_iter().flatten().chain([&mut inner.message])
    }

    fn hide(&mut self, secret: &str) {
        let meant = escapes::meaning(secret.as_bytes());
        if meant.is_empty() {
            return;
        }
        for text in self.texts() {
            hide_in(text, &meant);
        }
        let inner = &mut *self.0;
        if let Some(preview) = &mut inner.preview {
            hide_torn(preview, &meant);
        }
        if let Some(data) = &mut inner.data {
            change(data, &mut |text| hide_in(text, &meant));
        }
        // A foreign error's text cannot be changed; decoders quote the value they refuse.
        inner.source.take_if(|source| says(&**source, &|text| find(text, &meant, 0).is_some()));
    }

    /// Removes the signatures from links that the server mentions, whether they were requested or not.
    fn hide_links(&mut self) {
        let hide = |text: &mut String| {
            if let Some(shown) = unsigned(text) {
                *text = shown;
            }
        };
        self.texts().for_each(hide);
        let inner = &mut *self.0;
        if let Some(data) = &mut inner.data {
            change(data, &mut |text| hide(text));
            redact(data);
        }
        inner.source.take_if(|source| says(&**source, &|text| unsigned(text).is_some()));
    }
}

/// Where a string repeats a secret, from a position on.
fn find(text: &str, secret: &[u8], from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let alone = |begin: usize, end: usize| {
        let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        !is_part(begin.checked_sub(1).map(|before| &bytes[before])) && !is_part(bytes.get(end))
    };
    text[from..].char_indices().find_map(|(at, _)| {
        let begin = from + at;
        let Begins::With(length) = escapes::begins(&bytes[begin..], secret) else { return None };
        let end = begin + length;
        let hidden = secret.len() >= SHORTEST || alone(begin, end);
        (hidden && text.is_char_boundary(end)).then_some((begin, end))
    })
}

fn hide_in(text: &mut String, secret: &[u8]) {
    let mut from = 0;
    while let Some((begin, end)) = find(text, secret, from) {
        text.replace_range(begin..end, SHOWN);
        from = begin + SHOWN.len();
    }
}

/// A preview may end in the middle of the secret.
fn hide_torn(preview: &mut String, secret: &[u8]) {
    let torn = preview.char_indices().map(|(at, _)| at).find(|at| {
        let found = escapes::begins(&preview.as_bytes()[*at..], secret);
        matches!(found, Begins::Torn(read) if read >= SHORTEST.min(secret.len()))
    });
    if let Some(at) = torn {
        preview.truncate(at);
        preview.push_str(SHOWN);
    }
}

/// Changes the strings in a JSON value, the names of members included.
fn change(value: &mut Value, text: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(words) => text(words),
        Value::Array(items) => items.iter_mut().for_each(|item| change(item, text)),
        Value::Object(members) => {
            *members = std::mem::take(members)
                .into_iter()
                .map(|(mut name, mut member)| {
                    text(&mut name);
                    change(&mut member, text);
                    (name, member)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces the strings of members whose names are those of secrets.
fn redact(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if is_secret(name) => SHOWN.clone_into(text),
                    other => redact(other),
                }
            }
        }
        _ => {}
    }
}

/// Whether an error or one of its causes contains such a string.
fn says(error: &(dyn StdError + 'static), is_secret: &dyn Fn(&str) -> bool) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if is_secret(&format!("{error} {error:?}")) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorKind;

    fn sent(headers: &[(&'static str, &str)]) -> Secrets {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let mut value: HeaderValue = value.parse().unwrap();
            value.set_sensitive(!name.starts_with("x-plain"));
            map.insert(*name, value);
        }
        Secrets::of(&map)
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
        let error = secrets.hide(error);
        // A long one also inside of a word.
        let inside = secrets.hide(Error::new(ErrorKind::Api, "xcanary-tokenx_canary-token"));
        assert_eq!(inside.message(), "x[secret]x_[secret]");
        assert_eq!(error.message(), "Bearer [secret] in-the-clear");
        assert_eq!(error.code(), Some("[secret]"));
        assert_eq!(error.data(), Some(&json!({"[secret]": ["[secret]", 7]})));
        assert_eq!(error.body_preview().map(str::trim), Some("[secret]"));
        assert!(StdError::source(&error).is_none());
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
            let error = sent(headers).hide(error);
            let shown = "apiToken '[secret]' is no key; see k3yboard, monk3y";
            assert_eq!(error.message(), shown);
            assert_eq!((error.code(), error.data()), (Some(SHOWN), Some(&json!({"got": SHOWN}))));
            assert_eq!(error.body_preview(), Some("<b>[secret]</b>"));
            assert!(StdError::source(&error).is_none());
        }
    }

    #[test]
    fn the_query_of_a_url_is_hidden_in_every_spelling() {
        let secrets = Secrets {
            asked: Some(
                "https://h/c?sp=cw&sig=cana%2Bry%2FSIG%3D&skoid=canary-4711".parse().unwrap(),
            ),
            redirects: vec!["https://cdn/x?policy=canary-0815".parse().unwrap()],
            ..Secrets::default()
        };
        for said in [
            "sp=cw&sig=cana%2Bry%2FSIG%3D&skoid=canary-4711",
            "signature cana+ry/SIG= did not match",
            r"cana\u002Bry\/SIG\u003D",
            "cana%252Bry%252FSIG%253D",
            "canary-4711",
            "/x?policy=canary-0815",
        ] {
            let error = Error::new(ErrorKind::Api, said)
                .with_code(Some(said.to_owned()))
                .with_data(Some(json!([said])))
                .with_body(said.as_bytes())
                .with_source(said);
            let error = secrets.hide(error);
            let preview = error.body_preview().unwrap();
            let shown = format!("{error} {error:?} {} {preview}", error.data().unwrap());
            assert!(!shown.contains("cana"), "{said}: {shown}");
            assert!(StdError::source(&error).is_none(), "{said}");
        }
        let error = secrets.hide(Error::new(ErrorKind::Api, "sp=cw is not for h/c"));
        assert_eq!(error.message(), "sp=cw is not for h/c");
    }

    #[test]
    fn links_and_secret_members_are_hidden_without_knowing_them() {
        let link = "https://h/c?sp=r&sig=canary%3D";
        let error = Error::new(ErrorKind::Api, format!("gone: {link}"))
            .with_code(Some(link.to_owned()))
            .with_data(Some(json!({"links": [link], "refresh_token": "canary", "id": 7})))
            .with_source(link);
        let error = Secrets::default().hide(error);
        assert_eq!(error.message(), "gone: https://h/c?sp=r&sig=[secret]");
        let data =
            json!({"links": ["https://h/c?sp=r&sig=[secret]"], "refresh_token": SHOWN, "id": 7});
        assert_eq!(error.data(), Some(&data));
        assert!(!format!("{error:?}").contains("canary"));
    }
}
