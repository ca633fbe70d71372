//! A server in front of the sandbox that knows which operation a request is for, and writes any bytes as the response.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, mpsc},
    thread,
};

use oneteg_catalog::{Catalog, Entry};
use oneteg_http::reqwest::{self, redirect};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// Headers that belong to one connection, or that [`Reply::wire`] writes.
const OF_THE_CONNECTION: [&str; 4] =
    ["connection", "content-length", "keep-alive", "transfer-encoding"];

/// A request.
pub(crate) struct Call {
    /// `None` for what is no operation, such as the page of a sign-in.
    pub(crate) operation: Option<&'static Entry>,
    /// The path with its query.
    pub(crate) target: String,
}

/// What the sandbox responds.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Replaces a header; without a value it is removed.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) {
        self.headers.retain(|(known, _)| known != name);
        self.headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    /// The status line and headers, without the length of the body.
    pub(crate) fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} Status\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head
    }

    /// The response as it should be.
    pub(crate) fn wire(&self) -> Wire {
        let head = format!("{}content-length: {}\r\n\r\n", self.head(), self.body.len());
        Wire::whole([head.as_bytes(), &self.body].concat())
    }
}

/// The bytes of a response.
pub(crate) struct Wire {
    pub(crate) pieces: Vec<Vec<u8>>,
    /// Whether the connection ends after them.
    pub(crate) closes: bool,
}

impl Wire {
    pub(crate) fn whole(bytes: impl Into<Vec<u8>>) -> Self {
        Self { pieces: vec![bytes.into()], closes: false }
    }

    pub(crate) fn last(bytes: impl Into<Vec<u8>>) -> Self {
        Self { closes: true, ..Self::whole(bytes) }
    }
}

/// What becomes of each response.
pub(crate) type Behaviour = Box<dyn FnMut(&Call, Reply) -> Wire + Send>;

/// Runs until it is dropped.
pub(crate) struct Relay {
    pub(crate) url: String,
    behaviour: Arc<Mutex<Behaviour>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Shared {
    target: String,
    catalog: &'static Catalog,
    client: reqwest::Client,
    behaviour: Arc<Mutex<Behaviour>>,
}

impl Relay {
    /// A relay that changes nothing.
    pub(crate) fn start(target: &str, vendor: &str) -> Self {
        let client = oneteg_auth::client_builder(false).unwrap();
        let behaviour: Behaviour = Box::new(|_, reply| reply.wire());
        let behaviour = Arc::new(Mutex::new(behaviour));
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            catalog: oneteg_catalog::of(vendor).unwrap(),
            client: client.redirect(redirect::Policy::none()).build().unwrap(),
            behaviour: Arc::clone(&behaviour),
        });
        let (started, starting) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                let listener = TcpListener::bind(address).await.unwrap();
                started.send(listener.local_addr().unwrap()).unwrap();
                let accept = async {
                    loop {
                        let (socket, _) = listener.accept().await.unwrap();
                        tokio::spawn(serve(socket, Arc::clone(&shared)));
                    }
                };
                tokio::select! { () = accept => {}, _ = stopped => {} }
            });
        });
        let url = format!("http://{}", starting.recv().unwrap());
        Self { url, behaviour, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Serves one connection. It ends when the client has enough of it.
async fn serve(mut socket: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut socket, &mut buffer).await? {
        let operation = operation(shared.catalog, &request.method, &request.target, &request.body);
        let call = Call { operation, target: request.target.clone() };
        let is_last = request
            .headers
            .iter()
            .any(|(name, value)| name == "connection" && value.eq_ignore_ascii_case("close"));
        let reply = shared.forward(request).await;
        let wire = (shared.behaviour.lock().unwrap())(&call, reply);
        for piece in &wire.pieces {
            socket.write_all(piece).await?;
            tokio::task::yield_now().await;
        }
        if wire.closes || is_last {
            return socket.shutdown().await;
        }
    }
    Ok(())
}

/// The next request; `None` at the end of the connection.
async fn read(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
            break at;
        }
        if socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers: Vec<(String, String)> =
        headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    while buffer.len() < end + 4 + length {
        if socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let body = buffer[end + 4..end + 4 + length].to_vec();
    buffer.drain(..end + 4 + length);
    let (method, target) = (first.next().unwrap(), first.next().unwrap());
    Ok(Some(Request { method, target, headers, body }))
}

impl Shared {
    async fn forward(&self, request: Request) -> Reply {
        let method = request.method.parse().unwrap();
        let mut forwarded =
            self.client.request(method, format!("{}{}", self.target, request.target));
        // The sandbox builds links from the host.
        for (name, value) in &request.headers {
            if !OF_THE_CONNECTION.contains(&name.as_str()) {
                forwarded = forwarded.header(name, value);
            }
        }
        let response = forwarded.body(request.body).send().await.unwrap();
        let headers = response
            .headers()
            .iter()
            .filter(|(name, _)| !OF_THE_CONNECTION.contains(&name.as_str()));
        let headers = headers.map(|(name, value)| {
            (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
        });
        Reply {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }
}

/// The operation of a request: of those whose path fits, the one with the fewest placeholders.
fn operation(
    catalog: &'static Catalog,
    method: &str,
    target: &str,
    body: &[u8],
) -> Option<&'static Entry> {
    let call = serde_json::from_slice::<Value>(body).unwrap_or_default();
    if let Some(procedure) = call.get("jsonrpc").and_then(|_| call["method"].as_str()) {
        let mut operations = catalog.operations.iter();
        return operations.find(|entry| entry.procedure.as_deref() == Some(procedure));
    }
    let path = target.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    let fitting = catalog.operations.iter().filter_map(|entry| {
        let base = match &entry.server {
            Some(server) if server.starts_with('/') => server.trim_end_matches('/'),
            Some(_) => return None,
            None => catalog.base_path.as_str(),
        };
        let template = format!("{base}{}", entry.path);
        let template: Vec<&str> = template.split('/').collect();
        let is_placeholder = |part: &&str| part.starts_with('{');
        let fits = entry.method == method
            && template.len() == segments.len()
            && template
                .iter()
                .zip(&segments)
                .all(|(part, segment)| is_placeholder(part) || part == segment);
        fits.then(|| (template.iter().filter(|part| is_placeholder(part)).count(), entry))
    });
    fitting.min_by_key(|(placeholders, _)| *placeholders).map(|(_, entry)| entry)
}
