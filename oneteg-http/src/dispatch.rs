//! The one way every call takes: authorise, send, classify, take the envelope off.

use std::{future::Future, pin::Pin, sync::atomic::Ordering};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use oneteg_auth::{AuthRequest, CredentialVersion, Recovery};
use reqwest::Request;
use url::Url;

use crate::{
    Envelope, Error, ErrorKind, Operation, Runtime,
    answer::Answer,
    call::{Body, Call},
    error::Credential,
    rpc::{self, Outcome},
    runtime::Shared,
};

/// An answer with its envelope taken off.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) value: Bytes,
    /// The body as it came, for the preview of a decoding error.
    pub(crate) body: Bytes,
    /// What such an error must not show.
    pub(crate) credential: Credential,
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

impl Runtime {
    /// Sends a call and reads its answer. Boxed, so that this code is compiled once and not in every
    /// program for every operation it uses.
    pub(crate) fn dispatch(&self, call: Call) -> Boxed<'_, Opened> {
        Box::pin(async move {
            let operation = call.operation;
            self.exchange(call).await.map_err(|error| error.with_operation(operation.id))
        })
    }

    /// Sends a call whose answer is to be streamed.
    pub(crate) fn dispatch_stream(&self, call: Call) -> Boxed<'_, reqwest::Response> {
        Box::pin(async move {
            let operation = call.operation;
            self.open_stream(call).await.map_err(|error| error.with_operation(operation.id))
        })
    }

    async fn exchange(&self, call: Call) -> Result<Opened, Error> {
        let operation = call.operation;
        let (mut parts, id) = self.prepare(call)?;
        let mut recovered = false;
        loop {
            let (body, again) = replay(&mut parts);
            let (response, version, credential) = self.send(&parts, body).await?;
            let answer = Answer::read(response, self.shared().max_answer)
                .await
                .map_err(|error| credential.hide(error))?;
            let error = match self.open(operation, &id, answer) {
                Ok(opened) => return Ok(Opened { credential, ..opened }),
                Err(error) => credential.hide(error),
            };
            if recovered || !again || !self.recover(operation, &error, version).await? {
                return Err(error);
            }
            recovered = true;
        }
    }

    async fn open_stream(&self, call: Call) -> Result<reqwest::Response, Error> {
        let operation = call.operation;
        let (mut parts, _) = self.prepare(call)?;
        let mut recovered = false;
        loop {
            let (body, again) = replay(&mut parts);
            let (response, version, credential) = self.send(&parts, body).await?;
            if response.status().is_success() {
                return Ok(response);
            }
            let answer = Answer::read(response, self.shared().max_answer)
                .await
                .map_err(|error| credential.hide(error))?;
            let error = credential.hide(answer.failure(&*self.shared().vendor));
            if recovered || !again || !self.recover(operation, &error, version).await? {
                return Err(error);
            }
            recovered = true;
        }
    }

    /// Whether the credential was refused, and there is a newer one to try.
    async fn recover(
        &self,
        operation: &Operation,
        error: &Error,
        version: CredentialVersion,
    ) -> Result<bool, Error> {
        if !operation.authenticated || error.kind() != ErrorKind::Authentication {
            return Ok(false);
        }
        Ok(self.shared().authenticator.refused(version).await? == Recovery::Retry)
    }

    fn prepare(&self, call: Call) -> Result<(Parts, String), Error> {
        if let Some(error) = call.fault {
            return Err(error);
        }
        let shared = self.shared();
        let operation = call.operation;
        let url = shared.url(&call.template, &call.path, &call.query)?;
        let mut headers = HeaderMap::with_capacity(call.headers.len() + 4);
        headers.extend(call.headers);
        if let Some(media_type) = operation.accept {
            headers.insert(header::ACCEPT, HeaderValue::from_static(media_type));
        }
        let id = call
            .options
            .request_id
            .unwrap_or_else(|| shared.next_id.fetch_add(1, Ordering::Relaxed).to_string());
        let body = match call.body {
            Body::Rpc(params) => {
                let bytes = params.into_request(&call.procedure, &id).map_err(|error| {
                    Error::invalid_request("the call cannot be written as JSON").with_source(error)
                })?;
                Body::Bytes { media_type: "application/json", bytes: bytes.into() }
            }
            body => body,
        };
        let authenticated = operation.authenticated;
        Ok((Parts { method: call.method, url, headers, body: Some(body), authenticated }, id))
    }

    async fn send(
        &self,
        parts: &Parts,
        body: Body,
    ) -> Result<(reqwest::Response, CredentialVersion, Credential), Error> {
        let shared = self.shared();
        let mut headers = parts.headers.clone();
        let mut version = CredentialVersion::default();
        if parts.authenticated {
            let request = AuthRequest { url: &parts.url, headers: &mut headers };
            version = shared.authenticator.authorize(request).await?;
        }
        let credential = Credential::of(&headers);
        let mut request = Request::new(parts.method.clone(), parts.url.clone());
        *request.headers_mut() = headers;
        let request = shared.with_body(request, body).await?;
        let response = shared.http.execute(request).await.map_err(Error::from_reqwest)?;
        Ok((self.follow(parts, response).await?, version, credential))
    }

    /// Follows the redirects of a download. Only the first request carries the credential and the
    /// operation's headers: where a server sends us is not for it to say who we are there (RFC 9700
    /// section 4.12). Other methods are not redirected, since the answer would be to another question.
    async fn follow(
        &self,
        parts: &Parts,
        mut response: reqwest::Response,
    ) -> Result<reqwest::Response, Error> {
        const MOST: usize = 10;
        let mut url = parts.url.clone();
        for _ in 0..MOST {
            if !response.status().is_redirection() || parts.method != Method::GET {
                return Ok(response);
            }
            let location = response.headers().get(header::LOCATION);
            let next = location.and_then(|to| to.to_str().ok()).and_then(|to| url.join(to).ok());
            let Some(next) = next else { return Ok(response) };
            let downgraded = url.scheme() == "https" && next.scheme() != "https";
            if downgraded || !matches!(next.scheme(), "http" | "https") {
                return Ok(response);
            }
            url = next;
            let mut request = Request::new(Method::GET, url.clone());
            for name in [header::ACCEPT, header::RANGE, header::IF_RANGE] {
                if let Some(value) = parts.headers.get(&name) {
                    request.headers_mut().insert(name, value.clone());
                }
            }
            response = self.shared().http.execute(request).await.map_err(Error::from_reqwest)?;
        }
        Err(Error::new(ErrorKind::Api, "the server redirected more than 10 times"))
    }

    /// The value of an answer, or the error it stands for.
    fn open(&self, operation: &Operation, id: &str, answer: Answer) -> Result<Opened, Error> {
        let vendor = &*self.shared().vendor;
        // A JSON-RPC error may come with any HTTP status, and it says more than the status.
        let envelope = match operation.envelope {
            Envelope::JsonRpc => Some(rpc::open(answer.text(), id)),
            Envelope::None => None,
        };
        if let Some(Ok(Outcome::Fault(fault))) = envelope {
            let kind = vendor.classify(&fault).unwrap_or(ErrorKind::Api);
            let words = "the server refused the call without saying why";
            let message = fault.message.unwrap_or_else(|| words.to_owned());
            return Err(answer.error(kind, message).with_code(fault.code).with_data(fault.data));
        }
        if !answer.status.is_success() {
            return Err(answer.failure(vendor));
        }
        if operation.accept.is_some() && answer.is_html() {
            let message = "a page of HTML came instead of data: check the base URL and the sign-in";
            return Err(answer.error(ErrorKind::Html, message));
        }
        let value = match envelope {
            Some(Ok(Outcome::Result(result))) => answer.body.slice_ref(result.as_bytes()),
            Some(Ok(Outcome::Null)) => Bytes::from_static(b"null"),
            Some(Err(error)) => return Err(answer.describe(error)),
            Some(Ok(Outcome::Fault(_))) | None => answer.body.slice_ref(answer.text()),
        };
        let Answer { status, headers, body } = answer;
        Ok(Opened { status, headers, value, body, credential: Credential::default() })
    }
}

/// A request that can be built again for every try.
struct Parts {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Body>,
    authenticated: bool,
}

/// The body for the next try, and whether there can be one after it.
fn replay(parts: &mut Parts) -> (Body, bool) {
    let body = parts.body.take().unwrap_or(Body::Empty);
    match body.try_clone() {
        Some(copy) => {
            parts.body = Some(copy);
            (body, true)
        }
        None => (body, false),
    }
}

impl Shared {
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

    async fn with_body(&self, mut request: Request, body: Body) -> Result<Request, Error> {
        let media_type = |request: &mut Request, media_type| {
            request
                .headers_mut()
                .entry(header::CONTENT_TYPE)
                .or_insert(HeaderValue::from_static(media_type));
        };
        match body {
            Body::Empty | Body::Rpc(_) => {}
            Body::Bytes { media_type: of, bytes } => {
                media_type(&mut request, of);
                *request.body_mut() = Some(bytes.into());
            }
            Body::Upload { media_type: of, source } => {
                media_type(&mut request, of);
                let (body, length) = source.into_body().await?;
                if let Some(length) = length {
                    request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
                }
                *request.body_mut() = Some(body);
            }
            Body::Form(form) => {
                let form = form.into_multipart().await?;
                return reqwest::RequestBuilder::from_parts(self.http.clone(), request)
                    .multipart(form)
                    .build()
                    .map_err(Error::from_reqwest);
            }
        }
        Ok(request)
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
