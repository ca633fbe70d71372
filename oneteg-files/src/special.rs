//! Paths that lead to something else than a file or folder.

use std::{
    fs::{File, FileType, OpenOptions},
    io,
    path::Path,
};

/// Opens a path to read it, without waiting for the other end of a pipe. Check afterwards what it is.
///
/// # Errors
/// Those of the system.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    // The flag has no effect on regular files.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}

/// What something is that is neither a file nor a folder nor a link, for a message: `a pipe`.
#[must_use]
pub fn special(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        match kind {
            _ if kind.is_fifo() => return "a pipe",
            _ if kind.is_socket() => return "a socket",
            _ if kind.is_char_device() || kind.is_block_device() => return "a device",
            _ => {}
        }
    }
    let _ = kind;
    "something else"
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_and_opened_at_once() {
        let file = open_to_read(Path::new("/dev/null")).unwrap();
        assert_eq!(special(file.metadata().unwrap().file_type()), "a device");
    }
}
