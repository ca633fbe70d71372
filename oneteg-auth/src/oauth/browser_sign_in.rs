//! A sign-in in one call: the system's browser and a listener on this machine.

use std::{fmt, net::IpAddr, ops::Range, time::Duration};

use tokio::time::timeout;
use url::{Host, Url};

use super::{
    callback::CallbackQuery, callback_listener::CallbackListener, client::OAuth2,
    config::check_redirect, pending::PendingSignIn, sign_in::SignedIn,
};
use crate::AuthError;

/// A sign-in whose callback arrives at a listener on this machine (RFC 8252 section 7.3).
///
/// The listener accepts one callback and then closes, whatever the callback holds; it also closes at the
/// timeout or when this value is dropped. Requests that are not the callback (another path or host name, too
/// long, too slow) are turned away without ending the sign-in.
pub struct BrowserSignIn<'a> {
    credential: &'a OAuth2,
    listener: CallbackListener,
    pending: PendingSignIn,
    url: Url,
    redirect: Url,
    timeout: Duration,
}

impl fmt::Debug for BrowserSignIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the URL, which contains the state.
        f.debug_struct("BrowserSignIn")
            .field("redirect", &self.redirect.as_str())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The redirect URI if none was set.
const DEFAULT_REDIRECT: &str = "http://127.0.0.1/oauth2/callback";

impl OAuth2 {
    /// Whether somebody is signed in: the store has a session that requests can be authorised with. An
    /// expired token is renewed first, so a session that the provider has ended does not count. A program
    /// that authenticates as itself (client credentials) is always signed in.
    ///
    /// # Errors
    /// As [`crate::Authenticator::authorize`], if the provider or the store is not available to find out.
    pub async fn is_signed_in(&self) -> Result<bool, AuthError> {
        match self.session().token().await {
            Ok(_) => Ok(true),
            Err(error) if error.needs_sign_in() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Signs in with the browser unless somebody [is signed in](OAuth2::is_signed_in). Call it when a program
    /// starts. Returns `None` if there was a session already.
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

    /// Signs in with the system's browser: opens it, waits for the callback and stores the session. Calls
    /// `show` with the URL if no browser can be opened. An existing session is replaced.
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

    /// Opens the listener of a sign-in; the caller brings the URL to a browser.
    ///
    /// A redirect URI that was set is sent unchanged, except that a port is chosen now if it has none or
    /// port 0. The default is `http://127.0.0.1:<port>/oauth2/callback`.
    ///
    /// # Errors
    /// [`AuthError::InvalidUrl`] if a redirect URI was set that is not `http://127.0.0.1` or `http://[::1]`:
    /// to use your own listener, or `http://localhost` (RFC 8252 section 8.3), call
    /// [`OAuth2::begin_sign_in`]. [`AuthError::Listener`] if the port is not available.
    pub async fn listen_for_sign_in(&self) -> Result<BrowserSignIn<'_>, AuthError> {
        let registered = self.config().redirect_uri.as_deref().unwrap_or(DEFAULT_REDIRECT);
        let mut redirect = check_redirect(registered)?;
        // The name `localhost` can be made to point anywhere; any other `http` URL that passed is loopback.
        let address = match (redirect.scheme(), redirect.host()) {
            ("http", Some(Host::Ipv4(address))) => IpAddr::V4(address),
            ("http", Some(Host::Ipv6(address))) => IpAddr::V6(address),
            _ => {
                let reason = "a sign-in with its own listener returns to http://127.0.0.1 or \
                              http://[::1]; set `redirect_uri` to one of them, or leave it out";
                return Err(AuthError::InvalidUrl { what: "redirect URI", reason });
            }
        };
        let span = PortSpan::find(registered);
        let listener = CallbackListener::bind(address, span.port).await?;
        let port = listener.port()?;
        let _ = redirect.set_port(Some(port));
        let (url, pending) = self.begin_sign_in_at(span.fill(registered, port))?;
        let timeout = Duration::from_secs(300);
        Ok(BrowserSignIn { credential: self, listener, pending, url, redirect, timeout })
    }
}

/// Where a URI has its port, with the colon. It is found in the URI as written, because providers compare
/// strings and a parsed URL drops port 80 and adds a slash.
struct PortSpan {
    span: Range<usize>,
    /// 0 if there is none.
    port: u16,
}

impl PortSpan {
    fn find(uri: &str) -> Self {
        // `http:127.0.0.1` is a URL as well; a backslash counts as a slash in one.
        let after_scheme = uri.find(':').map_or(0, |colon| colon + 1);
        let start = uri.len() - uri[after_scheme..].trim_start_matches(['/', '\\']).len();
        let end = uri[start..].find(['/', '\\', '?', '#']).map_or(uri.len(), |end| start + end);
        let authority = &uri[start..end];
        // The colons of an IPv6 address are inside brackets.
        let host = authority.find(']').map_or(0, |bracket| bracket + 1);
        match authority[host..].find(':') {
            None => Self { span: end..end, port: 0 },
            Some(colon) => {
                let colon = start + host + colon;
                Self { span: colon..end, port: uri[colon + 1..end].parse().unwrap_or(0) }
            }
        }
    }

    /// The URI unchanged, or with the chosen port if it has none.
    fn fill(&self, uri: &str, chosen: u16) -> String {
        let mut uri = uri.to_owned();
        if self.port == 0 {
            uri.replace_range(self.span.clone(), &format!(":{chosen}"));
        }
        uri
    }
}

impl BrowserSignIn<'_> {
    /// The URL to open in the person's browser.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Where the browser comes back to.
    pub fn redirect_uri(&self) -> &Url {
        &self.redirect
    }

    /// How long to wait for the person. Default 5 min.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Waits for the callback and completes the sign-in with it.
    ///
    /// # Errors
    /// As [`OAuth2::finish_sign_in`], and [`AuthError::SignInTimeout`].
    pub async fn finish(self) -> Result<SignedIn, AuthError> {
        let Self { credential, listener, pending, redirect, timeout: limit, .. } = self;
        let waiting = listener.callback(&redirect);
        let request = timeout(limit, waiting).await.map_err(|_| AuthError::SignInTimeout)??;
        // Closed before anything else: one callback is all it accepts.
        drop(listener);
        // The question mark makes all of it the query.
        let query = format!("?{}", request.query);
        let config = credential.config();
        let valid = CallbackQuery::parse(&query).and_then(|callback| {
            callback.check(&pending.state, config.issuer.as_deref(), config.issuer_promised)
        });
        // The person need not wait for the token request.
        request.respond(valid.is_ok()).await;
        credential.finish_sign_in(pending, &query).await
    }
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
        for (registered, sent) in [
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
            assert_eq!(PortSpan::find(registered).fill(registered, 4711), sent);
        }
    }
}
