//! The disk operations of a download.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// The disk operations whose order and failures matter, behind a trait so that tests can record and fail them.
pub(crate) trait Disk: Send + Sync + 'static {
    /// Writes all bytes at a position.
    fn write(&self, file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        write_at(file, bytes, at)
    }

    /// Waits until the written bytes are on the disk.
    fn sync_data(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    /// Waits until bytes, length and times are on the disk.
    fn sync_all(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    /// Waits until the names in a folder are on the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Other systems cannot open a folder as a file.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }
}

/// The disk of this machine.
#[derive(Debug)]
pub(crate) struct LocalDisk;

impl Disk for LocalDisk {}

/// Whether an open file is the one at a path, without following a link.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    let Ok(at_path) = fs::symlink_metadata(path) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let is_same =
            |open: fs::Metadata| open.dev() == at_path.dev() && open.ino() == at_path.ino();
        at_path.is_file() && file.metadata().is_ok_and(is_same)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        at_path.is_file()
    }
}

/// The CRC-32 of a range of a file, read through the buffer.
pub(super) fn checksum_of(
    file: &File,
    range: std::ops::Range<u64>,
    buffer: &mut [u8],
) -> io::Result<u32> {
    let mut checksum = crc32fast::Hasher::new();
    let mut at = range.start;
    while at < range.end {
        let left = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(buffer.len());
        let read = read_at(file, &mut buffer[..left], at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        checksum.update(&buffer[..read]);
        at += read as u64;
    }
    Ok(checksum.finalize())
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
        at += written as u64;
    }
    Ok(())
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}
