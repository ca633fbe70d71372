use std::{fmt, fs::File, io, path::Path, sync::Arc};

use crate::{
    FileStore,
    disk::{Disk, FileSystem},
};

/// A file store that calls `observer` after each step of writing a record: `written`, `synced`, `renamed`.
#[must_use]
pub fn observe_writes(
    store: FileStore,
    observer: impl Fn(&'static str) + Send + Sync + 'static,
) -> FileStore {
    store.with_disk(Arc::new(ObservedDisk(observer)))
}

struct ObservedDisk<F>(F);

impl<F> fmt::Debug for ObservedDisk<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ObservedDisk")
    }
}

impl<F: Fn(&'static str) + Send + Sync> Disk for ObservedDisk<F> {
    fn write(&self, file: &mut File, record: &[u8]) -> io::Result<()> {
        FileSystem.write(file, record)?;
        (self.0)("written");
        Ok(())
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        FileSystem.sync(file)?;
        (self.0)("synced");
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        FileSystem.rename(from, to)?;
        (self.0)("renamed");
        Ok(())
    }
}
