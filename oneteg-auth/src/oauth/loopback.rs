use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use url::{Host, Url};

use super::{CallbackQuery, OAuth2, PendingSignIn, SignedIn, config::check_redirect};
use crate::{AuthError, transport::is_loopback_address};

/// No request head is longer.
const LONGEST_HEAD: usize = 16 * 1024;
/// How long one connection may take to send its request.
const SLOWEST_REQUEST: Duration = Duration::from_secs(5);
/// How many connections are read at once; more wait in the operating system's queue.
const MOST_CONNECTIONS: usize = 16;

const DONE: &str = "You are signed in. You can close this window.";
const FAILED: &str = "The sign-in did not work. Close this window and look at the program.";

/// A sign-in whose callback arrives at a listener on this machine (RFC 8252 section 7.3).
///
/// The listener takes one callback and is closed then, whatever the callback says, or when time is up or
/// this value is dropped. Requests that are not the callback (another path, another host name, too long,
/// too slow) are turned away without ending the sign-in.
#[derive(Debug)]
pub struct BrowserSignIn<'a> {
    credential: &'a OAuth2,
    listener: TcpListener,
    pending: PendingSignIn,
    url: Url,
    redirect: Url,
    patience: Duration,
}

impl OAuth2 {
    /// Signs in with the system's browser: opens it, waits for the callback, stores the session. Where
    /// no browser can be opened the URL is given to `show`.
    ///
    /// # Errors
    /// As [`OAuth2::finish_sign_in`], [`AuthError::Listener`] and [`AuthError::SignInTimeout`].
    pub async fn sign_in_with_browser(
        &self,
        show: impl FnOnce(&Url),
    ) -> Result<SignedIn, AuthError> {
        let sign_in = self.listen_for_sign_in().await?;
        if !open_browser(sign_in.url()).await {
            show(sign_in.url());
        }
        sign_in.finish().await
    }

    /// Opens the listener of a sign-in and leaves it to the caller to get the URL into a browser.
    ///
    /// The redirect URI is the configured one with its port replaced, if that is a loopback address, and
    /// `http://127.0.0.1:<port>/oauth2/callback` if there is none.
    ///
    /// # Errors
    /// [`AuthError::BadUrl`] for a redirect URI that is not on this machine, [`AuthError::Listener`] when
    /// no port can be had.
    pub async fn listen_for_sign_in(&self) -> Result<BrowserSignIn<'_>, AuthError> {
        const WHAT: &str = "redirect URI";
        let bad = |reason| AuthError::BadUrl { what: WHAT, reason };
        let redirect = self.config().redirect_uri.as_deref();
        let mut redirect = check_redirect(redirect.unwrap_or("http://127.0.0.1/oauth2/callback"))?;
        if !is_loopback_address(&redirect) || redirect.scheme() != "http" {
            return Err(bad("a listener needs http://127.0.0.1 or http://[::1]"));
        }
        let host = redirect.host_str().unwrap_or("127.0.0.1");
        let address = format!("{host}:{}", redirect.port().unwrap_or(0));
        let listener = TcpListener::bind(address).await.map_err(listener_error)?;
        let port = listener.local_addr().map_err(listener_error)?.port();
        redirect.set_port(Some(port)).map_err(|()| bad("it cannot have a port"))?;
        let (url, pending) = self.begin_sign_in_at(redirect.to_string())?;
        let patience = Duration::from_secs(300);
        Ok(BrowserSignIn { credential: self, listener, pending, url, redirect, patience })
    }
}

impl BrowserSignIn<'_> {
    /// The URL for the person's browser.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Where the browser comes back to.
    pub fn redirect_uri(&self) -> &Url {
        &self.redirect
    }

    /// How long to wait for the person. Default 5 min.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Waits for the callback and ends the sign-in with it.
    ///
    /// # Errors
    /// As [`OAuth2::finish_sign_in`], and [`AuthError::SignInTimeout`].
    pub async fn finish(self) -> Result<SignedIn, AuthError> {
        let Self { credential, listener, pending, redirect, patience, .. } = self;
        let waiting = callback(&listener, &redirect);
        let (query, mut stream) =
            timeout(patience, waiting).await.map_err(|_| AuthError::SignInTimeout)??;
        // Closed before anything else is done: one answer is all it takes.
        drop(listener);
        let config = credential.config();
        let valid = CallbackQuery::parse(&query).and_then(|callback| {
            callback.check(pending.state(), config.issuer.as_deref(), config.issuer_promised)
        });
        let (status, text) =
            if valid.is_ok() { ("200 OK", DONE) } else { ("400 Bad Request", FAILED) };
        let _ = timeout(SLOWEST_REQUEST, answer(&mut stream, status, text)).await;
        drop(stream);
        credential.finish_sign_in(pending, &query).await
    }
}

/// The query of the first request for the redirect URI's path, and the connection to answer on.
async fn callback(
    listener: &TcpListener,
    redirect: &Url,
) -> Result<(String, TcpStream), AuthError> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => {
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

/// Reads one request; `None` if it was not the callback and is answered already.
async fn serve(mut stream: TcpStream, redirect: Url) -> Option<(String, TcpStream)> {
    let verdict = timeout(SLOWEST_REQUEST, read_request(&mut stream, &redirect)).await;
    let (status, text) = match verdict {
        Ok(Verdict::Callback(query)) => return Some((query, stream)),
        Ok(Verdict::Refuse(status)) => (status, "Nothing here."),
        Err(_) => ("408 Request Timeout", "Too slow."),
    };
    let _ = timeout(SLOWEST_REQUEST, answer(&mut stream, status, text)).await;
    None
}

enum Verdict {
    Callback(String),
    Refuse(&'static str),
}

async fn read_request(stream: &mut TcpStream, redirect: &Url) -> Verdict {
    let mut head = Vec::with_capacity(1024);
    loop {
        if head.len() >= LONGEST_HEAD {
            return Verdict::Refuse("431 Request Header Fields Too Large");
        }
        let mut part = [0; 1024];
        match stream.read(&mut part).await {
            Ok(read @ 1..) => head.extend_from_slice(&part[..read]),
            _ => return Verdict::Refuse("400 Bad Request"),
        }
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&head) {
            Ok(httparse::Status::Complete(_)) => return judge(&request, redirect),
            Ok(httparse::Status::Partial) => {}
            Err(_) => return Verdict::Refuse("400 Bad Request"),
        }
    }
}

fn judge(request: &httparse::Request<'_, '_>, redirect: &Url) -> Verdict {
    let mut hosts = request.headers.iter().filter(|field| field.name.eq_ignore_ascii_case("host"));
    let host = hosts.next().map(|field| field.value);
    // A web page that made a name of its own point here (DNS rebinding) sends that name.
    if hosts.next().is_some() || host != Some(authority(redirect).as_bytes()) {
        return Verdict::Refuse("421 Misdirected Request");
    }
    let (path, query) = request.path.unwrap_or_default().split_once('?').unwrap_or_default();
    if path != redirect.path() {
        return Verdict::Refuse("404 Not Found");
    }
    if request.method != Some("GET") {
        return Verdict::Refuse("405 Method Not Allowed");
    }
    Verdict::Callback(query.to_owned())
}

fn authority(url: &Url) -> String {
    let host = match url.host() {
        Some(Host::Ipv6(address)) => format!("[{address}]"),
        Some(host) => host.to_string(),
        None => String::new(),
    };
    // The browser leaves the scheme's own port out.
    url.port().map_or(host.clone(), |port| format!("{host}:{port}"))
}

async fn answer(stream: &mut TcpStream, status: &str, text: &str) -> std::io::Result<()> {
    let page = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(page.as_bytes()).await?;
    stream.shutdown().await
}

fn listener_error(error: std::io::Error) -> AuthError {
    AuthError::Listener { kind: error.kind() }
}

#[cfg(feature = "browser")]
async fn open_browser(url: &Url) -> bool {
    let url = url.to_string();
    // A text-mode browser would block until it is closed.
    tokio::task::spawn_blocking(move || webbrowser::open(&url).is_ok()).await.unwrap_or(false)
}

#[cfg(not(feature = "browser"))]
async fn open_browser(_: &Url) -> bool {
    false
}
