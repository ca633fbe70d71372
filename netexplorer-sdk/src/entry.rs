//! Files and folders, where either may come.

use crate::types::{File, Folder};

/// A file or a folder.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum Entry {
    /// A version of a file.
    File(File),
    /// A folder.
    Folder(Folder),
}

impl Entry {
    /// The id: of a version, or of a folder.
    pub fn id(&self) -> Option<i64> {
        match self {
            Self::File(file) => file.id,
            Self::Folder(folder) => folder.id,
        }
    }

    /// The name.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::File(file) => file.name.as_deref(),
            Self::Folder(folder) => folder.name.as_deref(),
        }
    }

    /// The file, if it is one.
    pub fn into_file(self) -> Option<File> {
        match self {
            Self::File(file) => Some(file),
            Self::Folder(_) => None,
        }
    }

    /// The folder, if it is one.
    pub fn into_folder(self) -> Option<Folder> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::File(_) => None,
        }
    }
}
