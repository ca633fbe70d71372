use std::{borrow::Cow, fmt};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, header};
use serde::Serialize;

use crate::{
    CallOptions, Error, Operation, UploadSource, file_response,
    query::{self, QueryStyle},
    rpc::Params,
    upload::Form,
};

/// One call as generated code builds it. The first argument that cannot be written is kept, and
/// reported when the call is sent: the generated code stays free of error paths.
#[doc(hidden)]
pub struct OperationRequest {
    pub(crate) operation: &'static Operation,
    pub(crate) method: Method,
    pub(crate) template: Cow<'static, str>,
    /// An absolute URL in place of the template. Of another origin it goes without the credential.
    pub(crate) elsewhere: Option<url::Url>,
    pub(crate) procedure: Cow<'static, str>,
    pub(crate) path: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body,
    pub(crate) options: CallOptions,
    pub(crate) fault: Option<Error>,
}

pub(crate) enum Body {
    Empty,
    Bytes { media_type: &'static str, bytes: Bytes },
    Rpc(Params),
    Form(Form),
    Upload { media_type: &'static str, source: UploadSource },
}

impl OperationRequest {
    /// Boxed: a call is handed on several times before it is sent, and this is half a kilobyte.
    pub fn new(operation: &'static Operation, options: CallOptions) -> Box<Self> {
        let body = match &operation.rpc {
            Some(_) => Body::Rpc(Params::new()),
            None => Body::Empty,
        };
        Box::new(Self {
            operation,
            method: operation.method.clone(),
            template: Cow::Borrowed(operation.path),
            elsewhere: None,
            procedure: Cow::Borrowed(operation.rpc.map_or("", |rpc| rpc.method)),
            path: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body,
            options,
            fault: None,
        })
    }

    /// Fills a `{name}` of the path template.
    pub fn path<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        match query::text(name, value) {
            Ok(Some(text)) if !text.is_empty() => self.path.push((name, text)),
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

    /// Adds a header parameter.
    pub fn header<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        let header = query::text(name, value).and_then(|text| {
            let Some(text) = text else { return Ok(None) };
            let unsendable = |_| {
                Error::invalid_request(format!(
                    "the argument for the header `{name}` has a character that no header can carry"
                ))
            };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| {
                Error::invalid_request(format!("`{name}` is not a header name")).with_source(error)
            })?;
            Ok(Some((name, HeaderValue::from_str(&text).map_err(unsendable)?)))
        });
        match header {
            Ok(header) => self.headers.extend(header),
            Err(error) => self.fail(error),
        }
    }

    /// Adds the next positional parameter of a remote procedure.
    pub fn param<T: Serialize + ?Sized>(&mut self, value: &T) {
        if let Body::Rpc(params) = &mut self.body
            && let Err(error) = params.push(value)
        {
            self.fail(unwritable(error));
        }
    }

    /// Sets a JSON body.
    pub fn json<T: Serialize + ?Sized>(&mut self, value: &T) {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.body = self.fixed("application/json", bytes),
            Err(error) => self.fail(unwritable(error)),
        }
    }

    /// Sets an `application/x-www-form-urlencoded` body from the members of an object.
    pub fn form_urlencoded<T: Serialize + ?Sized>(&mut self, value: &T) {
        match query::pairs("body", QueryStyle::Exploded, value) {
            Ok(pairs) => {
                let text = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(pairs)
                    .finish();
                self.body = self.fixed("application/x-www-form-urlencoded", text.into_bytes());
            }
            Err(error) => self.fail(error),
        }
    }

    /// Sets a text body.
    pub fn text(&mut self, text: String) {
        self.body = self.fixed("text/plain; charset=utf-8", text.into_bytes());
    }

    /// Sets a body of raw bytes.
    pub fn upload(&mut self, source: UploadSource) {
        let media_type = self.operation.content_type.unwrap_or("application/octet-stream");
        self.body = Body::Upload { media_type, source };
    }

    /// Sets a multipart form as the body.
    pub fn form(&mut self, form: Form) {
        if let Err(error) = form.check() {
            self.fail(error);
        }
        self.body = Body::Form(form);
    }

    /// Requests a file without a content coding, unless the caller requested one.
    pub(crate) fn ask_for_plain_bytes(&mut self) {
        if !self.headers.iter().any(|(name, _)| *name == header::ACCEPT_ENCODING) {
            self.headers.push((header::ACCEPT_ENCODING, file_response::AS_IT_IS));
        }
    }

    fn fixed(&self, media_type: &'static str, bytes: Vec<u8>) -> Body {
        let media_type = self.operation.content_type.unwrap_or(media_type);
        Body::Bytes { media_type, bytes: bytes.into() }
    }

    fn fail(&mut self, error: Error) {
        self.fault.get_or_insert(error);
    }
}

impl Body {
    /// A copy to send again, where the body can be replayed.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        Some(match self {
            Self::Empty => Self::Empty,
            Self::Bytes { media_type, bytes } => Self::Bytes { media_type, bytes: bytes.clone() },
            Self::Rpc(params) => Self::Rpc(params.clone()),
            Self::Form(form) => Self::Form(form.try_clone()?),
            Self::Upload { media_type, source } => {
                Self::Upload { media_type, source: source.try_clone()? }
            }
        })
    }
}

/// Shows kinds and sizes, never values: queries may be signed and bodies may contain passwords. The template
/// stands for the path, which may contain a share's key.
impl fmt::Debug for OperationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("OperationRequest");
        debug
            .field("operation", &self.operation.id)
            .field("method", &self.method)
            .field("template", &self.operation.path);
        if let Some(url) = &self.elsewhere {
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

/// The `Debug` of a generated request, without its arguments: they may be passwords.
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

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes { media_type, bytes } => {
                write!(f, "Bytes({media_type}, {} bytes)", bytes.len())
            }
            Self::Rpc(params) => params.fmt(f),
            Self::Form(_) => f.write_str("Form"),
            Self::Upload { media_type, .. } => write!(f, "Upload({media_type})"),
        }
    }
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::invalid_request(format!("an argument cannot be written as JSON: {error}"))
        .with_source(error)
}
