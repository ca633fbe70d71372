//! A server that answers `getAssets(start, size)` over 10,000 assets, in a process of its own.

use std::{
    io::BufRead,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

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
        let body = answer(&buffer[head..head + length]);
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

/// Where the body begins and how long it is, once the head is there.
fn request(buffer: &[u8]) -> Option<(usize, usize)> {
    let head = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&buffer[..head]).unwrap().to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    Some((head, length.map_or(0, |length| length.trim().parse().unwrap())))
}

fn answer(body: &[u8]) -> Vec<u8> {
    let request: serde_json::Value = serde_json::from_slice(body).unwrap();
    let number = |at: usize| request["params"][at].as_u64().unwrap();
    let until = (number(0) + number(1)).min(10_000);
    let results: Vec<_> = (number(0)..until)
        .map(|id| {
            serde_json::json!({
                "id": id,
                "name": format!("asset {id}"),
                "file": format!("asset-{id}.jpg"),
                "creationDate": 1_451_979_500_852_u64 + id,
                "keywords": ["red", "green", "blue"],
                "somethingNew": {"a": [1, 2, 3]},
            })
        })
        .collect();
    let result = serde_json::json!({"results": results, "size": 10_000});
    let answer = serde_json::json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
    serde_json::to_vec(&answer).unwrap()
}
