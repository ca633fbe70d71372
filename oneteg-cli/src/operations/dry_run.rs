//! `--dry-run`: the request that would be sent, without secrets.
//!
//! The pipeline prepares the request and calls the interceptors before it asks for a credential. The interceptor here
//! keeps what it sees, which is redacted, and ends the call.

use std::sync::{Mutex, PoisonError};

use oneteg_http::{AttemptRequest, Error, ErrorKind, Interceptor};
use serde_json::{Value, json};

use super::{
    arguments::{Argument, Target},
    call::{Call, CallBody, Part},
};

/// What stands for a secret, as in wire logs.
const MASK: &str = "[secret]";
/// The longest body that is printed, in bytes.
const LONGEST_BODY: usize = 1 << 20;

/// Ends calls before they are sent, and keeps their requests.
#[derive(Default)]
pub(crate) struct DryRun(Mutex<Option<PreparedRequest>>);

/// A request, as far as it may be shown.
#[derive(Debug, Clone)]
pub(crate) struct PreparedRequest {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl DryRun {
    /// The request of the last call, if there was one.
    pub(crate) fn take(&self) -> Option<PreparedRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Interceptor for DryRun {
    fn before(&self, attempt: &mut AttemptRequest<'_>) -> Result<(), Error> {
        let headers = attempt.headers();
        let headers = headers.iter().map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let prepared = PreparedRequest {
            method: attempt.method().to_string(),
            url: attempt.url(),
            headers: headers.collect(),
            body: attempt.body_preview(LONGEST_BODY),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(prepared);
        Err(Error::new(ErrorKind::Cancelled, "nothing is sent in a dry run"))
    }
}

impl PreparedRequest {
    /// Adds what the pipeline adds later: the credential, and the description of a body that is read while it is sent.
    pub(crate) fn complete(&mut self, authenticated: bool, body: Option<String>) {
        if authenticated {
            self.headers.push(("authorization".to_owned(), MASK.to_owned()));
        }
        self.headers.sort();
        if self.body.is_none() {
            self.body = body;
        }
    }

    /// The body as JSON, if it is.
    fn json(&self) -> Option<Value> {
        serde_json::from_str(self.body.as_deref()?).ok()
    }

    /// Like a request on the wire, with the JSON indented.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{} {}\n", self.method, self.url);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\n"));
        }
        if let Some(body) = &self.body {
            match self.json() {
                Some(json) => text.push_str(&format!("\n{json:#}\n")),
                None => text.push_str(&format!("\n{}\n", body.trim_end())),
            }
        }
        text
    }

    /// For programs.
    pub(crate) fn value(&self) -> Value {
        let headers: serde_json::Map<String, Value> =
            self.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let body = self.json().or_else(|| self.body.clone().map(Value::from));
        json!({ "method": self.method, "url": self.url, "headers": headers, "body": body })
    }
}

/// What a body that is read while it is sent contains.
pub(crate) fn describe(call: &Call, arguments: &[Argument]) -> Option<String> {
    match &call.body {
        CallBody::File(file) => Some(format!("[{}]", file.describe())),
        CallBody::Multipart(parts) => {
            let lines = parts.iter().map(|(name, part)| match part {
                Part::File(file) => format!("{name}: [{}]", file.describe()),
                Part::Value(_) if is_secret(name, arguments) => format!("{name}: {MASK}"),
                Part::Value(Value::String(text)) => format!("{name}: {text}"),
                Part::Value(value) => format!("{name}: {value}"),
            });
            Some(lines.collect::<Vec<_>>().join("\n"))
        }
        CallBody::None | CallBody::Value(_) => None,
    }
}

fn is_secret(part: &str, arguments: &[Argument]) -> bool {
    arguments.iter().any(|argument| {
        argument.secret && matches!(&argument.target, Target::Member(name) if name == part)
    })
}
