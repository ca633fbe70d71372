//! The operations served: the table that requests are matched with.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::json;

use super::handlers::{
    asset_metadata, asset_relations, assets, attribute_groups, categories, crop_templates,
    direct_links, downloads, groups, keyword_groups, lightboxes, notifications, org_unit, persons,
    portals, saved_searches, uploads, users, versions, vocabulary, webhooks,
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
    op("updateCurrentUser", PATCH, "/users/current", Write(users::patch_current)),
    op("patchUser", PATCH, "/users/{userId}", Write(users::patch)),
    op("deleteUser", DELETE, "/users/{userId}", Write(users::delete)),
    op("listApprovers", GET, "/users/approvers", Read(users::approvers)),
    op("getCurrentUserPermissions", GET, "/users/current/permissions", Read(users::current_permissions)),
    op("listUserGroups", GET, "/groups", Read(groups::list)),
    op("createUserGroup", POST, "/groups", Write(groups::create)),
    op("getUserGroup", GET, "/groups/{userGroupId}", Read(groups::get)),
    op("updateUserGroup", PUT, "/groups/{userGroupId}", Write(groups::update)),
    op("deleteUserGroup", DELETE, "/groups/{userGroupId}", Write(groups::delete)),
    op("getUserGroupCategories", GET, "/groups/{userGroupId}/categories", Read(groups::categories)),
    op("updateUserGroupCategories", PATCH, "/groups/{userGroupId}/categories", Write(groups::update_categories)),
    op("addUserGroupToCategory", POST, "/categories/{categoryId}/userGroups", Write(groups::add_to_category)),
    op("removeUserGroupFromCategory", DELETE, "/categories/{categoryId}/userGroups/{userGroupId}", Write(groups::remove_from_category)),

    op("getCurrentOrgUnit", GET, "/organizationalunits/current", Read(org_unit::current)),
    op("getOrgUnit", GET, "/organizationalunits/{id}", Read(org_unit::get)),
    op("updateOrgUnit", PATCH, "/organizationalunits/{id}", Write(org_unit::update)),
    op("listOrgUnitLibraries", GET, "/organizationalunits/current/libraries", Read(org_unit::libraries)),
    op("getOrgUnitLibrary", GET, "/organizationalunits/current/libraries/{id}", Read(org_unit::library)),
    op("updateOrgUnitLibrary", PATCH, "/organizationalunits/current/libraries/{id}", Write(org_unit::update_library)),
    op("listOrgUnitPortals", GET, "/organizationalunits/current/portals", Read(org_unit::portals)),
    op("getOrgUnitSkinColors", GET, "/organizationalunits/current/skinColors", Read(org_unit::skin_colors)),
    op("updateOrgUnitSkinColors", POST, "/organizationalunits/current/skinColors", Write(org_unit::update_skin_colors)),
    op("getPortalSkinColors", GET, "/organizationalunits/{portal}/skinColors", Read(org_unit::portal_skin_colors)),
    op("updatePortalSkinColors", POST, "/organizationalunits/{portal}/skinColors", Write(org_unit::update_portal_skin_colors)),

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

    op("deleteAssetRating", DELETE, "/assets/{assetId}/rating", Write(asset_relations::delete_rating)),
    op("listRelatedAssets", GET, "/assets/{assetId}/relatedassets", Read(asset_relations::related)),
    op("addRelatedAssetsToAsset", POST, "/assets/{assetId}/relatedassets", Write(asset_relations::add_related)),
    op("removeRelatedAssetFromAsset", DELETE, "/assets/{assetId}/relatedassets/{relatedAssetId}", Write(asset_relations::remove_related)),
    op("listAssetHistory", GET, "/assets/{assetId}/history", Read(asset_relations::history)),
    op("reportAssetView", POST, "/assets/{assetId}/viewed", Uncounted(asset_relations::report_view)),
    op("listMostViewedAssets", GET, "/mostViewed", Read(asset_relations::most_viewed)),
    op("listAssetAutotags", GET, "/assets/{assetId}/autotags", Read(asset_relations::autotags)),
    op("addAutotagKeywordsToAsset", POST, "/assets/{assetId}/autotags/keywords", Write(asset_relations::add_autotag_keywords)),
    op("removeAutotagFromAsset", DELETE, "/assets/{assetId}/autotags/{autotag}", Write(asset_relations::remove_autotag)),
    op("listAssetFaces", GET, "/assets/{assetId}/faces", Read(asset_relations::faces)),
    op("getVideoIntelligenceStatus", GET, "/assets/{assetId}/videoIntelligence/status", Read(asset_relations::video_status)),

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
    op("reportAssetDownload", POST, "/assets/{assetId}/downloaded", Uncounted(downloads::report)),
    op("listAssetDirectLinks", GET, "/directlinks/{assetId}", Read(direct_links::list)),
    op("createDirectLink", POST, "/directlinks/{assetId}", Write(direct_links::create)),
    op("activateDirectLink", PUT, "/directLinks/{assetId}/activate/{directLinkId}", Write(direct_links::activate)),
    op("deactivateDirectLink", PUT, "/directLinks/{assetId}/deactivate/{directLinkId}", Write(direct_links::deactivate)),
    op("listDirectLinks", GET, "/directlinks", Read(direct_links::list_all)),
    op("archiveDirectLink", PUT, "/directLinks/{assetId}/archive/{directLinkId}", Write(direct_links::archive)),
    op("activateAssetDirectLinks", PUT, "/directLinks/{assetId}/activateAll", Write(direct_links::activate_all)),
    op("deactivateAssetDirectLinks", PUT, "/directLinks/{assetId}/deactivateAll", Write(direct_links::deactivate_all)),
    op("validateAssetsInAllDirectLinks", POST, "/directlinks/validate/assets", Read(direct_links::validate_assets)),
    op("validateDirectLinkName", POST, "/directlinks/{assetId}/validate", Read(direct_links::validate_name)),
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

    op("listFolders", GET, "/folders", Read(categories::root_folders)),
    op("createFolder", POST, "/folders", Write(categories::create)),
    op("getFolder", GET, "/folders/{categoryId}", Read(categories::get)),
    op("updateFolder", PATCH, "/folders/{categoryId}", Write(categories::update)),
    op("listSubfolders", GET, "/folders/{categoryGuid}/subfolders", Read(categories::subcategories)),
    op("listFolderAssets", GET, "/folders/{categoryId}/assets", Uncounted(categories::assets)),

    op("listKeywords", GET, "/keywords", Read(vocabulary::keywords)),
    op("createKeyword", POST, "/keywords", Write(vocabulary::create_keyword)),
    op("updateKeyword", PATCH, "/keywords/{keyword}", Write(vocabulary::update_keyword)),
    op("listAttributes", GET, "/attributes", Read(vocabulary::attributes)),
    op("createAttribute", POST, "/attributes", Write(vocabulary::create_attribute)),
    op("getAttribute", GET, "/attributes/{attributeId}", Read(vocabulary::attribute)),
    op("updateAttribute", PUT, "/attributes/{attributeId}", Write(vocabulary::update_attribute)),
    op("deleteAttribute", DELETE, "/attributes/{attributeId}", Write(vocabulary::delete_attribute)),

    op("listAttributeGroups", GET, "/attributeGroups", Read(attribute_groups::list)),
    op("createAttributeGroup", POST, "/attributeGroups", Write(attribute_groups::create)),
    op("getAttributeGroup", GET, "/attributeGroups/{attributeGroupId}", Read(attribute_groups::get)),
    op("updateAttributeGroup", PATCH, "/attributeGroups/{attributeGroupId}", Write(attribute_groups::update)),
    op("deleteAttributeGroup", DELETE, "/attributeGroups/{attributeGroupId}", Write(attribute_groups::delete)),
    op("listAttributeGroupAttributes", GET, "/attributeGroups/{attributeGroupId}/attributes", Read(attribute_groups::attributes)),
    op("listKeywordGroups", GET, "/keywordGroups", Read(keyword_groups::list)),
    op("createKeywordGroup", POST, "/keywordGroups", Write(keyword_groups::create)),
    op("listKeywordSubgroups", GET, "/keywordGroups/{keywordGroupId}/subGroups", Read(keyword_groups::subgroups)),
    op("updateKeywordGroup", PATCH, "/keywordGroups/{keywordGroupId}", Write(keyword_groups::update)),
    op("deleteKeywordGroup", DELETE, "/keywordGroups/{keywordGroupId}", Write(keyword_groups::delete)),

    op("listCategoryPersons", GET, "/categories/{categoryId}/persons", Read(persons::in_category)),
    op("listCategoryIdentifiedPersons", GET, "/categories/{categoryId}/persons/identified", Read(persons::identified_in_category)),
    op("listCategoryUnidentifiedPersons", GET, "/categories/{categoryId}/persons/unidentified", Read(persons::unidentified_in_category)),
    op("searchIdentifiedPersons", POST, "/persons/identified/search", Read(persons::search_identified)),
    op("searchUnidentifiedPersons", POST, "/persons/unidentified/search", Read(persons::search_unidentified)),
    op("updatePerson", PATCH, "/persons/{personId}", Write(persons::update)),
    op("listMostViewedPersons", GET, "/persons/{identificationType}/mostViewed", Read(persons::most_viewed)),
    op("listRecentlyUploadedPersons", GET, "/persons/{identificationType}/recentlyUploaded", Read(persons::recently_uploaded)),

    op("listAssetFollowers", GET, "/notification/assets/{assetId}/followers", Read(notifications::followers)),
    op("followAsset", POST, "/notification/assets/{assetId}/follow", Write(notifications::follow)),
    op("sendNotification", POST, "/notification", Write(notifications::send)),
    op("validateUserEmail", POST, "/notification/users/validate", Read(notifications::validate_address)),
    op("listInAppNotifications", GET, "/notification/inApp", Read(notifications::list)),
    op("markInAppNotificationAsRead", PUT, "/notification/markAsRead/{notificationId}", Write(notifications::mark_as_read)),
    op("markAllInAppNotificationsAsRead", PUT, "/notification/markAllAsRead", Write(notifications::mark_all_as_read)),

    op("listCropTemplates", GET, "/crop/templates", Read(crop_templates::list)),
    op("createCropTemplate", POST, "/crop/templates", Write(crop_templates::create)),
    op("listPredefinedCropTemplates", GET, "/crop/predefinedTemplates", Read(crop_templates::predefined)),
    op("updateCropTemplate", PUT, "/crop/templates/{cropTemplateId}", Write(crop_templates::update)),
    op("deleteCropTemplate", DELETE, "/crop/templates/{cropTemplateId}", Write(crop_templates::delete)),

    op("listWebhookEventTypes", GET, "/skyhook/events", Read(webhooks::event_types)),
    op("listWebhookSubscriptions", GET, "/skyhook/subscriptions/list", Read(webhooks::list)),
    op("createWebhookSubscription", POST, "/skyhook/subscriptions", Write(webhooks::create)),
    op("updateWebhookSubscription", PUT, "/skyhook/subscriptions/{subscriptionID}", Write(webhooks::update)),
    op("deleteWebhookSubscription", DELETE, "/skyhook/subscriptions/{subscriptionID}", Write(webhooks::delete)),

    op("listBrandedPortals", GET, "/brandedportals", Read(portals::list)),
    op("createBrandedPortal", POST, "/brandedportals", Write(portals::create)),
    op("getBrandedPortal", GET, "/brandedportals/{brandedPortalId}", Read(portals::get)),
    op("deleteBrandedPortal", DELETE, "/brandedportals/{brandedPortalId}", Write(portals::delete)),
    op("duplicateBrandedPortal", POST, "/brandedportals/{brandedPortalId}/duplicate", Write(portals::duplicate)),
    op("publishBrandedPortal", POST, "/brandedportals/{brandedPortalId}/publish", Write(portals::publish)),
    op("disableBrandedPortal", POST, "/brandedportals/{brandedPortalId}/disable", Write(portals::disable)),
    op("updateBrandedPortalName", PUT, "/brandedportals/{brandedPortalId}/name", Write(portals::rename)),
    op("updateBrandedPortalLayout", PUT, "/brandedportals/{brandedPortalId}/layout", Write(portals::set_layout)),
    op("updateBrandedPortalUrlSettings", PUT, "/brandedportals/{brandedPortalId}/settings/url", Write(portals::set_address)),
    op("updateBrandedPortalSearchSettings", PUT, "/brandedportals/{brandedPortalId}/settings/search", Write(portals::set_search)),
    op("updateBrandedPortalDownloadSettings", PUT, "/brandedportals/{brandedPortalId}/settings/download", Write(portals::set_download)),
    op("updateBrandedPortalLanguageSettings", PUT, "/brandedportals/{brandedPortalId}/settings/language", Write(portals::set_language)),
    op("updateBrandedPortalNavigationSettings", PUT, "/brandedportals/{brandedPortalId}/settings/navigation", Write(portals::set_navigation)),
    op("updateBrandedPortalAccessSettings", PUT, "/brandedportals/{brandedPortalId}/settings/restrictaccess", Write(portals::set_access)),
    op("updateBrandedPortalHighlightColor", PUT, "/brandedportals/{brandedPortalId}/settings/highlightcolour", Write(portals::set_highlight_colour)),
    op("getBrandedPortalAccessKey", GET, "/brandedportals/{brandedPortalId}/settings/accesskey", Read(portals::access_key)),
    op("listBrandedPortalSectionAssets", GET, "/brandedportals/{brandedPortalId}/{sectionId}/assets", Read(portals::section_assets)),
    op("addAssetsToBrandedPortalSection", POST, "/brandedportals/{brandedPortalId}/{sectionId}/assets", Write(portals::add_section_assets)),
    op("removeAssetsFromBrandedPortalSection", DELETE, "/brandedportals/{brandedPortalId}/{sectionId}/assets", Write(portals::remove_section_assets)),
    op("removeAssetsFromBrandedPortal", DELETE, "/brandedportals/{brandedPortalId}/assets", Write(portals::remove_assets)),
    op("moveBrandedPortalAssets", POST, "/brandedportals/{brandedPortalId}/move/assets", Write(portals::move_assets)),
    op("validateAssetsInAllBrandedPortals", POST, "/brandedportals/validate/assets", Read(portals::validate_in_all)),
    op("validateAssetsInBrandedPortal", POST, "/brandedportals/{brandedPortalId}/validate/assets", Read(portals::validate_in_one)),

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
    op("listPinnedSavedSearches", GET, "/savedsearches/pinned", Read(saved_searches::pinned)),
    op("getSavedSearchShares", GET, "/savedsearches/{savedSearchId}/share", Read(saved_searches::shares)),
    op("shareSavedSearch", POST, "/savedsearches/{savedSearchId}/share", Write(saved_searches::share)),
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
