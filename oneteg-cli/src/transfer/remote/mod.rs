//! What transfers need of a vendor: folders, files, and a tree to walk. One file per vendor.
//!
//! | | NetX | MediaValet | NetExplorer |
//! |---|---|---|---|
//! | a folder is | a folder | a category | a folder |
//! | a file is | an asset | an asset | a file, named by the id of its newest version |
//! | checksum in listings | MD5, if the server computes it | MD5, once the file is processed | MD5 |
//! | date of the file | of the last change of the asset | of the upload | of the file on disk |
//! | a new file is listed | at once | once it is processed | at once |
//! | an interrupted upload | starts over | continues with the missing blocks | continues at the server's offset from 16 MiB |
//! | replacing a file | makes a new version | makes a new version | makes a new version |
//! | deleting a file | deletes the asset, or removes it from the folder if it is in others | the same | moves it to the trash |
//! | deleting a folder | not possible: no such operation is known | if it is empty | if it is empty |

mod mediavalet;
mod netexplorer;
mod netx;
mod place;

use std::{fmt, path::Path};

use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use oneteg_auth::BoxFuture;
use oneteg_http::{Error, ErrorKind, RangedDownload, TransferProgress};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

pub(crate) use place::Place;

use crate::client::Client;

/// A folder at a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folder {
    pub(crate) id: String,
    /// The names from the vendor's root, where they are known. NetX creates folders by them.
    pub(crate) names: Option<Vec<String>>,
}

/// A file at a vendor, as far as its listings describe it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RemoteFile {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
    /// In bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
    /// The MD5 checksum of the content, in lower-case hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) md5: Option<String>,
    /// See the table in the module's documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) changed: Option<DateTime<Utc>>,
}

/// What a walk finds.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Relative to the folder the walk started in, and safe to join to a folder on disk.
    pub(crate) path: String,
    /// The name at the vendor.
    pub(crate) name: String,
    pub(crate) node: FoundNode,
}

#[derive(Debug, Clone)]
pub(crate) enum FoundNode {
    /// A folder with its id; one without an id cannot be used.
    Folder(Option<String>),
    File(RemoteFile),
}

/// How a vendor differs from the others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traits {
    /// Whether the vendor keeps the modification date of the file on disk.
    pub(crate) keeps_dates: bool,
    /// Whether a listing has every file. Otherwise a file that was just uploaded may be missing from it.
    pub(crate) lists_at_once: bool,
    pub(crate) deletes_folders: bool,
}

/// A file to upload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sending<'a> {
    pub(crate) path: &'a Path,
    pub(crate) name: &'a str,
    pub(crate) folder: &'a Folder,
    /// The file to make a new version of.
    pub(crate) replaces: Option<&'a str>,
    /// The state of the same upload, if it was interrupted.
    pub(crate) state: Option<&'a Value>,
    /// The size of a part in bytes; `None`: the vendor's default.
    pub(crate) part_size: Option<u64>,
}

/// A running upload. Dropping it stops it.
pub(crate) trait Running: Send {
    fn progress(&self) -> watch::Receiver<TransferProgress>;
    /// What another process needs to resume it; `None` if it cannot be resumed.
    fn state(&self) -> Option<Value>;
    /// Begins no more parts; those under way are finished.
    fn pause(&self);
    fn resume(&self);
    /// Dropping the future does not stop the upload.
    fn wait(&mut self) -> BoxFuture<'_, Result<RemoteFile, Error>>;
}

/// The operations of a vendor on folders and files.
pub(crate) trait Remote: Send + Sync + fmt::Debug {
    fn traits(&self) -> Traits;
    /// The folder at a place. Creates it, with the folders above it, if `create` is set.
    fn folder<'a>(
        &'a self,
        at: &'a Place,
        create: bool,
    ) -> BoxFuture<'a, Result<Option<Folder>, Error>>;
    /// The file at a place.
    fn file<'a>(&'a self, at: &'a Place) -> BoxFuture<'a, Result<Option<RemoteFile>, Error>>;
    /// Everything below a folder; each folder comes before its contents.
    fn walk(&self, folder: &Folder) -> BoxStream<'static, Result<Found, Error>>;
    /// Why the vendor does not take a name for a new file or folder; `None` if it does, as far as that is known.
    fn name_problem(&self, name: &str) -> Option<String> {
        name.trim().is_empty().then(|| "it is blank".to_owned())
    }
    /// The files directly in a folder whose name is this one.
    fn named<'a>(
        &'a self,
        folder: &'a Folder,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Vec<RemoteFile>, Error>>;
    fn create_folder<'a>(
        &'a self,
        parent: &'a Folder,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Folder, Error>>;
    fn upload<'a>(&'a self, file: Sending<'a>) -> BoxFuture<'a, Result<Box<dyn Running>, Error>>;
    fn download(&self, id: &str, target: &Path) -> Result<RangedDownload, Error>;
    /// Deletes a file from a folder.
    fn delete_file<'a>(
        &'a self,
        folder: &'a Folder,
        id: &'a str,
    ) -> BoxFuture<'a, Result<(), Error>>;
    /// Deletes a folder that is empty. Returns whether it was.
    fn delete_empty_folder<'a>(&'a self, folder: &'a Folder) -> BoxFuture<'a, Result<bool, Error>>;
}

/// The operations of a client's vendor.
pub(crate) fn remote(client: Client) -> Box<dyn Remote> {
    match client {
        Client::NetX(client) => Box::new(netx::Netx::new(client)),
        Client::MediaValet(client) => Box::new(mediavalet::Mediavalet::new(client)),
        Client::NetExplorer(client) => Box::new(netexplorer::Netexplorer::new(client)),
    }
}

/// `None` instead of [`ErrorKind::NotFound`].
fn optional<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A numeric id.
fn number(id: &str) -> Result<i64, Error> {
    id.parse().map_err(|_| {
        Error::new(ErrorKind::InvalidRequest, format!("`{id}` is not an id, which is a number"))
    })
}

/// A checksum in lower-case hexadecimal, if it is one.
fn md5(checksum: Option<&str>) -> Option<String> {
    let checksum = checksum?.trim();
    let is_md5 = checksum.len() == 32 && checksum.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_md5.then(|| checksum.to_ascii_lowercase())
}

fn size(bytes: Option<i64>) -> Option<u64> {
    u64::try_from(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_md5_checksum_is_one() {
        let digits = "D41D8CD98F00B204E9800998ECF8427E";
        assert_eq!(md5(Some(digits)), Some(digits.to_ascii_lowercase()));
        for other in ["", "d41d8cd9", "-", "1B2M2Y8AsgTpgAmY7PhCfg=="] {
            assert_eq!(md5(Some(other)), None, "{other}");
        }
        assert_eq!((size(Some(7)), size(Some(-1)), size(None)), (Some(7), None, None));
    }
}
