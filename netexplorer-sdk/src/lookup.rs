//! Looking up files and folders by path.

use oneteg_http::{Error, ErrorKind, Method, codegen::from_value};
use serde_json::Value;

use crate::{
    Client,
    entry::Entry,
    operations,
    types::{File, Folder},
};

impl Client {
    /// The file or folder at a path below a root folder, `None` if nothing is there. Names are separated by `/`;
    /// a path that ends with `/` is that of a folder.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use netexplorer_sdk::entry::Entry;
    ///
    /// match client.entry_at(7, "backups/été.zip").await? {
    ///     Some(Entry::File(file)) => println!("version {:?}", file.id),
    ///     Some(Entry::Folder(folder)) => println!("folder {:?}", folder.id),
    ///     None => println!("nothing there"),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of any call, except [`ErrorKind::NotFound`].
    pub async fn entry_at(&self, root_id: i64, path: &str) -> Result<Option<Entry>, Error> {
        let relative = path.trim_start_matches('/');
        if relative.is_empty() {
            // The platform's path operation does not find the root itself.
            let folder = self.get_folder(root_id).send().await;
            return found(folder.map(|folder| Entry::Folder(folder.into_inner())));
        }
        let request = self.request(Method::GET, "/path").operation(&operations::GET_OBJECT_BY_PATH);
        let request = request.query("root", &root_id).query("path", relative);
        let response = request.send::<Value>().await;
        found(response.and_then(|object| read_entry(object.into_inner(), relative.ends_with('/'))))
    }

    /// The file at a path below a root folder, `None` if there is none.
    ///
    /// # Errors
    /// Those of any call, except [`ErrorKind::NotFound`].
    pub async fn file_at(&self, root_id: i64, path: &str) -> Result<Option<File>, Error> {
        let entry = self.entry_at(root_id, path.trim_end_matches('/')).await?;
        Ok(entry.and_then(Entry::into_file))
    }

    /// The folder at a path below a root folder, `None` if there is none. An empty path is the root itself.
    ///
    /// # Errors
    /// Those of any call, except [`ErrorKind::NotFound`].
    pub async fn folder_at(&self, root_id: i64, path: &str) -> Result<Option<Folder>, Error> {
        let path = format!("{}/", path.trim_matches('/'));
        let entry = self.entry_at(root_id, &path).await?;
        Ok(entry.and_then(Entry::into_folder))
    }
}

/// `None` instead of [`ErrorKind::NotFound`].
fn found(result: Result<Entry, Error>) -> Result<Option<Entry>, Error> {
    match result {
        Ok(entry) => Ok(Some(entry)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the response of the path operation: the object itself, as platforms send it, or the object in a member
/// `object`, as documented. `is_folder` is whether the path was that of a folder.
fn read_entry(response: Value, is_folder: bool) -> Result<Entry, Error> {
    let object = match response {
        Value::Object(mut members) if members.get("object").is_some_and(Value::is_object) => {
            members.remove("object").unwrap_or_default()
        }
        response => response,
    };
    if !object.is_object() {
        let message = "the response is neither a file nor a folder";
        return Err(Error::new(ErrorKind::Decode, message));
    }
    // Members that only files have: folders have no content to hash and no versions to group.
    let is_file =
        ["guid", "hash"].iter().any(|name| object.get(name).is_some_and(Value::is_string));
    if is_file && !is_folder {
        return from_value(&object).map(Entry::File);
    }
    from_value(&object).map(Entry::Folder)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_recognised_by_members_that_folders_lack() {
        let is_file = |object: &Value, is_folder| {
            let entry = read_entry(object.clone(), is_folder).unwrap();
            assert_eq!(entry.id(), Some(7));
            entry.into_file().is_some()
        };
        for file in [json!({"id": 7, "guid": "g"}), json!({"id": 7, "hash": "h", "guid": null})] {
            for response in [json!({"object": file}), file] {
                assert!(is_file(&response, false), "{response}");
                // The path was that of a folder.
                assert!(!is_file(&response, true), "{response}");
            }
        }
        for folder in [json!({"id": 7}), json!({"id": 7, "guid": null, "hash": 5})] {
            assert!(!is_file(&json!({"object": folder}), false) && !is_file(&folder, false));
        }
    }

    #[test]
    fn other_responses_are_errors() {
        for other in [json!([1]), json!(null), json!("a"), json!(7)] {
            assert_eq!(read_entry(other, false).unwrap_err().kind(), ErrorKind::Decode);
        }
    }
}
