//! Assets: listed, searched, changed and deleted, with their folders, attributes and views.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::netx::listing::AssetList;
use crate::netx::options::RequestOptions;
use crate::netx::query::Query;
use crate::netx::render;
use crate::netx::request::{Params, id_member};
use crate::netx::response::{RpcError, RpcResult};
use crate::netx::state::Store;

/// One asset as the result of a method.
fn one_asset(store: &Store, id: u64, options: &RequestOptions) -> RpcResult {
    Ok(render::asset(store, id, &*store.asset(id)?, &render::asset_parts(options)?))
}

/// Returns a bare array in the order of the ids. One unknown id fails the whole request.
pub(crate) fn get_assets(store: &Store, params: &Params) -> RpcResult {
    let ids = params.ids(0)?;
    let options = params.options(1)?;
    ids.into_iter().map(|id| one_asset(store, id, &options)).collect()
}

pub(crate) fn get_assets_by_folder(store: &Store, params: &Params) -> RpcResult {
    let folder = params.id(0)?;
    let recursive = params.flag(1)?;
    let options = params.options(2)?;
    store.folder(folder)?;
    let folders = if recursive { store.folder_tree(folder) } else { [folder].into() };
    let inside = AssetList::matching(store, true, |_, asset| !asset.folders.is_disjoint(&folders));
    inside.page(store, &options)
}

/// `[query, options]`. `[query, null, options]`, which one known client sends, is accepted too.
pub(crate) fn get_assets_by_query(store: &Store, params: &Params) -> RpcResult {
    let query = Query::prepare(params.object(0)?, store)?;
    let options = match (params.get(1), params.get(2)) {
        (Some(_), Some(_)) => return Err(RpcError::invalid_params("the options are given twice")),
        (None, Some(_)) => params.options(2)?,
        (_, None) => params.options(1)?,
    };
    let alike = query.treats_generated_alike();
    let found = AssetList::matching(store, alike, |id, asset| query.matches(id, asset));
    found.page(store, &options)
}

/// The fields to change. Members that cannot be changed are refused rather than ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AssetUpdate {
    #[serde(deserialize_with = "id_member")]
    id: u64,
    name: Option<String>,
    file_name: Option<String>,
    attributes: Option<BTreeMap<String, Option<Vec<String>>>>,
}

/// Attributes that are not mentioned keep their values; null and an empty list remove them.
pub(crate) fn update_asset(store: &mut Store, params: &Params) -> RpcResult {
    let update: AssetUpdate = params.object(0)?;
    let options = params.options(1)?;
    render::asset_parts(&options)?;
    store.asset(update.id)?;
    for (member, value) in [("name", &update.name), ("fileName", &update.file_name)] {
        if value.as_ref().is_some_and(String::is_empty) {
            return Err(RpcError::invalid_params(format!("`{member}` must not be empty")));
        }
    }
    let mut changes = Vec::new();
    for (label, values) in update.attributes.unwrap_or_default() {
        let attribute = store
            .attribute_with_label(&label)
            .ok_or_else(|| RpcError::unknown_attribute(&label))?;
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

pub(crate) fn delete_asset(store: &mut Store, params: &Params) -> RpcResult {
    let id = params.id(0)?;
    store.asset(id)?;
    store.tick();
    store.remove_asset(id);
    Ok(Value::Object(Map::new()))
}

/// Adding an asset to a folder that it is in already only changes its modification date.
pub(crate) fn add_asset_to_folder(store: &mut Store, params: &Params) -> RpcResult {
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

/// An asset may be removed from its last folder; it is then in none.
pub(crate) fn remove_asset_from_folder(store: &mut Store, params: &Params) -> RpcResult {
    let (id, folder) = (params.id(0)?, params.id(1)?);
    let options = params.options(2)?;
    render::asset_parts(&options)?;
    store.folder(folder)?;
    if !store.asset(id)?.folders.contains(&folder) {
        let message = format!("Asset {id} is not in folder {folder}");
        return Err(RpcError::refused(message));
    }
    let now = store.tick();
    let asset = store.asset_mut(id)?;
    asset.folders.remove(&folder);
    asset.mod_date = now;
    one_asset(store, id, &options)
}

pub(crate) fn get_asset_attributes(store: &Store, params: &Params) -> RpcResult {
    Ok(json!(render::attributes(store, &*store.asset(params.id(0)?)?)))
}

/// Attributes as `{id, name, type}`. Only the id is certain; `type` holds the names in the vendor's user
/// interface.
pub(crate) fn get_attributes(store: &Store, params: &Params) -> RpcResult {
    let options = params.options(0)?;
    Ok(options.page_of(
        store.attributes.iter().collect(),
        |(id, attribute)| json!({ "id": id, "name": attribute.label, "type": attribute.kind }),
    ))
}

/// The values in use, sorted, then the unused values of the vocabulary. The response does not count how often
/// each value is used, as published programs show.
pub(crate) fn get_values_by_attribute(store: &Store, params: &Params) -> RpcResult {
    let id = params.id(0)?;
    let options = params.options(1)?;
    let attribute = store.attributes.get(id).ok_or_else(|| RpcError::not_found("attribute", id))?;
    let assets = store.visible_assets();
    let used: BTreeSet<&str> = assets
        .flat_map(|(_, asset)| asset.attributes.get(&id).into_iter().flatten())
        .map(String::as_str)
        .collect();
    let vocabulary = attribute.vocabulary.iter().map(String::as_str);
    let values = used.iter().copied().chain(vocabulary.filter(|value| !used.contains(value)));
    Ok(options.page_of(values.collect(), |value| json!({ "value": value })))
}

/// Returns a page. Whether the vendor returns a page or a bare array is not known.
pub(crate) fn get_views_by_asset(store: &Store, params: &Params) -> RpcResult {
    let asset = store.asset(params.id(0)?)?;
    let options = params.options(1)?;
    let parts = render::view_parts(&options)?;
    let views = asset.views.iter().filter_map(|id| Some((*id, store.views.get(*id)?)));
    Ok(options.page_of(views.collect(), |(id, view)| render::view(id, view, &parts)))
}
