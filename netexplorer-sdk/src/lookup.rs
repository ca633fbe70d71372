//! Looking up files and folders by path, and creating folders that are missing.
//!
//! A path of folders is found or created as follows:
//!
//! | State | Request | Next state |
//! |---|---|---|
//! | start | the whole path | found, or the path without its last name, and so on up to the root |
//! | a parent is found | create the next folder | the new folder is the parent; found after the last name |
//! | the platform numbered the name (`2026 (1)`) | list that folder; delete it if it is empty | creating failed |
//! | the platform returned a folder of any other name | | creating failed; that folder may be somebody's |
//! | creating failed | list the parent | found under its name: another program created it; otherwise failed |

use oneteg_http::{Error, ErrorKind, Method, codegen::from_value};
use serde_json::{Value, json};

use crate::{
    Client,
    entry::{Entry, folder_content},
    names::{folder_names, same_name},
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
    /// match client.find_entry(7, "backups/été.zip").await? {
    ///     Some(Entry::File(file)) => println!("version {:?}", file.id),
    ///     Some(Entry::Folder(folder)) => println!("folder {:?}", folder.id),
    ///     None => println!("nothing there"),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of any call, except [`ErrorKind::NotFound`].
    pub async fn find_entry(&self, root_id: i64, path: &str) -> Result<Option<Entry>, Error> {
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
    pub async fn find_file(&self, root_id: i64, path: &str) -> Result<Option<File>, Error> {
        let entry = self.find_entry(root_id, path.trim_end_matches('/')).await?;
        Ok(entry.and_then(Entry::into_file))
    }

    /// The folder at a path below a root folder, `None` if there is none. An empty path is the root itself.
    ///
    /// # Errors
    /// Those of any call, except [`ErrorKind::NotFound`].
    pub async fn find_folder(&self, root_id: i64, path: &str) -> Result<Option<Folder>, Error> {
        let path = format!("{}/", path.trim_matches('/'));
        let entry = self.find_entry(root_id, &path).await?;
        Ok(entry.and_then(Entry::into_folder))
    }

    /// The folder at a path below a root folder. Creates it, and the folders above it, if they do not exist. An
    /// empty path is the root itself.
    ///
    /// Programs that do this at the same time get the same folder. A platform may create a folder under a number
    /// (`2026 (1)`) because the name is taken: that folder is deleted, to the trash, if nothing is in it. No other
    /// folder is deleted.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// let folder = client.find_or_create_folder(7, "backups/2026/été").await?;
    /// # let _ = folder; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of any call. [`ErrorKind::InvalidRequest`] for a name that the platform does not accept, before
    /// anything is sent; [`ErrorKind::NotFound`] if the root does not exist; [`ErrorKind::Conflict`] if a file has
    /// one of the names, or if the platform returned a folder of another name, which the message contains.
    pub async fn find_or_create_folder(&self, root_id: i64, path: &str) -> Result<Folder, Error> {
        let names = folder_names(path)?;
        let mut existing = names.len();
        let mut folder = loop {
            match self.find_folder(root_id, &names[..existing].join("/")).await? {
                Some(folder) => break folder,
                None if existing == 0 => {
                    let message = "the root folder does not exist";
                    return Err(Error::new(ErrorKind::NotFound, message));
                }
                None => existing -= 1,
            }
        };
        for name in &names[existing..] {
            folder = self.create_or_find(folder.require_id()?, name).await?;
        }
        Ok(folder)
    }

    /// Creates a folder. If that fails, for example because another program has just done so or because the
    /// response was lost, finds it.
    async fn create_or_find(&self, parent_id: i64, name: &str) -> Result<Folder, Error> {
        let request = self.request(Method::POST, "/folder").operation(&operations::CREATE_FOLDER);
        let body = json!({"parent_id": parent_id, "name": name});
        let failure = match request.json(&body).send::<Folder>().await.map(|new| new.into_inner()) {
            Ok(folder) if folder.name.as_deref().is_none_or(|new| same_name(new, name)) => {
                return Ok(folder);
            }
            Ok(other) => {
                let returned = other.name.as_deref().unwrap_or_default();
                if is_numbered(returned, name) {
                    self.delete_if_empty(&other).await;
                }
                let message = format!(
                    "the name {name:?} is taken: the platform returned the folder {returned:?}; choose another name"
                );
                Error::new(ErrorKind::Conflict, message)
            }
            Err(error) => error,
        };
        let found = self.child_folder(parent_id, name).await;
        found.ok().flatten().ok_or(failure)
    }

    /// Deletes a folder if the platform reports that nothing is in it. It goes to the trash, in case another program
    /// fills it meanwhile. A failure leaves the folder where it is.
    async fn delete_if_empty(&self, folder: &Folder) {
        let Some(id) = folder.id else { return };
        let Ok(listed) = self.get_folder(id).depth(1).send().await else { return };
        if is_empty(listed.into_inner()) {
            let _ = self.delete_folder(id).send().await;
        }
    }

    /// The folder of a name among the direct contents of another one.
    async fn child_folder(&self, parent_id: i64, name: &str) -> Result<Option<Folder>, Error> {
        let parent = self.get_folder(parent_id).depth(1).send().await?.into_inner();
        let folders = folder_content(parent)?.folders.unwrap_or_default();
        let is_it = |folder: &Folder| folder.name.as_deref().is_some_and(|it| same_name(it, name));
        Ok(folders.into_iter().find(is_it))
    }
}

/// Whether a name is another one with the number of a copy: `2026 (1)` for `2026`.
fn is_numbered(returned: &str, name: &str) -> bool {
    let parts = returned.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    parts.is_some_and(|(base, number)| {
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number && same_name(base, name)
    })
}

/// Whether a listed folder has neither files nor folders. Content that is not reported is unknown.
fn is_empty(folder: Folder) -> bool {
    let is_reported = folder.content.is_some() || folder.extra.contains_key("content");
    is_reported
        && folder_content(folder).is_ok_and(|content| {
            content.files.is_none_or(|files| files.is_empty())
                && content.folders.is_none_or(|folders| folders.is_empty())
        })
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
    fn only_a_number_in_parentheses_makes_a_numbered_name() {
        for numbered in ["\u{e9}t\u{e9} (1)", "e\u{301}te\u{301} (12)"] {
            assert!(is_numbered(numbered, "\u{e9}t\u{e9}"), "{numbered}");
        }
        for other in
            ["", "a", "A (1)", "a(1)", "a ()", "a (b)", "a (1) (2)", "a (1", "b (1)", "a  (1)"]
        {
            assert!(!is_numbered(other, "a"), "{other}");
        }
    }

    #[test]
    fn a_folder_is_empty_only_if_the_platform_reports_that() {
        let empty = |folder| is_empty(from_value(&folder).unwrap());
        for content in [json!({}), json!([]), json!({"files": [], "folders": []})] {
            assert!(empty(json!({"id": 7, "content": content})), "{content}");
        }
        for content in [json!(7), json!({"files": [{"id": 1}]}), json!({"folders": [{"id": 1}]})] {
            assert!(!empty(json!({"id": 7, "content": content})), "{content}");
        }
        assert!(!empty(json!({"id": 7})));
    }

    #[test]
    fn other_responses_are_errors() {
        for other in [json!([1]), json!(null), json!("a"), json!(7)] {
            assert_eq!(read_entry(other, false).unwrap_err().kind(), ErrorKind::Decode);
        }
    }
}
