//! Files that a run with writes sends and reads, and the waits between.

use std::time::Duration;

use oneteg_http::{Method, UploadSource, reqwest::Url};
use serde_json::{Map, Value};

use super::{Extra, Session, Stop};
use crate::{catalog::Entry, verify::compare::Observed};

impl Session {
    /// Calls an operation that returns a file, compares the response, and reads the file, up to `limit` bytes.
    ///
    /// # Errors
    /// If the budget is spent.
    pub(crate) async fn read_file(
        &mut self,
        entry: &'static Entry,
        arguments: Map<String, Value>,
        limit: usize,
    ) -> Result<(Observed, Option<Vec<u8>>), Stop> {
        let Ok(request) = self.request(entry, &arguments, &Extra::default()) else {
            return Ok((Observed::unsent(arguments), None));
        };
        self.tap.begin(true);
        let read = match self.runtime.stream(request).await {
            Ok(response) => response.into_inner().collect(limit).await,
            Err(error) => Err(error),
        };
        if self.tap.is_spent() {
            return Err(Stop::Spent);
        }
        let (file, error) = match read {
            Ok(file) => (Some(file), None),
            Err(error) => (None, Some(error)),
        };
        let observed = Observed::new(entry, arguments, self.tap.exchanges(), error.as_ref());
        self.seen(entry).calls += 1;
        self.compare(entry, &observed);
        Ok((observed, file))
    }

    /// Sends bytes to a link of a storage host, or reads up to `limit` bytes from it. A failure is a sentence without
    /// anything that the host sent.
    ///
    /// # Errors
    /// If the budget is spent.
    pub(crate) async fn follow(
        &mut self,
        link: &str,
        content: Option<Vec<u8>>,
        limit: usize,
    ) -> Result<Result<Vec<u8>, String>, Stop> {
        let url: Option<Url> = link.trim().parse().ok();
        let Some(url) = url.filter(|url| self.runtime.allows_url(url)) else {
            return Ok(Err("The link is none that may be requested.".to_owned()));
        };
        self.tap.begin(true);
        let result = match content {
            Some(content) => {
                let request = self.runtime.request_external(Method::PUT, url);
                // The only kind of blob that is written in one request; the vendor documents the header.
                let request = request.header("x-ms-blob-type", "BlockBlob");
                let sent = request.body(UploadSource::bytes(content)).send_empty().await;
                sent.map(|_| Vec::new())
            }
            None => match self.runtime.request_external(Method::GET, url).send_stream().await {
                Ok(response) => response.into_inner().collect(limit).await,
                Err(error) => Err(error),
            },
        };
        if self.tap.is_spent() {
            return Err(Stop::Spent);
        }
        Ok(result.map_err(|error| match error.status() {
            Some(status) => format!("The storage host responded with HTTP {}.", status.as_u16()),
            None => "The storage host did not respond.".to_owned(),
        }))
    }

    /// Waits, unless Ctrl-C is pressed.
    ///
    /// # Errors
    /// On Ctrl-C.
    pub(crate) async fn wait(&self, delay: Duration) -> Result<(), Stop> {
        tokio::select! {
            () = tokio::time::sleep(delay) => Ok(()),
            () = self.interrupt.pressed() => Err(Stop::Interrupted),
        }
    }
}
