//! The operations served: the tables that the router and the RPC endpoint are built from.

use std::sync::Arc;

use axum::http::Method;
use axum::routing::{MethodRouter, get, post, put};

use super::files::{import, retrieval};
use super::handlers::{assets, collections, folders, health, users};
use super::request::Params;
use super::response::RpcResult;
use super::state::{ServerState, Store};

/// The paths of the RPC endpoint.
pub(crate) const RPC_PATHS: [&str; 2] = ["/api/rpc", "/api/rpc/"];

/// The function behind a JSON-RPC method. Writes change the data and are counted.
#[derive(Clone, Copy)]
pub(crate) enum RpcHandler {
    Read(fn(&Store, &Params) -> RpcResult),
    Write(fn(&mut Store, &Params) -> RpcResult),
}

/// A JSON-RPC method.
pub(crate) struct RpcOperation {
    pub(crate) name: &'static str,
    /// The names of the parameters, by position. Further parameters are refused.
    pub(crate) params: &'static [&'static str],
    pub(crate) handler: RpcHandler,
}

/// An HTTP operation outside JSON-RPC.
pub(crate) struct HttpOperation {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) paths: &'static [&'static str],
    pub(crate) route: fn() -> MethodRouter<Arc<ServerState>>,
}

const fn rpc(
    name: &'static str,
    params: &'static [&'static str],
    handler: RpcHandler,
) -> RpcOperation {
    RpcOperation { name, params, handler }
}

/// All JSON-RPC methods.
pub(crate) const RPC_OPERATIONS: &[RpcOperation] = &[
    rpc("getAssets", &["assetIds", "options"], RpcHandler::Read(assets::get_assets)),
    rpc(
        "getAssetsByFolder",
        &["folderId", "recursive", "options"],
        RpcHandler::Read(assets::get_assets_by_folder),
    ),
    rpc("updateAsset", &["asset", "options"], RpcHandler::Write(assets::update_asset)),
    rpc("deleteAsset", &["assetId"], RpcHandler::Write(assets::delete_asset)),
    rpc(
        "addAssetToFolder",
        &["assetId", "folderId", "options"],
        RpcHandler::Write(assets::add_asset_to_folder),
    ),
    rpc(
        "removeAssetFromFolder",
        &["assetId", "folderId", "options"],
        RpcHandler::Write(assets::remove_asset_from_folder),
    ),
    rpc("getAssetAttributes", &["assetId"], RpcHandler::Read(assets::get_asset_attributes)),
    rpc(
        "getFoldersByParent",
        &["parentFolderId", "options"],
        RpcHandler::Read(folders::get_folders_by_parent),
    ),
    rpc(
        "getFoldersByNameFilter",
        &["nameFilter", "options"],
        RpcHandler::Read(folders::get_folders_by_name_filter),
    ),
    rpc("getFolderByPath", &["path", "options"], RpcHandler::Read(folders::get_folder_by_path)),
    rpc(
        "createFolderFromPath",
        &["path", "options"],
        RpcHandler::Write(folders::create_folder_from_path),
    ),
    rpc(
        "createCollection",
        &["collection", "assetIds", "options"],
        RpcHandler::Write(collections::create_collection),
    ),
    rpc(
        "updateCollection",
        &["collection", "assetIds", "options"],
        RpcHandler::Write(collections::update_collection),
    ),
    rpc("deleteCollection", &["collectionId"], RpcHandler::Write(collections::delete_collection)),
    rpc(
        "getCollection",
        &["collectionId", "options"],
        RpcHandler::Read(collections::get_collection),
    ),
    rpc("getCollections", &["options"], RpcHandler::Read(collections::get_collections)),
    rpc(
        "getCollectionsByUser",
        &["userId", "options"],
        RpcHandler::Read(collections::get_collections_by_user),
    ),
    rpc(
        "getAssetsByCollection",
        &["collectionId", "options"],
        RpcHandler::Read(collections::get_assets_by_collection),
    ),
    rpc("getAttributes", &["options"], RpcHandler::Read(assets::get_attributes)),
    rpc(
        "getValuesByAttribute",
        &["attributeId", "options"],
        RpcHandler::Read(assets::get_values_by_attribute),
    ),
    // One known client sends a null between the query and the options.
    rpc(
        "getAssetsByQuery",
        &["query", "options", "options"],
        RpcHandler::Read(assets::get_assets_by_query),
    ),
    // One known client sends a single null.
    rpc("getSelf", &["null"], RpcHandler::Read(users::get_self)),
    rpc("getUsersByGroup", &["groupId", "options"], RpcHandler::Read(users::get_users_by_group)),
    rpc("getGroupsByUser", &["userId", "options"], RpcHandler::Read(users::get_groups_by_user)),
    rpc("getViewsByAsset", &["assetId", "options"], RpcHandler::Read(assets::get_views_by_asset)),
];

/// All HTTP operations outside JSON-RPC.
pub(crate) const HTTP_OPERATIONS: &[HttpOperation] = &[
    HttpOperation {
        name: "getAssetOriginal",
        method: Method::GET,
        paths: &["/api/file/asset/{asset}", "/api/file/asset/{asset}/{file_name}"],
        route: || get(retrieval::original),
    },
    HttpOperation {
        name: "getAssetThumbnail",
        method: Method::GET,
        paths: &[
            "/api/file/asset/{asset}/thumbnail",
            "/api/file/asset/{asset}/thumbnail.jpg",
            "/api/file/asset/{asset}/thumbnail.png",
        ],
        route: || get(retrieval::thumbnail),
    },
    HttpOperation {
        name: "getAssetPreview",
        method: Method::GET,
        paths: &[
            "/api/file/asset/{asset}/preview",
            "/api/file/asset/{asset}/preview.jpg",
            "/api/file/asset/{asset}/preview.png",
        ],
        route: || get(retrieval::preview),
    },
    HttpOperation {
        name: "getViewFile",
        method: Method::GET,
        paths: &["/api/file/asset/{asset}/view/{view}"],
        route: || get(retrieval::view),
    },
    HttpOperation {
        name: "importAsset",
        method: Method::POST,
        paths: &["/api/import/asset"],
        route: || post(import::asset),
    },
    HttpOperation {
        name: "reimportAsset",
        method: Method::PUT,
        paths: &["/api/import/asset/{asset}"],
        route: || put(import::reimport),
    },
    HttpOperation {
        name: "importVersion",
        method: Method::POST,
        paths: &["/api/import/asset/{asset}/version"],
        route: || post(import::version),
    },
    HttpOperation {
        name: "importView",
        method: Method::POST,
        paths: &["/api/import/asset/{asset}/view"],
        route: || post(import::view),
    },
    HttpOperation {
        name: "healthCheck",
        method: Method::GET,
        paths: &["/health/{token}"],
        route: || get(health::check),
    },
];

/// The JSON-RPC method with this name; letter case matters.
pub(crate) fn find_rpc(name: &str) -> Option<&'static RpcOperation> {
    RPC_OPERATIONS.iter().find(|operation| operation.name == name)
}

/// The HTTP operation at this route. HEAD requests are served by the GET operation.
pub(crate) fn find_http(method: &Method, path: &str) -> Option<&'static HttpOperation> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    HTTP_OPERATIONS
        .iter()
        .find(|operation| operation.method == *method && operation.paths.contains(&path))
}

/// The names of all operations, sorted.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = RPC_OPERATIONS.iter().map(|operation| operation.name).collect();
    names.extend(HTTP_OPERATIONS.iter().map(|operation| operation.name));
    names.sort_unstable();
    names
}
