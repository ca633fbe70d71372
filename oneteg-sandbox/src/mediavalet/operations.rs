//! The operations served: the table that requests are matched with.

use super::answer::Outcome;
use super::call::Call;
use super::handlers::{
    asset_categories, asset_words, assets, categories, direct_links, downloads, groups, lightboxes,
    renditions, saved_searches, uploads, users, versions, vocabulary, who,
};
use super::state::Store;

/// Reads may see processing go on, but change nothing that a client made; writes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
}

/// One operation of the API, by the id that the specification has for it.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) effect: Effect,
    pub(crate) run: fn(&mut Store, &Call) -> Outcome,
}

type Run = fn(&mut Store, &Call) -> Outcome;

const fn read(name: &'static str, method: &'static str, path: &'static str, run: Run) -> Operation {
    Operation { name, method, path, effect: Effect::Read, run }
}

const fn write(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    run: Run,
) -> Operation {
    Operation { name, method, path, effect: Effect::Write, run }
}

/// Every operation.
#[rustfmt::skip]
pub(crate) const ALL: &[Operation] = &[
    read("getHomeDocument", "GET", "/", who::home),
    read("getCurrentUser", "GET", "/users/current", users::current),
    read("listUsers", "GET", "/users", users::list),
    write("createUser", "POST", "/users", users::create),
    read("getUser", "GET", "/users/{userId}", users::get),
    write("updateUser", "PUT", "/users/{userId}", users::update),
    read("listUserGroups", "GET", "/groups", groups::list),
    write("createUserGroup", "POST", "/groups", groups::create),
    read("getUserGroup", "GET", "/groups/{userGroupId}", groups::get),
    write("updateUserGroup", "PUT", "/groups/{userGroupId}", groups::update),
    read("listSearchFacets", "GET", "/search/facets", who::facets),

    read("listAssets", "GET", "/assets", assets::list),
    read("searchAssets", "POST", "/assets/search", assets::search),
    read("listRecentlyUploadedAssets", "GET", "/recentlyUploaded", assets::recently_uploaded),
    read("getAsset", "GET", "/assets/{assetId}", assets::get),
    write("updateAsset", "PATCH", "/assets/{assetId}", assets::patch),
    write("deleteAsset", "DELETE", "/assets/{assetId}", assets::delete),
    read("listAssetComments", "GET", "/assets/{assetId}/comments", assets::comments),
    write("addCommentsToAsset", "POST", "/assets/{assetId}/comments", assets::add_comments),
    write("createAssetRating", "POST", "/assets/{assetId}/rating", assets::rate),

    read("getAssetAttributes", "GET", "/assets/{assetId}/attributes", asset_words::attributes),
    write("addAttributesToAsset", "POST", "/assets/{assetId}/attributes", asset_words::set_attributes),
    read("listAssetKeywords", "GET", "/assets/{assetId}/keywords", asset_words::keywords),
    write("addKeywordsToAsset", "POST", "/assets/{assetId}/keywords", asset_words::add_keywords),
    write("removeKeywordFromAsset", "DELETE", "/assets/{assetId}/keywords/{keyword}", asset_words::remove_keyword),
    read("listAssetCategories", "GET", "/assets/{assetId}/categories", asset_categories::list),
    write("addCategoriesToAsset", "POST", "/assets/{assetId}/categories", asset_categories::add),
    write("replaceAssetCategories", "PUT", "/assets/{assetId}/categories", asset_categories::replace),
    write("removeCategoryFromAsset", "DELETE", "/assets/{assetId}/categories/{categoryId}", asset_categories::remove),

    read("listAssetVersions", "GET", "/assets/{assetId}/versions", versions::list),
    write("checkOutAsset", "POST", "/assets/{assetId}/checkOut", versions::check_out),
    read("validateAssetCheckIn", "POST", "/assetCheckIn/{id}/validate", versions::validate),
    write("startAssetCheckIn", "GET", "/assetCheckIn/{assetId}", versions::start_check_in),
    write("completeAssetCheckIn", "PUT", "/assetCheckIn/{assetId}", versions::complete_check_in),
    read("validateDownload", "POST", "/downloads/validate", downloads::validate),
    read("createAssetDownload", "POST", "/downloads/{id}/asset", downloads::of_asset),
    read("reportAssetDownload", "POST", "/assets/{assetId}/downloaded", downloads::reported),
    read("listAssetDirectLinks", "GET", "/directlinks/{assetId}", direct_links::list),
    write("createDirectLink", "POST", "/directlinks/{assetId}", direct_links::create),
    write("activateDirectLink", "PUT", "/directLinks/{assetId}/activate/{directLinkId}", direct_links::activate),
    write("deactivateDirectLink", "PUT", "/directLinks/{assetId}/deactivate/{directLinkId}", direct_links::deactivate),
    read("listAssetDownloadUrls", "POST", "/downloads/asseturls", versions::download_urls),
    read("listRenditionKinds", "GET", "/config/renditionkinds", renditions::kinds),
    read("listAssetRenditions", "GET", "/assets/{assetId}/renditions", renditions::list),
    read("getAssetRendition", "GET", "/assets/{assetId}/renditions/{renditionKindId}", renditions::get),

    write("createUpload", "POST", "/uploads", uploads::create),
    read("validateUploads", "POST", "/uploads/validate", uploads::validate),
    write("updateUpload", "PUT", "/uploads/{assetId}", uploads::update),
    write("patchUpload", "PATCH", "/uploads/{assetId}", uploads::patch),
    write("addCategoriesToUpload", "POST", "/uploads/{assetId}/categories", uploads::add_categories),
    write("addKeywordsToUpload", "POST", "/uploads/{assetId}/keywords", uploads::add_keywords),
    write("addAttributesToUpload", "POST", "/uploads/{assetId}/attributes", uploads::add_attributes),
    write("createAsset", "POST", "/assets", uploads::create_asset),
    write("completeAssetUpload", "PUT", "/assets/{assetId}", uploads::complete_asset),
    write("createAssetUpload", "POST", "/assets/{assetId}/uploads", uploads::link),

    read("listCategories", "GET", "/categories", categories::list),
    write("createCategory", "POST", "/categories", categories::create),
    read("getCategory", "GET", "/categories/{categoryId}", categories::get),
    write("updateCategory", "PATCH", "/categories/{categoryId}", categories::update),
    write("deleteCategory", "DELETE", "/categories/{categoryId}", categories::delete),
    read("listRootSubcategories", "GET", "/categories/subcategories", categories::of_root),
    read("listSubcategories", "GET", "/categories/{categoryGuid}/subcategories", categories::of_category),
    read("listCategoryAssets", "GET", "/categories/{categoryId}/assets", categories::assets),
    read("listCategoryBasicAssets", "GET", "/categories/{categoryId}/assets/basic", categories::basic_assets),

    read("listKeywords", "GET", "/keywords", vocabulary::keywords),
    write("createKeyword", "POST", "/keywords", vocabulary::create_keyword),
    write("updateKeyword", "PATCH", "/keywords/{keyword}", vocabulary::update_keyword),
    read("listAttributes", "GET", "/attributes", vocabulary::attributes),
    write("createAttribute", "POST", "/attributes", vocabulary::create_attribute),
    read("getAttribute", "GET", "/attributes/{attributeId}", vocabulary::attribute),
    write("updateAttribute", "PUT", "/attributes/{attributeId}", vocabulary::update_attribute),
    write("deleteAttribute", "DELETE", "/attributes/{attributeId}", vocabulary::delete_attribute),

    read("listLightboxes", "GET", "/lightboxes", lightboxes::list),
    write("createLightbox", "POST", "/lightboxes", lightboxes::create),
    read("getLightbox", "GET", "/lightboxes/{lightboxId}", lightboxes::get),
    write("updateLightbox", "PUT", "/lightboxes/{lightboxId}", lightboxes::update),
    write("patchLightbox", "PATCH", "/lightboxes/{lightboxId}", lightboxes::patch),
    write("deleteLightbox", "DELETE", "/lightboxes/{lightboxId}", lightboxes::delete),
    read("listLightboxAssets", "GET", "/lightboxes/{lightboxId}/assets", lightboxes::assets),
    write("addAssetsToLightbox", "POST", "/lightboxes/{lightboxId}/assets", lightboxes::add_assets),
    write("removeAssetsFromLightbox", "DELETE", "/lightboxes/{lightboxId}/assets", lightboxes::remove_assets),
    write("removeAssetFromLightbox", "DELETE", "/lightboxes/{lightboxId}/assets/{assetId}", lightboxes::remove_asset),

    read("listSavedSearches", "GET", "/savedsearches", saved_searches::list),
    write("createSavedSearch", "POST", "/savedsearches", saved_searches::create),
    read("getSavedSearch", "GET", "/savedsearches/{savedSearchId}", saved_searches::get),
    write("updateSavedSearch", "PATCH", "/savedsearches/{savedSearchId}", saved_searches::update),
    write("deleteSavedSearch", "DELETE", "/savedsearches/{savedSearchId}", saved_searches::delete),
];

/// Every operation's name, sorted.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = ALL.iter().map(|operation| operation.name).collect();
    names.sort_unstable();
    names
}

/// The values of a path's parameters, by name.
type Parameters<'a> = Vec<(&'static str, &'a str)>;

/// The operation for a request, with the values of its path still encoded. Letter case does not matter;
/// fixed segments come before parameters.
pub(crate) fn find<'a>(
    method: &str,
    path: &'a str,
) -> Option<(&'static Operation, Parameters<'a>)> {
    ALL.iter()
        .filter(|operation| operation.method == method)
        .filter_map(|operation| Some((operation, matched(operation.path, path)?)))
        .min_by_key(|(_, parameters)| parameters.len())
}

fn matched<'a>(template: &'static str, path: &'a str) -> Option<Parameters<'a>> {
    let mut parameters = Vec::new();
    let mut wanted = template.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(wanted), Some(given)) => {
                let name = wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
                match name {
                    Some(name) if !given.is_empty() => parameters.push((name, given)),
                    None if wanted.eq_ignore_ascii_case(given) => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, find};

    #[test]
    fn each_template_finds_its_own_operation() {
        for operation in ALL {
            let (found, _) = find(operation.method, operation.path).unwrap();
            assert_eq!(found.name, operation.name);
        }
    }

    #[test]
    fn fixed_segments_come_first_and_case_does_not_matter() {
        assert_eq!(
            find("GET", "/Categories/SubCategories").unwrap().0.name,
            "listRootSubcategories"
        );
        let (operation, parameters) = find("GET", "/ASSETS/AbC").unwrap();
        assert_eq!((operation.name, parameters), ("getAsset", vec![("assetId", "AbC")]));
        assert!(find("GET", "/assets/").is_none());
        assert!(find("PUT", "/keywords").is_none());
    }
}
