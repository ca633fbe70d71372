//! Downloading several files as one archive.

use std::path::Path;

use oneteg_http::{ByteStream, CallOptions, Error, ErrorKind};

use crate::{Client, zip::DownloadZip};

/// Builder for the download of a ZIP archive. It sends nothing until [`send`](Self::send) or
/// [`save`](Self::save).
///
/// How the request names files and folders is not in the available documentation. Give the parameters that your
/// platform documents.
#[derive(Debug)]
#[must_use = "the request sends nothing until `send` or `save`"]
pub struct ZipRequest {
    request: DownloadZip,
    options: CallOptions,
}

impl Client {
    /// Downloads several files and folders as one archive. Returns a builder.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// // Use the parameter that your platform documents.
    /// let bytes = client.zip().parameter("files", "7,8").save("both.zip").await?;
    /// # let _ = bytes; Ok(()) }
    /// ```
    pub fn zip(&self) -> ZipRequest {
        ZipRequest { request: self.download_zip(), options: CallOptions::new() }
    }
}

impl ZipRequest {
    /// Adds a query parameter.
    pub fn parameter(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.options = self.options.query(name, value);
        self
    }

    /// Requests the archive and returns the response as a stream, without checking that it is an archive.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn send(self) -> Result<ByteStream, Error> {
        Ok(self.request.call_options(self.options).send().await?.into_inner())
    }

    /// Requests the archive and saves it. The file gets its name only once the complete archive is on disk; see
    /// [`ByteStream::save`]. Returns the number of bytes.
    ///
    /// # Errors
    /// Those of any call; [`ErrorKind::Html`] for an HTML page; [`ErrorKind::Integrity`] for anything else that is
    /// not a ZIP archive; [`ErrorKind::Io`] if the file cannot be written.
    pub async fn save(self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let mut stream = self.send().await?;
        let start = stream.peek(64).await?;
        if let Some(error) = check_zip(start) {
            return Err(error);
        }
        stream.save(path).await
    }
}

/// The error of a response that does not start like a ZIP archive.
fn check_zip(start: &[u8]) -> Option<Error> {
    // A local file header, or the end record of an empty archive (APPNOTE 4.3.7 and 4.3.16).
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return None;
    }
    let without_bom = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    if without_bom.trim_ascii_start().starts_with(b"<") {
        let message = "the response is a page, not an archive; check the sign-in and any proxy";
        return Some(Error::new(ErrorKind::Html, message));
    }
    let message = "the response is not a ZIP archive; check the parameters";
    Some(Error::new(ErrorKind::Integrity, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_archive_passes() {
        for archive in [&b"PK\x03\x04rest"[..], b"PK\x05\x06"] {
            assert!(check_zip(archive).is_none());
        }
        for (other, kind) in [
            (&b"\xef\xbb\xbf\r\n <!DOCTYPE html>"[..], ErrorKind::Html),
            (b"<html>", ErrorKind::Html),
            (b"", ErrorKind::Integrity),
            (b"PK", ErrorKind::Integrity),
            (b"{}", ErrorKind::Integrity),
        ] {
            assert_eq!(check_zip(other).map(|error| error.kind()), Some(kind));
        }
    }
}
