//! What is shown of a request and a response although no error happened: to interceptors and in wire logs.
//!
//! | Part | Shown |
//! |---|---|
//! | header | masked if it is marked sensitive or its name suggests a secret; links without path and query |
//! | query | values masked whose name suggests a secret |
//! | JSON body | members, and arguments of remote procedures, masked whose name suggests a secret |
//! | form body | like a query |
//! | other text | the beginning, with what looks like a JSON member or a link's signature masked |
//!
//! Besides, whatever repeats a secret of the request is masked.

use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;
use url::Url;

use super::{
    preview::preview_of,
    redact::{
        MASK, RedactionSet, Secret, for_each_string, is_secret_argument, is_secret_header,
        is_secret_member, is_secret_name, redact_signatures,
    },
};
use crate::header_value;

/// A larger body is not parsed: its beginning is shown as text.
const LARGEST_PARSED: usize = 1024 * 1024;

/// How to read a body.
#[derive(Clone, Copy)]
pub(crate) enum BodyKind<'a> {
    Text,
    Form,
    /// A remote procedure, with the names of its positional parameters.
    Procedure(&'a [Option<&'a str>]),
}

/// Headers without secrets.
pub(crate) fn shown_headers(headers: &HeaderMap, set: &RedactionSet) -> HeaderMap {
    let secrets = set.secrets();
    let mut shown = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let value = if value.is_sensitive() || is_secret_header(name) {
            MASK.to_owned()
        } else {
            let mut string = header_value::to_string(value).into_owned();
            let is_link = [header::LOCATION, header::CONTENT_LOCATION, header::LINK].contains(name);
            if is_link || string.contains("://") {
                string = shown_link(&string);
            }
            redact(&mut string, &secrets);
            string
        };
        // What was a header's value is one without the secret too, unless it was not ASCII.
        let value = HeaderValue::from_str(&value)
            .unwrap_or_else(|_| HeaderValue::from_static("[not ASCII]"));
        shown.append(name.clone(), value);
    }
    shown
}

/// The origin of a link. Its path may contain the key of a share, and its query a signature.
pub(crate) fn shown_link(link: &str) -> String {
    match Url::parse(link) {
        Ok(url) if url.host().is_some() => {
            let query = if url.query().is_some() { "?[query]" } else { "" };
            format!("{}/[path]{query}", url.origin().ascii_serialization())
        }
        _ => "[link]".to_owned(),
    }
}

/// An argument in a path, unless it is a secret.
pub(crate) fn shown_argument<'a>(name: &str, value: &'a str) -> &'a str {
    if is_secret_argument(name) { MASK } else { value }
}

/// A query, or a form in the same syntax, without secrets.
pub(crate) fn shown_query(query: &str) -> String {
    let pairs = query.split('&').map(|pair| {
        let Some((name, _)) = pair.split_once('=') else { return pair.to_owned() };
        let decoded = url::form_urlencoded::parse(name.as_bytes()).next();
        let is_secret = decoded.is_some_and(|(decoded, _)| is_secret_argument(&decoded));
        if is_secret { format!("{name}={MASK}") } else { pair.to_owned() }
    });
    let mut shown = pairs.collect::<Vec<_>>().join("&");
    redact_signatures(&mut shown);
    shown
}

/// The beginning of a body on one line, without secrets.
pub(crate) fn shown_body(
    body: &[u8],
    limit: usize,
    kind: BodyKind<'_>,
    set: &RedactionSet,
) -> String {
    let secrets = set.secrets();
    if let BodyKind::Form = kind {
        let mut shown = shown_query(&String::from_utf8_lossy(body));
        redact(&mut shown, &secrets);
        return cut(shown, limit);
    }
    let parsed = (body.len() <= LARGEST_PARSED).then(|| serde_json::from_slice::<Value>(body));
    if let Some(Ok(mut value)) = parsed {
        if let (BodyKind::Procedure(names), Some(Value::Array(arguments))) =
            (kind, value.get_mut("params"))
        {
            let named = names.iter().zip(arguments);
            for (_, argument) in named.filter(|(name, _)| name.is_some_and(is_secret_argument)) {
                *argument = Value::from(MASK);
            }
        }
        mask_members(&mut value);
        for_each_string(&mut value, &|string| redact(string, &secrets));
        return cut(value.to_string(), limit);
    }
    let mut shown = preview_of(body, limit, is_secret_name);
    redact(&mut shown, &secrets);
    secrets.iter().for_each(|secret| secret.redact_cut_end(&mut shown));
    if body.len() > limit {
        shown.push('…');
    }
    shown
}

fn redact(string: &mut String, secrets: &[Secret]) {
    secrets.iter().for_each(|secret| secret.redact(string));
    redact_signatures(string);
}

/// Replaces the members with secret names, whatever their type.
fn mask_members(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask_members),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::Null | Value::Bool(_) => {}
                    member if is_secret_name(name) => *member = Value::from(MASK),
                    member => mask_members(member),
                }
            }
        }
        _ => {}
    }
}

/// Masks secrets in a JSON value that a program shows or passes on, such as a response:
///
/// - strings in members whose names suggest a secret (`accessToken`, `share_password`), and values of any type in
///   members that are known to hold one (`password`, `token`);
/// - signatures in links;
/// - whatever repeats one of `secrets`, in any spelling.
///
/// Identifiers stay readable: a number in `signature_id` is not masked.
///
/// ```
/// use serde_json::json;
///
/// let mut value = json!({"link": "https://h/c?sig=s3cret", "client_secret": "x", "id": 7, "note": "my k3y"});
/// oneteg_http::mask_secrets(&mut value, &["k3y"]);
/// assert_eq!(value, json!({
///     "link": "https://h/c?sig=[secret]", "client_secret": "[secret]", "id": 7, "note": "my [secret]",
/// }));
/// ```
pub fn mask_secrets(value: &mut Value, secrets: &[&str]) {
    let secrets: Vec<Secret> = secrets.iter().copied().filter_map(Secret::new).collect();
    mask_named(value);
    for_each_string(value, &|string| redact(string, &secrets));
}

/// Like [`mask_members`], but keeps what is no secret by its type.
fn mask_named(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask_named),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(_) if is_secret_name(name) => *member = Value::from(MASK),
                    Value::Number(_) if is_secret_member(name) => *member = Value::from(MASK),
                    Value::Array(items) if is_secret_name(name) => mask_strings(items),
                    member => mask_named(member),
                }
            }
        }
        _ => {}
    }
}

fn mask_strings(items: &mut [Value]) {
    for item in items {
        match item {
            Value::String(_) => *item = Value::from(MASK),
            item => mask_named(item),
        }
    }
}

fn cut(mut string: String, limit: usize) -> String {
    if string.len() > limit {
        let end = (0..=limit).rev().find(|end| string.is_char_boundary(*end)).unwrap_or(0);
        string.truncate(end);
        string.push('…');
    }
    string
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(body: &str, limit: usize, kind: BodyKind<'_>) -> String {
        shown_body(body.as_bytes(), limit, kind, &RedactionSet::default())
    }

    #[test]
    fn secrets_in_bodies_are_masked_whatever_their_type() {
        for (sent, shown) in [
            (
                r#"{"name":"a","newPassword":"canary","tokens":["canary"],"secret":{"a":"canary"}}"#,
                r#"{"name":"a","newPassword":"[secret]","secret":"[secret]","tokens":"[secret]"}"#,
            ),
            (r#"{"token":null,"hasPassword":true}"#, r#"{"hasPassword":true,"token":null}"#),
            (r#"["https://h/c?a=1&sig=canary"]"#, r#"["https://h/c?a=1&sig=[secret]"]"#),
            (r#"{"pin":1,"password":471142}"#, r#"{"password":"[secret]","pin":1}"#),
            // Cut off, so it is no JSON.
            (r#"{"newPassword":"canary"#, r#"{"newPassword": "[secret]""#),
        ] {
            assert_eq!(body(sent, 1000, BodyKind::Text), shown);
        }
        let form = body("user=a&pass%77ord=canary&x", 1000, BodyKind::Form);
        assert_eq!(form, "user=a&pass%77ord=[secret]&x");
        let names = [Some("user"), Some("password"), None];
        let call = r#"{"id":"1","method":"signIn","params":["a","canary",null]}"#;
        let shown = body(call, 1000, BodyKind::Procedure(&names));
        assert_eq!(shown, call.replace("canary", MASK));
    }

    #[test]
    fn values_are_masked_and_identifiers_are_kept() {
        let mut value = serde_json::json!({
            "signature_id": 7, "requireAccessKey": true, "accessKey": "canary", "pin": 7,
            "password": 471_142, "tokens": ["canary", {"id": 1}], "secret": {"note": "kept"},
            "nested": [{"download_token": "canary"}], "text": "cana%72y-secret", "token": null,
        });
        mask_secrets(&mut value, &["canary-secret", ""]);
        let shown = serde_json::json!({
            "signature_id": 7, "requireAccessKey": true, "accessKey": MASK, "pin": 7,
            "password": MASK, "tokens": [MASK, {"id": 1}], "secret": {"note": "kept"},
            "nested": [{"download_token": MASK}], "text": MASK, "token": null,
        });
        assert_eq!(value, shown);
    }

    #[test]
    fn bodies_are_bounded_and_a_cut_shows_no_part_of_a_secret() {
        assert_eq!(body(r#"{"a":"ééé"}"#, 7, BodyKind::Text), r#"{"a":"…"#);
        assert_eq!(body("plain\ntext", 7, BodyKind::Text), "plain t…");
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer canary-token"));
        let set = RedactionSet::of_headers(&headers);
        for limit in 0..40 {
            for sent in ["you sent canary-token!", r#"{"got":"canary-token"}"#] {
                let shown = shown_body(sent.as_bytes(), limit, BodyKind::Text, &set);
                assert!(!shown.contains("canary-t"), "{limit}: {shown}");
            }
        }
    }

    #[test]
    fn secrets_in_headers_and_queries_are_masked() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("set-cookie", "canary"),
            ("x-session-id", "canary"),
            ("location", "https://h/canary?x=canary"),
            ("content-location", "/canary"),
            ("x-ms-copy-source", "https://h/canary"),
            ("x-note", "h?sig=canary"),
            ("x-plain", "shown"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        let mut sensitive = HeaderValue::from_static("canary");
        sensitive.set_sensitive(true);
        headers.append("x-plain", sensitive);
        let shown = shown_headers(&headers, &RedactionSet::default());
        assert!(!format!("{shown:?}").contains("canary"), "{shown:?}");
        assert_eq!(shown["location"], "https://h/[path]?[query]");
        assert_eq!(shown.get_all("x-plain").iter().collect::<Vec<_>>(), ["shown", MASK]);
        assert_eq!(shown_query("a=1&shareKey=canary&b"), "a=1&shareKey=[secret]&b");
        assert_eq!(shown_link("canary"), "[link]");
    }
}
