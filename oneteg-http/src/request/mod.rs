//! The request of a call, before it is prepared for sending.

use std::{borrow::Cow, fmt};

use http::{HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use serde_json::Value;
use url::Url;

use crate::{Error, Operation, envelope::json_rpc::Params};

pub(crate) mod body;
mod extra_header;
mod options;
pub(crate) mod query;
mod range;
pub(crate) mod server;
pub(crate) mod url_template;

use body::{Body, Form, Upload, UploadSource};
pub(crate) use extra_header::extra_header;
pub use options::{CallOptions, CallSettings};
use query::QueryStyle;
pub use range::RangeRequest;

/// The `Accept-Encoding` of files: their bytes unchanged.
pub(crate) const NO_CONTENT_CODING: HeaderValue = HeaderValue::from_static("identity");

/// The request of a call, as generated code builds it.
///
/// The setters do not fail. The first argument that cannot be sent is kept as the error of the call, so that
/// generated code needs no error paths.
#[doc(hidden)]
pub struct OperationRequest {
    pub(crate) operation: &'static Operation,
    pub(crate) method: Method,
    pub(crate) path_template: Cow<'static, str>,
    /// Replaces base URL and path. A URL of another origin is requested without the credential.
    pub(crate) absolute_url: Option<Url>,
    pub(crate) procedure: Cow<'static, str>,
    pub(crate) path: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body,
    pub(crate) options: CallOptions,
    pub(crate) error: Option<Error>,
}

impl OperationRequest {
    /// Creates a request without arguments. Boxed, because it is half a kilobyte and passed on several times
    /// before it is sent.
    pub fn new(operation: &'static Operation, options: CallOptions) -> Box<Self> {
        let body = match &operation.rpc {
            Some(_) => Body::Rpc(Params::new()),
            None => Body::Empty,
        };
        Box::new(Self {
            operation,
            method: operation.method.clone(),
            path_template: Cow::Borrowed(operation.path),
            absolute_url: None,
            procedure: Cow::Borrowed(operation.rpc.map_or("", |rpc| rpc.method)),
            path: Vec::new(),
            query: operation.query.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            headers: Vec::new(),
            body,
            options,
            error: None,
        })
    }

    /// Sets the argument for `{name}` in the path template.
    pub fn path<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        match query::to_string(name, value) {
            Ok(Some(argument)) if !argument.is_empty() => self.path.push((name, argument)),
            // An empty segment would address another resource.
            Ok(_) => self.fail(Error::invalid_request(format!("the argument `{name}` is empty"))),
            Err(error) => self.fail(error),
        }
    }

    /// Adds a query parameter.
    pub fn query<T: Serialize + ?Sized>(&mut self, name: &str, style: QueryStyle, value: &T) {
        match query::pairs(name, style, value) {
            Ok(pairs) => self.query.extend(pairs),
            Err(error) => self.fail(error),
        }
    }

    /// Adds a header parameter. `None` adds nothing.
    pub fn header<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        match header(name, value) {
            Ok(header) => self.headers.extend(header),
            Err(error) => self.fail(error),
        }
    }

    /// Adds the next positional parameter of a remote procedure.
    pub fn param<T: Serialize + ?Sized>(&mut self, value: &T) {
        if let Body::Rpc(params) = &mut self.body
            && let Err(error) = params.push(value)
        {
            self.fail(not_serialisable(error));
        }
    }

    /// Sets a JSON body.
    pub fn json<T: Serialize + ?Sized>(&mut self, value: &T) {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.set_bytes("application/json", bytes),
            Err(error) => self.fail(not_serialisable(error)),
        }
    }

    /// Sets an `application/x-www-form-urlencoded` body from the members of an object. `styles` has those of members
    /// that are not written in the default style, see [`query::field`].
    pub fn form_urlencoded<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        styles: &[(&str, QueryStyle)],
    ) {
        match form_fields(value, styles) {
            Ok(fields) => {
                let form = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(fields)
                    .finish();
                self.set_bytes("application/x-www-form-urlencoded", form.into_bytes());
            }
            Err(error) => self.fail(error),
        }
    }

    /// Sets a plain text body.
    pub fn text(&mut self, text: String) {
        self.set_bytes("text/plain; charset=utf-8", text.into_bytes());
    }

    /// Sets a body of raw bytes.
    pub fn upload(&mut self, source: UploadSource) {
        let media_type = self.operation.content_type.unwrap_or("application/octet-stream");
        self.body = Body::Streamed(Box::new(Upload { media_type, source }));
    }

    /// Sets a multipart form as the body.
    pub fn form(&mut self, mut form: Form) {
        if let Err(error) = form.check() {
            self.fail(error);
        }
        self.body = Body::Streamed(Box::new(form));
    }

    /// Requests the response without a content coding, unless the caller set `Accept-Encoding`.
    pub(crate) fn refuse_content_codings(&mut self) {
        if !self.headers.iter().any(|(name, _)| *name == header::ACCEPT_ENCODING) {
            self.headers.push((header::ACCEPT_ENCODING, NO_CONTENT_CODING));
        }
    }

    fn set_bytes(&mut self, default_media_type: &'static str, bytes: Vec<u8>) {
        let media_type = self.operation.content_type.unwrap_or(default_media_type);
        self.body = Body::Bytes { media_type, bytes: bytes.into() };
    }

    fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}

/// The fields of a form.
fn form_fields<T: Serialize + ?Sized>(
    value: &T,
    styles: &[(&str, QueryStyle)],
) -> Result<Vec<(String, String)>, Error> {
    let Value::Object(members) = query::to_value("body", value)? else {
        return Err(Error::invalid_request("a form is an object".to_owned()));
    };
    let mut fields = Vec::new();
    for (name, member) in &members {
        let style = styles.iter().find(|(styled, _)| styled == name).map(|(_, style)| *style);
        fields.extend(query::field(name, style, member)?);
    }
    Ok(fields)
}

/// A header parameter; `None` if its value is `null`.
fn header<T: Serialize + ?Sized>(
    name: &'static str,
    value: &T,
) -> Result<Option<(HeaderName, HeaderValue)>, Error> {
    let Some(value) = query::to_string(name, value)? else { return Ok(None) };
    let header_name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| {
        Error::invalid_request(format!("`{name}` is not a header name")).with_source(error)
    })?;
    // Without the source, which would quote the value.
    let header_value = HeaderValue::from_str(&value).map_err(|_| {
        Error::invalid_request(format!(
            "the argument for the header `{name}` contains a character that headers do not allow"
        ))
    })?;
    Ok(Some((header_name, header_value)))
}

fn not_serialisable(error: serde_json::Error) -> Error {
    Error::invalid_request(format!("an argument cannot be written as JSON: {error}"))
        .with_source(error)
}

/// Shows names and sizes but no values: queries may be signed, bodies may contain passwords. The path template
/// replaces the path, which may contain a share's key.
impl fmt::Debug for OperationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("OperationRequest");
        debug
            .field("operation", &self.operation.id)
            .field("method", &self.method)
            .field("template", &self.operation.path);
        if let Some(url) = &self.absolute_url {
            debug.field("host", &url.host_str().unwrap_or_default());
        }
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        debug
            .field("query_parameters", &(self.query.len() + self.options.query.len()))
            .field("headers", &names)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// The `Debug` output of a generated request builder. Arguments are left out, because they may be passwords.
pub fn show_request(
    f: &mut fmt::Formatter<'_>,
    operation: &Operation,
    options: &CallOptions,
) -> fmt::Result {
    f.debug_struct("Request")
        .field("operation", &operation.id)
        .field("method", &operation.method)
        .field("template", &operation.path)
        .field("options", options)
        .finish_non_exhaustive()
}
