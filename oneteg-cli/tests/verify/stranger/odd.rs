//! Servers that break HTTP, JSON, or the patience of their clients. A run always ends, with a report of what it saw.

use std::time::{Duration, Instant};

use oneteg_catalog::evidence::{Kind, Outcome, Report};

use super::{
    behind_relays,
    relay::{Behaviour, Call, Relay, Reply, Wire},
};
use crate::world::World;

/// What a server makes of each response, with the number of the request.
type Oddity = fn(&Call, Reply, u64) -> Wire;

fn with_body(mut reply: Reply, body: impl Into<Vec<u8>>) -> Wire {
    reply.body = body.into();
    reply.wire()
}

fn with_header(mut reply: Reply, name: &str, value: &str) -> Wire {
    reply.set(name, Some(value));
    reply.wire()
}

fn utf16(text: &[u8], big: bool) -> Vec<u8> {
    let text = format!("\u{feff}{}", String::from_utf8_lossy(text));
    let units = text.encode_utf16();
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

/// `{"a": 1}`, compressed by gzip.
const GZIP: &[u8] = &[
    0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xab, 0x56, 0x4a, 0x54, 0xb2, 0x52, 0x30, 0xac, 5, 0, 0x97,
    0x8e, 0xa1, 0xfb, 8, 0, 0, 0,
];

fn refused(status: u16, header: (&str, &str)) -> Wire {
    let mut reply = Reply::new(status, "application/json", "{}");
    reply.set(header.0, Some(header.1));
    reply.wire()
}

/// Servers whose every response is odd.
const EVERYWHERE: &[(&str, Oddity)] = &[
    ("several byte order marks", |_, reply, _| {
        let body = ["\u{feff}\u{feff}\n\u{feff}".as_bytes(), &reply.body].concat();
        with_body(reply, body)
    }),
    ("UTF-16, little endian", |_, reply, _| {
        let body = utf16(&reply.body, false);
        with_body(reply, body)
    }),
    ("UTF-16, big endian", |_, reply, _| {
        let body = utf16(&reply.body, true);
        with_body(reply, body)
    }),
    ("gzip without a header", |_, reply, _| with_body(reply, GZIP)),
    ("gzip that nobody accepted", |_, mut reply, _| {
        reply.set("content-encoding", Some("gzip"));
        with_body(reply, GZIP)
    }),
    ("gzip that is none", |_, reply, _| with_header(reply, "content-encoding", "gzip")),
    ("equal keys", |_, reply, _| {
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        with_body(reply, body.replacen('{', r#"{"id": 1, "id": "2", "id": null, "#, 3))
    }),
    ("NaN", |_, reply, _| {
        with_body(reply, r#"{"jsonrpc": "2.0", "id": NaN, "result": -Infinity}"#)
    }),
    ("huge numbers", |_, reply, _| {
        let digits = "9".repeat(5000);
        with_body(
            reply,
            format!(r#"{{"jsonrpc": "2.0", "id": {digits}, "result": [1e999, -{digits}]}}"#),
        )
    }),
    ("deep lists", |_, reply, _| with_body(reply, "[".repeat(200_000) + &"]".repeat(200_000))),
    ("deep objects", |_, reply, _| {
        with_body(reply, r#"{"result":"#.repeat(120) + "1" + &"}".repeat(120))
    }),
    ("a string of JSON", |_, reply, _| {
        let body = serde_json::json!(String::from_utf8_lossy(&reply.body)).to_string();
        with_body(reply, body)
    }),
    ("two documents", |_, reply, _| {
        let body = [&reply.body[..], b"\n", &reply.body].concat();
        with_body(reply, body)
    }),
    ("zero bytes", |_, reply, _| with_body(reply, vec![0; 4096])),
    ("lone surrogates", |_, reply, _| {
        with_body(reply, r#"{"jsonrpc": "2.0", "id": "\ud800", "result": {"\udfff": "\ud83d"}}"#)
    }),
    ("XML", |_, reply, _| with_body(reply, "<?xml version=\"1.0\"?><a>1</a>")),
    ("204 with a body", |_, mut reply, _| {
        reply.status = 204;
        reply.wire()
    }),
    ("205 without a body", |_, mut reply, _| {
        reply.status = 205;
        with_body(reply, "")
    }),
    ("byte by byte", |_, reply, _| {
        let bytes = reply.wire().pieces.concat();
        Wire { pieces: bytes.chunks(1).map(<[u8]>::to_vec).collect(), closes: false }
    }),
    ("a redirect to itself", |call, mut reply, _| {
        reply.status = 302;
        with_header(reply, "location", &call.target)
    }),
    ("a redirect that grows", |call, mut reply, number| {
        reply.status = 307;
        let path = call.target.split('?').next().unwrap_or_default();
        with_header(
            reply,
            "location",
            &format!("{path}/{number}?a={}", "b".repeat(number as usize)),
        )
    }),
    ("a redirect to nowhere", |_, mut reply, _| {
        reply.status = 301;
        with_header(reply, "location", "http://[::bad")
    }),
    ("HTTP/1.0", |_, reply, _| {
        let head = reply.head().replacen("HTTP/1.1", "HTTP/1.0", 1);
        Wire::last([head.as_bytes(), b"\r\n", &reply.body].concat())
    }),
    ("no response", |_, _, _| Wire::last("")),
    ("half a status line", |_, _, _| Wire::last("HTTP/1.1 20")),
    ("half of the headers", |_, reply, _| Wire::last(reply.head())),
    ("half of the body", |_, reply, _| {
        let bytes = reply.wire().pieces.concat();
        Wire::last(&bytes[..bytes.len() - reply.body.len() / 2 - 1])
    }),
    ("a length that is too large", |_, reply, _| {
        let head = format!("{}content-length: {}\r\n\r\n", reply.head(), reply.body.len() + 7);
        Wire::last([head.as_bytes(), &reply.body].concat())
    }),
    ("a length that is too small", |_, reply, _| {
        let length = reply.body.len() / 2;
        let head = format!("{}content-length: {length}\r\n\r\n", reply.head());
        Wire::whole([head.as_bytes(), &reply.body].concat())
    }),
    ("a length that is no number", |_, reply, _| {
        let head = format!("{}content-length: many\r\n\r\n", reply.head());
        Wire::last([head.as_bytes(), &reply.body].concat())
    }),
    ("chunks without an end", |_, reply, _| {
        let head = format!("{}transfer-encoding: chunked\r\n\r\n", reply.head());
        let length = format!("{:x}\r\n", reply.body.len());
        Wire::last([head.as_bytes(), length.as_bytes(), &reply.body, b"\r\n"].concat())
    }),
    ("chunks of no size", |_, reply, _| {
        Wire::last(format!("{}transfer-encoding: chunked\r\n\r\nzz\r\n{{}}\r\n", reply.head()))
    }),
    ("a status that is none", |_, _, _| Wire::last("HTTP/1.1 99 Odd\r\ncontent-length: 0\r\n\r\n")),
    ("status 999", |_, mut reply, _| {
        reply.status = 999;
        reply.wire()
    }),
    ("another protocol", |_, _, _| Wire::last("220 mail.example ESMTP\r\n")),
    ("headers without end", |_, reply, _| {
        Wire::last(format!("{}x-a: {}\r\n\r\n", reply.head(), "b".repeat(2 << 20)))
    }),
    ("bytes in headers", |_, reply, _| {
        let head =
            [reply.head().as_bytes(), b"x-odd: \xff\xfe\r\ncontent-length: 2\r\n\r\n{}"].concat();
        Wire::last(head)
    }),
    ("further responses", |_, reply, _| {
        let bytes = reply.wire().pieces.concat();
        Wire::whole([&bytes[..], b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"].concat())
    }),
    ("interim responses", |_, reply, _| {
        let bytes = reply.wire().pieces.concat();
        Wire::whole([b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(3), bytes].concat())
    }),
    ("a clock in 1970", |_, reply, _| with_header(reply, "date", "Thu, 01 Jan 1970 00:00:00 GMT")),
    ("a clock in 2100", |_, reply, _| with_header(reply, "date", "Fri, 01 Jan 2100 00:00:00 GMT")),
    ("a date that is none", |_, reply, _| with_header(reply, "date", "tomorrow")),
    ("429 at once", |_, _, _| refused(429, ("retry-after", "0"))),
    ("429 for a day", |_, _, _| refused(429, ("retry-after", "86400"))),
    ("429 since 1970", |_, _, _| refused(429, ("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT"))),
    ("429 until 2100", |_, _, _| refused(429, ("retry-after", "Fri, 01 Jan 2100 00:00:00 GMT"))),
    ("429 without end", |_, _, _| refused(429, ("retry-after", "99999999999999999999999"))),
    ("503 in words", |_, _, _| refused(503, ("retry-after", "soon"))),
    ("401", |_, _, _| refused(401, ("www-authenticate", "Negotiate"))),
    ("407", |_, _, _| refused(407, ("proxy-authenticate", "Basic"))),
    ("500", |_, _, _| refused(500, ("x-a", "b"))),
];

/// The same server after its first 20 responses.
const LATER: &[&str] = &[
    "no response",
    "429 at once",
    "401",
    "zero bytes",
    "half of the body",
    "a redirect to itself",
];

fn behaviour(oddity: Oddity, after: u64) -> Behaviour {
    let mut number = 0;
    Box::new(move |call, reply| {
        number += 1;
        if number > after { oddity(call, reply, number) } else { reply.wire() }
    })
}

/// Runs, and returns what is wrong with the way it ended.
fn problem(world: &World, relay: &Relay, name: &str, behaviour: Behaviour) -> Option<String> {
    let folder = world.folder("nx");
    let _ = std::fs::remove_dir_all(&folder);
    relay.behave(behaviour);
    let begun = Instant::now();
    let done = world.verify("nx", &[]);
    relay.behave(Box::new(|_, reply| reply.wire()));
    let Ok(json) = std::fs::read(folder.join("evidence.json")) else {
        return Some(format!("{name}: no report: {done:?}"));
    };
    let report: Report = serde_json::from_slice(&json).unwrap();
    let is_expected = match done.code {
        1 => done.err.contains("; nothing was compared"),
        code => matches!(code, 0 | 3 | 5),
    };
    let ended = !is_expected || done.err.contains("panicked");
    let unexplained = report.operations.iter().find(|seen| {
        seen.outcome != Outcome::Seen && seen.reason.as_ref().is_none_or(String::is_empty)
    });
    let is_slow = begun.elapsed() > Duration::from_secs(100);
    let is_complete = report.completed != report.ended.is_some();
    (ended || unexplained.is_some() || is_slow || !is_complete || report.requests > report.budget)
        .then(|| format!("{name}: {done:?} {:?} {unexplained:?}", report.ended))
}

/// Waits of retries pass at the same time.
#[test]
fn a_run_ends_with_a_report_whatever_a_server_sends() {
    let mut cases: Vec<(String, Oddity, u64)> =
        EVERYWHERE.iter().map(|(name, oddity)| ((*name).to_owned(), *oddity, 0)).collect();
    let later = EVERYWHERE.iter().filter(|(name, _)| LATER.contains(name));
    cases.extend(later.map(|(name, oddity)| (format!("{name}, later"), *oddity, 20)));
    let cases = std::sync::Mutex::new(cases);
    let work = || {
        let (world, relays) = behind_relays();
        let mut problems = Vec::new();
        loop {
            let Some((name, oddity, after)) = cases.lock().unwrap().pop() else { return problems };
            problems.extend(problem(&world, &relays[0], &name, behaviour(oddity, after)));
        }
    };
    let problems: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..6).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// What is odd and harmless is no difference.
#[test]
fn what_clients_do_not_notice_is_no_difference() {
    let (world, relays) = behind_relays();
    let harmless = [
        "several byte order marks",
        "byte by byte",
        "HTTP/1.0",
        "interim responses",
        "a clock in 1970",
        "a date that is none",
    ];
    for (name, oddity) in EVERYWHERE.iter().filter(|(name, _)| harmless.contains(name)) {
        relays[0].behave(behaviour(*oddity, 0));
        let report = world.verified("nx");
        assert_eq!(crate::world::differences(&report), [] as [String; 0], "{name}");
        assert!(report.completed, "{name}");
    }
}

/// What a server does everywhere is in the report of each operation that was called.
#[test]
fn what_cannot_be_read_is_named() {
    let (world, relays) = behind_relays();
    for (name, kind) in [
        ("UTF-16, little endian", Kind::Content),
        ("gzip without a header", Kind::Content),
        ("NaN", Kind::Content),
        ("huge numbers", Kind::Content),
        ("deep lists", Kind::Content),
        ("a string of JSON", Kind::Envelope),
        ("two documents", Kind::Content),
        ("zero bytes", Kind::Content),
        ("XML", Kind::Content),
        ("204 with a body", Kind::Status),
        ("half of the body", Kind::Content),
    ] {
        let (_, oddity) = EVERYWHERE.iter().find(|(known, _)| *known == name).unwrap();
        relays[0].behave(behaviour(*oddity, 0));
        world.verify("nx", &[]);
        let report = world.report("nx");
        let procedures = report.operations.iter().filter(|seen| {
            let entry = oneteg_catalog::of("netx").unwrap().find(&seen.operation).unwrap();
            seen.calls > 0 && entry.procedure.is_some()
        });
        let mut count = 0;
        for seen in procedures {
            count += 1;
            assert!(
                seen.findings.iter().any(|found| found.kind == kind),
                "{name}: {} {:?} {:?}",
                seen.operation,
                seen.reason,
                seen.findings
            );
        }
        assert!(count > 0, "{name}");
    }
}

/// A vendor that asks for fewer requests, whatever is waited, is left alone.
#[test]
fn a_vendor_that_limits_without_end_is_left_alone() {
    let (world, relays) = behind_relays();
    let limited: Oddity = |_, _, _| refused(429, ("retry-after", "3600"));
    relays[0].behave(behaviour(limited, 10));
    let done = world.verify("nx", &[]);
    assert_eq!(done.code, 5, "{done:?}");
    assert!(done.err.contains("--resume"), "{}", done.err);
    let report = world.report("nx");
    let ended = "The vendor asked for fewer requests, or for a wait of more than a minute.";
    assert_eq!(report.ended.as_deref(), Some(ended));
    // Not even one more.
    assert_eq!(report.requests, 11);
    // Short waits are waited for, and then that is enough.
    let limited: Oddity = |_, _, _| refused(429, ("retry-after", "0"));
    relays[0].behave(behaviour(limited, 10));
    let done = world.verify("nx", &[]);
    assert_eq!(done.code, 5, "{done:?}");
    let report = world.report("nx");
    assert_eq!(report.ended.as_deref(), Some(ended));
    assert!(report.requests < 40, "{}", report.requests);
    relays[0].behave(Box::new(|_, reply| reply.wire()));
    let resumed = world.verify("nx", &["--resume"]);
    assert_eq!(resumed.code, 0, "{resumed:?}");
}
