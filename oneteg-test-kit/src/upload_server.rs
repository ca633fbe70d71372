//! A server that reads uploads byte by byte: it can act in the middle of a body, and keeps incomplete requests,
//! which an HTTP library would discard.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A request as it was received, perhaps incomplete.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// The request line and the headers.
    pub head: String,
    /// The body, without chunk framing.
    pub body: Vec<u8>,
    /// Whether the body is complete.
    pub is_complete: bool,
}

impl ReceivedRequest {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (header, value) = line.split_once(':')?;
            header.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The parts of a multipart form: the headers and the bytes of each. `None` if the form is incomplete.
    pub fn parts(&self) -> Option<Vec<(String, Vec<u8>)>> {
        let boundary = self.header("content-type")?.split_once("boundary=")?.1.to_owned();
        let mut parts = Vec::new();
        let mut rest = self.body.strip_prefix(format!("--{boundary}\r\n").as_bytes())?;
        loop {
            let head = rest.windows(4).position(|four| four == b"\r\n\r\n")?;
            let (name, bytes) = (String::from_utf8_lossy(&rest[..head]), &rest[head + 4..]);
            let delimiter = format!("\r\n--{boundary}");
            let end = bytes.windows(delimiter.len()).position(|at| at == delimiter.as_bytes())?;
            parts.push((name.into_owned(), bytes[..end].to_vec()));
            rest = &bytes[end + delimiter.len()..];
            if rest == b"--\r\n" {
                return Some(parts);
            }
            rest = rest.strip_prefix(b"\r\n")?;
        }
    }
}

/// The server. It responds with `{}` to complete requests only.
#[derive(Clone)]
pub struct UploadServer {
    /// Its base URL.
    pub url: String,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
    statuses: Arc<Mutex<Vec<u16>>>,
}

type Action = Box<dyn FnOnce() + Send>;

impl UploadServer {
    /// Starts a server on loopback. It ends with the test's runtime.
    pub async fn start() -> Self {
        Self::start_with_action(usize::MAX, || {}).await
    }

    /// Runs an action once, after `after_bytes` bytes of a body were read. What the client sends meanwhile stays with
    /// the client, except for what fits into the buffers between them.
    pub async fn start_with_action(
        after_bytes: usize,
        action: impl FnOnce() + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            requests: Arc::default(),
            statuses: Arc::default(),
        };
        let serving = server.clone();
        let action: Arc<Mutex<Option<Action>>> = Arc::new(Mutex::new(Some(Box::new(action))));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (server, action) = (serving.clone(), Arc::clone(&action));
                tokio::spawn(async move {
                    let request = server.receive(socket, after_bytes, &action).await;
                    server.requests.lock().unwrap().extend(request);
                });
            }
        });
        server
    }

    /// Sets the statuses of the next responses; later ones have 200.
    #[must_use]
    pub fn respond_with(self, statuses: &[u16]) -> Self {
        self.statuses.lock().unwrap().extend(statuses);
        self
    }

    /// The requests so far whose connections are closed, in order.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// The only request; waits until its connection is closed.
    pub async fn only_request(&self) -> ReceivedRequest {
        for _ in 0..60_000 {
            let requests = self.requests();
            if !requests.is_empty() {
                assert_eq!(requests.len(), 1, "expected one request");
                return requests[0].clone();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("no request was received")
    }

    async fn receive(
        &self,
        mut socket: TcpStream,
        action_at: usize,
        action: &Mutex<Option<Action>>,
    ) -> Option<ReceivedRequest> {
        let mut request = ReceivedRequest::default();
        while !request.head.ends_with("\r\n\r\n") {
            request.head.push(char::from(socket.read_u8().await.ok()?));
        }
        let length = request.header("content-length").map(|length| length.parse().unwrap());
        let length: Option<usize> = length;
        let is_chunked = request.header("transfer-encoding").is_some();
        let mut raw = Vec::new();
        let mut buffer = vec![0; 16 << 10];
        loop {
            request.is_complete = match length {
                Some(length) => raw.len() >= length,
                None => !is_chunked || raw.ends_with(b"0\r\n\r\n"),
            };
            if request.is_complete {
                break;
            }
            match socket.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(read) => raw.extend_from_slice(&buffer[..read]),
            }
            if raw.len() >= action_at
                && let Some(action) = action.lock().unwrap().take()
            {
                action();
            }
        }
        request.body = if is_chunked { decode_chunks(&raw) } else { raw };
        if request.is_complete {
            let status = {
                let mut statuses = self.statuses.lock().unwrap();
                if statuses.is_empty() { 200 } else { statuses.remove(0) }
            };
            let response = format!(
                "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\
                 connection: close\r\n\r\n{{}}"
            );
            let _ = socket.write_all(response.as_bytes()).await;
            // Bytes beyond the announced length would show here.
            let _ = socket.read_to_end(&mut request.body).await;
        }
        Some(request)
    }
}

fn decode_chunks(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = raw.windows(2).position(|two| two == b"\r\n") {
        let length = std::str::from_utf8(&raw[..line]).unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        let rest = &raw[line + 2..];
        body.extend_from_slice(&rest[..length.min(rest.len())]);
        raw = rest.get(length + 2..).unwrap_or_default();
    }
    body
}

/// Bytes that differ from position to position, so that a misplaced range shows.
pub fn test_content(length: usize) -> Bytes {
    (0..length).map(|n| (n * 31 % 251) as u8).collect::<Vec<_>>().into()
}
