//! An attempt: the prepared request is authorised and sent, and redirects are followed.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use oneteg_auth::{AuthRequest, Authenticator, BoxFuture, CredentialVersion};
use reqwest::{Request, Response};
use url::Url;

use super::{
    redirect,
    transport::{RequestSender, SendTarget},
};
use crate::{
    Error, ErrorKind,
    error::RedactionSet,
    interceptor::{AttemptRequest, AttemptTarget, Interceptor},
    request::{
        OperationRequest,
        body::{Body, Progress},
        server::{self, Servers},
        url_template,
    },
    response::{Responder, file::FileRequest},
};

/// The server at the base URL, and how requests reach it.
pub(crate) struct Endpoint {
    pub(crate) base_url: Url,
    /// The servers of operations that the client's builder names.
    pub(crate) servers: Servers,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) sender: RequestSender,
    /// The id of the next JSON-RPC request.
    pub(crate) next_id: AtomicU64,
}

/// A request that can be sent once for every attempt.
pub(crate) struct PreparedRequest {
    /// Method, headers, body and the id of a JSON-RPC request.
    request: Box<OperationRequest>,
    pub(crate) url: Url,
    /// The URL of the operation's server, if it is not the base URL.
    server: Option<Url>,
    /// The headers of every request to the base URL.
    client_headers: Arc<HeaderMap>,
    /// Whether it goes to the origin of the base URL, or with the credential to the operation's own server: with the
    /// client's headers.
    same_origin: bool,
    /// Whether the URL was given as a whole.
    is_absolute: bool,
    /// The headers that interceptors added to the next attempt.
    added: Option<Box<HeaderMap>>,
    pub(crate) authenticated: bool,
    /// Whether the body can be read only once, and was.
    consumed: bool,
}

/// What is known about an attempt once it was sent.
#[derive(Default)]
pub(crate) struct SentAttempt {
    /// The credential it carried.
    pub(crate) version: CredentialVersion,
    /// What an error about the response must not show.
    pub(crate) redactions: RedactionSet,
    /// Whether a server other than that of the base URL responded. It never received the credential, so what it
    /// reports about credentials and rates does not concern this client's.
    pub(crate) is_external: bool,
}

/// Boxes work that most calls do not have, so that its state does not enlarge the future of every call.
pub(crate) fn boxed<'a, T>(work: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(work)
}

impl PreparedRequest {
    pub(crate) fn method(&self) -> &Method {
        &self.request.method
    }

    /// The id of a JSON-RPC request; otherwise empty.
    pub(crate) fn id(&self) -> &str {
        self.request.options.request_id.as_deref().unwrap_or_default()
    }

    /// The attempt with this number, for interceptors.
    pub(super) fn target<'a>(&'a self, base_url: &'a Url, number: u32) -> AttemptTarget<'a> {
        let Self { request, url, is_absolute, .. } = self;
        let base_url = self.server.as_ref().unwrap_or(base_url);
        AttemptTarget { request, url, base_url, is_absolute: *is_absolute, number }
    }

    fn send_target<'a>(&'a self, base_url: &'a Url) -> SendTarget<'a> {
        let request = &*self.request;
        let path = (!self.is_absolute).then_some((&*request.path_template, &*request.path));
        let base_url = self.server.as_ref().unwrap_or(base_url);
        SendTarget { operation: request.operation, path, base_url }
    }

    /// Lets interceptors change the attempt with this number.
    pub(super) fn intercept(
        &mut self,
        interceptors: &[Arc<dyn Interceptor>],
        base_url: &Url,
        number: u32,
    ) -> Result<(), Error> {
        self.added = None;
        let mut attempt = AttemptRequest::new(self.target(base_url, number), self.headers());
        for interceptor in interceptors {
            interceptor.before(&mut attempt)?;
        }
        let added = attempt.into_added();
        self.added = (!added.is_empty()).then(|| Box::new(added));
        Ok(())
    }

    /// Whether another attempt is possible.
    pub(crate) fn is_replayable(&self) -> bool {
        !self.consumed
    }

    /// The progress of sending the body.
    pub(crate) fn progress(&self) -> Progress {
        if self.request.body.is_streamed() { Progress::streamed() } else { Progress::none() }
    }

    /// What a downloaded file is compared with.
    pub(crate) fn file_request(&self, idempotent: bool) -> FileRequest<'_> {
        FileRequest { url: &self.url, headers: &self.request.headers, idempotent }
    }

    /// Takes the body for an attempt, and keeps a copy for the next one if possible.
    fn take_body(&mut self) -> Body {
        let copy = self.request.body.try_clone();
        self.consumed = copy.is_none();
        std::mem::replace(&mut self.request.body, copy.unwrap_or(Body::Empty))
    }

    fn without_body(&self, headers: HeaderMap) -> Request {
        let mut request = Request::new(self.request.method.clone(), self.url.clone());
        *request.headers_mut() = headers;
        request
    }

    /// All headers but the credential. A header of the call replaces one of the client.
    fn headers(&self) -> HeaderMap {
        /// For the credential, and what the HTTP client adds: host, length and user agent.
        const FURTHER: usize = 6;
        let request = &*self.request;
        let client_headers = Some(&*self.client_headers).filter(|_| self.same_origin);
        let known = request.headers.len() + client_headers.map_or(0, HeaderMap::len);
        let mut headers = HeaderMap::with_capacity(known + FURTHER);
        for (name, value) in &request.headers {
            headers.append(name.clone(), value.clone());
        }
        for (name, value) in client_headers.into_iter().flatten() {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        if let Some(media_type) = request.operation.accept
            && !request.headers.iter().any(|(name, _)| *name == header::ACCEPT)
        {
            headers.insert(header::ACCEPT, HeaderValue::from_static(media_type));
        }
        if let Some(media_type) = request.body.media_type() {
            let media_type = HeaderValue::from_static(media_type);
            headers.entry(header::CONTENT_TYPE).or_insert(media_type);
        }
        for (name, value) in self.added.iter().flat_map(|added| added.iter()) {
            headers.insert(name.clone(), value.clone());
        }
        headers
    }
}

impl SentAttempt {
    /// The server that responded, for an error about the response.
    pub(crate) fn responder(&self, requested: &Url) -> Responder {
        let url = self.redactions.redirects.last().unwrap_or(requested);
        Responder {
            host: url.host_str().unwrap_or_default().to_owned(),
            is_external: self.is_external,
            redirected: !self.redactions.redirects.is_empty(),
        }
    }
}

impl Endpoint {
    /// Prepares a request: URL, range and JSON-RPC body.
    pub(crate) fn prepare(
        &self,
        mut request: Box<OperationRequest>,
        client_headers: Arc<HeaderMap>,
    ) -> Result<PreparedRequest, Error> {
        if let Some(error) = request.error.take() {
            return Err(error);
        }
        let extra_headers = request.options.take_headers()?;
        let operation = request.operation;
        if let Some(url) = request.options.url.take() {
            if !redirect::is_allowed(&self.base_url, &url) {
                let message = "the URL of a call must be https; http is allowed for this machine if the base URL is on \
                    this machine";
                return Err(Error::invalid_request(message));
            }
            request.absolute_url = Some(url);
        }
        let server = match &request.absolute_url {
            // Without a server that is known, none but that of the base URL may receive the credential.
            Some(_) => {
                server::resolve(operation, &self.base_url, &self.servers).unwrap_or_default()
            }
            None => server::resolve(operation, &self.base_url, &self.servers)?,
        };
        // The credential is for the server of the base URL (RFC 6750 section 5.3), and for the one that the specification
        // names for the operation. An operation without credential is sent to another server or an absolute URL without
        // the client's headers too.
        let is_trusted = |url: &Url| {
            let is_servers = |server: &Url| server.origin() == url.origin();
            operation.authenticated
                && (is_servers(&self.base_url) || server.as_ref().is_some_and(is_servers))
        };
        let same_origin = match (&request.absolute_url, &server) {
            (Some(url), _) => is_trusted(url),
            (None, Some(server)) => is_trusted(server) || server.origin() == self.base_url.origin(),
            (None, None) => true,
        };
        let is_absolute = request.absolute_url.is_some();
        let mut query = std::mem::take(&mut request.query);
        query.extend(request.options.take_query());
        let url = match request.absolute_url.take() {
            Some(mut url) => {
                url_template::add_query(&mut url, &query);
                url
            }
            None => {
                let (template, arguments) = (&request.path_template, &request.path);
                let base = server.as_ref().unwrap_or(&self.base_url);
                url_template::expand(base, template, arguments, &query)?
            }
        };
        for (name, value) in extra_headers {
            // It would replace a secret that the client sends, such as the key of a gateway.
            if same_origin && client_headers.get(&name).is_some_and(HeaderValue::is_sensitive) {
                let message = format!("the header `{name}` carries a secret of the client");
                return Err(Error::invalid_request(message));
            }
            request.headers.retain(|(other, _)| *other != name);
            request.headers.push((name, value));
        }
        if let Some(range) = request.options.range.take() {
            let range = range.headers()?;
            let in_range =
                |name: &HeaderName| range.iter().flatten().any(|(other, _)| other == name);
            request.headers.retain(|(name, _)| !in_range(name));
            request.headers.extend(range.into_iter().flatten());
        }
        if let Body::Rpc(params) = &request.body {
            let id = request
                .options
                .request_id
                .take()
                .unwrap_or_else(|| self.next_id.fetch_add(1, Ordering::Relaxed).to_string());
            let bytes = params.to_request(&request.procedure, &id).map_err(|error| {
                Error::invalid_request("the call cannot be written as JSON").with_source(error)
            })?;
            request.body = Body::Bytes { media_type: "application/json", bytes: bytes.into() };
            request.options.request_id = Some(id);
        }
        let authenticated = operation.authenticated && same_origin;
        Ok(PreparedRequest {
            request,
            url,
            server,
            client_headers,
            same_origin,
            is_absolute,
            added: None,
            authenticated,
            consumed: false,
        })
    }

    /// Sends an attempt with the current credential. Returns the response after redirects.
    pub(crate) async fn send(
        &self,
        request: &mut PreparedRequest,
        progress: &Progress,
        sent: &mut SentAttempt,
    ) -> Result<Response, Error> {
        let mut headers = request.headers();
        if request.authenticated {
            sent.version = self.authorize(&request.url, &mut headers).await?;
        }
        sent.redactions = RedactionSet::of_headers(&headers);
        sent.is_external = !request.same_origin && request.url.origin() != self.base_url.origin();
        let http_request = match request.take_body() {
            Body::Streamed(body) => {
                let client = || self.sender.client();
                body.attach(request.without_body(headers), &client, progress).await?
            }
            Body::Bytes { bytes, .. } => {
                let mut http_request = request.without_body(headers);
                *http_request.body_mut() = Some(bytes.into());
                http_request
            }
            Body::Empty | Body::Rpc(_) => request.without_body(headers),
        };
        let response = self.sender.execute(http_request, request.send_target(&self.base_url)).await;
        // A failed source explains the error of an aborted request, and refutes a success.
        if let Some(error) = progress.take_source_error() {
            return Err(error);
        }
        let response = response?;
        if redirect::is_redirect(response.status()) {
            return boxed(self.follow_redirects(request, response, sent)).await;
        }
        Ok(response)
    }

    async fn authorize(
        &self,
        url: &Url,
        headers: &mut HeaderMap,
    ) -> Result<CredentialVersion, Error> {
        Ok(self.authenticator.authorize(AuthRequest::new(url, headers)).await?)
    }

    /// Follows the redirects of a GET.
    ///
    /// On the origin of the request, as for the slash that servers append to the path of a folder, it is repeated
    /// unchanged, with a fresh credential. From the first redirect to another origin on, only headers about the
    /// representation are sent, even if a later one leads back: a foreign server must not choose what is
    /// requested with the credential (RFC 9700 section 4.12).
    async fn follow_redirects(
        &self,
        request: &PreparedRequest,
        mut response: Response,
        sent: &mut SentAttempt,
    ) -> Result<Response, Error> {
        const MOST: usize = 10;
        let mut url = request.url.clone();
        let mut same_origin = true;
        for _ in 0..MOST {
            if !redirect::is_redirect(response.status()) || *request.method() != Method::GET {
                return Ok(response);
            }
            let next = redirect::target(&url, response.headers())
                .filter(|next| redirect::is_followed(&self.base_url, &url, next));
            let Some(next) = next else { return Ok(response) };
            same_origin &= next.origin() == request.url.origin();
            sent.is_external |= !same_origin;
            sent.redactions.redirects.push(next.clone());
            let mut headers = request.headers();
            if !same_origin {
                headers = representation_headers(headers);
            } else if request.authenticated {
                sent.version = self.authorize(&next, &mut headers).await?;
                sent.redactions.add_headers(&headers);
            }
            url = next;
            let mut redirected = Request::new(Method::GET, url.clone());
            *redirected.headers_mut() = headers;
            let target = SendTarget { path: None, ..request.send_target(&self.base_url) };
            response = self.sender.execute(redirected, target).await?;
        }
        Err(Error::new(ErrorKind::Api, "the server redirected more than 10 times"))
    }
}

/// The headers that a foreign server may receive.
fn representation_headers(mut headers: HeaderMap) -> HeaderMap {
    [header::ACCEPT, header::ACCEPT_ENCODING, header::RANGE, header::IF_RANGE]
        .into_iter()
        .filter_map(|name| headers.remove(&name).map(|value| (name, value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use oneteg_auth::{ApiKey, Secret};

    use super::*;
    use crate::{CallOptions, Confidence, Evidence, Operation, RangeRequest, operation::Server};

    const EVIDENCE: Evidence = Evidence::new(Confidence::Inferred, &[], None);
    static READ: Operation = Operation::new("read", "test", Method::GET, "/{id}", true, EVIDENCE);
    static PUBLIC: Operation =
        Operation::new("open", "test", Method::GET, "/open", true, EVIDENCE).public();
    static UPLOAD: Operation =
        Operation::new("upload", "test", Method::PUT, "/up/{id}", true, EVIDENCE)
            .at(Server::new("https://upload.h/files", &["https://h"]));
    static SHARED: Operation =
        Operation::new("shared", "test", Method::PUT, "/up/{id}", true, EVIDENCE)
            .at(Server::new("https://cdn/files", &["https://h"]))
            .public();
    static LEGACY: Operation = Operation::new("legacy", "test", Method::GET, "/a", true, EVIDENCE)
        .at(Server::new("/old", &["https://h/base"]))
        .public();
    static RPC: Operation =
        Operation::new("get", "test", Method::POST, "/rpc", true, EVIDENCE).rpc("get", &[]);

    fn endpoint() -> Endpoint {
        let unused = |_: Request| async { Err(Error::new(ErrorKind::Connect, "unused")) };
        Endpoint {
            base_url: Url::parse("https://h/base").unwrap(),
            servers: Servers::new(),
            authenticator: Arc::new(ApiKey::with_scheme("token", &Secret::new("s3cret")).unwrap()),
            sender: RequestSender::Custom(Box::new(unused)),
            next_id: AtomicU64::new(7),
        }
    }

    fn prepare(request: Box<OperationRequest>) -> PreparedRequest {
        let mut headers = HeaderMap::new();
        headers.insert("x-client", HeaderValue::from_static("client"));
        headers.insert("x-both", HeaderValue::from_static("client"));
        endpoint().prepare(request, Arc::new(headers)).unwrap()
    }

    fn request(operation: &'static Operation, url: Option<&str>) -> Box<OperationRequest> {
        let mut request = OperationRequest::new(operation, CallOptions::new());
        request.path("id", &7);
        request.header("x-both", "call");
        request.absolute_url = url.map(|url| Url::parse(url).unwrap());
        request
    }

    #[test]
    fn credential_and_client_headers_are_for_the_base_urls_server_alone() {
        for (operation, url, same_origin, authenticated) in [
            (&READ, None, true, true),
            (&READ, Some("https://h/other"), true, true),
            (&READ, Some("https://cdn/x"), false, false),
            (&READ, Some("http://h/other"), false, false),
            (&UPLOAD, None, true, true),
            (&UPLOAD, Some("https://upload.h/session/1"), true, true),
            (&UPLOAD, Some("https://h/session/1"), true, true),
            (&UPLOAD, Some("https://other.h/session/1"), false, false),
            (&SHARED, None, false, false),
            (&SHARED, Some("https://cdn/session/1"), false, false),
            (&LEGACY, None, true, false),
            (&PUBLIC, None, true, false),
            (&PUBLIC, Some("https://h/other"), false, false),
        ] {
            let prepared = prepare(request(operation, url));
            let found = (prepared.same_origin, prepared.authenticated);
            assert_eq!(found, (same_origin, authenticated), "{} {url:?}", operation.id);
            let headers = prepared.headers();
            assert_eq!(headers.contains_key("x-client"), same_origin);
            assert_eq!(headers["x-both"], "call", "a header of the call replaces the client's");
        }
    }

    #[test]
    fn urls_combine_base_path_and_all_query_parameters() {
        let mut templated = request(&READ, None);
        templated.options = CallOptions::new().query("b", 2);
        templated.query("a", crate::request::query::QueryStyle::Exploded, &1);
        assert_eq!(prepare(templated).url.as_str(), "https://h/base/7?a=1&b=2");
        let mut absolute = request(&READ, Some("https://cdn/x?sig=y"));
        absolute.options = CallOptions::new().query("b", 2);
        assert_eq!(prepare(absolute).url.as_str(), "https://cdn/x?sig=y&b=2");
    }

    #[test]
    fn an_operation_may_have_a_server_or_a_url_for_one_call() {
        assert_eq!(prepare(request(&UPLOAD, None)).url.as_str(), "https://upload.h/files/up/7");
        assert_eq!(prepare(request(&LEGACY, None)).url.as_str(), "https://h/old/a");
        let mut once = request(&UPLOAD, None);
        let url = Url::parse("https://upload.h/session/1?sig=x").unwrap();
        once.options = CallOptions::new().url(url).query("part", 2);
        let once = prepare(once);
        assert_eq!(once.url.as_str(), "https://upload.h/session/1?sig=x&part=2");
        assert!(once.authenticated && once.is_absolute);
        let mut unsafe_url = request(&UPLOAD, None);
        unsafe_url.options = CallOptions::new().url(Url::parse("http://upload.h/x").unwrap());
        let refused = endpoint().prepare(unsafe_url, Arc::default()).err().unwrap();
        assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
    }

    #[test]
    fn a_range_replaces_one_among_the_headers() {
        let mut ranged = request(&READ, None);
        ranged.header("range", "bytes=0-1");
        ranged.options = CallOptions::new().range(RangeRequest::bytes(2..4));
        let ranges: Vec<_> =
            prepare(ranged).headers().get_all(header::RANGE).iter().cloned().collect();
        assert_eq!(ranges, ["bytes=2-3"]);
    }

    #[test]
    fn the_id_of_a_remote_procedure_is_the_callers_or_the_next_number() {
        assert_eq!(prepare(request(&RPC, None)).id(), "7");
        let mut named = request(&RPC, None);
        named.options = CallOptions::new().request_id("mine");
        let named = prepare(named);
        assert_eq!(named.id(), "mine");
        let Body::Bytes { bytes, .. } = &named.request.body else { panic!("{:?}", named.request) };
        assert_eq!(&bytes[..], br#"{"jsonrpc":"2.0","id":"mine","method":"get","params":[]}"#);
    }

    #[test]
    fn a_foreign_server_receives_only_headers_about_the_representation() {
        let mut headers = HeaderMap::new();
        for name in ["accept", "range", "authorization", "cookie", "x-client"] {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        let kept = representation_headers(headers);
        let mut names: Vec<_> = kept.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "range"]);
    }
}
