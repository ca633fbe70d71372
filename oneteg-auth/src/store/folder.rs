//! The folder of sessions, which must be closed to other users of the machine.

use std::{fs, io, path::Path};

use crate::StoreError;

/// What a record, its lock and its temporary file end in.
pub(super) const EXTENSIONS: [&str; 3] = ["session", "lock", "new"];
/// How long the name of a record is without that: the beginning of a digest, in hexadecimal digits.
pub(super) const STEM: usize = 32;
/// What temporary files of earlier releases begin with.
const EARLIER: &str = ".session-";

/// Makes a folder that only its owner can enter.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Closes a folder that was there to other users. One that is used for other things as well is left as it is
/// if others can only read it (the records have a mode of their own), and refused if they can write to it:
/// they could take records away or put old ones back.
#[cfg(unix)]
pub(super) fn close(folder: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let failed = StoreError::file("checking the folder", folder);
    let mode = fs::metadata(folder).map_err(&failed)?.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    // A sticky folder is one that many are to write to, such as that of temporary files.
    let shared = mode & 0o1000 != 0;
    let ours = fs::read_dir(folder).map_err(&failed)?.all(|entry| entry.is_ok_and(|e| is_ours(&e)));
    if ours && !shared && fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).is_ok() {
        tracing::warn!(folder = %folder.display(), "a folder of sessions was closed to other users");
        return Ok(());
    }
    if mode & 0o022 == 0 {
        return Ok(());
    }
    Err(StoreError::FolderNotPrivate { path: folder.to_owned(), mode })
}

/// Folders have no mode here; what others may do is inherited from the folder above.
#[cfg(not(unix))]
pub(super) fn close(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(unix)]
fn is_ours(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    // Other programs have locks as well.
    let is_record = |(stem, extension): (&str, &str)| {
        stem.len() == STEM
            && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
            && EXTENSIONS.contains(&extension)
    };
    name.rsplit_once('.').is_some_and(is_record) || name.starts_with(EARLIER)
}

/// Removes the temporary files that killed programs of earlier releases left. They may hold tokens of a
/// session that has been signed out. One that is younger than a minute may be in use.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|at| at.elapsed());
        let old = matches!(age, Ok(Ok(age)) if age.as_secs() >= 60);
        if old && entry.file_name().to_string_lossy().starts_with(EARLIER) {
            // Whoever opens the folder next tries again.
            let _ = fs::remove_file(entry.path());
        }
    }
}
