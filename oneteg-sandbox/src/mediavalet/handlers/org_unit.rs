//! The organizational unit, its library, and its portal.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::mediavalet::json_patch::{self, UNKNOWN_MEMBER};
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{OrgUnit, PORTAL_HOST, ROOT_CATEGORY, SKIN_COLORS, Store};

/// The storage that the account may use, in bytes. It is not enforced.
const QUOTA: u64 = 1 << 40;

pub(crate) fn current(store: &Store, request: &ApiRequest) -> ApiResult {
    Ok(ApiResponse::ok(render(store, request)))
}

/// The unit by its id.
pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("id");
    if id != OrgUnit::id() {
        return Err(ApiError::not_found("organizational unit", &id));
    }
    current(store, request)
}

fn render(store: &Store, request: &ApiRequest) -> Value {
    let mut members = store.org_unit.members.clone();
    members.insert("id".into(), OrgUnit::id().into());
    members.insert("storage".into(), storage(store));
    let customization = json!({
        "headerImageAndLogos": {}, "doNotDisplayRequestUserLink": false,
        "skinColors": render_colors(store, request),
    });
    members.insert("customization".into(), customization);
    render::resource(Value::Object(members), "org-unit", request.version)
}

fn storage(store: &Store) -> Value {
    json!({ "quota": QUOTA, "usage": store.assets.bytes() })
}

/// Patches a member, or one of `names` and `contactInformation`. The id may be that of the unit or of its library,
/// since the vendor calls it both.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("id");
    if id != OrgUnit::id() && id != OrgUnit::library_id() {
        return Err(ApiError::not_found("organizational unit", &id));
    }
    let skipped = json_patch::apply(
        request,
        &mut store.org_unit.members,
        |_, _, _| None,
        |members, change| json_patch::change_member(members, change),
    )?;
    Ok(ApiResponse::ok(render(store, request)).with_errors(skipped))
}

fn render_library(store: &Store, request: &ApiRequest) -> Value {
    let root = store.categories.get(ROOT_CATEGORY).map(|category| category.name.as_str());
    let object = json!({
        "id": OrgUnit::library_id(), "name": store.org_unit.library_name,
        "orgUnitId": OrgUnit::id(), "orgUnitName": store.org_unit.members["names"]["name"],
        "customRootId": ROOT_CATEGORY, "customRootName": root, "storage": storage(store),
    });
    render::resource(object, "library", request.version)
}

pub(crate) fn libraries(store: &Store, request: &ApiRequest) -> ApiResult {
    request.list(vec![render_library(store, request)])
}

fn check_library(request: &ApiRequest) -> Result<(), ApiError> {
    let id = request.path_id("id");
    match id == OrgUnit::library_id() {
        true => Ok(()),
        false => Err(ApiError::not_found("library", &id)),
    }
}

pub(crate) fn library(store: &Store, request: &ApiRequest) -> ApiResult {
    check_library(request)?;
    Ok(ApiResponse::ok(render_library(store, request)))
}

/// Renames the library. The response is the organizational unit, as the vendor shows it.
pub(crate) fn update_library(store: &mut Store, request: &ApiRequest) -> ApiResult {
    check_library(request)?;
    let skipped = json_patch::apply(
        request,
        &mut store.org_unit.library_name,
        |name, member, _| (member == "name").then(|| name.clone()),
        |name, change| {
            let new = change.string()?;
            if change.member != "name" || new.trim().is_empty() {
                return Err(UNKNOWN_MEMBER.into());
            }
            *name = new;
            Ok(())
        },
    )?;
    let payload = render(store, request);
    Ok(ApiResponse::new(StatusCode::ACCEPTED, payload).with_errors(skipped))
}

pub(crate) fn portals(_: &Store, request: &ApiRequest) -> ApiResult {
    let portal = json!({ "domainName": "sandbox", "hostName": PORTAL_HOST, "isDefault": "true" });
    request.list(vec![render::resource(portal, "portal", request.version)])
}

fn render_colors(store: &Store, request: &ApiRequest) -> Value {
    let colors = Value::Object(store.org_unit.skin_colors.clone());
    render::resource(colors, "skinColors", request.version)
}

pub(crate) fn skin_colors(store: &Store, request: &ApiRequest) -> ApiResult {
    Ok(ApiResponse::ok(render_colors(store, request)))
}

pub(crate) fn portal_skin_colors(store: &Store, request: &ApiRequest) -> ApiResult {
    check_portal(request)?;
    skin_colors(store, request)
}

fn check_portal(request: &ApiRequest) -> Result<(), ApiError> {
    let portal = request.path_param("portal");
    match portal.eq_ignore_ascii_case(PORTAL_HOST) {
        true => Ok(()),
        false => Err(ApiError::new(StatusCode::NOT_FOUND, format!("There is no portal {portal}"))),
    }
}

/// Sets the colours in the body. The other ones stay.
pub(crate) fn update_skin_colors(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let body: Map<String, Value> = request.json()?;
    for (name, value) in body {
        let known = SKIN_COLORS.iter().find(|known| known.eq_ignore_ascii_case(&name));
        if let (Some(known), true) = (known, value.is_string()) {
            store.org_unit.skin_colors.insert((*known).to_owned(), value);
        }
    }
    Ok(ApiResponse::empty(StatusCode::OK))
}

pub(crate) fn update_portal_skin_colors(store: &mut Store, request: &ApiRequest) -> ApiResult {
    check_portal(request)?;
    update_skin_colors(store, request)
}
