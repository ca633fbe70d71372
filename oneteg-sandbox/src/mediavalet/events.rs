//! The events of webhooks, as the vendor documents them. An event that nobody subscribes to is not built.

use bytes::Bytes;
use chrono::DateTime;
use serde_json::{Value, json};

use super::request::ApiRequest;
use super::shared_access::Permissions;
use super::state::{Asset, OrgUnit, Store, kinds, uuid};
use super::webhooks::Outgoing;

/// The reason of the vendor's sample.
const FROM_UPLOAD: &str = "FromUploadProcess";

/// A date as in the vendor's samples, with an offset.
fn date(seconds: i64) -> String {
    let moment = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    moment.format("%Y-%m-%dT%H:%M:%S.0000000+00:00").to_string()
}

/// Whether anybody subscribes to an event.
pub(crate) fn is_subscribed(store: &Store, kind: &str) -> bool {
    store
        .subscriptions
        .iter()
        .any(|(_, subscription)| subscription.events.iter().any(|it| it == kind))
}

/// Leaves an event for delivery. `object` and `name` are the path of the object and the event's name in the subject.
fn publish(store: &mut Store, kind: &'static str, object: &str, name: &str, data: &Value) {
    let id = uuid(kinds::EVENT, store.next_event());
    // In the vendor's sample, the id in source and subject is not that of the library.
    let source = OrgUnit::id();
    let event = json!({
        "id": id,
        "source": source,
        "type": kind,
        "data": data,
        "time": date(store.now()),
        "specversion": "1.0",
        "dataschema": "#",
        "subject": format!("/library/{source}/{object}/{name}"),
        "contenttype": "application/json",
    });
    store.outbox.push(Outgoing::Publish { id, kind, body: Bytes::from(event.to_string()) });
}

fn of_asset(store: &mut Store, kind: &'static str, id: &str, name: &str, mut data: Value) {
    data["LibraryId"] = OrgUnit::library_id().into();
    data["AssetId"] = id.into();
    publish(store, kind, &format!("assets/{id}"), name, &data);
}

/// The current file of an asset is available.
pub(crate) fn media_file_added(store: &mut Store, id: &str, request: &ApiRequest) {
    const KIND: &str = "Asset.MediaFileAdded";
    if !is_subscribed(store, KIND) {
        return;
    }
    let Some(asset) = store.assets.get(id) else { return };
    let file = asset.file();
    let data = json!({
        "Version": asset.files.len(),
        "FileName": file.name,
        "FileSize": file.blob.length,
        "Reason": FROM_UPLOAD,
        "CreatedAt": date(file.uploaded),
        "MediaFileBlobUrl": request.links.signed_url(&file.blob_name, Permissions::Read),
    });
    of_asset(store, KIND, id, &format!("MediaFile.{FROM_UPLOAD}"), data);
}

/// The status of an asset has changed.
pub(crate) fn status_updated(store: &mut Store, id: &str) {
    const KIND: &str = "Asset.StatusUpdated";
    if !is_subscribed(store, KIND) {
        return;
    }
    let Some(asset) = store.assets.get(id) else { return };
    let data = json!({
        "CurrentVersion": asset.file().id,
        "FileName": asset.file().name,
        "Status": status_name(&asset),
    });
    of_asset(store, KIND, id, KIND, data);
}

/// `Approved` is the vendor's; the other names are made from the meaning of their numbers.
fn status_name(asset: &Asset) -> String {
    match asset.effective_status() {
        0 => "Approved".into(),
        2 => "PendingApproval".into(),
        5 => "Rejected".into(),
        7 => "Expired".into(),
        9 => "CheckedOut".into(),
        other => other.to_string(),
    }
}

/// The asset was added to these categories: one event for each.
pub(crate) fn assigned(store: &mut Store, id: &str, categories: &[String]) {
    const KIND: &str = "Category.AssetsAssigned";
    category_event(store, KIND, categories, &json!({ "AssetIds": [id] }));
}

/// The asset was removed from these categories: one event for each.
pub(crate) fn unassigned(store: &mut Store, id: &str, categories: &[String]) {
    const KIND: &str = "Category.AssetUnassigned";
    category_event(store, KIND, categories, &json!({ "AssetId": id }));
}

fn category_event(store: &mut Store, kind: &'static str, categories: &[String], data: &Value) {
    if !is_subscribed(store, kind) {
        return;
    }
    for category in categories {
        let mut data = data.clone();
        data["CategoryId"] = category.as_str().into();
        data["LibraryId"] = OrgUnit::library_id().into();
        data["Name"] = store.categories.get(category).map(|it| it.name.clone()).into();
        publish(store, kind, &format!("category/{category}"), kind, &data);
    }
}

/// These keywords were added to the asset.
pub(crate) fn keywords_added(store: &mut Store, id: &str, names: &[String]) {
    const KIND: &str = "Asset.KeywordsAdded";
    if names.is_empty() || !is_subscribed(store, KIND) {
        return;
    }
    let keywords: Vec<Value> = names.iter().map(|name| keyword(store, name)).collect();
    of_asset(store, KIND, id, KIND, json!({ "Keywords": keywords }));
}

/// This keyword was removed from the asset.
pub(crate) fn keyword_removed(store: &mut Store, id: &str, name: &str) {
    const KIND: &str = "Asset.KeywordRemoved";
    if is_subscribed(store, KIND) {
        let keyword = keyword(store, name);
        of_asset(store, KIND, id, KIND, json!({ "Keyword": keyword }));
    }
}

fn keyword(store: &Store, name: &str) -> Value {
    let id = store.lookup_keyword(name);
    let keyword = id.as_deref().and_then(|id| store.keywords.get(id));
    let at = keyword.map_or_else(|| store.now(), |keyword| keyword.at);
    let group = keyword.and_then(|keyword| keyword.group.as_deref()).and_then(|id| {
        let group = store.keyword_groups.get(id)?;
        let path = store.keyword_group_path(id);
        Some(json!({
            "Id": id, "Name": group.name, "Path": path, "ParentKeywordGroupId": group.parent,
        }))
    });
    json!({
        "Id": id,
        "Value": name,
        "KeywordGroup": group,
        "ApprovalStatus": 1,
        "CreatedDateTime": date(at),
        "CreatedBy": store.caller_id(),
        "ApprovedDateTime": date(at),
        "ApprovedBy": store.caller_id(),
    })
}

/// These attributes of the asset, by their ids, got these values.
pub(crate) fn attributes_added<'a>(
    store: &mut Store,
    id: &str,
    attributes: impl IntoIterator<Item = (&'a String, &'a String)>,
) {
    const KIND: &str = "Asset.AttributesAdded";
    if !is_subscribed(store, KIND) {
        return;
    }
    let render = |(id, value): (&String, &String)| {
        let name = store.attributes.get(id).map(|attribute| attribute.name.as_str());
        json!({ "Id": id, "Name": name, "EmbeddedDataValue": value })
    };
    let attributes: Vec<Value> = attributes.into_iter().map(render).collect();
    if !attributes.is_empty() {
        of_asset(store, KIND, id, KIND, json!({ "Attributes": attributes }));
    }
}
