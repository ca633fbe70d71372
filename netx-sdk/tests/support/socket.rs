//! A loopback server that reads a request and then writes arbitrary bytes.

use std::{future::Future, sync::Arc};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// The server. It stops with the test's runtime.
pub struct Socket {
    pub url: String,
}

impl Socket {
    /// Passes every connection to `respond` after reading its request, with the number of the request.
    pub async fn start<F, R>(respond: F) -> Self
    where
        F: Fn(usize, TcpStream) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port");
        let respond = Arc::new(respond);
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((mut stream, _)) = listener.accept().await {
                let respond = respond.clone();
                tokio::spawn(async move {
                    if read_request(&mut stream).await.is_some() {
                        respond(number, stream).await;
                    }
                });
                number += 1;
            }
        });
        Self { url: format!("http://{address}") }
    }

    /// Responds with these bytes and closes.
    pub async fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into().into();
        Self::start(move |_, mut stream| {
            let bytes = bytes.clone();
            async move {
                // The client may disconnect before it has read everything, which is what is tested.
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }
}

/// A complete response with the right length. The connection serves one request.
pub fn response_bytes(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Reads a request with a body of known length.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut request = Vec::with_capacity(1024);
    loop {
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
        let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&request[..end]).ok()?.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(Some(0), |length| length.parse().ok())?;
        if request.len() >= end + 4 + length {
            return Some(());
        }
    }
}
