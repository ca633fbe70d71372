//! Objects as JSON, with the documented members that the sandbox has values for.

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::envelope::ApiVersion;
use super::request::ApiRequest;
use super::shared_access::Permissions;
use super::state::{
    Asset, Attribute, Category, CategoryCounts, DirectLink, Group, Keyword, Lightbox, MediaFile,
    OrgUnit, Rendition, SavedSearch, Store, User,
};

/// Seconds since the epoch in ISO 8601, with seven fractional digits as the vendor has them.
pub(crate) fn date(seconds: i64) -> String {
    let moment = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    moment.format("%Y-%m-%dT%H:%M:%S.0000000Z").to_string()
}

/// What the caller may do: names from API version 1.2, before that objects with a name.
fn permissions(version: ApiVersion) -> Value {
    let names = ["asset:shareAsLink", "asset:assignCategory"];
    match version {
        ApiVersion::V1_2 => json!(names),
        ApiVersion::V1_0 | ApiVersion::V1_1 => {
            json!({ "all": names.map(|name| json!({ "name": name })) })
        }
    }
}

/// Adds the members that every resource has.
pub(crate) fn resource(mut object: Value, path: &str, version: ApiVersion) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.insert("_links".into(), json!({ "self": path, "functions": [] }));
        members.insert("translationKeys".into(), json!({}));
        members.insert("interpolations".into(), json!({}));
        members.insert("permissions".into(), permissions(version));
    }
    object
}

pub(crate) fn caller(store: &Store) -> Value {
    json!({ "id": store.caller_id(), "username": store.caller_name() })
}

fn record(store: &Store, created: i64, modified: i64) -> Map<String, Value> {
    let mut record = Map::new();
    record.insert("createdAt".into(), date(created).into());
    record.insert("createdBy".into(), caller(store));
    record.insert("modifiedAt".into(), date(modified).into());
    record.insert("modifiedBy".into(), caller(store));
    record
}

pub(crate) fn asset(store: &Store, asset: &Asset, request: &ApiRequest) -> Value {
    version(store, asset, asset.files.len(), request)
}

/// An asset as of a version, counted from 1.
pub(crate) fn version(store: &Store, asset: &Asset, number: usize, request: &ApiRequest) -> Value {
    let file = asset.files.get(number.wrapping_sub(1)).unwrap_or_else(|| asset.file());
    let mut record = record(store, asset.created, asset.modified);
    let latest = number == asset.files.len();
    let version = json!({
        "version": number, "current": asset.file().id, "head": file.id, "isversionable": true,
        "islatestversion": latest, "ismajorversion": true,
    });
    record.insert("version".into(), version);
    record.insert("softDeletedAt".into(), json!(asset.soft_deleted.map(date)));
    let deleted_by = if asset.soft_deleted.is_some() { caller(store) } else { json!({}) };
    record.insert("softDeletedBy".into(), deleted_by);
    let ready = asset.polls_until_ready == 0;
    let checked_out = asset.checked_out.as_ref();
    let object = json!({
        "id": asset.id,
        "title": asset.title,
        "description": asset.description,
        "altText": asset.alt_text,
        "status": asset.effective_status(),
        "rating": { "average": asset.rating.unwrap_or(0), "user": asset.rating.unwrap_or(0) },
        "attributes": asset.attributes,
        "keywords": asset.keywords,
        "categories": asset.categories,
        "relatedassets": asset.derived,
        "assetCheckOutComment": checked_out.map(|out| out.comment.as_str()),
        "assetCheckInComment": asset.check_in_comment,
        "checkedOutBy": checked_out.map(|_| store.caller_id()),
        "followed": asset.followed,
        "createdAt": date(asset.created),
        "record": record,
        "file": file_members(file),
        "media": ready.then(|| media(file, asset, request)),
    });
    resource(object, &format!("/assets/{}", asset.id), request.version)
}

/// A link to a rendition of the current file; `None` if it is not a picture.
pub(crate) fn rendition_link(
    asset: &Asset,
    kind: Rendition,
    request: &ApiRequest,
) -> Option<String> {
    let name = asset.file().rendition_blob_name(kind)?;
    Some(request.links.signed_url(&name, Permissions::Read))
}

fn file_members(file: &MediaFile) -> Value {
    json!({
        "id": file.id,
        "title": file.name,
        "fileName": file.name,
        "md5": file.blob.md5_hex(),
        "fileType": file.extension(),
        "sizeInBytes": file.blob.length,
        "uploadedAt": date(file.uploaded),
        "modifiedAt": date(file.uploaded),
        "mimeType": file.media_type(),
        "imageWidth": file.picture.map(|size| size.width),
        "imageHeight": file.picture.map(|size| size.height),
    })
}

fn media(file: &MediaFile, asset: &Asset, request: &ApiRequest) -> Value {
    let original = request.links.signed_url(&file.blob_name, Permissions::Read);
    let link = |kind| {
        file.rendition_blob_name(kind)
            .map(|name| request.links.signed_url(&name, Permissions::Read))
    };
    json!({
        "type": file.asset_type(),
        "thumb": link(Rendition::Thumb),
        "small": link(Rendition::Small),
        "medium": link(Rendition::Medium),
        "large": link(Rendition::Large),
        "original": original,
        "download": original,
        "originalDimensions": original,
        "downloadRequest": "downloads/validate",
        "sasExpiry": request.links.lifetime_ms(),
        "sasRenewal": 0,
        "watermarked": false,
        "assetId": asset.id,
    })
}

/// The shorter form of an asset, in which some members are in Pascal case.
pub(crate) fn basic_asset(store: &Store, asset: &Asset, request: &ApiRequest) -> Value {
    let file = asset.file();
    let names = asset.categories.iter().filter_map(|id| store.categories.get(id));
    let names: Vec<&str> = names.map(|category| category.name.as_str()).collect();
    let version = asset.files.len();
    let object = json!({
        "id": asset.id,
        "checkedOutBy": asset.checked_out.as_ref().map(|_| store.caller_id()),
        "status": asset.effective_status(),
        "keywords": asset.keywords,
        "version": { "Current": file.id, "Version": version, "IsLatestVersion": true },
        "mediaFile": {
            "Title": asset.title, "FileName": file.name, "Md5": file.blob.md5_hex(),
            "SizeInBytes": file.blob.length, "Description": asset.description,
            "UploadedAt": date(file.uploaded), "ModifiedAt": date(asset.modified),
            "MimeType": file.media_type(),
            "Download": request.links.signed_url(&file.blob_name, Permissions::Read),
        },
        "categoryIds": asset.categories,
        "categoryNames": names,
    });
    resource(object, &format!("/assets/{}", asset.id), request.version)
}

pub(crate) fn category(
    store: &Store,
    counts: &CategoryCounts<'_>,
    id: &str,
    category: &Category,
    request: &ApiRequest,
) -> Value {
    let mut ids = store.ancestors(id);
    ids.reverse();
    let names: Vec<&str> = ids
        .iter()
        .filter_map(|id| store.categories.get(id))
        .map(|category| category.name.as_str())
        .collect();
    let subcategories = counts.subcategories.get(id).copied().unwrap_or_default();
    let assets = counts.assets.get(id).copied().unwrap_or_default();
    let object = json!({
        "id": id,
        "parentId": category.parent,
        "name": category.name,
        "description": category.description,
        "container": { "id": id, "type": "Category" },
        "tree": {
            "path": format!("\\{}", names.join("\\")),
            "name": category.name,
            "idPath": format!("\\{}", ids.join("\\")),
            "id": id,
        },
        "subcats": { "total": subcategories },
        "subfolderCount": subcategories,
        "assetCount": assets,
        "categoryFeatures": null,
        "includedInBrandedPortalSync": false,
        "syncedBrandedPortals": null,
        "record": record(store, category.created, category.modified),
    });
    resource(object, &format!("/categories/{id}"), request.version)
}

pub(crate) fn user(store: &Store, id: &str, user: &User, request: &ApiRequest) -> Value {
    let mut members = user.members.clone();
    members.insert("id".into(), id.into());
    members.insert("orgUnitId".into(), OrgUnit::id().into());
    members.insert("createdAt".into(), date(user.created).into());
    // The caller is active right now.
    let active = (id == store.caller_id()).then(|| date(store.now()));
    members.insert("lastActiveAt".into(), json!(active));
    resource(Value::Object(members), &format!("/users/{id}"), request.version)
}

pub(crate) fn group(id: &str, group: &Group, request: &ApiRequest) -> Value {
    let mut members = group.members.clone();
    members.insert("id".into(), id.into());
    members.insert("orgUnitId".into(), OrgUnit::id().into());
    members.insert("orgUnitName".into(), "Sandbox".into());
    members.insert("repositories".into(), json!([OrgUnit::library_id()]));
    members.insert("libraryName".into(), json!(["Sandbox"]));
    let permissions = members.get("permissions").cloned();
    let mut object = resource(Value::Object(members), &format!("/groups/{id}"), request.version);
    if let (Some(object), Some(permissions)) = (object.as_object_mut(), permissions) {
        // Here they are the permissions of the group, not those of the caller on the group.
        object.insert("permissions".into(), permissions);
    }
    object
}

pub(crate) fn direct_link(
    store: &Store,
    id: &str,
    link: &DirectLink,
    request: &ApiRequest,
) -> Value {
    let object = json!({
        "directLinkId": id,
        "assetId": link.asset,
        "cdnLink": format!("https://cdn.example.com/{id}"),
        "linkName": link.name,
        "createdAt": date(link.created),
        "modifiedDateTime": date(link.modified),
        "user": caller(store),
        "state": if link.active { "Active" } else { "Deactivated" },
        "uniqueViews": 0,
        "totalViews": 0,
        "totalBandwidth": 0.0,
    });
    resource(object, &format!("/directlinks/{}", link.asset), request.version)
}

/// A category with all categories below it.
pub(crate) fn category_tree(
    store: &Store,
    id: &str,
    top: &Category,
    request: &ApiRequest,
) -> Value {
    tree(store, &store.category_counts(), id, top, request)
}

fn tree(
    store: &Store,
    counts: &CategoryCounts<'_>,
    id: &str,
    top: &Category,
    request: &ApiRequest,
) -> Value {
    let mut object = category(store, counts, id, top, request);
    let subfolders: Vec<Value> = match counts.subcategories.get(id) {
        None => Vec::new(),
        Some(_) => store
            .subcategories(id)
            .map(|(id, category)| tree(store, counts, id, category, request))
            .collect(),
    };
    if let Some(members) = object.as_object_mut() {
        members.insert("subfolders".into(), Value::Array(subfolders));
    }
    object
}

pub(crate) fn attribute(
    store: &Store,
    id: &str,
    attribute: &Attribute,
    request: &ApiRequest,
) -> Value {
    let mut members = attribute.other.clone();
    let groups = store.attribute_groups.iter();
    let groups = groups.filter(|(_, group)| group.attributes.iter().any(|one| one == id));
    let groups: Vec<&str> = groups.map(|(group, _)| group).collect();
    members.insert("attributeGroupIds".into(), json!(groups));
    members.insert("id".into(), id.into());
    members.insert("name".into(), attribute.name.clone().into());
    members.insert("attributeType".into(), attribute.kind.clone().into());
    members.insert("searchFieldName".into(), attribute.search_name().into());
    members.insert("isRequired".into(), attribute.required.into());
    resource(Value::Object(members), &format!("/attributes/{id}"), request.version)
}

pub(crate) fn keyword(store: &Store, id: &str, keyword: &Keyword, request: &ApiRequest) -> Value {
    let object = json!({
        "id": id,
        "keywordName": keyword.name,
        "groupName": keyword.group.as_deref().and_then(|id| Some(&store.keyword_groups.get(id)?.name)),
        "groupPath": keyword.group.as_deref().map(|id| store.keyword_group_path(id)),
        "isSearchable": true,
        "isApproved": true,
        "approvedAt": date(keyword.at),
        "approvedBy": store.caller_id(),
        "requestedAt": date(keyword.at),
        "requestedBy": store.caller_id(),
        "approvalStatus": "Approved",
    });
    resource(object, &format!("/keywords/{}", keyword.name), request.version)
}

pub(crate) fn lightbox(
    store: &Store,
    id: &str,
    lightbox: &Lightbox,
    request: &ApiRequest,
) -> Value {
    let object = json!({
        "id": id,
        "name": lightbox.name,
        "description": lightbox.description,
        "assetCount": lightbox.assets.len(),
        "owner": caller(store),
        "record": record(store, lightbox.created, lightbox.created),
    });
    resource(object, &format!("/lightboxes/{id}"), request.version)
}

pub(crate) fn saved_search(
    store: &Store,
    id: &str,
    search: &SavedSearch,
    request: &ApiRequest,
) -> Value {
    let object = json!({
        "id": id,
        "name": search.name,
        "searchQuery": search.query,
        "ownerUserId": store.caller_id(),
        "ownerUserName": store.caller_name(),
        "sharedWithOthers": !search.shared_users.is_empty() || !search.shared_groups.is_empty(),
        "pinnedSearchForUser": search.pinned,
        "pinnedSearchForGroups": false,
    });
    resource(object, &format!("/savedsearches/{id}"), request.version)
}
