//! A server that lists 10,000 assets in every style, in a separate process.

use std::{
    io::BufRead,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    pub(crate) fn start(delay_ms: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["serve", &delay_ms.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, address: line.trim().parse().unwrap() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) async fn serve(delay: Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        tokio::spawn(connection(stream, delay));
    }
}

async fn connection(mut stream: TcpStream, delay: Duration) {
    let mut buffer = Vec::new();
    loop {
        let (head, length) = loop {
            if let Some(found) = request(&buffer) {
                break found;
            }
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        };
        while buffer.len() < head + length {
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let body = response(&buffer[..head], &buffer[head..head + length]);
        buffer.drain(..head + length);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all(&[head.as_bytes(), &body].concat()).await.is_err() {
            return;
        }
    }
}

/// Position and length of the body, once the head is complete.
fn request(buffer: &[u8]) -> Option<(usize, usize)> {
    let head = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let lines = std::str::from_utf8(&buffer[..head]).unwrap().to_ascii_lowercase();
    let length = lines.lines().find_map(|line| line.strip_prefix("content-length: "));
    Some((head, length.map_or(0, |length| length.trim().parse().unwrap())))
}

fn response(head: &[u8], body: &[u8]) -> Vec<u8> {
    let line = std::str::from_utf8(head).unwrap().lines().next().unwrap();
    let target = line.split(' ').nth(1).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let response = match path {
        "/rpc" => {
            let request: Value = serde_json::from_slice(body).unwrap();
            let number = |at: usize| request["params"][at].as_u64().unwrap();
            let result = assets(number(0), number(1));
            json!({"jsonrpc": "2.0", "id": request["id"], "result": result})
        }
        _ => {
            let number = |name: &str| {
                let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                let mut found = pairs.filter(|(key, _)| *key == name);
                found.next().unwrap().1.parse::<u64>().unwrap()
            };
            let (start, size) = (number("start"), number("size"));
            let assets = assets(start, size);
            if path == "/payload" {
                json!({
                    "apiVersion": "1.2",
                    "payload": assets,
                    "recordCount": {
                        "totalRecordsFound": 10_000, "startingRecord": start, "recordsReturned": size,
                    },
                    "errors": [],
                    "warnings": [],
                    "meta": {"buildVersion": "1.2.3", "createdAt": "2026-01-02T03:04:05Z"},
                })
            } else {
                assets
            }
        }
    };
    serde_json::to_vec(&response).unwrap()
}

fn assets(start: u64, size: u64) -> Value {
    let results: Vec<_> = (start..(start + size).min(10_000))
        .map(|id| {
            json!({
                "id": id,
                "name": format!("asset {id}"),
                "file": format!("asset-{id}.jpg"),
                "creationDate": 1_451_979_500_852_u64 + id,
                "keywords": ["red", "green", "blue"],
                "somethingNew": {"a": [1, 2, 3]},
            })
        })
        .collect();
    json!({"results": results, "size": 10_000})
}
