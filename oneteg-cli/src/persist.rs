//! Giving a temporary file its name.

use std::{io, path::Path};

use tempfile::{NamedTempFile, PersistError};

/// Renames a temporary file over another one, if there is one. Waits up to a second for programs that have that one open
/// in a way that Windows does not accept.
pub(crate) fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let mut left = Some(file);
    oneteg_files::with_retries(oneteg_files::is_shared, || match left.take() {
        Some(file) => file.persist(path).map(drop).map_err(|PersistError { error, file }| {
            left = Some(file);
            error
        }),
        None => Ok(()),
    })
}
