//! The operations served: the table that the router is built from.

use std::sync::Arc;

use axum::http::Method;
use axum::routing::{MethodRouter, delete, get, head, patch, post, put};

use super::handlers::{
    activities, alerts, annotations, delegates, downloads, emails, files, folders, groups, invites,
    links, paths, pictures, platform, rights, shares, tag_categories, tags, templates, trash,
    upload_links, users,
};
use super::oauth::{apps, authentication, authorize, token};
use super::request::ApiRequest;
use super::response::ApiResult;
use super::state::{ServerState, Store};
use super::uploads::{form, picture, stream, tus};

/// How an operation is run.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// Only sees the data.
    Read(fn(&Store, &ApiRequest) -> ApiResult),
    /// Changes the data, and counts as a write.
    Write(fn(&mut Store, &ApiRequest) -> ApiResult),
    /// Needs no bearer token. Does not count as a write.
    Public(fn(&mut Store, &ApiRequest) -> ApiResult),
    /// Reads a request that is not JSON, such as an upload, and authenticates it itself.
    Route(fn() -> MethodRouter<Arc<ServerState>>),
}

use Handler::{Public, Read, Route, Write};

/// An operation of the vendor's API.
pub(crate) struct Operation {
    /// Its `operationId` in the specification.
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) handler: Handler,
}

const fn op(name: &'static str, method: Method, path: &'static str, handler: Handler) -> Operation {
    Operation { name, method, path, handler }
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

/// Every operation.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    // Signing in
    op("getOauthAuthorization", GET, "/oauth2/authorize", Route(|| get(authorize::page))),
    op("createOauthToken", POST, "/oauth2/token", Route(|| post(token::endpoint))),
    op("createSession", POST, "/api/auth", Public(authentication::sign_in)),
    op("deleteSession", DELETE, "/api/auth", Write(authentication::sign_out)),
    op("createOauthApp", POST, "/api/oauth2/app", Write(apps::create)),
    op("getOauthApp", GET, "/api/oauth2/app/{clientId}", Read(apps::get)),
    op("updateOauthApp", PUT, "/api/oauth2/app/{clientId}", Write(apps::update)),
    op("deleteOauthApp", DELETE, "/api/oauth2/app/{clientId}", Write(apps::delete)),
    op("resetOauthAppSecret", POST, "/api/oauth2/app/{clientId}/reset", Write(apps::reset)),
    op("listOauthAppTokens", GET, "/api/oauth2/app/{clientId}/tokens", Read(apps::tokens)),
    op("revokeOauthAppToken", DELETE, "/api/oauth2/app/{token}/revoke", Write(apps::revoke)),
    op("listOauthApps", GET, "/api/oauth2/apps", Read(apps::list)),
    op("listOauthUserTokens", GET, "/api/oauth2/user/tokens", Read(apps::own_tokens)),
    op("revokeOauthUserToken", DELETE, "/api/oauth2/user/{token}/revoke", Write(apps::revoke_own)),
    // Folders and paths
    op("listFolders", GET, "/api/folders", Read(folders::list)),
    op("createFolder", POST, "/api/folder", Write(folders::create)),
    op("getFolder", GET, "/api/folder/{folderId}", Read(folders::get)),
    op("updateFolder", PUT, "/api/folder/{folderId}", Write(folders::update)),
    op("deleteFolder", DELETE, "/api/folder/{folderId}", Write(folders::delete)),
    op("getObjectByPath", GET, "/api/path", Read(paths::object)),
    op("getObjectPath", GET, "/api/objectpath", Read(paths::object_path)),
    op("testDescendantFolder", GET, "/api/ischildof", Read(paths::is_child_of)),
    op("getQuotas", GET, "/api/quotas", Read(paths::quotas)),
    // Files
    op("createFile", POST, "/api/file", Write(files::create)),
    op("getFile", GET, "/api/file/{fileId}", Read(files::get)),
    op("updateFile", PUT, "/api/file/{fileId}", Write(files::update)),
    op("deleteFile", DELETE, "/api/file/{fileId}", Write(files::delete)),
    op("getFileInfo", GET, "/api/file/{fileId}/infos", Read(files::info)),
    op("listFileVersions", GET, "/api/file/{fileId}/versions", Read(files::versions)),
    op("downloadFile", GET, "/api/file/{fileId}/download", Read(downloads::download)),
    op("downloadFileByToken", GET, "/api/file/download", Public(downloads::by_token)),
    op("createFileToken", POST, "/api/token/file/{fileId}/{type}", Write(downloads::token)),
    op("downloadFilePreview", GET, "/api/preview/{fileId}", Public(downloads::preview)),
    // Uploads
    op("uploadFile", POST, "/api/file/upload", Route(|| post(form::upload))),
    op("uploadFileStream", PUT, "/api/file/upload", Route(|| put(stream::upload))),
    op("replaceFileContent", PUT, "/api/file/{fileId}/upload", Route(|| put(stream::replace))),
    op("createTusFile", POST, "/api/file/tus", Write(tus::file)),
    op("createTusUpload", POST, "/api/tus", Route(|| post(tus::create))),
    op("getTusUpload", Method::HEAD, "/api/tus/{uploadId}", Route(|| head(tus::offset))),
    op("uploadTusChunk", Method::PATCH, "/api/tus/{uploadId}", Route(|| patch(tus::chunk))),
    op("deleteTusUpload", DELETE, "/api/tus/{uploadId}", Route(|| delete(tus::cancel))),
    // Locks and the trash
    op("getFileLock", GET, "/api/lock/{fileId}", Read(files::lock)),
    op("updateFileLock", PUT, "/api/lock/{fileId}", Write(files::update_lock)),
    op("deleteFileLock", DELETE, "/api/lock/{fileId}", Write(files::remove_lock)),
    op("listFolderLocks", GET, "/api/locks/{folderId}", Read(files::folder_locks)),
    op("listTrashItems", GET, "/api/trashes", Read(trash::list)),
    op("deleteAllTrashItems", DELETE, "/api/trashes", Write(trash::purge_all)),
    op("getTrashItem", GET, "/api/trash/{trashId}", Read(trash::get)),
    op("restoreTrashItem", PUT, "/api/trash/{trashId}", Write(trash::restore)),
    op("deleteTrashItem", DELETE, "/api/trash/{trashId}", Write(trash::purge)),
    // Tags
    op("createTag", POST, "/api/tag", Write(tags::create)),
    op("getTag", GET, "/api/tag/{tagId}", Read(tags::get)),
    op("deleteTag", DELETE, "/api/tag/{tagId}", Write(tags::delete)),
    op("listTags", GET, "/api/tags", Read(tags::list)),
    op("listTagColors", GET, "/api/tags/colors", Read(tags::colors)),
    op("updateFolderTags", POST, "/api/tag/{folderId}/folder", Write(tags::update_folder)),
    op("addTagToElement", POST, "/api/tag/{tagId}/{elementId}/{type}", Write(tags::add)),
    op("removeTagFromElement", DELETE, "/api/tag/{tagId}/{elementId}/{type}", Write(tags::remove)),
    op("createTagCategory", POST, "/api/tag/category", Write(tag_categories::create)),
    op("getTagCategory", GET, "/api/tag/category/{categoryId}", Read(tag_categories::get)),
    op("updateTagCategory", PUT, "/api/tag/category/{categoryId}", Write(tag_categories::update)),
    op("deleteTagCategory", DELETE, "/api/tag/category/{categoryId}", Write(tag_categories::delete)),
    op("listTagCategories", GET, "/api/tag/categories", Read(tag_categories::list)),
    op("listElementTagCategories", GET, "/api/tag/categories/{elementId}/{type}", Read(tag_categories::of_element)),
    op("listAttachedTagCategories", GET, "/api/tag/categories/attached/{elementId}/{type}", Read(tag_categories::attached)),
    op("getElementTagCategory", GET, "/api/tag/category/{categoryId}/{elementId}/{type}", Read(tag_categories::one_of_element)),
    // Shares
    op("listShares", GET, "/api/shares", Read(shares::list)),
    op("createShare", POST, "/api/share", Write(shares::create)),
    op("getShare", GET, "/api/share/{shareId}", Read(shares::get)),
    op("updateShare", PUT, "/api/share/{shareId}", Write(shares::update)),
    op("deleteShare", DELETE, "/api/share/{shareId}", Write(shares::delete)),
    op("listShareActivities", GET, "/api/share/{shareId}/activity", Read(shares::activities)),
    op("getShareByKey", GET, "/api/share/key/{shareKey}", Public(shares::by_key)),
    op("validateSharePassword", POST, "/api/share/key/{shareKey}/passcheck", Public(shares::check_password)),
    op("getShareContent", GET, "/api/share/content/{shareKey}", Public(shares::content)),
    op("getShareFolderContent", GET, "/api/share/content/{shareKey}/{folderId}", Public(shares::folder_content)),
    op("createShareFileToken", POST, "/api/token/share/{guId}/{type}/{key}", Public(shares::file_token)),
    op("createShareDownloadToken", POST, "/api/token/share/download/{key}", Public(shares::download_token)),
    op("downloadShareFile", GET, "/api/share/download/file", Public(downloads::by_token)),
    // Share links
    op("listShareLinks", GET, "/api/sharelinks", Read(links::list)),
    op("createShareLink", POST, "/api/sharelink", Write(links::create)),
    op("getShareLink", GET, "/api/sharelink/{sharelinkId}", Read(links::get)),
    op("updateShareLink", PUT, "/api/sharelink/{sharelinkId}", Write(links::update)),
    op("deleteShareLink", DELETE, "/api/sharelink/{sharelinkId}", Write(links::delete)),
    op("addFileToShareLink", POST, "/api/sharelink/{sharelinkId}/file", Write(links::add_file)),
    op("addFolderToShareLink", POST, "/api/sharelink/{sharelinkId}/folder", Write(links::add_folder)),
    op("removeFileFromShareLink", DELETE, "/api/sharelink/{sharelinkId}/file/{fileId}", Write(links::remove_file)),
    op("validateShareLinkPassword", POST, "/api/sharelink/{sharelinkId}/passcheck", Public(links::check_password)),
    op("getShareLinkByKey", GET, "/api/sharelink/key/{sharelinkKey}", Public(links::by_key)),
    op("validateShareLinkPasswordByKey", POST, "/api/sharelink/key/{sharelinkKey}/passcheck", Public(links::check_password)),
    op("downloadShareLink", GET, "/api/sharelink/download/{sharelinkKey}", Public(links::download)),
    op("createShareLinkDownloadToken", POST, "/api/token/sharelink/{key}/download", Public(links::download_token)),
    op("createShareLinkFileToken", POST, "/api/token/sharelink/{key}/{dataId}/{type}", Public(links::file_token)),
    // Users and groups
    op("getAccount", GET, "/api/account", Read(users::own_account)),
    op("updateAccount", PUT, "/api/account", Write(users::update_own_account)),
    op("listUsers", GET, "/api/users", Read(users::list)),
    op("createUser", POST, "/api/user", Write(users::create)),
    op("getUser", GET, "/api/user/{userId}", Read(users::get)),
    op("updateUser", PUT, "/api/user/{userId}", Write(users::update)),
    op("deleteUser", DELETE, "/api/user/{userId}", Write(users::delete)),
    op("getUserQuota", GET, "/api/user/{userId}/quota", Read(users::quota)),
    op("listGroups", GET, "/api/groups", Read(groups::list)),
    op("createGroup", POST, "/api/group", Write(groups::create)),
    op("getGroup", GET, "/api/group/{groupId}", Read(groups::get)),
    op("updateGroup", PUT, "/api/group/{groupId}", Write(groups::update)),
    op("deleteGroup", DELETE, "/api/group/{groupId}", Write(groups::delete)),
    op("listGroupDelegates", GET, "/api/delegates/{groupId}", Read(delegates::of_group)),
    op("createDelegate", POST, "/api/delegate", Write(delegates::create)),
    op("getDelegate", GET, "/api/delegate/{delegateId}", Read(delegates::get)),
    op("updateDelegate", PUT, "/api/delegate/{delegateId}", Write(delegates::update)),
    op("deleteDelegate", DELETE, "/api/delegate/{delegateId}", Write(delegates::delete)),
    op("uploadAccountPicture", POST, "/api/account/picture", Route(|| post(picture::upload_own))),
    op("downloadAccountPicture", GET, "/api/account/picture", Read(pictures::own)),
    op("deleteAccountPicture", DELETE, "/api/account/picture", Write(pictures::remove_own)),
    op("uploadUserPicture", POST, "/api/user/{userId}/picture", Route(|| post(picture::upload_of_user))),
    op("downloadUserPicture", GET, "/api/user/{userId}/picture", Read(pictures::of_user)),
    op("deleteUserPicture", DELETE, "/api/user/{userId}/picture", Write(pictures::remove_of_user)),
    op("getUserOption", GET, "/api/option/{userId}", Read(platform::restriction)),
    op("updateUserOption", PUT, "/api/option/{userId}", Write(platform::update_restriction)),
    op("deleteUserOption", DELETE, "/api/option/{userId}", Write(platform::remove_restriction)),
    // Rights, and people outside the platform
    op("listFolderRights", GET, "/api/rights/{folderId}", Read(rights::of_folder)),
    op("createRight", POST, "/api/right", Write(rights::create)),
    op("getRight", GET, "/api/right/{rightId}", Read(rights::get)),
    op("updateRight", PUT, "/api/right/{rightId}", Write(rights::update)),
    op("deleteRight", DELETE, "/api/right/{rightId}", Write(rights::delete)),
    op("listFolderInvites", GET, "/api/invites/{folderId}", Read(invites::of_folder)),
    op("listFolderInviteUsers", GET, "/api/invite/users/{folderId}", Read(invites::users)),
    op("createInvite", POST, "/api/invite", Write(invites::create)),
    op("updateInvite", PUT, "/api/invite/{inviteId}", Write(invites::update)),
    op("deleteInvite", DELETE, "/api/invite/{inviteId}", Write(invites::delete)),
    op("listUploadLinks", GET, "/api/ulinks", Read(upload_links::list)),
    op("createUploadLink", POST, "/api/ulink", Write(upload_links::create)),
    op("getUploadLink", GET, "/api/ulink/{ulinkId}", Read(upload_links::get)),
    op("updateUploadLink", PUT, "/api/ulink/{ulinkId}", Write(upload_links::update)),
    op("deleteUploadLink", DELETE, "/api/ulink/{ulinkId}", Write(upload_links::delete)),
    op("getUploadLinkByKey", GET, "/api/ulink/key/{ulinkKey}", Public(upload_links::by_key)),
    op("validateUploadLinkPassword", POST, "/api/ulink/key/{ulinkKey}/passcheck", Public(upload_links::check_password)),
    // Messages and templates
    op("listFolderAlerts", GET, "/api/alerts/{folderId}", Read(alerts::of_folder)),
    op("createAlert", POST, "/api/alert", Write(alerts::create)),
    op("getAlert", GET, "/api/alert/{alertId}", Read(alerts::get)),
    op("updateAlert", PUT, "/api/alert/{alertId}", Write(alerts::update)),
    op("deleteAlert", DELETE, "/api/alert/{alertId}", Write(alerts::delete)),
    op("listAnnotations", GET, "/api/annotations/all", Read(annotations::list)),
    op("listTargetAnnotations", GET, "/api/annotations/{targetId}/{type}", Read(annotations::of_target)),
    op("createAnnotation", POST, "/api/annotation", Write(annotations::create)),
    op("getAnnotation", GET, "/api/annotation/{annotationId}", Read(annotations::get)),
    op("updateAnnotation", PUT, "/api/annotation/{annotationId}", Write(annotations::update)),
    op("deleteAnnotation", DELETE, "/api/annotation/{annotationId}", Write(annotations::delete)),
    op("listEmails", GET, "/api/emails", Read(emails::list)),
    op("createEmail", POST, "/api/email", Write(emails::create)),
    op("getEmail", GET, "/api/email/{emailId}", Read(emails::get)),
    op("updateEmail", PUT, "/api/email/{emailId}", Write(emails::update)),
    op("deleteEmail", DELETE, "/api/email/{emailId}", Write(emails::delete)),
    op("getFileTemplateFolder", GET, "/api/template/folder", Read(templates::folder)),
    op("listFileTemplates", GET, "/api/template/files/{folderId}", Read(templates::of_folder)),
    op("createFileTemplate", POST, "/api/template/file", Write(templates::create)),
    op("updateFileTemplate", PUT, "/api/template/file/{templateId}", Write(templates::update)),
    op("deleteFileTemplate", DELETE, "/api/template/file/{templateId}", Write(templates::delete)),
    op("createFileFromTemplate", POST, "/api/template/file/copy", Write(templates::copy)),
    op("createFileTemplateToken", POST, "/api/token/template/{id}/{type}", Write(templates::token)),
    // The platform
    op("getConfig", GET, "/api/config", Read(platform::config)),
    op("updateConfig", PUT, "/api/config", Write(platform::update_config)),
    op("getPublicConfig", GET, "/api/publicconfig", Public(platform::public_config)),
    op("listRoots", GET, "/api/roots", Read(platform::roots)),
    op("getRoot", GET, "/api/root/{type}", Read(platform::roots_of_type)),
    op("getPortalRoot", GET, "/api/root/portal/{filter}", Read(platform::roots_of_type)),
    op("listFileActivities", GET, "/api/activity/file/{fileId}", Read(activities::of_file)),
    op("listFolderActivities", GET, "/api/activity/folder/{folderId}", Read(activities::of_folder)),
    op("listActivityFiles", GET, "/api/file/activity", Read(activities::changed_files)),
    op("listFileTimelineEntries", GET, "/api/file/{fileId}/timeline", Read(activities::timeline)),
    op("listLogs", GET, "/api/logs", Read(activities::logs)),
    op("getLog", GET, "/api/log/{logId}", Read(activities::log)),
];

/// The operation at a route.
pub(crate) fn find(method: &Method, path: &str) -> Option<&'static Operation> {
    let at = |method: &Method| {
        OPERATIONS.iter().find(|operation| operation.method == *method && operation.path == path)
    };
    // Where HEAD is not an operation, it is GET without the body.
    at(method).or_else(|| if method == Method::HEAD { at(&GET) } else { None })
}

/// Every operation's name, sorted.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::OPERATIONS;

    /// The id in generated code: `get_file` for `getFile`.
    fn snake(name: &str) -> String {
        let mut snake = String::new();
        for letter in name.chars() {
            if letter.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
        }
        snake
    }

    /// Operations outside the specification: pages for a browser, and requests that only helpers of the SDK send.
    const OUTSIDE: [&str; 6] = [
        "getOauthAuthorization",
        "createOauthToken",
        "createTusUpload",
        "getTusUpload",
        "uploadTusChunk",
        "deleteTusUpload",
    ];

    #[test]
    fn every_operation_is_one_of_the_specification() {
        let inside = OPERATIONS.iter().filter(|served| !OUTSIDE.contains(&served.name));
        assert_eq!(inside.clone().count() + OUTSIDE.len(), OPERATIONS.len());
        for served in inside {
            let id = snake(served.name);
            let mut known = netexplorer_sdk::OPERATIONS.iter();
            let known = known.find(|operation| operation.id == id).expect(&id);
            assert_eq!(known.method.as_str(), served.method.as_str(), "{id}");
            let path = served.path.strip_prefix("/api").unwrap_or(served.path);
            assert_eq!(known.path, path, "{id}");
        }
    }
}
