//! A server that reads one request byte by byte, does something when it has some of the body, and tells
//! what arrived.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What arrived of one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrived {
    pub(crate) head: String,
    /// Without its chunks' lengths, where it came in chunks.
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its end.
    pub(crate) whole: bool,
}

impl Arrived {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (other, value) = line.split_once(':')?;
            other.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The parts of a form: the header of each, and its bytes. `None` where it is no whole form.
    pub(crate) fn parts(&self) -> Option<Vec<(String, Vec<u8>)>> {
        let boundary = self.header("content-type")?.split_once("boundary=")?.1.to_owned();
        let mut parts = Vec::new();
        let mut rest = self.body.strip_prefix(format!("--{boundary}\r\n").as_bytes())?;
        loop {
            let head = rest.windows(4).position(|four| four == b"\r\n\r\n")?;
            let (name, bytes) = (String::from_utf8_lossy(&rest[..head]), &rest[head + 4..]);
            let mark = format!("\r\n--{boundary}");
            let end = bytes.windows(mark.len()).position(|at| at == mark.as_bytes())?;
            parts.push((name.into_owned(), bytes[..end].to_vec()));
            rest = &bytes[end + mark.len()..];
            if rest == b"--\r\n" {
                return Some(parts);
            }
            rest = rest.strip_prefix(b"\r\n")?;
        }
    }
}

/// The server. It answers `{}` to every whole request, and nothing to others.
#[derive(Clone)]
pub(crate) struct Reading {
    pub(crate) url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    statuses: Arc<Mutex<Vec<u16>>>,
}

type Then = Box<dyn FnOnce() + Send>;

impl Reading {
    pub(crate) async fn start() -> Self {
        Self::then(usize::MAX, || {}).await
    }

    /// Does something once, when it has read so many bytes of a body. What the client sends meanwhile stays
    /// with the client, as far as it does not fit into the buffers between them.
    pub(crate) async fn then(bytes: usize, then: impl FnOnce() + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            arrived: Arc::default(),
            statuses: Arc::default(),
        };
        let serving = server.clone();
        let then: Arc<Mutex<Option<Then>>> = Arc::new(Mutex::new(Some(Box::new(then))));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (server, then) = (serving.clone(), Arc::clone(&then));
                tokio::spawn(async move {
                    let arrived = server.read(socket, bytes, &then).await;
                    server.arrived.lock().unwrap().extend(arrived);
                });
            }
        });
        server
    }

    /// The statuses of the next answers; 200 after them.
    pub(crate) fn answer(self, statuses: &[u16]) -> Self {
        self.statuses.lock().unwrap().extend(statuses);
        self
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    /// The only request, when its connection is over.
    pub(crate) async fn only(&self) -> Arrived {
        for _ in 0..60_000 {
            let arrived = self.arrived();
            if !arrived.is_empty() {
                assert_eq!(arrived.len(), 1);
                return arrived[0].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        panic!("no request arrived")
    }

    async fn read(
        &self,
        mut socket: TcpStream,
        at: usize,
        then: &Mutex<Option<Then>>,
    ) -> Option<Arrived> {
        let mut request = Arrived::default();
        while !request.head.ends_with("\r\n\r\n") {
            request.head.push(char::from(socket.read_u8().await.ok()?));
        }
        let length: Option<usize> = request.header("content-length").map(|of| of.parse().unwrap());
        let chunked = request.header("transfer-encoding").is_some();
        let mut raw = Vec::new();
        let mut buffer = vec![0; 16 << 10];
        loop {
            request.whole = match length {
                Some(length) => raw.len() >= length,
                None => !chunked || raw.ends_with(b"0\r\n\r\n"),
            };
            if request.whole {
                break;
            }
            match socket.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(read) => raw.extend_from_slice(&buffer[..read]),
            }
            if raw.len() >= at
                && let Some(then) = then.lock().unwrap().take()
            {
                then();
            }
        }
        request.body = if chunked { unchunked(&raw) } else { raw };
        if request.whole {
            let status = {
                let mut statuses = self.statuses.lock().unwrap();
                if statuses.is_empty() { 200 } else { statuses.remove(0) }
            };
            let answer = format!(
                "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\
                 connection: close\r\n\r\n{{}}"
            );
            let _ = socket.write_all(answer.as_bytes()).await;
            // What came beyond the announced length would be seen here.
            let _ = socket.read_to_end(&mut request.body).await;
        }
        Some(request)
    }
}

fn unchunked(mut raw: &[u8]) -> Vec<u8> {
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

/// Bytes that differ from place to place.
pub(crate) fn content(length: usize) -> Bytes {
    (0..length).map(|n| (n * 31 % 251) as u8).collect::<Vec<_>>().into()
}
