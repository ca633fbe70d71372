//! Collections: titled lists of assets, shared by role.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::netx::listing::AssetList;
use crate::netx::options::RequestOptions;
use crate::netx::render;
use crate::netx::request::{Params, id_member};
use crate::netx::response::{RpcError, RpcResult};
use crate::netx::state::{Collection, Role, Store};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCollection {
    title: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CollectionUpdate {
    #[serde(deserialize_with = "id_member")]
    id: u64,
    title: String,
}

/// The collection with this id, if the caller may read it.
fn readable(store: &Store, id: u64) -> Result<&Collection, RpcError> {
    let collection =
        store.collections.get(id).ok_or_else(|| RpcError::not_found("collection", id))?;
    if collection.permissions.contains_key(&store.caller) {
        Ok(collection)
    } else {
        Err(RpcError::no_access())
    }
}

fn one_collection(store: &Store, id: u64, options: &RequestOptions) -> RpcResult {
    Ok(render::collection(id, readable(store, id)?, &render::collection_parts(options)?))
}

/// The assets of a collection, in the given order and without duplicates. Each must exist.
fn distinct_assets(store: &Store, ids: Vec<u64>) -> Result<Vec<u64>, RpcError> {
    let mut seen = BTreeSet::new();
    let mut distinct = Vec::new();
    for id in ids {
        store.asset(id)?;
        if seen.insert(id) {
            distinct.push(id);
        }
    }
    Ok(distinct)
}

fn checked_title(title: String) -> Result<String, RpcError> {
    if title.trim().is_empty() {
        return Err(RpcError::invalid_params("`title` must not be empty"));
    }
    Ok(title)
}

pub(crate) fn create_collection(store: &mut Store, params: &Params) -> RpcResult {
    let title = checked_title(params.object::<NewCollection>(0)?.title)?;
    let assets = distinct_assets(store, params.ids(1)?)?;
    let options = params.options(2)?;
    render::collection_parts(&options)?;
    store.tick();
    let permissions = BTreeMap::from([(store.caller, Role::Owner)]);
    let id = store.collections.add(|_| Collection { title, assets, permissions });
    one_collection(store, id, &options)
}

/// The given assets replace the whole list.
pub(crate) fn update_collection(store: &mut Store, params: &Params) -> RpcResult {
    let CollectionUpdate { id, title } = params.object(0)?;
    let title = checked_title(title)?;
    let assets = distinct_assets(store, params.ids(1)?)?;
    let options = params.options(2)?;
    render::collection_parts(&options)?;
    check_owner(store, id)?;
    store.tick();
    if let Some(collection) = store.collections.get_mut(id) {
        collection.title = title;
        collection.assets = assets;
    }
    one_collection(store, id, &options)
}

/// Refuses a change by anyone but an owner.
fn check_owner(store: &Store, id: u64) -> Result<(), RpcError> {
    let role = readable(store, id)?.permissions.get(&store.caller).copied();
    if role == Some(Role::Owner) { Ok(()) } else { Err(RpcError::no_access()) }
}

/// Returns an empty object. All that is known of the vendor's response is that it has a `result`.
pub(crate) fn delete_collection(store: &mut Store, params: &Params) -> RpcResult {
    let id = params.id(0)?;
    check_owner(store, id)?;
    store.tick();
    store.collections.remove(id);
    Ok(Value::Object(Map::new()))
}

pub(crate) fn get_collection(store: &Store, params: &Params) -> RpcResult {
    one_collection(store, params.id(0)?, &params.options(1)?)
}

fn readable_by(store: &Store, user: u64, options: &RequestOptions) -> RpcResult {
    let parts = render::collection_parts(options)?;
    let readable = store
        .collections
        .iter()
        .filter(|(_, collection)| collection.permissions.contains_key(&user))
        .collect();
    Ok(options.page_of(readable, |(id, collection)| render::collection(id, collection, &parts)))
}

/// The collections that the caller can read.
pub(crate) fn get_collections(store: &Store, params: &Params) -> RpcResult {
    readable_by(store, store.caller, &params.options(0)?)
}

/// The collections on which the user is at least a viewer.
pub(crate) fn get_collections_by_user(store: &Store, params: &Params) -> RpcResult {
    let user = params.id(0)?;
    let options = params.options(1)?;
    store.users.get(user).ok_or_else(|| RpcError::not_found("user", user))?;
    readable_by(store, user, &options)
}

/// The assets, in the collection's order unless the options have a sort.
pub(crate) fn get_assets_by_collection(store: &Store, params: &Params) -> RpcResult {
    let collection = readable(store, params.id(0)?)?;
    let options = params.options(1)?;
    let assets = collection
        .assets
        .iter()
        .filter_map(|id| store.asset(*id).ok().map(|asset| (*id, asset)))
        .collect();
    AssetList::in_order(assets).page(store, &options)
}
