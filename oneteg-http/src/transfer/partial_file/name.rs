//! The names of partial files: `<name>.part`, or `<name>.<token>.part` if that is taken.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use crate::Error;

/// The longest file name that common file systems accept, in bytes.
const MAX_NAME: usize = 255;

pub(super) fn folder_of(target: &Path) -> &Path {
    let folder = target.parent().unwrap_or(Path::new(""));
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// The path of the partial file of a target.
pub(super) fn partial_path(target: &Path, token: &str) -> Result<PathBuf, Error> {
    let Some(name) = target.file_name() else {
        let message = "the download path does not name a file; add a file name";
        return Err(Error::invalid_request(message));
    };
    Ok(folder_of(target).join(partial_name(name, token)))
}

/// A name that is too long for the suffix is truncated, and its checksum keeps it apart from others like it.
fn partial_name(name: &OsStr, token: &str) -> OsString {
    // Counted with a token in any case, so that both forms truncate a name at the same place.
    const SUFFIX: usize = ".12345678.part".len();
    const CHECKSUM: usize = "~12345678".len();
    let mut partial = name.to_owned();
    if name.len() + SUFFIX > MAX_NAME {
        let lossy = name.to_string_lossy();
        let fits = |(at, c): &(usize, char)| at + c.len_utf8() + CHECKSUM + SUFFIX <= MAX_NAME;
        let kept: String = lossy.char_indices().take_while(fits).map(|(_, c)| c).collect();
        partial = format!("{kept}~{:08x}", crc32fast::hash(name.as_encoded_bytes())).into();
    }
    if !token.is_empty() {
        partial.push(".");
        partial.push(token);
    }
    partial.push(".part");
    partial
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_names_fit_and_belong_to_one_target() {
        let partial = |name: &str, token: &str| {
            partial_name(OsStr::new(name), token).to_string_lossy().into_owned()
        };
        assert_eq!(partial("film.mov", ""), "film.mov.part");
        assert_eq!(partial("film.mov", "a1"), "film.mov.a1.part");
        for unit in ["x", "é", "\u{1f600}"] {
            for length in 230..=255 {
                let name: String = unit.repeat(255)[..].chars().take(length / unit.len()).collect();
                for token in ["", "12345678"] {
                    assert!(partial(&name, token).len() <= MAX_NAME, "{length} {token}");
                }
            }
        }
        // Names that differ only in what is cut off still have different partial files.
        let (one, other) = (format!("{}1", "x".repeat(254)), format!("{}2", "x".repeat(254)));
        assert_ne!(partial(&one, ""), partial(&other, ""));
    }
}
