//! Looking files and folders up by their path.

use oneteg_http::{Error, ErrorKind, Method, codegen::from_value};
use serde_json::Value;

use crate::{
    Client,
    entry::Entry,
    operations,
    types::{File, Folder},
};

impl Client {
    /// The file or folder at a path below a root folder; names are separated by `/`. `None` when nothing
    /// is there. A path that ends with `/` is a folder's.
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
    /// As every call, but for what is not there.
    pub async fn entry_at(&self, root_id: i64, path: &str) -> Result<Option<Entry>, Error> {
        let below = path.trim_start_matches('/');
        if below.is_empty() {
            // Of the root itself, the path question says that it does not exist.
            return self.folder_itself(root_id).await.map(|folder| folder.map(Entry::Folder));
        }
        let request = self.request(Method::GET, "/path").operation(&operations::GET_OBJECT_BY_PATH);
        let request = request.query("root", &root_id).query("path", below);
        match request.send::<Value>().await {
            Ok(answer) => read(answer.into_inner(), below.ends_with('/')).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The file at a path below a root folder; `None` when there is none.
    ///
    /// # Errors
    /// As every call, but for what is not there.
    pub async fn file_at(&self, root_id: i64, path: &str) -> Result<Option<File>, Error> {
        let entry = self.entry_at(root_id, path.trim_end_matches('/')).await?;
        Ok(entry.and_then(Entry::into_file))
    }

    /// The folder at a path below a root folder, the root itself included; `None` when there is none.
    ///
    /// # Errors
    /// As every call, but for what is not there.
    pub async fn folder_at(&self, root_id: i64, path: &str) -> Result<Option<Folder>, Error> {
        let path = format!("{}/", path.trim_matches('/'));
        let entry = self.entry_at(root_id, &path).await?;
        Ok(entry.and_then(Entry::into_folder))
    }

    async fn folder_itself(&self, id: i64) -> Result<Option<Folder>, Error> {
        match self.get_folder(id).send().await {
            Ok(folder) => Ok(Some(folder.into_inner())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// An answer of a path question: the thing itself, as platforms send it, or below `object`, as the
/// documentation shows it. `folder` is whether only a folder was asked for.
fn read(answer: Value, folder: bool) -> Result<Entry, Error> {
    let thing = match answer {
        Value::Object(mut members) if members.get("object").is_some_and(Value::is_object) => {
            members.remove("object").unwrap_or_default()
        }
        answer => answer,
    };
    if !thing.is_object() {
        let message = "the answer is neither file nor folder";
        return Err(Error::new(ErrorKind::Decode, message));
    }
    // What only files have; folders have neither content to hash nor versions to hold together.
    let is_file = ["guid", "hash"].iter().any(|name| thing.get(name).is_some_and(Value::is_string));
    if is_file && !folder {
        return from_value(&thing).map(Entry::File);
    }
    from_value(&thing).map(Entry::Folder)
}
