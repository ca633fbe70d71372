//! Saving a response to a file.

use std::{path::Path, sync::Arc};

use super::partial_file::{Disk, LocalDisk, PartialFile};
use crate::{ByteStream, Error};

impl ByteStream {
    /// Writes the stream to a file, and returns the number of bytes. The file gets its name when all bytes are on
    /// the disk. On failure, an existing file of that name stays, and nothing else is left. See [what downloads
    /// promise](crate::transfer).
    ///
    /// ```no_run
    /// # async fn run(runtime: oneteg_http::Runtime) -> Result<(), oneteg_http::Error> {
    /// use oneteg_http::Method;
    ///
    /// let response = runtime.request(Method::GET, "/report.pdf").send_stream().await?;
    /// let bytes = response.into_inner().save("report.pdf").await?;
    /// # let _ = bytes; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of the network; [`ErrorKind::Io`](crate::ErrorKind::Io) if the file cannot be written;
    /// [`ErrorKind::Html`](crate::ErrorKind::Html) if an HTML page arrives for a path with another extension.
    pub async fn save(self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let disk: Arc<dyn Disk> = Arc::new(LocalDisk);
        self.save_on(path.as_ref(), &disk).await
    }

    async fn save_on(mut self, path: &Path, disk: &Arc<dyn Disk>) -> Result<u64, Error> {
        self.refuse_page(path).await?;
        let file = PartialFile::create(path, disk).await?;
        let mut at = 0;
        while let Some(bytes) = self.next_chunk().await {
            let bytes = bytes?;
            let length = bytes.len() as u64;
            file.write(at, bytes).await?;
            at += length;
        }
        file.publish(at, |_| Ok(())).await?;
        Ok(at)
    }
}
