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

/// How a JSON-RPC method is run.
#[derive(Clone, Copy)]
pub(crate) enum RpcHandler {
    /// Only sees the data.
    Read(fn(&Store, &Params) -> RpcResult),
    /// Changes the data, and counts as a write.
    Write(fn(&mut Store, &Params) -> RpcResult),
}

use RpcHandler::{Read, Write};

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

const fn op(
    name: &'static str,
    params: &'static [&'static str],
    handler: RpcHandler,
) -> RpcOperation {
    RpcOperation { name, params, handler }
}

/// Every JSON-RPC method.
pub(crate) const RPC_OPERATIONS: &[RpcOperation] = &[
    op("getAssets", &["assetIds", "options"], Read(assets::get_assets)),
    op(
        "getAssetsByFolder",
        &["folderId", "recursive", "options"],
        Read(assets::get_assets_by_folder),
    ),
    op("updateAsset", &["asset", "options"], Write(assets::update_asset)),
    op("deleteAsset", &["assetId"], Write(assets::delete_asset)),
    op("addAssetToFolder", &["assetId", "folderId", "options"], Write(assets::add_asset_to_folder)),
    op(
        "removeAssetFromFolder",
        &["assetId", "folderId", "options"],
        Write(assets::remove_asset_from_folder),
    ),
    op("getAssetAttributes", &["assetId"], Read(assets::get_asset_attributes)),
    op("getFoldersByParent", &["parentFolderId", "options"], Read(folders::get_folders_by_parent)),
    op(
        "getFoldersByNameFilter",
        &["nameFilter", "options"],
        Read(folders::get_folders_by_name_filter),
    ),
    op("getFolderByPath", &["path", "options"], Read(folders::get_folder_by_path)),
    op("createFolderFromPath", &["path", "options"], Write(folders::create_folder_from_path)),
    op(
        "createCollection",
        &["collection", "assetIds", "options"],
        Write(collections::create_collection),
    ),
    op(
        "updateCollection",
        &["collection", "assetIds", "options"],
        Write(collections::update_collection),
    ),
    op("deleteCollection", &["collectionId"], Write(collections::delete_collection)),
    op("getCollection", &["collectionId", "options"], Read(collections::get_collection)),
    op("getCollections", &["options"], Read(collections::get_collections)),
    op("getCollectionsByUser", &["userId", "options"], Read(collections::get_collections_by_user)),
    op(
        "getAssetsByCollection",
        &["collectionId", "options"],
        Read(collections::get_assets_by_collection),
    ),
    op("getAttributes", &["options"], Read(assets::get_attributes)),
    op("getValuesByAttribute", &["attributeId", "options"], Read(assets::get_values_by_attribute)),
    // One known client sends a null between the query and the options.
    op("getAssetsByQuery", &["query", "options", "options"], Read(assets::get_assets_by_query)),
    // One known client sends a single null.
    op("getSelf", &["null"], Read(users::get_self)),
    op("getUsersByGroup", &["groupId", "options"], Read(users::get_users_by_group)),
    op("getGroupsByUser", &["userId", "options"], Read(users::get_groups_by_user)),
    op("getViewsByAsset", &["assetId", "options"], Read(assets::get_views_by_asset)),
];

/// Every HTTP operation outside JSON-RPC.
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
