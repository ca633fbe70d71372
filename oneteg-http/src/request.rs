//! From a call to what goes on the wire, once for every try.

use std::{borrow::Cow, future::Future, sync::atomic::Ordering};

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use oneteg_auth::{AuthRequest, BoxFuture, CredentialVersion};
use reqwest::Request;
use url::Url;

use crate::{
    Error, ErrorKind, Runtime,
    answer::Responder,
    call::{Body, OperationRequest},
    error::Secrets,
    file_response::Asked,
    redirect,
    runtime::Shared,
    timeouts::Progress,
};

/// A request that can be built again for every try.
pub(crate) struct Parts {
    /// What is left of the call: method, headers, body, the id of a JSON-RPC request.
    call: Box<OperationRequest>,
    pub(crate) url: Url,
    /// Whether it goes to the base URL, with the headers of every call.
    at_home: bool,
    pub(crate) authenticated: bool,
    /// Whether the body could be sent only once, and was.
    consumed: bool,
}

impl Parts {
    pub(crate) fn method(&self) -> &Method {
        &self.call.method
    }

    pub(crate) fn body(&self) -> &Body {
        &self.call.body
    }

    /// Whether there can be another try.
    pub(crate) fn is_replayable(&self) -> bool {
        !self.consumed
    }

    /// The body for the next try.
    fn replay(&mut self) -> Body {
        let copy = self.call.body.try_clone();
        self.consumed = copy.is_none();
        std::mem::replace(&mut self.call.body, copy.unwrap_or(Body::Empty))
    }

    fn request(&self, headers: HeaderMap) -> Request {
        let mut request = Request::new(self.call.method.clone(), self.url.clone());
        *request.headers_mut() = headers;
        request
    }

    /// What a response that should be a file is compared with.
    pub(crate) fn asked(&self, idempotent: bool) -> Asked<'_> {
        Asked { url: &self.url, headers: &self.call.headers, idempotent }
    }

    /// The id of a JSON-RPC request.
    pub(crate) fn id(&self) -> &str {
        self.call.options.request_id.as_deref().unwrap_or_default()
    }
}

/// Work that most calls do not have. As a trait object: a box alone keeps its state out of the call's, but not
/// its code, nor the stack that it takes.
pub(crate) fn rarely<'a, T>(work: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(work)
}

/// What one try was sent with.
#[derive(Default)]
pub(crate) struct SentWith {
    pub(crate) version: CredentialVersion,
    /// What an error about the answer must not show.
    pub(crate) secrets: Secrets,
    /// Whether a server other than the connection's own responded, which never saw the credential: what
    /// it reports about credentials and rates is not about ours.
    pub(crate) away: bool,
}

impl SentWith {
    /// The server that responded, for an error about the response.
    #[cold]
    pub(crate) fn responder(&self, asked: &Url) -> Responder {
        let url = self.secrets.redirects.last().unwrap_or(asked);
        let host = url.host_str().unwrap_or_default().to_owned();
        let redirected = !self.secrets.redirects.is_empty();
        Responder { host, away: self.away, redirected }
    }
}

impl Runtime {
    pub(crate) fn prepare(&self, mut call: Box<OperationRequest>) -> Result<Parts, Error> {
        if let Some(error) = call.fault.take() {
            return Err(error);
        }
        let shared = self.shared();
        let operation = call.operation;
        // The credential belongs to the connection's own server (RFC 6750 section 5.3).
        // An absolute URL is at home when it is of the same origin and not asked to go without credential.
        let here = |url: &Url| operation.authenticated && url.origin() == shared.base.origin();
        let at_home = call.elsewhere.as_ref().is_none_or(here);
        let authenticated = operation.authenticated && at_home;
        let mut query = std::mem::take(&mut call.query);
        query.extend(call.options.take_query());
        let url = match call.elsewhere.take() {
            Some(mut url) => {
                if !query.is_empty() {
                    url.query_pairs_mut().extend_pairs(&query);
                }
                url
            }
            None => match shared.rpc_url(&call, &query) {
                Some(url) => url.clone(),
                None => shared.url(&call.template, &call.path, &query)?,
            },
        };
        if let Some(range) = call.options.range.take() {
            let range = range.headers()?;
            let named = |name: &HeaderName| range.iter().flatten().any(|(other, _)| other == name);
            call.headers.retain(|(name, _)| !named(name));
            call.headers.extend(range.into_iter().flatten());
        }
        if let Body::Rpc(params) = &call.body {
            let id = call
                .options
                .request_id
                .take()
                .unwrap_or_else(|| shared.next_id.fetch_add(1, Ordering::Relaxed).to_string());
            let bytes = params.to_request(&call.procedure, &id).map_err(|error| {
                Error::invalid_request("the call cannot be written as JSON").with_source(error)
            })?;
            call.body = Body::Bytes { media_type: "application/json", bytes: bytes.into() };
            call.options.request_id = Some(id);
        }
        Ok(Parts { call, url, at_home, authenticated, consumed: false })
    }

    /// The headers of a try but the credential. One of the call replaces one of every call.
    fn headers_of(&self, parts: &Parts) -> HeaderMap {
        let call = &*parts.call;
        let of_every_call = if parts.at_home { Some(self.headers()) } else { None };
        // Room for what comes along the way: the credential, host, length and user agent.
        let known = call.headers.len() + of_every_call.map_or(0, HeaderMap::len);
        let mut headers = HeaderMap::with_capacity(known + 6);
        for (name, value) in &call.headers {
            headers.append(name.clone(), value.clone());
        }
        for (name, value) in of_every_call.into_iter().flatten() {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        if let Some(media_type) = call.operation.accept {
            headers.insert(header::ACCEPT, HeaderValue::from_static(media_type));
        }
        if let Body::Bytes { media_type, .. } | Body::Upload { media_type, .. } = &call.body {
            let media_type = HeaderValue::from_static(media_type);
            headers.entry(header::CONTENT_TYPE).or_insert(media_type);
        }
        headers
    }

    /// Sends one try, with the credential of this moment.
    pub(crate) async fn send(
        &self,
        parts: &mut Parts,
        progress: &Progress,
        sent_with: &mut SentWith,
    ) -> Result<reqwest::Response, Error> {
        let shared = self.shared();
        let mut headers = self.headers_of(parts);
        if parts.authenticated {
            let request = AuthRequest::new(&parts.url, &mut headers);
            sent_with.version = shared.authenticator.authorize(request).await?;
        }
        sent_with.secrets = Secrets::of(&headers);
        sent_with.away = !parts.at_home && parts.url.origin() != shared.base.origin();
        let request = match parts.replay() {
            body @ (Body::Upload { .. } | Body::Form(_)) => {
                *rarely(shared.transfer(parts, headers, body, progress)).await?
            }
            Body::Bytes { bytes, .. } => {
                let mut request = parts.request(headers);
                *request.body_mut() = Some(bytes.into());
                request
            }
            Body::Empty | Body::Rpc(_) => parts.request(headers),
        };
        let response = shared.wire.execute(request).await;
        // Before what the server or the connection made of a request that broke off, and also where the
        // server was content with it.
        if let Some(error) = progress.failure_of_source() {
            return Err(error);
        }
        let response = response?;
        if redirect::is_redirect(response.status()) {
            return rarely(self.follow(parts, response, sent_with)).await;
        }
        Ok(response)
    }

    /// Follows the redirects of a GET. The request is unchanged while it stays on its server, as with the
    /// slash that servers append to the path of a folder. Elsewhere it is sent without the credential and the
    /// operation's headers, also when it is redirected back: a server must not decide who we are where it
    /// sends us (RFC 9700 section 4.12). Other methods are not redirected, since the response would belong to
    /// another request.
    async fn follow(
        &self,
        parts: &Parts,
        mut response: reqwest::Response,
        sent_with: &mut SentWith,
    ) -> Result<reqwest::Response, Error> {
        const MOST: usize = 10;
        let shared = self.shared();
        let mut url = parts.url.clone();
        let mut stayed = true;
        for _ in 0..MOST {
            if !redirect::is_redirect(response.status()) || parts.call.method != Method::GET {
                return Ok(response);
            }
            let next = redirect::target(&url, response.headers());
            let next = next.filter(|next| redirect::is_followed(&shared.base, &url, next));
            let Some(next) = next else { return Ok(response) };
            stayed &= next.origin() == parts.url.origin();
            sent_with.away |= !stayed;
            sent_with.secrets.redirects.push(next.clone());
            let mut headers = self.headers_of(parts);
            if !stayed {
                let of_the_question =
                    [header::ACCEPT, header::ACCEPT_ENCODING, header::RANGE, header::IF_RANGE];
                let mut kept = HeaderMap::with_capacity(of_the_question.len());
                for name in of_the_question {
                    kept.extend(headers.remove(&name).map(|value| (name, value)));
                }
                headers = kept;
            } else if parts.authenticated {
                let request = AuthRequest::new(&next, &mut headers);
                sent_with.version = shared.authenticator.authorize(request).await?;
                sent_with.secrets.add(&headers);
            }
            url = next;
            let mut request = Request::new(Method::GET, url.clone());
            *request.headers_mut() = headers;
            response = shared.wire.execute(request).await?;
        }
        Err(Error::new(ErrorKind::Api, "the server redirected more than 10 times"))
    }
}

impl Shared {
    /// The URL of a remote procedure. An API has one for all of them, so it is made once.
    fn rpc_url(&self, call: &OperationRequest, query: &[(String, String)]) -> Option<&Url> {
        let path = match &call.template {
            Cow::Borrowed(path) if call.operation.rpc.is_some() => *path,
            _ => return None,
        };
        if !query.is_empty() || !call.path.is_empty() {
            return None;
        }
        if self.rpc_url.get().is_none() {
            let url = self.url(path, &[], &[]).ok()?;
            let _ = self.rpc_url.set((path, url));
        }
        self.rpc_url.get().filter(|(known, _)| *known == path).map(|(_, url)| url)
    }

    /// The URL of a call: base, template with its arguments, query.
    pub(crate) fn url(
        &self,
        template: &str,
        arguments: &[(&'static str, String)],
        query: &[(String, String)],
    ) -> Result<Url, Error> {
        let mut path = String::with_capacity(template.len() + 16);
        path.push_str(self.base.path().trim_end_matches('/'));
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            path.push_str(before);
            let argument = arguments.iter().find(|(argument, _)| *argument == name);
            let (_, value) = argument.ok_or_else(|| {
                Error::invalid_request(format!("the path argument `{name}` is missing"))
            })?;
            path.push_str(&segment(name, value)?);
            rest = after;
        }
        path.push_str(rest);
        let mut url = self.base.clone();
        url.set_path(&path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// A request with a body that is a stream.
    async fn transfer(
        &self,
        parts: &Parts,
        headers: HeaderMap,
        body: Body,
        progress: &Progress,
    ) -> Result<Box<Request>, Error> {
        let mut request = parts.request(headers);
        match body {
            Body::Upload { source, .. } => {
                let (body, length) = source.into_body(progress).await?;
                if let Some(length) = length {
                    request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
                }
                *request.body_mut() = Some(body);
            }
            Body::Form(form) => {
                let form = form.into_multipart(progress).await?;
                request = reqwest::RequestBuilder::from_parts(self.wire.client()?, request)
                    .multipart(form)
                    .build()
                    .map_err(Error::from_reqwest)?;
            }
            Body::Empty | Body::Bytes { .. } | Body::Rpc(_) => {}
        }
        Ok(Box::new(request))
    }
}

/// Encodes one path segment (RFC 3986 section 3.3). `.` and `..` cannot be sent: URLs are normalised, also
/// when the dots are encoded (URL Standard, section 4.1), and would address another resource.
fn segment(name: &str, value: &str) -> Result<String, Error> {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    if matches!(value, "." | "..") {
        let message = format!("the argument `{name}` is `{value}`, which no URL path can carry");
        return Err(Error::invalid_request(message));
    }
    Ok(utf8_percent_encode(value, PLAIN).to_string())
}
