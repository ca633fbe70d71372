//! Files and folders that only their owner may read.

use std::{
    fs::{DirBuilder, Metadata, OpenOptions, Permissions},
    io,
    path::Path,
};

/// A new file gets the mode 0600, where files have modes. Elsewhere it gets the access of its folder.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Creates a folder, and those above it, with the mode 0700, where folders have modes. One that exists is left as it is.
///
/// # Errors
/// If one cannot be created, or something else has its name.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The 12 bits of the mode; `None` on systems without modes, where access is inherited from the folder above.
#[must_use]
pub fn mode(metadata: &Metadata) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        Some(metadata.permissions().mode() & 0o7777)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

/// The permissions of a mode, for interfaces that take them; `None` on systems without modes.
#[must_use]
pub fn permissions(mode: u32) -> Option<Permissions> {
    #[cfg(unix)]
    {
        Some(std::os::unix::fs::PermissionsExt::from_mode(mode))
    }
    #[cfg(not(unix))]
    {
        let _ = mode;
        None
    }
}

/// Changes the mode; does nothing on systems without modes.
///
/// # Errors
/// If the system refuses it.
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    match permissions(mode) {
        Some(permissions) => std::fs::set_permissions(path, permissions),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn others_get_no_access() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create_private_folder(&inner).unwrap();
        create_private_folder(&inner).unwrap();
        let path = inner.join("file");
        private(OpenOptions::new().write(true).create_new(true)).open(&path).unwrap();
        let mode_of = |path: &Path| mode(&fs::metadata(path).unwrap());
        if cfg!(unix) {
            assert_eq!(mode_of(&folder.path().join("a")), Some(0o700));
            assert_eq!((mode_of(&inner), mode_of(&path)), (Some(0o700), Some(0o600)));
            set_mode(&path, 0o640).unwrap();
            assert_eq!(mode_of(&path), Some(0o640));
        } else {
            assert_eq!(mode_of(&path), None);
        }
    }
}
