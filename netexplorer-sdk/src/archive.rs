//! Several files in one archive.

use std::path::Path;

use oneteg_http::{ByteStream, CallOptions, Error, ErrorKind};

use crate::{Client, zip::DownloadZip};

/// An archive that the platform makes, as it is asked for.
///
/// How files and folders are named in the question is in no copy of the documentation that could be read.
/// Its parameters are given by hand, from the platform's own documentation; an answer that is no archive
/// is an error.
#[derive(Debug)]
#[must_use = "the archive is asked for by `send` or `save`"]
pub struct ZipRequest<'a> {
    request: DownloadZip<'a>,
    options: CallOptions,
}

impl Client {
    /// Begins a question for an archive of several files and folders.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// // The name of the parameter is your platform's to say.
    /// let bytes = client.zip().parameter("files", "7,8").save("both.zip").await?;
    /// # let _ = bytes; Ok(()) }
    /// ```
    pub fn zip(&self) -> ZipRequest<'_> {
        ZipRequest { request: self.download_zip(), options: CallOptions::new() }
    }
}

impl ZipRequest<'_> {
    /// Adds a query parameter.
    pub fn parameter(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.options = self.options.query(name, value);
        self
    }

    /// Asks for the archive and streams it, whatever it is.
    ///
    /// # Errors
    /// As every call.
    pub async fn send(self) -> Result<ByteStream, Error> {
        Ok(self.request.call_options(self.options).send().await?.into_inner())
    }

    /// Requests the archive and writes it to a file, which gets its name when the complete archive is on the
    /// disk: see [`ByteStream::save`]. Returns the number of bytes.
    ///
    /// # Errors
    /// As every call; [`ErrorKind::Html`] when a page comes, [`ErrorKind::Integrity`] when something else comes
    /// that is no archive, [`ErrorKind::Io`] when the file cannot be written.
    pub async fn save(self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let mut stream = self.send().await?;
        // A member, or the end of an empty archive (APPNOTE 4.3.7 and 4.3.16).
        let begin = stream.peek(64).await?;
        if !begin.starts_with(b"PK\x03\x04") && !begin.starts_with(b"PK\x05\x06") {
            let text = begin.strip_prefix(b"\xef\xbb\xbf").unwrap_or(begin);
            if text.trim_ascii_start().starts_with(b"<") {
                let message = "a page came instead of the archive: check the sign-in and any proxy";
                return Err(Error::new(ErrorKind::Html, message));
            }
            let message = "the platform sent no ZIP archive; are the parameters right?";
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        stream.save(path).await
    }
}
