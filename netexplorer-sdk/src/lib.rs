#![doc = include_str!("../README.md")]

mod client;
mod error;
/// Stand-in until the generated code is there.
#[allow(missing_docs)]
pub mod types {
    #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
    pub struct File { pub id: Option<i64>, pub name: Option<String>, pub size: Option<i64>, pub guid: Option<String>, pub hash: Option<String>, pub parent_id: Option<i64> }
    #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
    pub struct Folder { pub id: Option<i64>, pub name: Option<String>, pub parent_id: Option<i64>, pub content: Option<FolderContent> }
    #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
    pub struct FolderContent { pub files: Option<Vec<File>>, pub folders: Option<Vec<Folder>> }
}
mod wire {
    use oneteg_http::codegen::*;
    pub(crate) static UPLOAD_FILE: Operation = Operation::new("upload_file", "files", oneteg_http::Method::POST, "/file/upload", false, oneteg_http::Evidence::new(oneteg_http::Confidence::Corroborated, &[], None)).accepting("application/json");
}
pub mod download;
pub mod entry;
pub mod upload;
pub mod walk;
pub mod zip;

pub use client::{Client, ClientBuilder};
pub use error::ErrorCode;
/// Connection settings, credentials and token stores.
pub use oneteg_auth as auth;
pub use oneteg_auth::{AuthError, Secret};
pub use oneteg_http::{
    ByteStream, CallOptions, Error, ErrorKind, FilePart, Method, Operation, ResponseValue,
    RetryPolicy, Transfer, TransferProgress, TransferState, UploadSource, reqwest,
};
