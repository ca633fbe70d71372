//! The operations served: the table that requests are matched with.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::json;

use super::handlers::{
    asset_metadata, assets, categories, direct_links, downloads, groups, lightboxes,
    saved_searches, uploads, users, versions, vocabulary,
};
use super::request::ApiRequest;
use super::response::{ApiResponse, ApiResult};
use super::state::Store;

/// How an operation is run.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// Only sees the data.
    Read(fn(&Store, &ApiRequest) -> ApiResult),
    /// Changes the data, and counts as a write.
    Write(fn(&mut Store, &ApiRequest) -> ApiResult),
    /// A read that advances the processing of new assets, or remembers a download. Does not count as a write,
    /// because it changes nothing that a client made.
    Uncounted(fn(&mut Store, &ApiRequest) -> ApiResult),
}

use Handler::{Read, Uncounted, Write};

/// An operation of the vendor's API.
pub(crate) struct Operation {
    /// Its `operationId` in the specification.
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    /// The template of the path.
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
}

const fn op(name: &'static str, method: Method, path: &'static str, handler: Handler) -> Operation {
    Operation { name, method, path, handler }
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

/// Every operation.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    op("getHomeDocument", GET, "/", Read(home_document)),
    op("getCurrentUser", GET, "/users/current", Read(users::current)),
    op("listUsers", GET, "/users", Read(users::list)),
    op("createUser", POST, "/users", Write(users::create)),
    op("getUser", GET, "/users/{userId}", Read(users::get)),
    op("updateUser", PUT, "/users/{userId}", Write(users::update)),
    op("listUserGroups", GET, "/groups", Read(groups::list)),
    op("createUserGroup", POST, "/groups", Write(groups::create)),
    op("getUserGroup", GET, "/groups/{userGroupId}", Read(groups::get)),
    op("updateUserGroup", PUT, "/groups/{userGroupId}", Write(groups::update)),
    op("listSearchFacets", GET, "/search/facets", Read(assets::facets)),

    op("listAssets", GET, "/assets", Uncounted(assets::list)),
    op("searchAssets", POST, "/assets/search", Uncounted(assets::search)),
    op("listRecentlyUploadedAssets", GET, "/recentlyUploaded", Uncounted(assets::recently_uploaded)),
    op("getAsset", GET, "/assets/{assetId}", Uncounted(assets::get)),
    op("updateAsset", PATCH, "/assets/{assetId}", Write(assets::patch)),
    op("deleteAsset", DELETE, "/assets/{assetId}", Write(assets::delete)),
    op("listAssetComments", GET, "/assets/{assetId}/comments", Read(assets::comments)),
    op("addCommentsToAsset", POST, "/assets/{assetId}/comments", Write(assets::add_comments)),
    op("createAssetRating", POST, "/assets/{assetId}/rating", Write(assets::rate)),

    op("getAssetAttributes", GET, "/assets/{assetId}/attributes", Read(asset_metadata::attributes)),
    op("addAttributesToAsset", POST, "/assets/{assetId}/attributes", Write(asset_metadata::set_attributes)),
    op("listAssetKeywords", GET, "/assets/{assetId}/keywords", Read(asset_metadata::keywords)),
    op("addKeywordsToAsset", POST, "/assets/{assetId}/keywords", Write(asset_metadata::add_keywords)),
    op("removeKeywordFromAsset", DELETE, "/assets/{assetId}/keywords/{keyword}", Write(asset_metadata::remove_keyword)),
    op("listAssetCategories", GET, "/assets/{assetId}/categories", Read(asset_metadata::categories)),
    op("addCategoriesToAsset", POST, "/assets/{assetId}/categories", Write(asset_metadata::add_categories)),
    op("replaceAssetCategories", PUT, "/assets/{assetId}/categories", Write(asset_metadata::replace_categories)),
    op("removeCategoryFromAsset", DELETE, "/assets/{assetId}/categories/{categoryId}", Write(asset_metadata::remove_category)),

    op("listAssetVersions", GET, "/assets/{assetId}/versions", Read(versions::list)),
    op("checkOutAsset", POST, "/assets/{assetId}/checkOut", Write(versions::check_out)),
    op("validateAssetCheckIn", POST, "/assetCheckIn/{id}/validate", Read(versions::validate)),
    op("startAssetCheckIn", GET, "/assetCheckIn/{assetId}", Write(versions::start_check_in)),
    op("completeAssetCheckIn", PUT, "/assetCheckIn/{assetId}", Write(versions::complete_check_in)),
    op("validateDownload", POST, "/downloads/validate", Uncounted(downloads::validate)),
    op("createAssetDownload", POST, "/downloads/{id}/asset", Read(downloads::create)),
    op("reportAssetDownload", POST, "/assets/{assetId}/downloaded", Read(downloads::report)),
    op("listAssetDirectLinks", GET, "/directlinks/{assetId}", Read(direct_links::list)),
    op("createDirectLink", POST, "/directlinks/{assetId}", Write(direct_links::create)),
    op("activateDirectLink", PUT, "/directLinks/{assetId}/activate/{directLinkId}", Write(direct_links::activate)),
    op("deactivateDirectLink", PUT, "/directLinks/{assetId}/deactivate/{directLinkId}", Write(direct_links::deactivate)),
    op("listAssetDownloadUrls", POST, "/downloads/asseturls", Read(downloads::urls)),
    op("listRenditionKinds", GET, "/config/renditionkinds", Read(downloads::rendition_kinds)),
    op("listAssetRenditions", GET, "/assets/{assetId}/renditions", Read(downloads::renditions)),
    op("getAssetRendition", GET, "/assets/{assetId}/renditions/{renditionKindId}", Read(downloads::rendition)),

    op("createUpload", POST, "/uploads", Write(uploads::create)),
    op("validateUploads", POST, "/uploads/validate", Read(uploads::validate)),
    op("updateUpload", PUT, "/uploads/{assetId}", Write(uploads::update)),
    op("patchUpload", PATCH, "/uploads/{assetId}", Write(uploads::patch)),
    op("addCategoriesToUpload", POST, "/uploads/{assetId}/categories", Write(uploads::add_categories)),
    op("addKeywordsToUpload", POST, "/uploads/{assetId}/keywords", Write(uploads::add_keywords)),
    op("addAttributesToUpload", POST, "/uploads/{assetId}/attributes", Write(uploads::add_attributes)),
    op("createAsset", POST, "/assets", Write(uploads::create_asset)),
    op("completeAssetUpload", PUT, "/assets/{assetId}", Write(uploads::complete_asset)),
    op("createAssetUpload", POST, "/assets/{assetId}/uploads", Write(uploads::renew_link)),

    op("listCategories", GET, "/categories", Read(categories::list)),
    op("createCategory", POST, "/categories", Write(categories::create)),
    op("getCategory", GET, "/categories/{categoryId}", Read(categories::get)),
    op("updateCategory", PATCH, "/categories/{categoryId}", Write(categories::update)),
    op("deleteCategory", DELETE, "/categories/{categoryId}", Write(categories::delete)),
    op("listRootSubcategories", GET, "/categories/subcategories", Read(categories::root_subcategories)),
    op("listSubcategories", GET, "/categories/{categoryGuid}/subcategories", Read(categories::subcategories)),
    op("listCategoryAssets", GET, "/categories/{categoryId}/assets", Uncounted(categories::assets)),
    op("listCategoryBasicAssets", GET, "/categories/{categoryId}/assets/basic", Uncounted(categories::basic_assets)),

    op("listKeywords", GET, "/keywords", Read(vocabulary::keywords)),
    op("createKeyword", POST, "/keywords", Write(vocabulary::create_keyword)),
    op("updateKeyword", PATCH, "/keywords/{keyword}", Write(vocabulary::update_keyword)),
    op("listAttributes", GET, "/attributes", Read(vocabulary::attributes)),
    op("createAttribute", POST, "/attributes", Write(vocabulary::create_attribute)),
    op("getAttribute", GET, "/attributes/{attributeId}", Read(vocabulary::attribute)),
    op("updateAttribute", PUT, "/attributes/{attributeId}", Write(vocabulary::update_attribute)),
    op("deleteAttribute", DELETE, "/attributes/{attributeId}", Write(vocabulary::delete_attribute)),

    op("listLightboxes", GET, "/lightboxes", Read(lightboxes::list)),
    op("createLightbox", POST, "/lightboxes", Write(lightboxes::create)),
    op("getLightbox", GET, "/lightboxes/{lightboxId}", Read(lightboxes::get)),
    op("updateLightbox", PUT, "/lightboxes/{lightboxId}", Write(lightboxes::update)),
    op("patchLightbox", PATCH, "/lightboxes/{lightboxId}", Write(lightboxes::patch)),
    op("deleteLightbox", DELETE, "/lightboxes/{lightboxId}", Write(lightboxes::delete)),
    op("listLightboxAssets", GET, "/lightboxes/{lightboxId}/assets", Read(lightboxes::assets)),
    op("addAssetsToLightbox", POST, "/lightboxes/{lightboxId}/assets", Write(lightboxes::add_assets)),
    op("removeAssetsFromLightbox", DELETE, "/lightboxes/{lightboxId}/assets", Write(lightboxes::remove_assets)),
    op("removeAssetFromLightbox", DELETE, "/lightboxes/{lightboxId}/assets/{assetId}", Write(lightboxes::remove_asset)),

    op("listSavedSearches", GET, "/savedsearches", Read(saved_searches::list)),
    op("createSavedSearch", POST, "/savedsearches", Write(saved_searches::create)),
    op("getSavedSearch", GET, "/savedsearches/{savedSearchId}", Read(saved_searches::get)),
    op("updateSavedSearch", PATCH, "/savedsearches/{savedSearchId}", Write(saved_searches::update)),
    op("deleteSavedSearch", DELETE, "/savedsearches/{savedSearchId}", Write(saved_searches::delete)),
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
            "hints": { "allow": [operation.method.as_str()] },
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
    method: &Method,
    path: &'a str,
) -> Option<(&'static Operation, PathParameters<'a>)> {
    OPERATIONS
        .iter()
        .filter(|operation| operation.method == *method)
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
    use super::{GET, OPERATIONS, PUT, find};

    #[test]
    fn each_template_finds_its_own_operation() {
        for operation in OPERATIONS {
            let (found, _) = find(&operation.method, operation.path).unwrap();
            assert_eq!(found.name, operation.name);
        }
    }

    #[test]
    fn fixed_segments_come_first_and_case_does_not_matter() {
        assert_eq!(
            find(&GET, "/Categories/SubCategories").unwrap().0.name,
            "listRootSubcategories"
        );
        let (operation, parameters) = find(&GET, "/ASSETS/AbC").unwrap();
        assert_eq!((operation.name, parameters), ("getAsset", vec![("assetId", "AbC")]));
        assert!(find(&GET, "/assets/").is_none());
        assert!(find(&PUT, "/keywords").is_none());
    }
}
