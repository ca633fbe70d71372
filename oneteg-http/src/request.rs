//! From a call to what goes on the wire, once for every try.

use std::sync::atomic::Ordering;

use http::{HeaderMap, HeaderValue, Method, header};
use oneteg_auth::{AuthRequest, CredentialVersion};
use reqwest::Request;
use url::Url;

use crate::{
    Error, ErrorKind, Runtime,
    call::{Body, Call},
    error::Credential,
    runtime::Shared,
    timeouts::Progress,
};

/// A request that can be built again for every try.
pub(crate) struct Parts {
    pub(crate) method: Method,
    pub(crate) url: Url,
    headers: HeaderMap,
    body: Option<Body>,
    pub(crate) authenticated: bool,
    /// The id of a JSON-RPC request.
    pub(crate) id: String,
}

impl Parts {
    /// The body for the next try, and whether there can be one after it.
    pub(crate) fn replay(&mut self) -> (Body, bool) {
        let body = self.body.take().unwrap_or(Body::Empty);
        match body.try_clone() {
            Some(copy) => {
                self.body = Some(copy);
                (body, true)
            }
            None => (body, false),
        }
    }
}

/// What one try was sent with.
#[derive(Default)]
pub(crate) struct SentWith {
    pub(crate) version: CredentialVersion,
    /// What an error about the answer must not show.
    pub(crate) credential: Credential,
}

impl Runtime {
    pub(crate) fn prepare(&self, call: Call) -> Result<Parts, Error> {
        if let Some(error) = call.fault {
            return Err(error);
        }
        let shared = self.shared();
        let operation = call.operation;
        // The credential belongs to the connection's own server (RFC 6750 section 5.3).
        // An absolute URL is at home when it is of the same origin and not asked to go without credential.
        let here = |url: &Url| operation.authenticated && url.origin() == shared.base.origin();
        let at_home = call.elsewhere.as_ref().is_none_or(here);
        let authenticated = operation.authenticated && at_home;
        let mut query = call.query;
        query.extend(call.options.query);
        let url = match call.elsewhere {
            Some(mut url) => {
                if !query.is_empty() {
                    url.query_pairs_mut().extend_pairs(&query);
                }
                url
            }
            None => shared.url(&call.template, &call.path, &query)?,
        };
        let mut headers = HeaderMap::with_capacity(call.headers.len() + self.headers().len() + 4);
        if at_home {
            headers.extend(self.headers().clone());
        }
        // One of the call replaces one of every call.
        for (name, _) in &call.headers {
            headers.remove(name);
        }
        headers.extend(call.headers);
        if let Some(media_type) = operation.accept {
            headers.insert(header::ACCEPT, HeaderValue::from_static(media_type));
        }
        if let Some(range) = &call.options.range {
            range.write(&mut headers)?;
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
        Ok(Parts { method: call.method, url, headers, body: Some(body), authenticated, id })
    }

    /// Sends one try, with the credential of this moment.
    pub(crate) async fn send(
        &self,
        parts: &Parts,
        body: Body,
        progress: &Progress,
        sent_with: &mut SentWith,
    ) -> Result<reqwest::Response, Error> {
        let shared = self.shared();
        let mut headers = parts.headers.clone();
        if parts.authenticated {
            let request = AuthRequest { url: &parts.url, headers: &mut headers };
            sent_with.version = shared.authenticator.authorize(request).await?;
        }
        sent_with.credential = Credential::of(&headers);
        let mut request = Request::new(parts.method.clone(), parts.url.clone());
        *request.headers_mut() = headers;
        let request = shared.with_body(request, body, progress).await?;
        let response = shared.wire.execute(request).await?;
        if response.status().is_redirection() {
            return self.follow(parts, response).await;
        }
        Ok(response)
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
            response = self.shared().wire.execute(request).await?;
        }
        Err(Error::new(ErrorKind::Api, "the server redirected more than 10 times"))
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

    async fn with_body(
        &self,
        mut request: Request,
        body: Body,
        progress: &Progress,
    ) -> Result<Request, Error> {
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
                let (body, length) = source.into_body(progress).await?;
                if let Some(length) = length {
                    request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
                }
                *request.body_mut() = Some(body);
            }
            Body::Form(form) => {
                let form = form.into_multipart(progress).await?;
                return reqwest::RequestBuilder::from_parts(self.wire.client()?, request)
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
