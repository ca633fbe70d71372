//! Generates the malformed responses, the same ones for the same seed.

use std::fmt;

use fastrand::Rng;
use netx_sdk::ErrorKind;
use serde_json::{Value, json};

use crate::raw_http;

/// The operation that is called, by the type of its result.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    /// A list of assets.
    Assets,
    /// A page of assets.
    Page,
    /// A folder, or `null`.
    Folder,
    /// The user.
    User,
    /// A list or a page.
    Views,
    /// Any value.
    Any,
    /// An asset without an envelope.
    Import,
}

/// What is written to the socket.
#[derive(Clone)]
pub(crate) enum RawResponse {
    Bytes(Vec<u8>),
    /// A chunk many times, to avoid keeping it all in memory.
    Repeated {
        head: Vec<u8>,
        chunk: Vec<u8>,
        times: usize,
    },
}

impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, times) = match self {
            Self::Bytes(bytes) => (bytes, 1),
            Self::Repeated { chunk, times, .. } => (chunk, *times),
        };
        write!(f, "{} x {}", times, bytes[..bytes.len().min(400)].escape_ascii())
    }
}

/// One response: the call that gets it, and the expected kind of error. `None` is success: deviations with a clear
/// meaning are accepted.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) call: Call,
    pub(crate) response: RawResponse,
    pub(crate) kind: Option<ErrorKind>,
}

pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) count: usize,
    pub(crate) make: fn(&mut Rng) -> Case,
}

pub(crate) const CLASSES: &[Class] = &[
    Class { name: "cut off", count: 120, make: cut_off },
    Class { name: "wrong types", count: 120, make: wrong_types },
    Class { name: "nulls", count: 80, make: nulls },
    Class { name: "HTML", count: 80, make: html },
    Class { name: "huge numbers", count: 80, make: huge_numbers },
    Class { name: "wrong encoding", count: 80, make: wrong_encoding },
    Class { name: "nested 100,000 deep", count: 40, make: deep },
    Class { name: "members twice", count: 60, make: duplicates },
    Class { name: "wrong length", count: 60, make: raw_http::wrong_length },
    Class { name: "endless", count: 30, make: raw_http::endless },
    Class { name: "64 MiB", count: 10, make: raw_http::large },
    Class { name: "not HTTP", count: 60, make: raw_http::no_http },
    Class { name: "wrong envelope", count: 80, make: wrong_envelope },
    Class { name: "failed, with a malformed document", count: 60, make: failed },
    Class { name: "broken chunks", count: 40, make: raw_http::broken_chunks },
];

pub(crate) fn pick<T: Clone>(random: &mut Rng, of: &[T]) -> T {
    of[random.usize(..of.len())].clone()
}

fn random_string(random: &mut Rng) -> String {
    let length = random.usize(0..20);
    (0..length).map(|_| pick(random, &['a', 'Z', '"', '\\', '\u{fc}', '\u{1f600}', ' '])).collect()
}

fn folder(random: &mut Rng) -> Value {
    json!({"id": random.i64(1..), "path": random_string(random), "children": null, "more": [random_string(random)]})
}

fn asset(random: &mut Rng) -> Value {
    json!({
        "id": random.i64(1..),
        "name": random_string(random),
        "modDate": random.i64(0..2_000_000_000_000),
        "attributes": {random_string(random): [random_string(random)]},
        "file": {"name": random_string(random), "width": random.u16(..), "url": "/x"},
        "folders": [folder(random)],
        "proxies": [{"name": "Zoom", "file": {"url": random_string(random)}}],
    })
}

/// A procedure, and a result that it can return.
pub(crate) fn procedure(random: &mut Rng) -> (Call, Value) {
    let call = pick(random, &[Call::Assets, Call::Page, Call::Folder, Call::User, Call::Views]);
    let result = match call {
        Call::Assets => json!([asset(random), asset(random)]),
        Call::Page => json!({"results": [asset(random)], "size": random.u32(..)}),
        Call::Folder => folder(random),
        Call::User => json!({"userId": random.u16(..), "level": random_string(random)}),
        _ => json!([{"id": 9, "name": random_string(random)}]),
    };
    (call, result)
}

/// The result in its envelope, with the members in random order.
pub(crate) fn enveloped(random: &mut Rng, result: &str) -> String {
    let mut members = [
        r#""jsonrpc":"2.0""#.to_owned(),
        r#""id":"1""#.to_owned(),
        format!(r#""result":{result}"#),
    ];
    random.shuffle(&mut members);
    format!("{{{}}}", members.join(","))
}

fn ok(body: impl AsRef<[u8]>) -> RawResponse {
    with_head("200 OK", "content-type: application/json\r\n", body.as_ref())
}

fn with_head(status: &str, headers: &str, body: &[u8]) -> RawResponse {
    RawResponse::Bytes(crate::support::socket::response_bytes(status, headers, body))
}

fn decode_error(call: Call, body: impl AsRef<[u8]>) -> Case {
    Case { call, response: ok(body), kind: Some(ErrorKind::Decode) }
}

fn read(call: Call, body: &[u8]) -> Case {
    Case { call, response: ok(body), kind: None }
}

fn cut_off(random: &mut Rng) -> Case {
    let (call, result) = procedure(random);
    let body = enveloped(random, &result.to_string());
    decode_error(call, &body.as_bytes()[..random.usize(..body.len())])
}

/// A required ID, list or result of another type is an error; an optional member of another type is absent.
fn wrong_types(random: &mut Rng) -> Case {
    const REQUIRED: &[(Call, &[&str])] = &[
        (
            Call::Assets,
            &[
                "true",
                "7",
                "\"x\"",
                "{}",
                "[7]",
                "[[]]",
                "[\"x\"]",
                r#"[{"id":"x"}]"#,
                r#"[{"id":1.5}]"#,
                r#"[{"id":true,"name":7}]"#,
            ],
        ),
        (Call::Page, &["[]", "7", r#"{"results":{}}"#, r#"{"results":[1]}"#, r#"{"results":7}"#]),
        (Call::User, &["[]", "\"admin\"", "{}", r#"{"userId":"three"}"#, r#"{"userId":true}"#]),
        (Call::Folder, &["[]", "false", "{}", r#"{"id":"one","children":7}"#, r#"{"id":[]}"#]),
        (Call::Views, &["7", "\"x\"", "[7]", "[[]]", r#"{"results":7}"#]),
    ];
    const OPTIONAL: &[(Call, &[&str])] = &[
        (
            Call::Assets,
            &[
                r#"[{"id":1,"name":7}]"#,
                r#"[{"id":1,"file":[]}]"#,
                r#"[{"id":1,"proxies":{}}]"#,
                r#"[{"id":1,"attributes":[]}]"#,
                r#"[{"id":1,"attributes":{"a":"b"}}]"#,
                r#"[{"id":1,"modDate":true}]"#,
                r#"[{"id":1,"modDate":"soon"}]"#,
                r#"[{"id":1,"file":{"width":"wide"}}]"#,
                r#"[{"id":1,"folders":[{}]}]"#,
            ],
        ),
        (Call::Page, &[r#"{"results":[],"size":[]}"#, r#"{"results":[{"id":1,"file":7}]}"#]),
        (Call::Folder, &[r#"{"id":1,"children":7}"#, r#"{"id":1,"path":{}}"#]),
        (Call::Views, &[r#"[{"id":"x"}]"#, r#"[{"id":1,"name":[]}]"#]),
    ];
    let (of, kind) = match random.u8(..4) {
        0 => (OPTIONAL, None),
        _ => (REQUIRED, Some(ErrorKind::Decode)),
    };
    let (call, results) = pick(random, of);
    let result = pick(random, results);
    Case { call, response: ok(enveloped(random, result)), kind }
}

fn nulls(random: &mut Rng) -> Case {
    let (call, result, kind) = pick(
        random,
        &[
            (Call::Assets, "null", Some(ErrorKind::Decode)),
            (Call::Assets, "[null]", Some(ErrorKind::Decode)),
            (Call::Assets, r#"[{"id":null}]"#, Some(ErrorKind::Decode)),
            (Call::Assets, r#"[{"id":1,"folders":[null]}]"#, None),
            (
                Call::Assets,
                r#"[{"id":1,"proxies":[{"name":null,"file":null}],"modDate":null}]"#,
                None,
            ),
            (Call::Page, "null", Some(ErrorKind::Decode)),
            (Call::Page, r#"{"results":[null]}"#, Some(ErrorKind::Decode)),
            (Call::Page, r#"{"results":null,"size":null,"more":null}"#, None),
            (Call::User, "null", Some(ErrorKind::Decode)),
            (Call::User, r#"{"userId":null}"#, Some(ErrorKind::Decode)),
            (Call::User, r#"{"userId":1,"name":null,"level":null}"#, None),
            (Call::Views, "null", Some(ErrorKind::Decode)),
            (Call::Folder, "null", None),
            (Call::Any, "null", None),
        ],
    );
    Case { call, response: ok(enveloped(random, result)), kind }
}

fn html(random: &mut Rng) -> Case {
    let page = format!("<title>{}</title>", random_string(random));
    let media_type = pick(
        random,
        &[
            "",
            "content-type: text/html\r\n",
            "content-type: TEXT/HTML; charset=x\r\n",
            "content-type: application/json\r\n",
        ],
    );
    let page = pick(
        random,
        &[
            format!("<!DOCTYPE html><html>{page}</html>"),
            format!("\u{feff}\r\n  <html>{page}"),
            format!("<?xml version='1.0'?>{page}"),
            page,
        ],
    );
    let call = pick(random, &[Call::Assets, Call::Import, Call::Folder, Call::Any]);
    Case {
        call,
        response: with_head("200 OK", media_type, page.as_bytes()),
        kind: Some(ErrorKind::Html),
    }
}

fn huge_numbers(random: &mut Rng) -> Case {
    let number = pick(
        random,
        &["1e400", "-1e400", "99999999999999999999", "1e19", "9223372036854775808", "0.1e-400"],
    );
    let digits = "9".repeat(random.usize(400..5000));
    let number = if random.bool() { number } else { &digits };
    match random.u8(..4) {
        0 => decode_error(Call::Assets, enveloped(random, &format!(r#"[{{"id":{number}}}]"#))),
        1 => decode_error(Call::User, enveloped(random, &format!(r#"{{"userId":{number}}}"#))),
        2 => decode_error(Call::Import, format!(r#"{{"id":{number}}}"#)),
        _ => Case {
            call: Call::Assets,
            response: ok(format!(r#"{{"id":{number},"result":[]}}"#)),
            kind: Some(ErrorKind::IdMismatch),
        },
    }
}

fn wrong_encoding(random: &mut Rng) -> Case {
    let (call, result) = procedure(random);
    let body = enveloped(random, &result.to_string());
    let utf16: Vec<u16> = body.encode_utf16().collect();
    let bytes = match random.u8(..8) {
        0 => [b"\xff\xfe".to_vec(), utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect()]
            .concat(),
        1 => [b"\xfe\xff".to_vec(), utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect()]
            .concat(),
        2 => utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        3 => utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        // Malformed text is read as U+FFFD; nothing else is lost.
        4 => {
            return read(
                Call::Assets,
                b"{\"id\":\"1\",\"result\":[{\"id\":1,\"name\":\"M\xfcller\"}]}",
            );
        }
        5 => return read(Call::Assets, br#"{"id":"1","result":[{"id":1,"name":"\ud800"}]}"#),
        6 => return read(Call::Import, b"{\"id\":1,\"\xff\xfe\":\"\xc0\x80\"}"),
        _ => {
            let response = ok([b"\xef\xbb\xbf", body.as_bytes()].concat());
            return Case { call, response, kind: None };
        }
    };
    decode_error(call, bytes)
}

fn deep(random: &mut Rng) -> Case {
    const DEPTH: usize = 100_000;
    let (open, close) = pick(random, &[("[", "]"), ("{\"a\":", "}"), ("{\"id\":1,\"file\":", "}")]);
    let depth = if open.len() > 5 { DEPTH / 4 } else { DEPTH };
    let closed = random.bool();
    let nested = format!(
        "{}1{}",
        open.repeat(depth),
        if closed { close.repeat(depth) } else { String::new() }
    );
    match random.u8(..6) {
        0 => decode_error(Call::Any, enveloped(random, &nested)),
        1 => decode_error(Call::Assets, enveloped(random, &format!("[{nested}]"))),
        2 => decode_error(
            Call::Folder,
            enveloped(random, &format!(r#"{{"id":1,"children":[{nested}]}}"#)),
        ),
        3 => decode_error(Call::Import, format!(r#"{{"id":1,"more":{nested}}}"#)),
        4 => decode_error(Call::Any, format!(r#"{{"id":"1","error":{nested}}}"#)),
        // A member of the envelope that is not read.
        _ => Case {
            call: Call::Folder,
            response: ok(format!(r#"{{"id":"1","result":null,"more":{nested}}}"#)),
            kind: (!closed).then_some(ErrorKind::Decode),
        },
    }
}

fn duplicates(random: &mut Rng) -> Case {
    let (call, body, kind) = pick(
        random,
        &[
            (Call::Assets, r#"{"id":"1","result":[],"result":[]}"#, Some(ErrorKind::Decode)),
            (Call::Assets, r#"{"id":"1","id":"2","result":[]}"#, Some(ErrorKind::Decode)),
            (Call::Assets, r#"{"error":null,"error":null,"result":[]}"#, Some(ErrorKind::Decode)),
            (Call::Assets, r#"{"id":"1","result":[{"id":1,"id":2}]}"#, Some(ErrorKind::Decode)),
            (Call::Import, r#"{"id":1,"name":"a","name":"b"}"#, None),
            (Call::Import, r#"{"id":1,"name":"a","id":2}"#, Some(ErrorKind::Decode)),
            (Call::Import, r#"{"id":1,"more":1,"more":2}"#, None),
            (Call::Any, r#"{"id":"1","result":{"a":1,"a":2}}"#, None),
            (Call::Any, r#"{"id":"1","more":1,"more":2,"result":1}"#, None),
        ],
    );
    Case { call, response: ok(body), kind }
}

fn wrong_envelope(random: &mut Rng) -> Case {
    let other = json!(format!("1{}", random_string(random)) + "x");
    let cases = [
        (format!(r#"{{"id":{other},"result":[]}}"#), ErrorKind::IdMismatch),
        (format!(r#"{{"id":{},"result":[]}}"#, random.u32(2..)), ErrorKind::IdMismatch),
        (r#"{"id":{},"result":[]}"#.to_owned(), ErrorKind::IdMismatch),
        (r#"[{"id":"1","result":[]}]"#.to_owned(), ErrorKind::Envelope),
        ("[]".to_owned(), ErrorKind::Envelope),
        ("{}".to_owned(), ErrorKind::Envelope),
        ("null".to_owned(), ErrorKind::Envelope),
        (other.to_string(), ErrorKind::Envelope),
        (r#"{"Result":[]}"#.to_owned(), ErrorKind::Envelope),
        (r#"{"id":"1","error":[]}"#.to_owned(), ErrorKind::Api),
        (r#"{"id":"1","error":{"code":[],"message":{},"data":7}}"#.to_owned(), ErrorKind::Api),
        (r#"{"id":"1","error":{"code":10000.5}}"#.to_owned(), ErrorKind::Api),
        (r#"{"id":"1","error":false}"#.to_owned(), ErrorKind::Api),
        (r#"{"id":"1","error":{"code":"10000"}}"#.to_owned(), ErrorKind::Authentication),
    ];
    let (body, kind) = pick(random, &cases);
    Case { call: Call::Assets, response: ok(body), kind: Some(kind) }
}

fn failed(random: &mut Rng) -> Case {
    let (status, kind) = pick(
        random,
        &[
            ("401 Unauthorized", ErrorKind::Authentication),
            ("403 Forbidden", ErrorKind::PermissionDenied),
            ("404 Not Found", ErrorKind::NotFound),
            ("418 I'm a teapot", ErrorKind::Api),
            ("429 Too Many Requests", ErrorKind::RateLimited),
            ("500 Internal Server Error", ErrorKind::Server),
            ("599 Unheard Of", ErrorKind::Server),
        ],
    );
    let body = match random.u8(..6) {
        0 => Vec::new(),
        1 => b"<html>".to_vec(),
        2 => "[".repeat(100_000).into_bytes(),
        3 => br#"{"error":{"message":{"#.to_vec(),
        4 => (0..random.usize(1..500)).map(|_| random.u8(..)).collect(),
        _ => format!(r#"{{"code":1e400,"message":{}}}"#, json!(random_string(random))).into_bytes(),
    };
    let headers = pick(
        random,
        &[
            "",
            "retry-after: soon\r\n",
            "retry-after: 99999999999999999999999\r\n",
            "x-request-id: \u{fc}\r\n",
        ],
    );
    let call = pick(random, &[Call::Assets, Call::Import]);
    Case { call, response: with_head(status, headers, &body), kind: Some(kind) }
}
