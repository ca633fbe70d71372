//! The operations served: tables that the router and the RPC dispatch are built from.

use axum::http::Method;
use axum::routing::{MethodRouter, get, post, put};
use serde_json::Value;
use std::sync::Arc;

use super::errors::RpcFailure;
use super::handlers::{assets, attributes, collections, folders, search, users, views};
use super::params::Params;
use super::room::Room;
use super::state::Store;
use super::{files, import, routes};

/// Where the RPC methods are called.
pub(crate) const RPC_PATHS: [&str; 2] = ["/api/rpc", "/api/rpc/"];

/// Reads only see the state; writes change it and are counted.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    Read(fn(&Store, &Params) -> Result<Value, RpcFailure>),
    Write(fn(&mut Store, &Params) -> Result<Value, RpcFailure>),
}

/// A JSON-RPC method.
pub(crate) struct RpcOperation {
    pub(crate) name: &'static str,
    /// The parameters' names, in their positions; more are refused.
    pub(crate) params: &'static [&'static str],
    pub(crate) run: Run,
}

/// An HTTP operation outside JSON-RPC.
pub(crate) struct HttpOperation {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    pub(crate) paths: &'static [&'static str],
    pub(crate) route: fn() -> MethodRouter<Arc<Room>>,
}

const fn rpc(name: &'static str, params: &'static [&'static str], run: Run) -> RpcOperation {
    RpcOperation { name, params, run }
}

/// Every JSON-RPC method.
pub(crate) const RPC: &[RpcOperation] = &[
    rpc("getAssets", &["assetIds", "options"], Run::Read(assets::get_assets)),
    rpc(
        "getAssetsByFolder",
        &["folderId", "recursive", "options"],
        Run::Read(assets::get_assets_by_folder),
    ),
    rpc("updateAsset", &["asset", "options"], Run::Write(assets::update_asset)),
    rpc("deleteAsset", &["assetId"], Run::Write(assets::delete_asset)),
    rpc(
        "addAssetToFolder",
        &["assetId", "folderId", "options"],
        Run::Write(assets::add_asset_to_folder),
    ),
    rpc(
        "removeAssetFromFolder",
        &["assetId", "folderId", "options"],
        Run::Write(assets::remove_asset_from_folder),
    ),
    rpc("getAssetAttributes", &["assetId"], Run::Read(assets::get_asset_attributes)),
    rpc(
        "getFoldersByParent",
        &["parentFolderId", "options"],
        Run::Read(folders::get_folders_by_parent),
    ),
    rpc(
        "getFoldersByNameFilter",
        &["nameFilter", "options"],
        Run::Read(folders::get_folders_by_name_filter),
    ),
    rpc("getFolderByPath", &["path", "options"], Run::Read(folders::get_folder_by_path)),
    rpc("createFolderFromPath", &["path", "options"], Run::Write(folders::create_folder_from_path)),
    rpc(
        "createCollection",
        &["collection", "assetIds", "options"],
        Run::Write(collections::create_collection),
    ),
    rpc(
        "updateCollection",
        &["collection", "assetIds", "options"],
        Run::Write(collections::update_collection),
    ),
    rpc("deleteCollection", &["collectionId"], Run::Write(collections::delete_collection)),
    rpc("getCollection", &["collectionId", "options"], Run::Read(collections::get_collection)),
    rpc("getCollections", &["options"], Run::Read(collections::get_collections)),
    rpc(
        "getCollectionsByUser",
        &["userId", "options"],
        Run::Read(collections::get_collections_by_user),
    ),
    rpc(
        "getAssetsByCollection",
        &["collectionId", "options"],
        Run::Read(collections::get_assets_by_collection),
    ),
    rpc("getAttributes", &["options"], Run::Read(attributes::get_attributes)),
    rpc(
        "getValuesByAttribute",
        &["attributeId", "options"],
        Run::Read(attributes::get_values_by_attribute),
    ),
    // One client puts a null between the query and the options.
    rpc(
        "getAssetsByQuery",
        &["query", "options", "options"],
        Run::Read(search::get_assets_by_query),
    ),
    // One client sends a single null.
    rpc("getSelf", &["null"], Run::Read(users::get_self)),
    rpc("getUsersByGroup", &["groupId", "options"], Run::Read(users::get_users_by_group)),
    rpc("getGroupsByUser", &["userId", "options"], Run::Read(users::get_groups_by_user)),
    rpc("getViewsByAsset", &["assetId", "options"], Run::Read(views::get_views_by_asset)),
];

/// Every HTTP operation outside JSON-RPC.
pub(crate) const HTTP: &[HttpOperation] = &[
    HttpOperation {
        name: "getAssetOriginal",
        method: Method::GET,
        paths: &["/api/file/asset/{asset}", "/api/file/asset/{asset}/{file_name}"],
        route: || get(files::original),
    },
    HttpOperation {
        name: "getAssetThumbnail",
        method: Method::GET,
        paths: &[
            "/api/file/asset/{asset}/thumbnail",
            "/api/file/asset/{asset}/thumbnail.jpg",
            "/api/file/asset/{asset}/thumbnail.png",
        ],
        route: || get(files::thumbnail),
    },
    HttpOperation {
        name: "getAssetPreview",
        method: Method::GET,
        paths: &[
            "/api/file/asset/{asset}/preview",
            "/api/file/asset/{asset}/preview.jpg",
            "/api/file/asset/{asset}/preview.png",
        ],
        route: || get(files::preview),
    },
    HttpOperation {
        name: "getViewFile",
        method: Method::GET,
        paths: &["/api/file/asset/{asset}/view/{view}"],
        route: || get(files::view),
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
        route: || put(import::again),
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
        route: || get(routes::health),
    },
];

/// The JSON-RPC method of this name.
pub(crate) fn rpc_named(name: &str) -> Option<&'static RpcOperation> {
    RPC.iter().find(|operation| operation.name == name)
}

/// The HTTP operation at this route.
pub(crate) fn http_at(method: &Method, path: &str) -> Option<&'static HttpOperation> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    HTTP.iter().find(|operation| operation.method == *method && operation.paths.contains(&path))
}

/// Every operation's name, sorted.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = RPC.iter().map(|operation| operation.name).collect();
    names.extend(HTTP.iter().map(|operation| operation.name));
    names.sort_unstable();
    names
}
