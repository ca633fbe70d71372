//! The operations served: the table that requests are matched with.

use std::collections::BTreeMap;

use serde_json::json;

use super::handlers::{
    asset_metadata, assets, categories, direct_links, downloads, groups, lightboxes,
    saved_searches, uploads, users, versions, vocabulary,
};
use super::request::ApiRequest;
use super::response::{ApiResponse, ApiResult};
use super::state::Store;

type ReadFn = fn(&Store, &ApiRequest) -> ApiResult;
type WriteFn = fn(&mut Store, &ApiRequest) -> ApiResult;

/// The function behind an operation.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Read(ReadFn),
    /// A read that advances the processing of new assets, or remembers a download. It changes nothing that a
    /// client made, and does not count as a write.
    Uncounted(WriteFn),
    Write(WriteFn),
}

/// One operation of the API, under the id that it has in the specification.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    /// The template of the path.
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
}

const fn read(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    run: ReadFn,
) -> Operation {
    Operation { name, method, path, handler: Handler::Read(run) }
}

const fn uncounted(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    run: WriteFn,
) -> Operation {
    Operation { name, method, path, handler: Handler::Uncounted(run) }
}

const fn write(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    run: WriteFn,
) -> Operation {
    Operation { name, method, path, handler: Handler::Write(run) }
}

/// All operations.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    read("getHomeDocument", "GET", "/", home_document),
    read("getCurrentUser", "GET", "/users/current", users::current),
    read("listUsers", "GET", "/users", users::list),
    write("createUser", "POST", "/users", users::create),
    read("getUser", "GET", "/users/{userId}", users::get),
    write("updateUser", "PUT", "/users/{userId}", users::update),
    read("listUserGroups", "GET", "/groups", groups::list),
    write("createUserGroup", "POST", "/groups", groups::create),
    read("getUserGroup", "GET", "/groups/{userGroupId}", groups::get),
    write("updateUserGroup", "PUT", "/groups/{userGroupId}", groups::update),
    read("listSearchFacets", "GET", "/search/facets", assets::facets),

    uncounted("listAssets", "GET", "/assets", assets::list),
    uncounted("searchAssets", "POST", "/assets/search", assets::search),
    uncounted("listRecentlyUploadedAssets", "GET", "/recentlyUploaded", assets::recently_uploaded),
    uncounted("getAsset", "GET", "/assets/{assetId}", assets::get),
    write("updateAsset", "PATCH", "/assets/{assetId}", assets::patch),
    write("deleteAsset", "DELETE", "/assets/{assetId}", assets::delete),
    read("listAssetComments", "GET", "/assets/{assetId}/comments", assets::comments),
    write("addCommentsToAsset", "POST", "/assets/{assetId}/comments", assets::add_comments),
    write("createAssetRating", "POST", "/assets/{assetId}/rating", assets::rate),

    read("getAssetAttributes", "GET", "/assets/{assetId}/attributes", asset_metadata::attributes),
    write("addAttributesToAsset", "POST", "/assets/{assetId}/attributes", asset_metadata::set_attributes),
    read("listAssetKeywords", "GET", "/assets/{assetId}/keywords", asset_metadata::keywords),
    write("addKeywordsToAsset", "POST", "/assets/{assetId}/keywords", asset_metadata::add_keywords),
    write("removeKeywordFromAsset", "DELETE", "/assets/{assetId}/keywords/{keyword}", asset_metadata::remove_keyword),
    read("listAssetCategories", "GET", "/assets/{assetId}/categories", asset_metadata::categories),
    write("addCategoriesToAsset", "POST", "/assets/{assetId}/categories", asset_metadata::add_categories),
    write("replaceAssetCategories", "PUT", "/assets/{assetId}/categories", asset_metadata::replace_categories),
    write("removeCategoryFromAsset", "DELETE", "/assets/{assetId}/categories/{categoryId}", asset_metadata::remove_category),

    read("listAssetVersions", "GET", "/assets/{assetId}/versions", versions::list),
    write("checkOutAsset", "POST", "/assets/{assetId}/checkOut", versions::check_out),
    read("validateAssetCheckIn", "POST", "/assetCheckIn/{id}/validate", versions::validate),
    write("startAssetCheckIn", "GET", "/assetCheckIn/{assetId}", versions::start_check_in),
    write("completeAssetCheckIn", "PUT", "/assetCheckIn/{assetId}", versions::complete_check_in),
    uncounted("validateDownload", "POST", "/downloads/validate", downloads::validate),
    read("createAssetDownload", "POST", "/downloads/{id}/asset", downloads::create),
    read("reportAssetDownload", "POST", "/assets/{assetId}/downloaded", downloads::report),
    read("listAssetDirectLinks", "GET", "/directlinks/{assetId}", direct_links::list),
    write("createDirectLink", "POST", "/directlinks/{assetId}", direct_links::create),
    write("activateDirectLink", "PUT", "/directLinks/{assetId}/activate/{directLinkId}", direct_links::activate),
    write("deactivateDirectLink", "PUT", "/directLinks/{assetId}/deactivate/{directLinkId}", direct_links::deactivate),
    read("listAssetDownloadUrls", "POST", "/downloads/asseturls", downloads::urls),
    read("listRenditionKinds", "GET", "/config/renditionkinds", downloads::rendition_kinds),
    read("listAssetRenditions", "GET", "/assets/{assetId}/renditions", downloads::renditions),
    read("getAssetRendition", "GET", "/assets/{assetId}/renditions/{renditionKindId}", downloads::rendition),

    write("createUpload", "POST", "/uploads", uploads::create),
    read("validateUploads", "POST", "/uploads/validate", uploads::validate),
    write("updateUpload", "PUT", "/uploads/{assetId}", uploads::update),
    write("patchUpload", "PATCH", "/uploads/{assetId}", uploads::patch),
    write("addCategoriesToUpload", "POST", "/uploads/{assetId}/categories", uploads::add_categories),
    write("addKeywordsToUpload", "POST", "/uploads/{assetId}/keywords", uploads::add_keywords),
    write("addAttributesToUpload", "POST", "/uploads/{assetId}/attributes", uploads::add_attributes),
    write("createAsset", "POST", "/assets", uploads::create_asset),
    write("completeAssetUpload", "PUT", "/assets/{assetId}", uploads::complete_asset),
    write("createAssetUpload", "POST", "/assets/{assetId}/uploads", uploads::renew_link),

    read("listCategories", "GET", "/categories", categories::list),
    write("createCategory", "POST", "/categories", categories::create),
    read("getCategory", "GET", "/categories/{categoryId}", categories::get),
    write("updateCategory", "PATCH", "/categories/{categoryId}", categories::update),
    write("deleteCategory", "DELETE", "/categories/{categoryId}", categories::delete),
    read("listRootSubcategories", "GET", "/categories/subcategories", categories::root_subcategories),
    read("listSubcategories", "GET", "/categories/{categoryGuid}/subcategories", categories::subcategories),
    uncounted("listCategoryAssets", "GET", "/categories/{categoryId}/assets", categories::assets),
    uncounted("listCategoryBasicAssets", "GET", "/categories/{categoryId}/assets/basic", categories::basic_assets),

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

/// The names of all operations, sorted.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    names.sort_unstable();
    names
}

/// `GET /`: the home document, which lists this table.
fn home_document(_: &Store, _: &ApiRequest) -> ApiResult {
    let functions = OPERATIONS.iter().map(|operation| {
        let function = json!({
            "rel": operation.name,
            "href": operation.path,
            "templated": operation.path.contains('{'),
            "hints": { "allow": [operation.method] },
        });
        (operation.name.to_owned(), function)
    });
    Ok(ApiResponse::ok(json!({ "functions": functions.collect::<BTreeMap<_, _>>() })))
}

/// The values of a path's parameters by name, still encoded.
pub(crate) type PathParameters<'a> = Vec<(&'static str, &'a str)>;

/// The operation for a request. Letter case does not matter in paths; fixed segments take precedence over
/// parameters.
pub(crate) fn find<'a>(
    method: &str,
    path: &'a str,
) -> Option<(&'static Operation, PathParameters<'a>)> {
    OPERATIONS
        .iter()
        .filter(|operation| operation.method == method)
        .filter_map(|operation| Some((operation, match_path(operation.path, path)?)))
        .min_by_key(|(_, parameters)| parameters.len())
}

fn match_path<'a>(template: &'static str, path: &'a str) -> Option<PathParameters<'a>> {
    let mut parameters = Vec::new();
    let mut expected = template.split('/');
    let mut actual = path.split('/');
    loop {
        match (expected.next(), actual.next()) {
            (None, None) => return Some(parameters),
            (Some(expected), Some(actual)) => {
                let name = expected.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
                match name {
                    Some(name) if !actual.is_empty() => parameters.push((name, actual)),
                    None if expected.eq_ignore_ascii_case(actual) => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OPERATIONS, find};

    #[test]
    fn each_template_finds_its_own_operation() {
        for operation in OPERATIONS {
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
