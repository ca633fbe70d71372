//! The folder of sessions, which must be closed to the other users of the machine.

use std::{fs, path::Path};

use crate::StoreError;

/// The file extensions of a record, its lock and its temporary file.
pub(super) const EXTENSIONS: [&str; 3] = ["session", "lock", "new"];
/// The length of a record's name without the extension: the beginning of a digest, in hexadecimal digits.
pub(super) const STEM: usize = 32;
/// The prefix of temporary files of earlier releases.
const LEGACY_PREFIX: &str = ".session-";

/// Closes an existing folder to other users.
///
/// | Other users may | Content | Result |
/// |---|---|---|
/// | nothing | any | accepted |
/// | anything | only sessions, and the folder is not sticky | set to 0700 |
/// | read | other files too | accepted: each record has its own mode |
/// | write | other files too, or the folder is sticky | refused: they could remove records or restore old ones |
pub(super) fn restrict(folder: &Path) -> Result<(), StoreError> {
    let failed = StoreError::file("checking the folder", folder);
    // Without modes, access is inherited from the parent folder.
    let mode = oneteg_files::mode(&fs::metadata(folder).map_err(&failed)?).unwrap_or(0o700);
    if mode & 0o077 == 0 {
        return Ok(());
    }
    // A sticky folder is meant for many writers, such as `/tmp`.
    let shared = mode & 0o1000 != 0;
    let ours = fs::read_dir(folder).map_err(&failed)?.all(|entry| entry.is_ok_and(|e| is_ours(&e)));
    if ours && !shared && oneteg_files::set_mode(folder, 0o700).is_ok() {
        tracing::warn!(folder = %folder.display(), "a folder of sessions was closed to other users");
        return Ok(());
    }
    if mode & 0o022 == 0 {
        return Ok(());
    }
    Err(StoreError::FolderNotPrivate { path: folder.to_owned(), mode })
}

fn is_ours(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    // The extension alone is not enough: other programs have `.lock` files too.
    let is_record = |(stem, extension): (&str, &str)| {
        stem.len() == STEM
            && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
            && EXTENSIONS.contains(&extension)
    };
    name.rsplit_once('.').is_some_and(is_record) || name.starts_with(LEGACY_PREFIX)
}

/// Removes the temporary files that killed programs of earlier releases left behind. They may contain tokens
/// of a session that has been signed out. One that is younger than a minute may be in use.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        // First the name, because a folder may hold thousands of sessions.
        if !entry.file_name().to_string_lossy().starts_with(LEGACY_PREFIX) {
            continue;
        }
        let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|at| at.elapsed());
        let old = matches!(age, Ok(Ok(age)) if age.as_secs() >= 60);
        if old {
            // The next process that opens the folder retries.
            let _ = fs::remove_file(entry.path());
        }
    }
}
