//! A file that keeps the state of a transfer, so that another process can resume it.
//!
//! | Transfer | What happens to the file |
//! |---|---|
//! | begins | it is read, if it exists; the transfer resumes from it |
//! | makes progress | it is replaced, at most once a second |
//! | fails or is cancelled | it is replaced, if there is something to resume |
//! | succeeds | it is removed |
//! | is dropped, or the process ends | it stays as it is |

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, ErrorKind};

/// A file that keeps the state of a transfer: JSON that only its owner can read.
///
/// The file is written under another name and renamed, so a crash leaves the earlier state and not a part of one.
/// The state of an upload may contain a secret, such as the signed link of a storage host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFile {
    path: PathBuf,
}

impl StateFile {
    /// The state file at a path. Nothing is read or written yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the state; `None` if the file does not exist.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file cannot be read; [`ErrorKind::Integrity`] if it does not contain such a state.
    pub async fn load<S: DeserializeOwned>(&self) -> Result<Option<S>, Error> {
        let bytes = match tokio::fs::read(&self.path).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.io_error("read", error)),
        };
        // Not the source of the error: its message may quote a value of the file.
        serde_json::from_slice(&bytes).map(Some).map_err(|_| {
            let path = self.path.display();
            let message = format!(
                "the state file {path} does not contain the state of such a transfer; remove it to start over"
            );
            Error::new(ErrorKind::Integrity, message)
        })
    }

    /// Replaces the state.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file cannot be written, for example because its folder does not exist.
    pub async fn save<S: Serialize + ?Sized>(&self, state: &S) -> Result<(), Error> {
        let failed = |error| self.io_error("write", error);
        let json = serde_json::to_vec(state).map_err(|error| failed(error.into()))?;
        let path = self.path.clone();
        let written = tokio::task::spawn_blocking(move || replace(&path, &json)).await;
        written.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(failed)
    }

    /// Removes the file, if it exists.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it cannot be removed.
    pub async fn remove(&self) -> Result<(), Error> {
        match tokio::fs::remove_file(&self.path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.io_error("remove", error))
            }
            _ => Ok(()),
        }
    }

    fn io_error(&self, action: &str, error: io::Error) -> Error {
        let message = format!("cannot {action} the state file {}: {error}", self.path.display());
        Error::new(ErrorKind::Io, message).with_source(error)
    }
}

impl<P: Into<PathBuf>> From<P> for StateFile {
    fn from(path: P) -> Self {
        Self::new(path)
    }
}

/// Writes a file next to the target and renames it.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    let token: String = std::iter::repeat_with(fastrand::alphanumeric).take(8).collect();
    name.push(format!(".{token}.tmp"));
    let temporary = path.with_file_name(name);
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    let mut file = oneteg_files::private(&mut options).open(&temporary)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    drop(file);
    let result = written.and_then(|()| oneteg_files::replace(&temporary, path));
    if result.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_state_is_saved_loaded_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::new(folder.path().join("film.state"));
        assert_eq!(file.load::<Vec<u8>>().await.unwrap(), None);
        for state in [vec![1, 2], vec![3]] {
            file.save(&state).await.unwrap();
            assert_eq!(file.load::<Vec<u8>>().await.unwrap(), Some(state));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a temporary file is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(file.path()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        file.remove().await.unwrap();
        file.remove().await.unwrap();
        assert!(!file.path().exists());
    }

    #[tokio::test]
    async fn another_file_is_an_error_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::new(folder.path().join("film.state"));
        fs::write(file.path(), "\"s3cret\"").unwrap();
        let error = file.load::<Vec<u8>>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        assert!(file.path().exists());
        let nowhere = StateFile::new(folder.path().join("missing/film.state"));
        assert_eq!(nowhere.save(&1).await.unwrap_err().kind(), ErrorKind::Io);
    }
}
