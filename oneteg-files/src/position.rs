//! Reading and writing at a position.

use std::{fs::File, io};

/// Reads at a position: at least one byte, unless the file ends there. What later calls of `read` and `write` do to the
/// same file is not defined.
///
/// # Errors
/// Those of the system, also [`io::ErrorKind::Interrupted`].
#[cfg(unix)]
pub fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

/// Writes all bytes at a position, which may be past the end of the file.
///
/// # Errors
/// Those of the system. Some of the bytes may then be written.
#[cfg(unix)]
pub fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

/// Reads at a position: at least one byte, unless the file ends there. What later calls of `read` and `write` do to the
/// same file is not defined.
///
/// # Errors
/// Those of the system, also [`io::ErrorKind::Interrupted`].
#[cfg(windows)]
pub fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}

/// Writes all bytes at a position, which may be past the end of the file.
///
/// # Errors
/// Those of the system. Some of the bytes may then be written.
#[cfg(windows)]
pub fn write_all_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, at) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).unwrap_or_default();
                at += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_independent() {
        let file = tempfile::tempfile().unwrap();
        write_all_at(&file, b"world", 6).unwrap();
        write_all_at(&file, b"hello ", 0).unwrap();
        let mut read = [0; 16];
        let length = read_at(&file, &mut read, 0).unwrap();
        assert_eq!(&read[..length], b"hello world");
        let length = read_at(&file, &mut read, 6).unwrap();
        assert_eq!(&read[..length], b"world");
        assert_eq!(read_at(&file, &mut read, 11).unwrap(), 0);
    }
}
