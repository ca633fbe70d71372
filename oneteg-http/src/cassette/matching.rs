//! Compares a request with the recorded ones.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use super::format::{Body, Call, Part};
use crate::error::{is_secret_argument, is_secret_name};

/// The differences that a message names.
const SHOWN: usize = 2;
/// The longest value in a message, in characters.
const LONGEST: usize = 60;

/// A request in the form of the recorded ones.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) operation: &'static str,
    pub(super) method: String,
    /// Path and query below the base URL, or a whole URL.
    pub(super) url: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<Body>,
    /// The length of the body, in bytes.
    pub(super) length: u64,
}

/// How far a recorded call is from a request.
#[derive(Debug, Default)]
pub(super) struct Differences {
    weight: usize,
    found: Vec<String>,
}

impl Differences {
    fn add(&mut self, weight: usize, difference: impl FnOnce() -> String) {
        self.weight += weight;
        if self.found.len() < SHOWN {
            self.found.push(difference());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.weight == 0
    }

    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// The first differences, for a message.
    pub(super) fn shown(&self) -> String {
        self.found.join("; ")
    }
}

/// The request line, for a message. Secrets in it are hidden.
pub(super) fn request_line(operation: &str, method: &str, url: &str) -> String {
    let (path, query) = split(url);
    let query = query.map(|query| {
        let names = url::form_urlencoded::parse(query.as_bytes());
        let names: Vec<String> = names
            .map(|(name, value)| {
                let value = if is_secret_argument(&name) { "[secret]".into() } else { value };
                format!("{name}={value}")
            })
            .collect();
        format!("?{}", names.join("&"))
    });
    let line = format!("{path}{}", query.unwrap_or_default());
    format!("`{method} {}` ({operation})", cut(&line, 2 * LONGEST))
}

/// The differences between a request and a recorded one.
pub(super) fn compare(sent: &Sent, call: &Call) -> Differences {
    let mut differences = Differences::default();
    if sent.method != call.method {
        differences.add(1000, || format!("the method is `{}`", call.method));
    }
    if sent.operation != call.operation {
        differences.add(1000, || format!("the operation is `{}`", call.operation));
    }
    let ((path, query), (recorded_path, recorded_query)) = (split(&sent.url), split(&call.url));
    compare_paths(path, recorded_path, &mut differences);
    compare_pairs("parameter", &pairs(query), &pairs(recorded_query), &mut differences);
    for (name, recorded) in &call.sent {
        match sent.headers.get(name) {
            Some(value) if value == recorded => {}
            Some(value) => {
                differences.add(10, || differs(&format!("the header `{name}`"), value, recorded))
            }
            None => differences.add(10, || format!("it has the header `{name}: {recorded}`")),
        }
    }
    for (name, value) in sent.headers.iter().filter(|(name, _)| !call.sent.contains_key(*name)) {
        differences.add(10, || format!("it has no header `{name}`, sent was `{value}`"));
    }
    match (&sent.body, &call.body) {
        (None, None) => {}
        // The server had not read it.
        (Some(Body::Parts(_)), Some(recorded @ Body::Bytes(_))) => {
            compare_bodies(&Body::Bytes(sent.length), recorded, &mut differences);
        }
        (Some(body), Some(recorded)) => compare_bodies(body, recorded, &mut differences),
        (Some(_), None) => differences.add(100, || "it has no body".to_owned()),
        (None, Some(_)) => differences.add(100, || "it has a body".to_owned()),
    }
    differences
}

fn split(url: &str) -> (&str, Option<&str>) {
    url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)))
}

fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

fn compare_paths(sent: &str, recorded: &str, differences: &mut Differences) {
    if sent == recorded {
        return;
    }
    let is_whole = |url: &str| Url::parse(url).is_ok();
    let (sent_segments, recorded_segments): (Vec<&str>, Vec<&str>) =
        (sent.split('/').collect(), recorded.split('/').collect());
    if sent_segments.len() != recorded_segments.len() || is_whole(sent) != is_whole(recorded) {
        return differences.add(500, || differs("the path", sent, recorded));
    }
    for (sent, recorded) in sent_segments.into_iter().zip(recorded_segments) {
        let decoded = |segment| percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
        let (sent, recorded) = (decoded(sent), decoded(recorded));
        if sent != recorded && !is_fake_secret(&recorded) {
            differences.add(20, || differs("a segment of the path", &sent, &recorded));
        }
    }
}

/// Compares pairs of names and values in any order.
fn compare_pairs(
    kind: &str,
    sent: &[(String, String)],
    recorded: &[(String, String)],
    differences: &mut Differences,
) {
    let mut left: Vec<&(String, String)> = recorded.iter().collect();
    for (name, value) in sent {
        let equal = left.iter().position(|(other, recorded)| {
            other == name && (recorded == value || is_fake_secret(recorded))
        });
        let named = || left.iter().position(|(other, _)| other == name);
        match equal.or_else(named) {
            Some(at) => {
                let (_, recorded) = left.remove(at);
                if equal.is_none() {
                    let shown = if is_secret_argument(name) { "[secret]" } else { value };
                    differences
                        .add(10, || differs(&format!("the {kind} `{name}`"), shown, recorded));
                }
            }
            None => differences.add(30, || format!("it has no {kind} `{name}`")),
        }
    }
    for (name, recorded) in left {
        differences.add(30, || format!("it has the {kind} `{name}={}`", cut(recorded, LONGEST)));
    }
}

fn compare_bodies(sent: &Body, recorded: &Body, differences: &mut Differences) {
    match (sent, recorded) {
        (Body::Json(sent), Body::Json(recorded)) => {
            compare_json(&mut String::new(), sent, recorded, differences);
        }
        (Body::Form(sent), Body::Form(recorded)) => {
            compare_pairs("field", sent, recorded, differences)
        }
        (Body::Parts(sent), Body::Parts(recorded)) => compare_parts(sent, recorded, differences),
        (Body::Text(sent), Body::Text(recorded)) => {
            if sent != recorded && !is_fake_secret(recorded) {
                differences.add(10, || differs("the body", sent, recorded));
            }
        }
        (Body::Bytes(sent), Body::Bytes(recorded)) => {
            if sent != recorded {
                differences.add(10, || format!("its body has {recorded} bytes, sent were {sent}"));
            }
        }
        _ => differences.add(100, || "its body is of another kind".to_owned()),
    }
}

fn compare_parts(sent: &[Part], recorded: &[Part], differences: &mut Differences) {
    let mut left: Vec<&Part> = recorded.iter().collect();
    for part in sent {
        let Some(at) = left.iter().position(|other| other.name == part.name) else {
            differences.add(30, || format!("it has no part `{}`", part.name));
            continue;
        };
        let other = left.remove(at);
        if part.file != other.file {
            let (sent, recorded) = (
                part.file.as_deref().unwrap_or_default(),
                other.file.as_deref().unwrap_or_default(),
            );
            differences.add(10, || {
                differs(&format!("the file name of the part `{}`", part.name), sent, recorded)
            });
        }
        compare_bodies(&part.content, &other.content, differences);
    }
    for part in left {
        differences.add(30, || format!("it has the part `{}`", part.name));
    }
}

fn compare_json(place: &mut String, sent: &Value, recorded: &Value, differences: &mut Differences) {
    match (sent, recorded) {
        (Value::Object(sent), Value::Object(recorded)) => {
            let length = place.len();
            for (name, member) in sent {
                place.push('/');
                place.push_str(name);
                match recorded.get(name) {
                    Some(other) if is_secret_name(name) && is_like_a_fake_secret(other) => {}
                    Some(other) => compare_json(place, member, other, differences),
                    None => differences.add(30, || format!("its body has no `{place}`")),
                }
                place.truncate(length);
            }
            for name in recorded.keys().filter(|name| !sent.contains_key(*name)) {
                differences.add(30, || format!("its body has `{place}/{name}`"));
            }
        }
        (Value::Array(sent), Value::Array(recorded)) if sent.len() == recorded.len() => {
            let length = place.len();
            for (index, (item, other)) in sent.iter().zip(recorded).enumerate() {
                place.push('/');
                place.push_str(&index.to_string());
                compare_json(place, item, other, differences);
                place.truncate(length);
            }
        }
        (Value::Array(sent), Value::Array(recorded)) => differences.add(50, || {
            format!("`{place}` of its body has {} items, sent were {}", recorded.len(), sent.len())
        }),
        _ if sent == recorded => {}
        _ => {
            let is_secret = place.rsplit('/').next().is_some_and(is_secret_name);
            let shown = if is_secret { "[secret]".to_owned() } else { sent.to_string() };
            differences.add(10, || {
                differs(&format!("`{place}` of the body"), &shown, &recorded.to_string())
            });
        }
    }
}

fn differs(what: &str, sent: &str, recorded: &str) -> String {
    format!("{what} is `{}`, sent was `{}`", cut(recorded, LONGEST), cut(sent, LONGEST))
}

/// Whether a recorded value stands for a secret, which a replaying program need not know.
fn is_fake_secret(recorded: &str) -> bool {
    recorded
        .strip_prefix("fake-")
        .is_some_and(|rest| rest.len() == 24 && rest.bytes().all(|byte| byte.is_ascii_lowercase()))
}

fn is_like_a_fake_secret(recorded: &Value) -> bool {
    recorded.as_str().is_some_and(is_fake_secret)
}

/// A value on one line, not longer than a limit.
fn cut(value: &str, limit: usize) -> String {
    let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match value.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(url: &str, body: Option<Body>) -> Sent {
        Sent {
            operation: "get",
            method: "GET".into(),
            url: url.into(),
            headers: BTreeMap::new(),
            body,
            length: 0,
        }
    }

    fn call(url: &str, body: Option<Body>) -> Call {
        Call {
            operation: "get".into(),
            method: "GET".into(),
            url: url.into(),
            sent: BTreeMap::new(),
            body,
            status: Some(200),
            headers: BTreeMap::new(),
            response: None,
            failure: None,
        }
    }

    #[test]
    fn order_and_encoding_do_not_matter() {
        let json = |value| Some(Body::Json(value));
        for (url, recorded, body, recorded_body) in [
            ("/a?b=1&c=2&b=3", "/a?c=2&b=3&b=1", None, None),
            ("/a%2Db", "/a-b", None, None),
            ("/a?key=mine", "/a?key=fake-abcdefghijklmnopqrstuvwx", None, None),
            ("/s/mine", "/s/fake-abcdefghijklmnopqrstuvwx", None, None),
            ("/", "/", json(json!({"a": 1, "b": [1]})), json(json!({"b": [1], "a": 1}))),
            (
                "/",
                "/",
                json(json!({"password": "x"})),
                json(json!({"password": "fake-abcdefghijklmnopqrstuvwx"})),
            ),
        ] {
            let differences = compare(&sent(url, body), &call(recorded, recorded_body));
            assert!(differences.is_empty(), "{url}: {}", differences.shown());
        }
    }

    #[test]
    fn differences_are_named_and_secrets_are_not_shown() {
        let json = |value| Some(Body::Json(value));
        for (url, recorded, body, recorded_body, shown) in [
            ("/a/7", "/a/8", None, None, "a segment of the path is `8`, sent was `7`"),
            ("/a/7", "/a", None, None, "the path is `/a`, sent was `/a/7`"),
            ("/a?b=1", "/a?b=2", None, None, "the parameter `b` is `2`, sent was `1`"),
            ("/a?b=1", "/a", None, None, "it has no parameter `b`"),
            ("/a", "/a?b=1", None, None, "it has the parameter `b=1`"),
            (
                "/a?token=canary",
                "/a?token=x",
                None,
                None,
                "the parameter `token` is `x`, sent was `[secret]`",
            ),
            (
                "/",
                "/",
                json(json!({"a": [{"b": 1}]})),
                json(json!({"a": [{"b": 2}]})),
                "`/a/0/b` of the body is `2`, sent was `1`",
            ),
            (
                "/",
                "/",
                json(json!({"a": 1})),
                json(json!({"c": 1})),
                "its body has no `/a`; its body has `/c`",
            ),
            (
                "/",
                "/",
                json(json!([1])),
                json(json!([])),
                "`` of its body has 0 items, sent were 1",
            ),
            (
                "/",
                "/",
                json(json!({"token": "canary"})),
                json(json!({"token": "x"})),
                "`/token` of the body is `\"x\"`, sent was `[secret]`",
            ),
            (
                "/",
                "/",
                Some(Body::Bytes(1)),
                Some(Body::Bytes(2)),
                "its body has 2 bytes, sent were 1",
            ),
            (
                "/",
                "/",
                Some(Body::Text("a".into())),
                Some(Body::Bytes(2)),
                "its body is of another kind",
            ),
            ("/", "/", None, Some(Body::Bytes(2)), "it has a body"),
        ] {
            assert_eq!(compare(&sent(url, body), &call(recorded, recorded_body)).shown(), shown);
        }
        let line = request_line("get", "GET", "/a?shareKey=canary&b=\n");
        assert_eq!(line, "`GET /a?shareKey=[secret]&b= ` (get)");
    }
}
