//! Collections: lists of assets with a title.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::assets::asset_page;
use crate::netx::errors::RpcFailure;
use crate::netx::options::Options;
use crate::netx::params::{Params, id_member};
use crate::netx::render;
use crate::netx::state::{Collection, Role, Store};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCollection {
    title: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangedCollection {
    #[serde(deserialize_with = "id_member")]
    id: u64,
    title: String,
}

fn find(store: &Store, id: u64) -> Result<&Collection, RpcFailure> {
    let collection =
        store.collections.get(id).ok_or_else(|| RpcFailure::missing("collection", id))?;
    if collection.permissions.contains_key(&store.caller) {
        Ok(collection)
    } else {
        Err(RpcFailure::restricted())
    }
}

fn one_collection(store: &Store, id: u64, options: &Options) -> Result<Value, RpcFailure> {
    Ok(render::collection(id, find(store, id)?, &render::collection_parts(options)?))
}

/// The assets for a collection: each must exist, and is kept once, in the order given.
fn members(store: &Store, ids: Vec<u64>) -> Result<Vec<u64>, RpcFailure> {
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for id in ids {
        store.asset(id)?;
        if seen.insert(id) {
            kept.push(id);
        }
    }
    Ok(kept)
}

fn titled(title: String) -> Result<String, RpcFailure> {
    if title.trim().is_empty() {
        return Err(RpcFailure::params("`title` must not be empty"));
    }
    Ok(title)
}

pub(crate) fn create_collection(store: &mut Store, params: &Params) -> Result<Value, RpcFailure> {
    let title = titled(params.object::<NewCollection>(0)?.title)?;
    let assets = members(store, params.ids(1)?)?;
    let options = params.options(2)?;
    render::collection_parts(&options)?;
    store.tick();
    let permissions = BTreeMap::from([(store.caller, Role::Owner)]);
    let id = store.collections.add(|_| Collection { title, assets, permissions });
    one_collection(store, id, &options)
}

/// The assets given replace the whole list.
pub(crate) fn update_collection(store: &mut Store, params: &Params) -> Result<Value, RpcFailure> {
    let ChangedCollection { id, title } = params.object(0)?;
    let title = titled(title)?;
    let assets = members(store, params.ids(1)?)?;
    let options = params.options(2)?;
    render::collection_parts(&options)?;
    owned(store, id)?;
    store.tick();
    if let Some(collection) = store.collections.get_mut(id) {
        collection.title = title;
        collection.assets = assets;
    }
    one_collection(store, id, &options)
}

fn owned(store: &Store, id: u64) -> Result<(), RpcFailure> {
    let role = find(store, id)?.permissions.get(&store.caller).copied();
    if role == Some(Role::Owner) { Ok(()) } else { Err(RpcFailure::restricted()) }
}

/// Answers an empty object. What the vendor answers is not known, only that `result` is there.
pub(crate) fn delete_collection(store: &mut Store, params: &Params) -> Result<Value, RpcFailure> {
    let id = params.id(0)?;
    owned(store, id)?;
    store.tick();
    store.collections.remove(id);
    Ok(Value::Object(Map::new()))
}

pub(crate) fn get_collection(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    one_collection(store, params.id(0)?, &params.options(1)?)
}

fn readable_by(store: &Store, user: u64, options: &Options) -> Result<Value, RpcFailure> {
    let parts = render::collection_parts(options)?;
    let readable = store
        .collections
        .iter()
        .filter(|(_, collection)| collection.permissions.contains_key(&user))
        .collect();
    Ok(options.page_of(readable, |(id, collection)| render::collection(id, collection, &parts)))
}

/// The collections that the caller can read.
pub(crate) fn get_collections(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    readable_by(store, store.caller, &params.options(0)?)
}

/// The collections on which the user is at least viewer.
pub(crate) fn get_collections_by_user(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    let user = params.id(0)?;
    let options = params.options(1)?;
    store.users.get(user).ok_or_else(|| RpcFailure::missing("user", user))?;
    readable_by(store, user, &options)
}

/// In the collection's order, unless a sort is asked for.
pub(crate) fn get_assets_by_collection(
    store: &Store,
    params: &Params,
) -> Result<Value, RpcFailure> {
    let collection = find(store, params.id(0)?)?;
    let options = params.options(1)?;
    let assets = collection
        .assets
        .iter()
        .filter_map(|id| store.asset(*id).ok().map(|asset| (*id, asset)))
        .collect();
    asset_page(store, assets, &options)
}
