use std::{
    fmt::{self, Write as _},
    io,
    sync::{Mutex, PoisonError},
};

use http::HeaderMap;

use super::{AttemptOutcome, AttemptRequest, Interceptor};
use crate::{Error, header_value};

/// Logs every attempt: method, URL and headers of the request; status, headers and duration of the response. An
/// [`Interceptor`], so everything is redacted. Register it after other interceptors to log the headers they add.
///
/// Bodies are logged on request, because they contain the data of users: see [`bodies`](Self::bodies).
///
/// ```
/// # use oneteg_auth::{ApiKey, Secret};
/// # use oneteg_http::{Runtime, Vendor};
/// # #[derive(Debug)]
/// # struct Acme;
/// # impl Vendor for Acme {
/// #     fn name(&self) -> &'static str {
/// #         "acme"
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = ApiKey::with_scheme("apiToken", &Secret::new("s3cret"))?;
/// use oneteg_http::WireLog;
///
/// let builder = Runtime::builder("https://api.acme.example", Acme, key);
/// let runtime = builder.interceptor(WireLog::to_writer(std::io::stderr()).bodies(1000)).build()?;
/// # let _ = runtime; Ok(()) }
/// ```
/// ```text
/// --> GET https://api.acme.example/assets?page=2 (list_assets, attempt 1)
///     accept: application/json
/// <-- 200 in 41 ms (list_assets, attempt 1)
///     content-type: application/json
///     {"assets":[{"id":1,"name":"a.jpg"}]}
/// ```
pub struct WireLog {
    sink: Sink,
    /// The maximum length of a body, in bytes.
    bodies: Option<usize>,
}

enum Sink {
    Writer(Mutex<Box<dyn io::Write + Send>>),
    #[cfg(feature = "tracing")]
    Tracing,
}

impl WireLog {
    /// Logs to a writer. Each entry is written at once, and errors of the writer are ignored. Writing blocks the
    /// task of the call.
    pub fn to_writer(writer: impl io::Write + Send + 'static) -> Self {
        Self { sink: Sink::Writer(Mutex::new(Box::new(writer))), bodies: None }
    }

    /// Logs `tracing` events of level `DEBUG` and target `oneteg_http::wire`. Needs the feature `tracing`.
    #[cfg(feature = "tracing")]
    pub fn to_tracing() -> Self {
        Self { sink: Sink::Tracing, bodies: None }
    }

    /// Logs bodies too, each up to `limit` bytes. Members of JSON whose name suggests a secret, and signatures of
    /// links, are masked. Files are not logged. Default: no bodies.
    #[must_use]
    pub fn bodies(mut self, limit: usize) -> Self {
        self.bodies = Some(limit);
        self
    }

    fn is_enabled(&self) -> bool {
        match self.sink {
            Sink::Writer(_) => true,
            #[cfg(feature = "tracing")]
            Sink::Tracing => tracing::enabled!(target: "oneteg_http::wire", tracing::Level::DEBUG),
        }
    }

    fn log(&self, entry: &str) {
        match &self.sink {
            Sink::Writer(writer) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = writer.write_all(entry.as_bytes()).and_then(|()| writer.flush());
            }
            #[cfg(feature = "tracing")]
            Sink::Tracing => tracing::debug!(target: "oneteg_http::wire", "{}", entry.trim_end()),
        }
    }
}

impl Interceptor for WireLog {
    fn before(&self, attempt: &mut AttemptRequest<'_>) -> Result<(), Error> {
        if self.is_enabled() {
            let (operation, number) = (attempt.operation(), attempt.attempt());
            let (method, url) = (attempt.method(), attempt.url());
            let mut entry = format!("--> {method} {url} ({operation}, attempt {number})\n");
            let body = self.bodies.and_then(|limit| attempt.body_preview(limit));
            add_details(&mut entry, &attempt.headers(), body);
            self.log(&entry);
        }
        Ok(())
    }

    fn after(&self, outcome: &AttemptOutcome<'_>) {
        if !self.is_enabled() {
            return;
        }
        let (operation, number) = (outcome.operation(), outcome.attempt());
        let status =
            outcome.status().map_or("failed".to_owned(), |status| status.as_u16().to_string());
        let elapsed = outcome.elapsed().as_millis();
        let mut entry = format!("<-- {status} in {elapsed} ms ({operation}, attempt {number})");
        // Writing to a string does not fail.
        if outcome.redirects() > 0 {
            let _ = write!(entry, ", redirects: {}", outcome.redirects());
        }
        if let Some(error) = outcome.error() {
            let _ = write!(entry, ": {:?}: {error}", error.kind());
        }
        if let Some(wait) = outcome.retry_in() {
            let _ = write!(entry, "; next attempt in {} ms", wait.as_millis());
        }
        entry.push('\n');
        let body = self.bodies.and_then(|limit| outcome.body_preview(limit));
        add_details(&mut entry, &outcome.headers(), body);
        self.log(&entry);
    }
}

fn add_details(entry: &mut String, headers: &HeaderMap, body: Option<String>) {
    for (name, value) in headers {
        let _ = writeln!(entry, "    {name}: {}", header_value::to_string(value));
    }
    if let Some(body) = body.filter(|body| !body.is_empty()) {
        let _ = writeln!(entry, "    {body}");
    }
}

impl fmt::Debug for WireLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireLog").field("bodies", &self.bodies).finish_non_exhaustive()
    }
}
