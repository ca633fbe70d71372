//! Assets: read, changed, deleted, put into folders.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::netx::errors::RpcFailure;
use crate::netx::options::Options;
use crate::netx::params::{Params, id_member};
use crate::netx::query::sorted;
use crate::netx::render;
use crate::netx::state::{Asset, Store};

/// A page of assets, sorted as asked.
pub(crate) fn asset_page(
    store: &Store,
    mut found: Vec<(u64, &Asset)>,
    options: &Options,
) -> Result<Value, RpcFailure> {
    let parts = render::asset_parts(options)?;
    if let Some(sort) = &options.sort {
        sorted(&mut found, sort)?;
    }
    Ok(options.page_of(found, |(id, asset)| render::asset(store, id, asset, &parts)))
}

/// One asset, as an answer.
fn one_asset(store: &Store, id: u64, options: &Options) -> Result<Value, RpcFailure> {
    Ok(render::asset(store, id, store.asset(id)?, &render::asset_parts(options)?))
}

/// A bare array, in the order of the ids. One id without an asset refuses the whole call.
pub(crate) fn get_assets(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    let ids = params.ids(0)?;
    let options = params.options(1)?;
    ids.into_iter().map(|id| one_asset(store, id, &options)).collect()
}

pub(crate) fn get_assets_by_folder(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    let folder = params.id(0)?;
    let recursive = params.flag(1)?;
    let options = params.options(2)?;
    store.folder(folder)?;
    let folders = if recursive { store.folder_tree(folder) } else { [folder].into() };
    let inside =
        store.visible_assets().filter(|(_, asset)| !asset.folders.is_disjoint(&folders)).collect();
    asset_page(store, inside, &options)
}

/// The fields to change. Members that cannot be changed are refused rather than passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AssetUpdate {
    #[serde(deserialize_with = "id_member")]
    id: u64,
    name: Option<String>,
    file_name: Option<String>,
    attributes: Option<BTreeMap<String, Option<Vec<String>>>>,
}

/// Attributes that are not mentioned keep their values; null and an empty list take them away.
pub(crate) fn update_asset(store: &mut Store, params: &Params) -> Result<Value, RpcFailure> {
    let update: AssetUpdate = params.object(0)?;
    let options = params.options(1)?;
    render::asset_parts(&options)?;
    store.asset(update.id)?;
    for (member, text) in [("name", &update.name), ("fileName", &update.file_name)] {
        if text.as_ref().is_some_and(String::is_empty) {
            return Err(RpcFailure::params(format!("`{member}` must not be empty")));
        }
    }
    let mut changes = Vec::new();
    for (label, values) in update.attributes.unwrap_or_default() {
        let attribute = store.attribute_labelled(&label).ok_or_else(|| no_attribute(&label))?;
        changes.push((attribute, values.unwrap_or_default()));
    }

    let now = store.tick();
    let asset = store.asset_mut(update.id)?;
    asset.mod_date = now;
    if let Some(name) = update.name {
        asset.name = name;
    }
    if let Some(file_name) = update.file_name {
        asset.file = Arc::new(asset.file.renamed(file_name));
    }
    for (attribute, values) in changes {
        if values.is_empty() {
            asset.attributes.remove(&attribute);
        } else {
            asset.attributes.insert(attribute, values);
        }
    }
    one_asset(store, update.id, &options)
}

pub(crate) fn no_attribute(label: &str) -> RpcFailure {
    RpcFailure::params(format!("no attribute has the label `{label}`; labels are case-sensitive"))
}

pub(crate) fn delete_asset(store: &mut Store, params: &Params) -> Result<Value, RpcFailure> {
    let id = params.id(0)?;
    store.asset(id)?;
    store.tick();
    store.remove_asset(id);
    Ok(Value::Object(Map::new()))
}

/// Adding an asset to a folder it is in already changes nothing but its modification date.
pub(crate) fn add_asset_to_folder(store: &mut Store, params: &Params) -> Result<Value, RpcFailure> {
    let (id, folder) = (params.id(0)?, params.id(1)?);
    let options = params.options(2)?;
    render::asset_parts(&options)?;
    store.asset(id)?;
    store.folder(folder)?;
    let now = store.tick();
    let asset = store.asset_mut(id)?;
    asset.folders.insert(folder);
    asset.mod_date = now;
    one_asset(store, id, &options)
}

/// An asset may be taken out of its last folder; it then is in none.
pub(crate) fn remove_asset_from_folder(
    store: &mut Store,
    params: &Params,
) -> Result<Value, RpcFailure> {
    let (id, folder) = (params.id(0)?, params.id(1)?);
    let options = params.options(2)?;
    render::asset_parts(&options)?;
    store.folder(folder)?;
    if !store.asset(id)?.folders.contains(&folder) {
        let message = format!("Asset {id} is not in folder {folder}");
        return Err(RpcFailure::refused(message));
    }
    let now = store.tick();
    let asset = store.asset_mut(id)?;
    asset.folders.remove(&folder);
    asset.mod_date = now;
    one_asset(store, id, &options)
}

pub(crate) fn get_asset_attributes(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    Ok(json!(render::attributes(store, store.asset(params.id(0)?)?)))
}
