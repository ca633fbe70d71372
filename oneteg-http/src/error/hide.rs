//! Keeping a credential out of an error: servers and proxies repeat what they got, in words, pages and
//! values, and errors are logged.

use std::error::Error as StdError;

use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use super::Error;

const SHOWN: &str = "[secret]";
/// A shorter piece of a header is a scheme or a word, and replacing it would only garble the error.
const SHORTEST: usize = 8;

/// The credential of a request as it was sent: the header values that are marked sensitive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credential(Vec<HeaderValue>);

impl Credential {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(headers.values().filter(|value| value.is_sensitive()).cloned().collect())
    }

    /// The error without the credential, wherever the answer had repeated it.
    pub(crate) fn hide(&self, mut error: Error) -> Error {
        for value in self.0.iter().filter_map(|value| std::str::from_utf8(value.as_bytes()).ok()) {
            // `apiToken x`, `Bearer x`: what is secret comes after the scheme.
            for secret in value.split(' ').filter(|piece| piece.len() >= SHORTEST) {
                error.hide(secret);
            }
        }
        error
    }
}

impl Error {
    fn hide(&mut self, secret: &str) {
        let inner = &mut *self.0;
        let texts = [&mut inner.code, &mut inner.request_id, &mut inner.preview];
        for text in texts.into_iter().flatten().chain([&mut inner.message]) {
            hide_in(text, secret);
        }
        if let Some(preview) = &mut inner.preview {
            hide_torn(preview, secret);
        }
        if let Some(data) = &mut inner.data {
            hide_in_value(data, secret);
        }
        // A foreign error's text cannot be changed; decoders quote the value they refuse.
        inner.source.take_if(|source| repeats(&**source, secret));
    }
}

fn hide_in(text: &mut String, secret: &str) {
    if text.contains(secret) {
        *text = text.replace(secret, SHOWN);
    }
}

/// A preview may end in the middle of the secret.
fn hide_torn(preview: &mut String, secret: &str) {
    let lengths = (SHORTEST..secret.len()).rev().filter(|length| secret.is_char_boundary(*length));
    if let Some(torn) = lengths.map(|length| &secret[..length]).find(|torn| preview.ends_with(torn))
    {
        preview.truncate(preview.len() - torn.len());
        preview.push_str(SHOWN);
    }
}

fn hide_in_value(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) => hide_in(text, secret),
        Value::Array(items) => items.iter_mut().for_each(|item| hide_in_value(item, secret)),
        Value::Object(members) => {
            *members = std::mem::take(members)
                .into_iter()
                .map(|(mut name, mut member)| {
                    hide_in(&mut name, secret);
                    hide_in_value(&mut member, secret);
                    (name, member)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn repeats(error: &(dyn StdError + 'static), secret: &str) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if format!("{error} {error:?}").contains(secret) {
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

    #[test]
    fn hides_what_was_sent_and_nothing_else() {
        let mut headers = HeaderMap::new();
        headers.insert("x-plain", HeaderValue::from_static("in-the-clear"));
        let mut value = HeaderValue::from_static("Bearer canary-token");
        value.set_sensitive(true);
        headers.insert("authorization", value);

        let error = Error::new(ErrorKind::Api, "Bearer canary-token in-the-clear")
            .with_code(Some("canary-token".to_owned()))
            .with_data(Some(json!({"canary-token": ["canary-token", 7]})))
            .with_body(format!("{}canary-to", " ".repeat(10)).as_bytes())
            .with_source("canary-token");
        let error = Credential::of(&headers).hide(error);
        assert_eq!(error.message(), "Bearer [secret] in-the-clear");
        assert_eq!(error.code(), Some("[secret]"));
        assert_eq!(error.data(), Some(&json!({"[secret]": ["[secret]", 7]})));
        assert_eq!(error.body_preview().map(str::trim), Some("[secret]"));
        assert!(StdError::source(&error).is_none());
    }
}
