//! A file that is written under another name, and gets its own when it is complete.
//!
//! | Step | Why |
//! |---|---|
//! | `<name>.part` is created, never opened: another name is taken where it exists | somebody else's file, or a link to one, is left alone; two downloads to one path do not share a file |
//! | every write is at its own position and is waited for | a full disk shows at the part that does not fit |
//! | a part's bytes are on the disk before a state names it | a state survives a crash |
//! | the length is set, the checksum compared, everything synced, then renamed, then the folder synced | the name never stands for less than the whole file |

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use bytes::Bytes;

use crate::{Error, ErrorKind};

/// The longest file name that the usual file systems take, in bytes.
const LONGEST_NAME: usize = 255;

/// The operations on the disk, behind a trait so that tests see the order and can make a step fail.
pub(crate) trait Disk: Send + Sync + 'static {
    /// Writes all bytes at a position.
    fn write(&self, file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        write_at(file, bytes, at)
    }

    /// Waits until the bytes that were written are on the disk.
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

    /// Waits until a folder's names are on the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Elsewhere a folder cannot be opened as a file.
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }
}

/// The disk of this machine.
#[derive(Debug)]
pub(crate) struct LocalDisk;

impl Disk for LocalDisk {}

/// See the [module](self). Dropped before it is [published](Self::publish), it is removed, except after
/// [`keep`](Self::keep).
pub(crate) struct PartialFile {
    file: Arc<File>,
    path: PathBuf,
    target: PathBuf,
    token: String,
    disk: Arc<dyn Disk>,
    keep: AtomicBool,
}

impl PartialFile {
    /// A new, empty file next to the target.
    pub(crate) async fn create(target: &Path, disk: &Arc<dyn Disk>) -> Result<Self, Error> {
        const ATTEMPTS: usize = 16;
        let (target, disk) = (target.to_owned(), Arc::clone(disk));
        blocking(move || {
            if target.is_dir() {
                return Err(unwritable(io::ErrorKind::IsADirectory.into()));
            }
            for attempt in 0..ATTEMPTS {
                let token = match attempt {
                    0 => String::new(),
                    _ => std::iter::repeat_with(fastrand::alphanumeric).take(8).collect(),
                };
                let path = partial_path(&target, &token)?;
                // Fails where anything has the name, a dangling link too.
                let opened = File::options().read(true).write(true).create_new(true).open(&path);
                match opened {
                    Ok(file) => {
                        let (file, keep) = (Arc::new(file), AtomicBool::new(false));
                        return Ok(Self { file, path, target, token, disk, keep });
                    }
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(unwritable(error)),
                }
            }
            Err(unwritable(io::ErrorKind::AlreadyExists.into()))
        })
        .await
    }

    /// The file of an earlier download, if it still has the bytes of all these parts.
    pub(crate) async fn reopen(
        target: &Path,
        token: &str,
        disk: &Arc<dyn Disk>,
        parts: Vec<(Range<u64>, u32)>,
    ) -> Result<Self, Error> {
        let (target, token, disk) = (target.to_owned(), token.to_owned(), Arc::clone(disk));
        blocking(move || {
            if token.len() > 32 || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(lost("the state does not name a partial file"));
            }
            let path = partial_path(&target, &token)?;
            let file = reopen(&path)?;
            let length = file.metadata().map_err(unreadable)?.len();
            let mut piece = vec![0; 256 * 1024];
            for (range, sum) in parts {
                if length < range.end {
                    return Err(lost("the partial file is shorter than the parts that are done"));
                }
                if checksum_of(&file, range, &mut piece).map_err(unreadable)? != sum {
                    return Err(lost("the bytes of the partial file are not those of the state"));
                }
            }
            let (file, keep) = (Arc::new(file), AtomicBool::new(true));
            Ok(Self { file, path, target, token, disk, keep })
        })
        .await
    }

    /// The part of its name between the target's and `.part`.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// From now on a state names its bytes: it stays when it is dropped.
    pub(crate) fn keep(&self) {
        self.keep.store(true, Relaxed);
    }

    pub(crate) async fn write(&self, at: u64, bytes: Bytes) -> Result<(), Error> {
        let (file, disk) = (Arc::clone(&self.file), Arc::clone(&self.disk));
        blocking(move || disk.write(&file, &bytes, at).map_err(unwritable)).await
    }

    /// Waits until what was written is on the disk.
    pub(crate) async fn sync(&self) -> Result<(), Error> {
        let (file, disk) = (Arc::clone(&self.file), Arc::clone(&self.disk));
        blocking(move || disk.sync_data(&file).map_err(unwritable)).await
    }

    /// Removes all bytes, to begin anew.
    pub(crate) async fn clear(&self) -> Result<(), Error> {
        let file = Arc::clone(&self.file);
        blocking(move || file.set_len(0).map_err(unwritable)).await
    }

    /// Gives it its name, if it has this length and passes the check.
    pub(crate) async fn publish(
        &self,
        length: u64,
        check: impl FnOnce(&File) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let (file, disk) = (Arc::clone(&self.file), Arc::clone(&self.disk));
        let (path, target) = (self.path.clone(), self.target.clone());
        let published = blocking(move || {
            let written = file.metadata().map_err(unreadable)?.len();
            if written < length {
                return Err(lost("the partial file was shortened while it was written"));
            }
            if written > length {
                file.set_len(length).map_err(unwritable)?;
            }
            check(&file)?;
            disk.sync_all(&file).map_err(unwritable)?;
            let moved = || lost("the partial file was moved or replaced while it was written");
            if !is_at(&file, &path) {
                return Err(moved());
            }
            disk.rename(&path, &target).map_err(|error| match error.kind() {
                // By another download of the same state, just now.
                io::ErrorKind::NotFound if !is_at(&file, &path) => moved(),
                _ => unwritable(error),
            })?;
            // The file is whole under its name in any case; not every file system syncs folders.
            let _ = disk.sync_folder(folder_of(&target));
            Ok(())
        })
        .await;
        match &published {
            Ok(()) => self.keep(),
            // These bytes are wrong: there is nothing to resume from.
            Err(error) if error.kind() == ErrorKind::Integrity => self.keep.store(false, Relaxed),
            Err(_) => {}
        }
        published
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.keep.load(Relaxed) && is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Runs blocking disk operations on a thread for them.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Cancelled, "the transfer was torn down").with_source(error))
    })
}

/// Opens the regular file of an earlier download, without following links.
fn reopen(path: &Path) -> Result<File, Error> {
    let seen = fs::symlink_metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => lost("the partial file that the state names does not exist"),
        _ => unreadable(error),
    })?;
    // Looked at before it is opened, because opening a pipe waits.
    if !seen.is_file() {
        return Err(lost("the partial file is not a regular file"));
    }
    let file = File::options().read(true).write(true).open(path).map_err(unwritable)?;
    if !is_at(&file, path) {
        return Err(lost("the partial file was replaced while it was opened"));
    }
    Ok(file)
}

/// Whether an open file is what its path stands for, without following a link.
fn is_at(file: &File, path: &Path) -> bool {
    let Ok(there) = fs::symlink_metadata(path) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let same = |here: fs::Metadata| here.dev() == there.dev() && here.ino() == there.ino();
        there.is_file() && file.metadata().is_ok_and(same)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        there.is_file()
    }
}

fn folder_of(target: &Path) -> &Path {
    let folder = target.parent().unwrap_or(Path::new(""));
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

fn partial_path(target: &Path, token: &str) -> Result<PathBuf, Error> {
    let Some(name) = target.file_name() else {
        let message = "the download path does not name a file; add a file name";
        return Err(Error::invalid_request(message));
    };
    Ok(folder_of(target).join(partial_name(name, token)))
}

/// `<name>.part`, or `<name>.<token>.part`. A name that leaves no room for that is cut, and its sum takes the
/// place of the rest.
fn partial_name(name: &OsStr, token: &str) -> OsString {
    // Room for a token in any case, so that the two forms have the same beginning.
    const ROOM: usize = ".12345678.part".len();
    const SUM: usize = "~12345678".len();
    let mut partial = name.to_owned();
    if name.len() + ROOM > LONGEST_NAME {
        let text = name.to_string_lossy();
        let fits = |(at, c): &(usize, char)| at + c.len_utf8() + SUM + ROOM <= LONGEST_NAME;
        let kept: String = text.char_indices().take_while(fits).map(|(_, c)| c).collect();
        partial = format!("{kept}~{:08x}", crc32fast::hash(name.as_encoded_bytes())).into();
    }
    if !token.is_empty() {
        partial.push(".");
        partial.push(token);
    }
    partial.push(".part");
    partial
}

fn checksum_of(file: &File, range: Range<u64>, piece: &mut [u8]) -> io::Result<u32> {
    let mut sum = crc32fast::Hasher::new();
    let mut at = range.start;
    while at < range.end {
        let left = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(piece.len());
        let read = read_at(file, &mut piece[..left], at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        sum.update(&piece[..read]);
        at += read as u64;
    }
    Ok(sum.finalize())
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(unix)]
fn read_at(file: &File, piece: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, piece, at)
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
fn read_at(file: &File, piece: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, piece, at)
}

fn lost(what: &str) -> Error {
    Error::new(ErrorKind::Integrity, format!("{what}; begin the download anew"))
}

fn unwritable(error: io::Error) -> Error {
    let message = format!("the file cannot be written: {error}");
    Error::new(ErrorKind::Io, message).with_source(error)
}

fn unreadable(error: io::Error) -> Error {
    let message = format!("the partial file cannot be read: {error}");
    Error::new(ErrorKind::Io, message).with_source(error)
}

#[cfg(test)]
mod tests;
