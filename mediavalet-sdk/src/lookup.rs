//! Looking up categories, lightboxes and assets by their names, and creating what is missing.
//!
//! Finding or creating an object whose name is not unique by itself:
//!
//! | State | Action | Next |
//! |---|---|---|
//! | start | list the objects, and compare the names | found, or missing |
//! | missing | create it | created, or failed |
//! | created | list again, since only a list returns all members | found |
//! | failed | list again: another program may have created it, or the response was lost | found, or the error |

use oneteg_http::{Error, ErrorKind};

use crate::Client;
#[cfg(feature = "categories")]
use crate::types::{Category, CategoryCreateRequest};
#[cfg(feature = "lightbox")]
use crate::types::{Lightbox, LightboxCreateRequest};
#[cfg(feature = "assets")]
use crate::{
    search::{ContainerFilter, in_category, phrase, search},
    types::Asset,
};

#[cfg(feature = "categories")]
impl Client {
    /// Finds a category by its path: the names of its ancestors and its own, from the top of the library, separated
    /// by `/`. `None` if there is no such category.
    ///
    /// Names are compared exactly. A name that contains `/` cannot be found this way; list the subcategories
    /// instead. Of several subcategories with one name, the first in MediaValet's order is found.
    ///
    /// ```no_run
    /// # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
    /// if let Some(shoes) = client.find_category("Products/Shoes").await? {
    ///     println!("{:?} has {:?} assets", shoes.id, shoes.asset_count);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for a path without a name or with an empty one, and those of every call.
    pub async fn find_category(&self, path: &str) -> Result<Option<Category>, Error> {
        let mut found: Option<Category> = None;
        for name in split_path(path)? {
            let parent = found.as_ref().map(|category| category.id.as_str());
            match self.subcategory(parent, name).await?.found {
                None => return Ok(None),
                category => found = category,
            }
        }
        Ok(found)
    }

    /// Finds a category by its path, and creates it if it does not exist, with all ancestors that are missing. See
    /// [`find_category`](Self::find_category) for the path.
    ///
    /// If two programs create the same category at the same time, both get one category if MediaValet refuses the
    /// second; whether it does is not documented.
    ///
    /// ```no_run
    /// # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
    /// let category = client.find_or_create_category("Campaigns/2026/Spring").await?;
    /// # let _ = category; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`find_category`](Self::find_category); [`ErrorKind::PermissionDenied`] if the user may not create categories.
    pub async fn find_or_create_category(&self, path: &str) -> Result<Category, Error> {
        let mut found: Option<Category> = None;
        for name in split_path(path)? {
            let parent = found.as_ref().map(|category| category.id.as_str());
            let category = self.subcategory_or_create(parent, name).await?;
            found = Some(category);
        }
        found.ok_or_else(no_name)
    }

    async fn subcategory_or_create(
        &self,
        parent: Option<&str>,
        name: &str,
    ) -> Result<Category, Error> {
        let listed = self.subcategory(parent, name).await?;
        if let Some(category) = listed.found {
            return Ok(category);
        }
        // The top of the library has an id as well, which only its subcategories show.
        let parent_id = parent.map(str::to_owned).or(listed.parent_id);
        let new = CategoryCreateRequest {
            tree_name: Some(name.to_owned()),
            parent_id: parent_id.clone(),
            ..CategoryCreateRequest::default()
        };
        let created = self.create_category(new).send().await;
        match (self.subcategory(parent, name).await, created) {
            (Ok(Subcategory { found: Some(category), .. }), _) => Ok(category),
            (_, Err(error)) => Err(error),
            // The list does not show it yet.
            (_, Ok(created)) => {
                let id = created.into_inner().id;
                let name = Some(name.to_owned());
                Ok(Category { id, name, parent_id, ..Category::default() })
            }
        }
    }

    /// Looks for a subcategory of a category, or of the top of the library.
    async fn subcategory(&self, parent: Option<&str>, name: &str) -> Result<Subcategory, Error> {
        let mut pages = match parent {
            Some(id) => self.list_subcategories(id).pages(),
            None => self.list_root_subcategories().pages(),
        };
        let mut listed = Subcategory { found: None, parent_id: None };
        while let Some(category) = pages.next().await {
            let category = category?;
            if category.name.as_deref() == Some(name) {
                listed.found = Some(category);
                break;
            }
            listed.parent_id = listed.parent_id.or(category.parent_id);
        }
        Ok(listed)
    }
}

/// What a list of subcategories shows.
#[cfg(feature = "categories")]
struct Subcategory {
    found: Option<Category>,
    /// The id of the listed category, from another subcategory.
    parent_id: Option<String>,
}

/// The names in a path. Slashes at its ends are ignored.
#[cfg(any(feature = "categories", test))]
fn split_path(path: &str) -> Result<Vec<&str>, Error> {
    let names: Vec<&str> = path.trim_matches('/').split('/').collect();
    match names.iter().any(|name| name.trim().is_empty()) {
        true => Err(no_name()),
        false => Ok(names),
    }
}

#[cfg(any(feature = "categories", feature = "lightbox", feature = "assets", test))]
fn no_name() -> Error {
    Error::new(ErrorKind::InvalidRequest, "a name is empty; nothing has an empty name")
}

#[cfg(feature = "lightbox")]
impl Client {
    /// Finds a lightbox of the user by its exact name; `None` if there is none. Of several with one name, the first
    /// in MediaValet's order is found.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for an empty name, and those of every call.
    pub async fn find_lightbox(&self, name: &str) -> Result<Option<Lightbox>, Error> {
        if name.trim().is_empty() {
            return Err(no_name());
        }
        let mut pages = self.list_lightboxes().pages();
        while let Some(lightbox) = pages.next().await {
            let lightbox = lightbox?;
            if lightbox.name.as_deref() == Some(name) {
                return Ok(Some(lightbox));
            }
        }
        Ok(None)
    }

    /// Finds a lightbox of the user by its exact name, and creates it if it does not exist.
    ///
    /// ```no_run
    /// # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
    /// let lightbox = client.find_or_create_lightbox("For the spring campaign").await?;
    /// # let _ = lightbox; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`find_lightbox`](Self::find_lightbox).
    pub async fn find_or_create_lightbox(&self, name: &str) -> Result<Lightbox, Error> {
        if let Some(lightbox) = self.find_lightbox(name).await? {
            return Ok(lightbox);
        }
        let new = LightboxCreateRequest {
            name: Some(name.to_owned()),
            ..LightboxCreateRequest::default()
        };
        match self.create_lightbox(new).send().await {
            Ok(lightbox) => Ok(lightbox.into_inner()),
            Err(error) => match self.find_lightbox(name).await {
                Ok(Some(lightbox)) => Ok(lightbox),
                _ => Err(error),
            },
        }
    }
}

#[cfg(feature = "assets")]
impl Client {
    /// Finds an asset by its exact file name, in the whole library; `None` if there is none. Of several, the oldest
    /// is found.
    ///
    /// This is a search, so an asset may be missing for a while after its upload, until MediaValet has processed
    /// and indexed it. Upper and lower case are distinguished.
    ///
    /// ```no_run
    /// # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
    /// let asset = client.find_asset("harbour.jpg").await?;
    /// println!("{}", if asset.is_some() { "uploaded before" } else { "new" });
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for an empty name, and those of every call.
    pub async fn find_asset(&self, file_name: &str) -> Result<Option<Asset>, Error> {
        self.find_asset_where(file_name, None).await
    }

    /// Finds an asset by its exact file name in a category and its subcategories. Otherwise as
    /// [`find_asset`](Self::find_asset).
    ///
    /// # Errors
    /// As [`find_asset`](Self::find_asset).
    pub async fn find_asset_in(
        &self,
        category_id: &str,
        file_name: &str,
    ) -> Result<Option<Asset>, Error> {
        self.find_asset_where(file_name, Some(in_category(category_id))).await
    }

    async fn find_asset_where(
        &self,
        file_name: &str,
        within: Option<ContainerFilter>,
    ) -> Result<Option<Asset>, Error> {
        if file_name.trim().is_empty() {
            return Err(no_name());
        }
        // The search finds names with these words; only the comparison finds the exact one.
        let mut found = search().text(phrase(file_name)).in_fields(["fileName"]);
        if let Some(container) = within {
            found = found.within(container);
        }
        let mut pages = self.all_assets(found).pages();
        while let Some(asset) = pages.next().await {
            let asset = asset?;
            let name = asset.file.as_ref().and_then(|file| file.file_name.as_deref());
            if name == Some(file_name) {
                return Ok(Some(asset));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_into_names() {
        assert_eq!(split_path("Products/Shoes").unwrap(), ["Products", "Shoes"]);
        assert_eq!(split_path("/ A b /").unwrap(), [" A b "]);
        for bad in ["", "/", "a//b", "a/ /b"] {
            assert_eq!(split_path(bad).unwrap_err().kind(), ErrorKind::InvalidRequest, "{bad}");
        }
    }
}
