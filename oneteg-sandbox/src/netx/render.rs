//! Objects as JSON, with the selected parts.

use serde_json::{Map, Value, json};

use super::options::{Parts, RequestOptions};
use super::response::RpcError;
use super::state::{Asset, Collection, Folder, Rendition, Store, StoredFile, View};
use crate::choices::{Words, netx as choices};

/// The parts of an asset. Of the last two it is only known that single clients select them, not what the
/// response has; the sandbox accepts these selectors and serves nothing for them.
const ASSET: &[&str] = &[
    "id",
    "base",
    "file",
    "attributes",
    "folders",
    "proxies",
    "views",
    "relatedAssets",
    "relatedFolders",
    "metadata",
];
const FOLDER: &[&str] = &["id", "base", "children"];
const COLLECTION: &[&str] = &["id", "base", "permissions"];
const VIEW: &[&str] = &["id", "base", "file"];

pub(crate) fn asset_parts(options: &RequestOptions) -> Result<Parts, RpcError> {
    options.parts("asset", ASSET)
}

pub(crate) fn all_asset_parts() -> Parts {
    Parts::all(ASSET)
}

pub(crate) fn folder_parts(options: &RequestOptions) -> Result<Parts, RpcError> {
    options.parts("folder", FOLDER)
}

pub(crate) fn collection_parts(options: &RequestOptions) -> Result<Parts, RpcError> {
    options.parts("collection", COLLECTION)
}

pub(crate) fn view_parts(options: &RequestOptions) -> Result<Parts, RpcError> {
    options.parts("view", VIEW)
}

pub(crate) fn all_view_parts() -> Parts {
    Parts::all(VIEW)
}

/// An object with these members alone.
pub(crate) fn only(mut object: Value, members: Words) -> Value {
    if let Value::Object(object) = &mut object {
        object.retain(|name, _| members.contains(name));
    }
    object
}

/// An object under construction. It always has an id.
struct Object(Map<String, Value>);

impl Object {
    fn with_id(id: u64) -> Self {
        Self(Map::from_iter([("id".into(), json!(id))]))
    }

    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }
}

pub(crate) fn asset(store: &Store, id: u64, asset: &Asset, parts: &Parts) -> Value {
    let mut object = Object::with_id(id);
    if parts.contains("base") {
        object.set("name", asset.name.as_str());
        object.set("fileName", asset.file.name.as_str());
        object.set("creationDate", asset.creation_date);
        object.set("importDate", asset.import_date);
        object.set("modDate", asset.mod_date);
    }
    if parts.contains("file") {
        object.set("file", file(&asset.file, &format!("/file/asset/{id}/original/attachment")));
    }
    if parts.contains("attributes") {
        object.set("attributes", attributes(store, asset));
    }
    if parts.contains("folders") {
        let base = Parts::all(&["base"]);
        // Only here does a folder have the id of its parent.
        let folders = asset.folders.iter().filter_map(|id| {
            let found = store.folders.get(*id)?;
            let mut rendered = folder(store, *id, found, &base);
            rendered.as_object_mut()?.insert("parentId".into(), json!(found.parent));
            Some(rendered)
        });
        object.set("folders", folders.collect::<Vec<_>>());
    }
    if parts.contains("proxies") {
        object.set("proxies", proxies(id, asset));
    }
    if parts.contains("views") {
        let parts = all_view_parts();
        let views = asset
            .views
            .iter()
            .filter_map(|id| store.views.get(*id).map(|found| view(*id, found, &parts)));
        object.set("views", views.collect::<Vec<_>>());
    }
    if parts.contains("relatedAssets") {
        let related = asset.related.iter().filter_map(|id| {
            store.asset(*id).ok().map(|found| json!({ "id": id, "name": found.name }))
        });
        object.set("relatedAssets", related.collect::<Vec<_>>());
    }
    Value::Object(object.0)
}

/// All attributes by label; one without values has an empty list.
pub(crate) fn attributes(store: &Store, asset: &Asset) -> Value {
    let values = store.attributes.iter().map(|(id, attribute)| {
        let values = asset.attributes.get(&id).cloned().unwrap_or_default();
        (attribute.label.clone(), json!(values))
    });
    Value::Object(values.collect())
}

fn file(file: &StoredFile, url: &str) -> Value {
    let mut object = json!({
        "name": file.name,
        "url": url,
        "checksum": file.checksum,
        "size": file.bytes.len(),
    });
    if let (Some(size), Value::Object(members)) = (file.picture, &mut object) {
        members.insert("width".into(), size.width.into());
        members.insert("height".into(), size.height.into());
    }
    object
}

/// The proxies of a picture; other files have none.
fn proxies(id: u64, asset: &Asset) -> Vec<Value> {
    let Some(size) = asset.file.picture else { return Vec::new() };
    Rendition::ALL
        .iter()
        .map(|rendition| {
            let scaled = size.within(rendition.longest_edge());
            json!({
                "name": rendition.name(),
                "file": {
                    "name": asset.file.name,
                    "url": format!("/file/asset/{id}/{}", rendition.legacy_kind()),
                    "width": scaled.width,
                    "height": scaled.height,
                },
            })
        })
        .collect()
}

/// A folder. `children` is null unless it is selected.
pub(crate) fn folder(store: &Store, id: u64, folder: &Folder, parts: &Parts) -> Value {
    let mut object = Object::with_id(id);
    if parts.contains("base") {
        object.set("name", folder.name.as_str());
        object.set("description", folder.description.as_str());
        object.set("path", folder.path.as_str());
    }
    object.set("children", Value::Null);
    if parts.contains("children") {
        let base = Parts::all(&["base"]);
        let children =
            store.child_folders(id).map(|(id, child)| self::folder(store, id, child, &base));
        object.set("children", children.collect::<Vec<_>>());
    }
    Value::Object(object.0)
}

pub(crate) fn collection(id: u64, collection: &Collection, parts: &Parts) -> Value {
    let mut object = Object::with_id(id);
    if parts.contains("base") {
        object.set("title", collection.title.as_str());
        object.set("itemCount", collection.assets.len());
    }
    if parts.contains("permissions") {
        let permissions = collection.permissions.iter();
        let permissions = permissions.map(|(user, role)| {
            let all = json!({ "userId": user, "role": role.name() });
            only(all, choices::PERMISSION_MEMBERS.get())
        });
        object.set("permissions", permissions.collect::<Vec<_>>());
    }
    Value::Object(object.0)
}

pub(crate) fn view(id: u64, view: &View, parts: &Parts) -> Value {
    let mut object = Object::with_id(id);
    if parts.contains("base") {
        object.set("name", view.name.as_str());
        object.set("description", view.description.as_str());
    }
    if parts.contains("file") {
        object.set("file", file(&view.file, &format!("/api/file/asset/{}/view/{id}", view.asset)));
    }
    Value::Object(object.0)
}
