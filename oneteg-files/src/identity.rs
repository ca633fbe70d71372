//! Whether two ways lead to one file.

use std::{
    fs::{self, File, Metadata},
    io,
    path::Path,
};

/// Whether an open file is the one at a path. A link at the path is not followed: it is another file. `false` if there is
/// nothing.
///
/// # Errors
/// If either cannot be examined.
pub fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    examined(file, path, fs::symlink_metadata(path))
}

/// Whether a path leads to an open file, also through links. `false` if it leads to nothing.
///
/// # Errors
/// If either cannot be examined.
pub fn leads_to(path: &Path, file: &File) -> io::Result<bool> {
    examined(file, path, fs::metadata(path))
}

fn examined(file: &File, path: &Path, at_path: io::Result<Metadata>) -> io::Result<bool> {
    match at_path {
        Ok(at_path) if !at_path.is_file() => Ok(false),
        Ok(at_path) => is_same(file, &at_path, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn is_same(file: &File, at_path: &Metadata, _path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let open = file.metadata()?;
    Ok((open.dev(), open.ino()) == (at_path.dev(), at_path.ino()))
}

/// Metadata have no identity here: it is read from open files.
#[cfg(windows)]
fn is_same(file: &File, _at_path: &Metadata, path: &Path) -> io::Result<bool> {
    let open = same_file::Handle::from_file(file.try_clone()?)?;
    match same_file::Handle::from_path(path) {
        Ok(at_path) => Ok(open == at_path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_recognised_until_another_replaces_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "same").unwrap();
        let file = File::open(&path).unwrap();
        assert!(is_at(&file, &path).unwrap());
        // The same length, time and content is not the same file.
        let other = folder.path().join("b");
        fs::write(&other, "same").unwrap();
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        File::options().write(true).open(&other).unwrap().set_modified(written).unwrap();
        assert!(!is_at(&file, &other).unwrap());
        fs::hard_link(&path, folder.path().join("c")).unwrap();
        assert!(is_at(&file, &folder.path().join("c")).unwrap());
        crate::replace(&other, &path).unwrap();
        assert!(!is_at(&file, &path).unwrap());
        fs::remove_file(&path).unwrap();
        assert!(!is_at(&file, &path).unwrap());
        assert!(!is_at(&file, folder.path()).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_another_file_that_leads_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("link"));
        fs::write(&path, "").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let file = File::open(&path).unwrap();
        assert!(!is_at(&file, &link).unwrap());
        assert!(leads_to(&link, &file).unwrap());
        fs::remove_file(&path).unwrap();
        assert!(!leads_to(&link, &file).unwrap());
    }
}
