//! Files and folders, where either is possible.

use oneteg_http::{Error, ErrorKind};
use serde_json::Value;

use crate::types::{File, Folder, FolderContent};

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
    /// The ID of the file version or of the folder.
    pub fn id(&self) -> Option<i64> {
        match self {
            Self::File(file) => Some(file.id),
            Self::Folder(folder) => folder.id,
        }
    }

    /// The name on the platform.
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

impl Folder {
    /// The ID. All folders have one, except the virtual folder of what others share with the user, in which nothing
    /// can be stored.
    ///
    /// ```no_run
    /// # async fn run(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// let folder = client.find_or_create_folder(1, "Projects/2026").await?.require_id()?;
    /// client.upload(folder, "harbour.jpg").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if the platform returned it without an ID.
    pub fn require_id(&self) -> Result<i64, Error> {
        self.id.ok_or_else(|| {
            Error::new(ErrorKind::Decode, "the platform returned a folder without an `id`")
        })
    }
}

/// What a folder contains. A list that cannot be read is an error, not an empty list: a walk would silently
/// skip everything below it.
pub(crate) fn folder_content(mut folder: Folder) -> Result<FolderContent, Error> {
    let content = folder.content.take().unwrap_or_default();
    // The tolerant reader keeps what it cannot read in `extra`.
    let lists =
        [("content", &folder.extra), ("files", &content.extra), ("folders", &content.extra)];
    for (name, extra) in lists {
        if extra.get(name).is_some_and(|unread| !is_nothing(unread)) {
            let message = format!("the folder's `{name}` does not have the documented form");
            return Err(Error::new(ErrorKind::Decode, message));
        }
    }
    Ok(content)
}

/// The error of a folder whose ID cannot be read, so that it cannot be listed.
pub(crate) fn unreadable_id(entry: &Entry) -> Option<Error> {
    let Entry::Folder(folder) = entry else { return None };
    folder.extra.get("id").filter(|unread| !is_nothing(unread))?;
    let message = "the folder cannot be listed: its `id` does not have the documented form";
    Some(Error::new(ErrorKind::Decode, message))
}

/// Whether a value is one that servers send for an absent one.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(string) => string.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use oneteg_http::codegen::from_value;
    use serde_json::json;

    use super::*;

    fn folder(json: Value) -> Folder {
        from_value(&json).unwrap()
    }

    #[test]
    fn a_list_that_cannot_be_read_is_not_an_empty_one() {
        for nothing in [json!(null), json!(false), json!([]), json!({}), json!("")] {
            for read in [
                json!({"id": 1, "content": nothing}),
                json!({"id": 1, "content": {"files": nothing, "folders": [{"id": 2}]}}),
            ] {
                let content = folder_content(folder(read.clone())).unwrap();
                assert_eq!(content.files.map_or(0, |files| files.len()), 0, "{read}");
            }
        }
        for unread in [
            json!({"id": 1, "content": 7}),
            json!({"id": 1, "content": {"files": "two"}}),
            json!({"id": 1, "content": {"folders": [7]}}),
        ] {
            let error = folder_content(folder(unread.clone())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{unread}");
        }
    }

    #[test]
    fn only_an_id_that_is_there_is_unreadable() {
        let error = |id: Value| unreadable_id(&Entry::Folder(folder(json!({"id": id}))));
        assert_eq!(error(json!("x")).unwrap().kind(), ErrorKind::Decode);
        assert!(error(json!(7)).is_none() && error(json!(null)).is_none());
        assert!(unreadable_id(&Entry::File(File::new(7))).is_none());
    }
}
