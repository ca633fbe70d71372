//! Finding assets by the exact name of their file.

use oneteg_http::{Error, ErrorKind};

use crate::{
    Client,
    search::{SearchCondition, field, folder},
    types::{Asset, DataSelector, RequestOptions, SearchField},
};

impl Client {
    /// Finds the asset in a folder whose original file has exactly this name, `None` if there is none. Sub-folders
    /// are not searched. NetX allows several assets of one file name; this is the oldest of them, the one with
    /// the smallest ID. It has the parts `asset.id`, `asset.base` and `asset.file`.
    ///
    /// ```no_run
    /// # async fn example(client: netx_sdk::Client) -> Result<(), netx_sdk::Error> {
    /// if let Some(asset) = client.find_asset(341, "harbour.jpg").await? {
    ///     println!("{}", asset.id);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of any call. [`ErrorKind::InvalidRequest`] if the name is empty.
    pub async fn find_asset(
        &self,
        folder_id: i64,
        file_name: &str,
    ) -> Result<Option<Asset>, Error> {
        let found = self.with_file_name(Some(folder(folder_id).into()), file_name).await?;
        Ok(found.into_iter().min_by_key(|asset| asset.id))
    }

    /// Finds all assets whose original file has exactly this name, in any folder. They have the parts of
    /// [`find_asset`](Self::find_asset).
    ///
    /// # Errors
    /// As [`find_asset`](Self::find_asset).
    pub async fn find_assets(&self, file_name: &str) -> Result<Vec<Asset>, Error> {
        self.with_file_name(None, file_name).await
    }

    async fn with_file_name(
        &self,
        place: Option<SearchCondition>,
        file_name: &str,
    ) -> Result<Vec<Asset>, Error> {
        if file_name.is_empty() {
            let message = "the file name is empty";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        let named = field(SearchField::FileName).is(file_name);
        let query = match place {
            Some(place) => place.and(named),
            None => named,
        };
        let options = RequestOptions::new().select([
            DataSelector::AssetId,
            DataSelector::AssetBase,
            DataSelector::AssetFile,
        ]);
        let mut found = self.get_assets_by_query(query).options(options).pages().all().await?;
        // Whether NetX's comparison ignores case is unknown.
        found.retain(|asset| has_file_name(asset, file_name));
        Ok(found)
    }
}

/// Whether an asset reports this file name, or none.
fn has_file_name(asset: &Asset, file_name: &str) -> bool {
    let in_file = asset.file.as_ref().and_then(|file| file.name.as_ref());
    let mut reported = asset.file_name.iter().chain(in_file).peekable();
    reported.peek().is_none() || reported.any(|name| name == file_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::AssetFile;

    #[test]
    fn the_name_is_compared_where_it_is_reported() {
        let name = |value: &str| Some(value.to_owned());
        let file = |value| Some(AssetFile { name: name(value), ..AssetFile::default() });
        let has_name = |asset: &Asset| has_file_name(asset, "a.jpg");
        assert!(has_name(&Asset::default()));
        assert!(has_name(&Asset { file_name: name("a.jpg"), ..Asset::default() }));
        assert!(has_name(&Asset { file: file("a.jpg"), ..Asset::default() }));
        assert!(!has_name(&Asset { file_name: name("A.jpg"), ..Asset::default() }));
        assert!(!has_name(&Asset { file: file("A.jpg"), ..Asset::default() }));
    }
}
