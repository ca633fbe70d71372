//! Responses that are malformed below the document: lengths, chunks, ends, and what is not HTTP.

use fastrand::Rng;
use netx_sdk::ErrorKind;

use crate::generator::{Call, Case, RawResponse, enveloped, pick, procedure};

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const UNTIL_CLOSED: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";

pub(crate) fn wrong_length(random: &mut Rng) -> Case {
    let (call, result) = procedure(random);
    let body = enveloped(random, &result.to_string());
    let (length, kind) = match random.u8(..5) {
        0 => (random.usize(1..body.len()).to_string(), ErrorKind::Decode),
        1 => ((body.len() + random.usize(1..1000)).to_string(), ErrorKind::Transport),
        2 => (
            pick(random, &["many", "-1", "0x10", "1,2", "99999999999999999999999"]).to_owned(),
            ErrorKind::Transport,
        ),
        3 => {
            (format!("{}\r\ncontent-length: {}", body.len(), body.len() + 1), ErrorKind::Transport)
        }
        _ => ("9000000000000000000".to_owned(), ErrorKind::TooLarge),
    };
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    Case {
        call,
        response: RawResponse::Bytes([head.as_bytes(), body.as_bytes()].concat()),
        kind: Some(kind),
    }
}

pub(crate) fn endless(random: &mut Rng) -> Case {
    let length = random.usize(1000..50_000);
    let body = vec![pick(random, b" [0a"); length];
    let (head, chunk) = if random.bool() {
        (CHUNKED, [format!("{length:x}\r\n").into_bytes(), body, b"\r\n".to_vec()].concat())
    } else {
        (UNTIL_CLOSED, body)
    };
    // Far over the limit, but finite: a client without a limit fails the test, not the machine.
    let times = (64 << 20) / length;
    let response = RawResponse::Repeated { head: head.to_vec(), chunk, times };
    let call = pick(random, &[Call::Assets, Call::Import]);
    Case { call, response, kind: Some(ErrorKind::TooLarge) }
}

pub(crate) fn large(random: &mut Rng) -> Case {
    let chunk = vec![b'['; 64 * 1024];
    let head = if random.bool() {
        b"HTTP/1.1 200 OK\r\ncontent-length: 67108864\r\n\r\n".to_vec()
    } else {
        UNTIL_CLOSED.to_vec()
    };
    let response = RawResponse::Repeated { head, chunk, times: 1024 };
    Case { call: Call::Assets, response, kind: Some(ErrorKind::TooLarge) }
}

pub(crate) fn no_http(random: &mut Rng) -> Case {
    let bytes = match random.u8(..5) {
        0 => Vec::new(),
        1 => (0..random.usize(1..500)).map(|_| random.u8(..)).collect(),
        2 => b"HTTP/1.1 200 OK\r\ncontent-ty".to_vec(),
        3 => b"HTTP/9.9 999 \xff\r\n\r\n{}".to_vec(),
        _ => [&b"HTTP/1.1 200 OK\r\nx: "[..], &vec![b'x'; 600_000]].concat(),
    };
    Case { call: Call::User, response: RawResponse::Bytes(bytes), kind: Some(ErrorKind::Transport) }
}

pub(crate) fn broken_chunks(random: &mut Rng) -> Case {
    let chunk = pick(
        random,
        &[
            "zz\r\n{}\r\n0\r\n\r\n",
            "ffffffffffffffffff\r\n{}\r\n",
            "5\r\n{}\r\n0\r\n\r\n",
            "2\r\n{}xx0\r\n\r\n",
            "2\r\n{}",
            "-1\r\n{}\r\n",
            "\r\n\r\n",
        ],
    );
    let response = RawResponse::Bytes([CHUNKED, chunk.as_bytes()].concat());
    Case { call: Call::Assets, response, kind: Some(ErrorKind::Transport) }
}
