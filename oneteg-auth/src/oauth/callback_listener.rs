//! The listener on this machine that the browser comes back to (RFC 8252 section 7.3): HTTP just far enough
//! to tell the callback from every other request.
//!
//! | Request | Response | Sign-in |
//! |---|---|---|
//! | not HTTP, or the connection ends | 400 | continues |
//! | head longer than 16 KiB | 431 | continues |
//! | not complete within 5 s | 408 | continues |
//! | another `Host`, or more than one | 421 | continues |
//! | another path | 404 | continues |
//! | another method than `GET` | 405 | continues |
//! | anything else | by [`CallbackRequest::respond`] | ends, whatever the query holds |

use std::{net::IpAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use url::Url;

use crate::AuthError;

/// The longest request head that is read.
const MAX_HEAD: usize = 16 * 1024;
/// How long one connection may take to send its request, and to receive the response.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);
/// How many connections are read at once; more wait in the operating system's queue.
const MAX_CONNECTIONS: usize = 16;

const DONE: &str = "You are signed in. You can close this window.";
const FAILED: &str = "The sign-in did not work. Close this window and return to the program.";

/// A bound listener, closed when it is dropped.
pub(super) struct CallbackListener(TcpListener);

/// The first request for the redirect URI, still open for a response.
pub(super) struct CallbackRequest {
    pub(super) query: String,
    stream: TcpStream,
}

impl CallbackListener {
    pub(super) async fn bind(address: IpAddr, port: u16) -> Result<Self, AuthError> {
        TcpListener::bind((address, port)).await.map(Self).map_err(listener_error)
    }

    pub(super) fn port(&self) -> Result<u16, AuthError> {
        Ok(self.0.local_addr().map_err(listener_error)?.port())
    }

    /// Waits for the callback, and turns every other request away.
    pub(super) async fn callback(&self, redirect: &Url) -> Result<CallbackRequest, AuthError> {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.0.accept(), if connections.len() < MAX_CONNECTIONS => {
                    let (stream, _) = accepted.map_err(listener_error)?;
                    connections.spawn(serve(stream, redirect.clone()));
                }
                Some(served) = connections.join_next() => {
                    if let Ok(Some(callback)) = served {
                        return Ok(callback);
                    }
                }
            }
        }
    }
}

impl CallbackRequest {
    /// Tells the person in the browser how the sign-in went.
    pub(super) async fn respond(mut self, signed_in: bool) {
        let (status, page) = if signed_in { ("200 OK", DONE) } else { ("400 Bad Request", FAILED) };
        respond(&mut self.stream, status, page).await;
    }
}

/// Reads one request; `None` if it was not the callback and has been turned away.
async fn serve(mut stream: TcpStream, redirect: Url) -> Option<CallbackRequest> {
    let verdict = timeout(CONNECTION_TIMEOUT, read_request(&mut stream, &redirect)).await;
    let (status, page) = match verdict {
        Ok(Verdict::Callback(query)) => return Some(CallbackRequest { query, stream }),
        Ok(Verdict::Reject(status)) => (status, "Nothing here."),
        Err(_) => ("408 Request Timeout", "Too slow."),
    };
    respond(&mut stream, status, page).await;
    None
}

enum Verdict {
    /// The callback, with its query.
    Callback(String),
    /// Something else, with the status to respond with.
    Reject(&'static str),
}

async fn read_request(stream: &mut TcpStream, redirect: &Url) -> Verdict {
    let mut head = Vec::with_capacity(1024);
    loop {
        if head.len() >= MAX_HEAD {
            return Verdict::Reject("431 Request Header Fields Too Large");
        }
        let mut chunk = [0; 1024];
        match stream.read(&mut chunk).await {
            Ok(read @ 1..) => head.extend_from_slice(&chunk[..read]),
            _ => return Verdict::Reject("400 Bad Request"),
        }
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&head) {
            Ok(httparse::Status::Complete(_)) => return judge(&request, redirect),
            Ok(httparse::Status::Partial) => {}
            Err(_) => return Verdict::Reject("400 Bad Request"),
        }
    }
}

fn judge(request: &httparse::Request<'_, '_>, redirect: &Url) -> Verdict {
    let mut hosts = request.headers.iter().filter(|field| field.name.eq_ignore_ascii_case("host"));
    let host = hosts.next().map(|field| field.value);
    // A web page whose own host name was made to point here (DNS rebinding) sends that name.
    if hosts.next().is_some() || !host.is_some_and(|host| is_authority(host, redirect)) {
        return Verdict::Reject("421 Misdirected Request");
    }
    let (path, query) = request.path.unwrap_or_default().split_once('?').unwrap_or_default();
    if path != redirect.path() {
        return Verdict::Reject("404 Not Found");
    }
    if request.method != Some("GET") {
        return Verdict::Reject("405 Method Not Allowed");
    }
    Verdict::Callback(query.to_owned())
}

/// Whether a `Host` field names the redirect URI's host. The scheme's default port may be left out.
fn is_authority(host: &[u8], url: &Url) -> bool {
    let name = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    host == format!("{name}:{port}").as_bytes() || (url.port().is_none() && host == name.as_bytes())
}

/// Sends a page and closes the connection. A browser that is gone by now is not worth an error.
async fn respond(stream: &mut TcpStream, status: &str, page: &str) {
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    let send = async {
        stream.write_all(response.as_bytes()).await?;
        stream.shutdown().await
    };
    let _ = timeout(CONNECTION_TIMEOUT, send).await;
}

fn listener_error(error: std::io::Error) -> AuthError {
    AuthError::Listener { kind: error.kind() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemes_own_port_may_be_left_out_of_host() {
        let is = |host: &str, url: &str| is_authority(host.as_bytes(), &Url::parse(url).unwrap());
        assert!(is("127.0.0.1", "http://127.0.0.1:80/cb"));
        assert!(is("127.0.0.1:80", "http://127.0.0.1:80/cb"));
        assert!(is("[::1]:8080", "http://[::1]:8080/cb"));
        assert!(!is("127.0.0.1", "http://127.0.0.1:8080/cb"));
        assert!(!is("localhost:8080", "http://127.0.0.1:8080/cb"));
    }
}
