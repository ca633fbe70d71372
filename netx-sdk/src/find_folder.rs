//! Finding and creating folders by path.
//!
//! NetX creates a folder from its path. Whether it creates the parents as well, and what it does if the folder
//! exists, is unknown, so each level is requested and created separately:
//!
//! | The folder at the first names of the path | Then |
//! |---|---|
//! | exists | continue with one more name |
//! | does not exist | create it, and request it again |
//! | cannot be created, and exists now | another program was faster: continue |
//! | cannot be created, and does not exist | the error of the creation |
//! | was created, and does not exist | fail: NetX created something else |

use oneteg_http::{Error, ErrorKind};

use crate::{
    Client,
    types::{DataSelector, Folder, RequestOptions},
};

impl Client {
    /// Finds the folder at a path, `None` if there is none. The path is names from the root folder, separated by
    /// `/`, such as `Press/Images`.
    ///
    /// # Errors
    /// Those of any call. [`ErrorKind::InvalidRequest`] if the path has an empty name, or none: the root folder
    /// has the ID 1.
    pub async fn find_folder(&self, path: &str) -> Result<Option<Folder>, Error> {
        let names = names(path)?;
        self.folder_at(&names).await
    }

    /// Finds the folder at a path, or creates it with its missing parents. A call that is repeated after a
    /// failure, or made by two programs at the same time, uses the folders that are there.
    ///
    /// ```no_run
    /// # async fn example(client: netx_sdk::Client) -> Result<(), netx_sdk::Error> {
    /// let folder = client.find_or_create_folder("Press/Images/2026").await?;
    /// println!("{}", folder.id);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`find_folder`](Self::find_folder); [`ErrorKind::Decode`] if NetX reports that it created a folder which
    /// then is not at the path.
    pub async fn find_or_create_folder(&self, path: &str) -> Result<Folder, Error> {
        let names = names(path)?;
        if let Some(folder) = self.folder_at(&names).await? {
            return Ok(folder);
        }
        for length in 1..names.len() {
            self.folder_or_create(&names[..length]).await?;
        }
        self.folder_or_create(&names).await
    }

    async fn folder_or_create(&self, names: &[&str]) -> Result<Folder, Error> {
        if let Some(folder) = self.folder_at(names).await? {
            return Ok(folder);
        }
        let created =
            self.create_folder_from_path(names.join("/")).options(folder_parts()).send().await;
        match (self.folder_at(names).await, created) {
            (Ok(Some(folder)), _) => Ok(folder),
            (_, Err(error)) | (Err(error), Ok(_)) => Err(error),
            (Ok(None), Ok(_)) => {
                let message =
                    "the server reports that it created the folder, but none is at the path";
                Err(Error::new(ErrorKind::Decode, message))
            }
        }
    }

    async fn folder_at(&self, names: &[&str]) -> Result<Option<Folder>, Error> {
        let request = self.get_folder_by_path(names.join("/")).options(folder_parts());
        Ok(request.send().await?.into_inner())
    }
}

fn folder_parts() -> RequestOptions {
    RequestOptions::new().select([DataSelector::FolderId, DataSelector::FolderBase])
}

/// The names of a path. Slashes around it are ignored.
fn names(path: &str) -> Result<Vec<&str>, Error> {
    let names: Vec<_> = path.trim_matches('/').split('/').collect();
    if names.iter().any(|name| name.trim().is_empty()) {
        let message = "the path has an empty name; give one like `Press/Images`";
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_no_empty_names() {
        assert_eq!(names("a/b c").unwrap(), ["a", "b c"]);
        assert_eq!(names("/a/b/").unwrap(), ["a", "b"]);
        for path in ["", "/", "a//b", "a/ /b", " "] {
            assert_eq!(names(path).unwrap_err().kind(), ErrorKind::InvalidRequest, "{path:?}");
        }
    }
}
