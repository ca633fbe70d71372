//! The disk operations of a download.

use std::{fs::File, io, path::Path};

/// The disk operations whose order and failures matter, behind a trait so that tests can record and fail them.
pub(crate) trait Disk: Send + Sync + 'static {
    /// Writes all bytes at a position.
    fn write(&self, file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        oneteg_files::write_all_at(file, bytes, at)
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
        oneteg_files::replace(from, to)
    }

    /// Waits until the names in a folder are on the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        oneteg_files::sync_folder(folder)
    }
}

/// The disk of this machine.
#[derive(Debug)]
pub(crate) struct LocalDisk;

impl Disk for LocalDisk {}

/// Whether an open file is the one at a path, without following a link.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    oneteg_files::is_at(file, path).unwrap_or(false)
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
        let read = oneteg_files::read_at(file, &mut buffer[..left], at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        checksum.update(&buffer[..read]);
        at += read as u64;
    }
    Ok(checksum.finalize())
}
