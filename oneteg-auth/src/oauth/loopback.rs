use std::{fmt, net::IpAddr, ops::Range, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use url::{Host, Url};

use super::{CallbackQuery, OAuth2, PendingSignIn, SignedIn, config::check_redirect};
use crate::AuthError;

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
pub struct BrowserSignIn<'a> {
    credential: &'a OAuth2,
    listener: TcpListener,
    pending: PendingSignIn,
    url: Url,
    redirect: Url,
    patience: Duration,
}

impl fmt::Debug for BrowserSignIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the URL, which has the state.
        f.debug_struct("BrowserSignIn")
            .field("redirect", &self.redirect.as_str())
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

/// Where the browser comes back to unless a redirect URI was set.
const OWN_REDIRECT: &str = "http://127.0.0.1/oauth2/callback";

impl OAuth2 {
    /// Whether somebody is signed in: a session is stored that requests can be authorised with. A token that
    /// has expired is renewed first, so that a session that the provider has ended counts as none. A program
    /// that signs in by itself (client credentials) always is.
    ///
    /// # Errors
    /// As [`crate::Authenticator::authorize`], if it cannot be determined because the provider or the
    /// store is not available.
    pub async fn is_signed_in(&self) -> Result<bool, AuthError> {
        match self.lifecycle().token().await {
            Ok(_) => Ok(true),
            Err(error) if error.needs_sign_in() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Signs in as [`OAuth2::sign_in_with_browser`] does, unless somebody [is signed
    /// in](OAuth2::is_signed_in): what a program calls when it starts. `None` if there was a
    /// session already.
    ///
    /// # Errors
    /// As [`OAuth2::is_signed_in`] and [`OAuth2::sign_in_with_browser`].
    pub async fn sign_in_if_needed(
        &self,
        show: impl FnOnce(&Url),
    ) -> Result<Option<SignedIn>, AuthError> {
        if self.is_signed_in().await? {
            return Ok(None);
        }
        self.sign_in_with_browser(show).await.map(Some)
    }

    /// Signs in with the system's browser: opens it, waits for the callback, stores the session. Where
    /// no browser can be opened the URL is given to `show`. A session that exists is replaced.
    ///
    /// The browser comes back to a port of this machine; see [`OAuth2::listen_for_sign_in`].
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
    /// Where a redirect URI was set, it is sent to the letter, with a port chosen now in place of an absent
    /// one or port 0. Otherwise it is `http://127.0.0.1:<port>/oauth2/callback`.
    ///
    /// # Errors
    /// [`AuthError::BadUrl`] for a redirect URI that was set and is not `http://127.0.0.1` or `http://[::1]`:
    /// to use a listener of your own, also for `http://localhost` (RFC 8252 section 8.3), call
    /// [`OAuth2::begin_sign_in`]. [`AuthError::Listener`] when the port is not available.
    pub async fn listen_for_sign_in(&self) -> Result<BrowserSignIn<'_>, AuthError> {
        let text = self.config().redirect_uri.as_deref().unwrap_or(OWN_REDIRECT);
        let mut redirect = check_redirect(text)?;
        // The name `localhost` can be made to point anywhere; what is left with `http` is loopback.
        let address = match (redirect.scheme(), redirect.host()) {
            ("http", Some(Host::Ipv4(address))) => IpAddr::V4(address),
            ("http", Some(Host::Ipv6(address))) => IpAddr::V6(address),
            _ => {
                let reason = "a sign-in with its own listener returns to http://127.0.0.1 or \
                              http://[::1]; set `redirect_uri` to one of them, or leave it out";
                return Err(AuthError::BadUrl { what: "redirect URI", reason });
            }
        };
        let place = port_of(text);
        let listener = TcpListener::bind((address, place.port)).await.map_err(listener_error)?;
        let port = listener.local_addr().map_err(listener_error)?.port();
        let _ = redirect.set_port(Some(port));
        let (url, pending) = self.begin_sign_in_at(place.fill(text, port))?;
        let patience = Duration::from_secs(300);
        Ok(BrowserSignIn { credential: self, listener, pending, url, redirect, patience })
    }
}

/// Where the port is in a URI as written, with its colon. Providers compare the string, so it is not
/// taken from a parsed URL, which drops port 80 and adds a slash.
struct PortPlace {
    span: Range<usize>,
    /// 0 where there is none.
    port: u16,
}

impl PortPlace {
    /// The URI to the letter, or with the chosen port if it has none.
    fn fill(&self, text: &str, chosen: u16) -> String {
        let mut text = text.to_owned();
        if self.port == 0 {
            text.replace_range(self.span.clone(), &format!(":{chosen}"));
        }
        text
    }
}

fn port_of(text: &str) -> PortPlace {
    // `http:127.0.0.1` is a URL as well; a backslash is a slash in one.
    let slash = ['/', '\\'];
    let after_scheme = text.find(':').map_or(0, |colon| colon + 1);
    let rest = &text[after_scheme..];
    let start = text.len() - rest.trim_start_matches(slash).len();
    let end = text[start..].find(['/', '\\', '?', '#']).map_or(text.len(), |end| start + end);
    let authority = &text[start..end];
    // The colons of an IPv6 address are inside brackets.
    let host = authority.find(']').map_or(0, |bracket| bracket + 1);
    match authority[host..].find(':') {
        None => PortPlace { span: end..end, port: 0 },
        Some(colon) => {
            let colon = start + host + colon;
            PortPlace { span: colon..end, port: text[colon + 1..end].parse().unwrap_or(0) }
        }
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
        let valid = CallbackQuery::parse(&format!("?{query}")).and_then(|callback| {
            callback.check(pending.state(), config.issuer.as_deref(), config.issuer_promised)
        });
        let (status, text) =
            if valid.is_ok() { ("200 OK", DONE) } else { ("400 Bad Request", FAILED) };
        let _ = timeout(SLOWEST_REQUEST, answer(&mut stream, status, text)).await;
        drop(stream);
        // The mark says that all of it is the query.
        credential.finish_sign_in(pending, &format!("?{query}")).await
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
    if hosts.next().is_some() || !host.is_some_and(|host| is_authority(host, redirect)) {
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

/// Whether a `Host` field names the redirect URI's host. The scheme's own port may be left out.
fn is_authority(host: &[u8], url: &Url) -> bool {
    let name = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    host == format!("{name}:{port}").as_bytes() || (url.port().is_none() && host == name.as_bytes())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_keeps_its_letters() {
        for (text, sent) in [
            ("http://127.0.0.1:18999", "http://127.0.0.1:18999"),
            ("http://127.0.0.1:80/cb", "http://127.0.0.1:80/cb"),
            ("http://127.0.0.1:80", "http://127.0.0.1:80"),
            ("http://127.0.0.1", "http://127.0.0.1:4711"),
            ("http://127.0.0.1/", "http://127.0.0.1:4711/"),
            ("http://127.0.0.1?a=b:1", "http://127.0.0.1:4711?a=b:1"),
            ("http://127.0.0.1:0/cb", "http://127.0.0.1:4711/cb"),
            ("http://127.0.0.1:/cb:1", "http://127.0.0.1:4711/cb:1"),
            ("http://[::1]/cb", "http://[::1]:4711/cb"),
            ("http://[::1]:8080/cb", "http://[::1]:8080/cb"),
            ("http://[::1]:0", "http://[::1]:4711"),
            ("HTTP://127.1:080/A?b=%7e", "HTTP://127.1:080/A?b=%7e"),
            ("http:127.0.0.1/cb", "http:127.0.0.1:4711/cb"),
            ("http://127.0.0.1\\cb", "http://127.0.0.1:4711\\cb"),
        ] {
            assert_eq!(port_of(text).fill(text, 4711), sent);
        }
    }

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
