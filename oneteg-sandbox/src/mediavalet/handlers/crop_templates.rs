//! Templates to crop pictures with: predefined ones, and those that users make.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{CropTemplate, Store, kinds, uuid};

/// The predefined templates: name and ratio.
const PREDEFINED: [(&str, i32, i32); 3] =
    [("Square", 1, 1), ("Photo", 3, 2), ("Widescreen", 16, 9)];

fn not_found(id: &str) -> ApiError {
    ApiError::not_found("crop template", id)
}

fn render(id: &str, template: &CropTemplate, request: &ApiRequest) -> Value {
    let object = json!({
        "id": id, "name": template.name, "type": template.kind, "x": template.x, "y": template.y,
        "isPredefined": false,
    });
    render::resource(object, &format!("/crop/templates/{id}"), request.version)
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    request.list(store.crop_templates.iter().map(|(id, it)| render(id, it, request)).collect())
}

pub(crate) fn predefined(store: &Store, request: &ApiRequest) -> ApiResult {
    let render = |(n, (name, x, y)): (u64, (&str, i32, i32))| {
        let added = store.crop_templates.iter().any(|(_, it)| it.name.eq_ignore_ascii_case(name));
        // The ids follow those of any number of templates that users make.
        let object = json!({
            "id": uuid(kinds::CROP_TEMPLATE | 1, n), "name": name, "type": "Ratio", "x": x, "y": y,
            "isAddedToCustomTemplates": added,
        });
        render::resource(object, "predefinedTemplate", request.version)
    };
    request.list((1..).zip(PREDEFINED).map(render).collect())
}

/// The template in the body.
fn read(request: &ApiRequest) -> Result<CropTemplate, ApiError> {
    #[derive(Deserialize)]
    struct New {
        name: Option<String>,
        r#type: Option<String>,
        x: Option<i32>,
        y: Option<i32>,
    }
    let new: New = request.json()?;
    let name = new.name.filter(|name| !name.trim().is_empty());
    let kind = new.r#type.filter(|kind| matches!(kind.as_str(), "Ratio" | "Dimension"));
    let positive = |number: Option<i32>| number.filter(|number| *number > 0);
    match (name, kind, positive(new.x), positive(new.y)) {
        (Some(name), Some(kind), Some(x), Some(y)) => Ok(CropTemplate { name, kind, x, y }),
        _ => {
            let message =
                "A template needs `name`, a `type` of Ratio or Dimension, and `x` and `y` above 0";
            Err(ApiError::bad_request(message))
        }
    }
}

/// Refuses a name that another template has.
fn check_name(store: &Store, name: &str, id: Option<&str>) -> Result<(), ApiError> {
    let mut others = store.crop_templates.iter().filter(|(other, _)| Some(*other) != id);
    match others.any(|(_, other)| other.name.eq_ignore_ascii_case(name)) {
        true => Err(ApiError::new(StatusCode::CONFLICT, "A template has this name already")),
        false => Ok(()),
    }
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let template = read(request)?;
    check_name(store, &template.name, None)?;
    store.tick();
    let payload = template.clone();
    let id = store.crop_templates.add(template);
    Ok(ApiResponse::new(StatusCode::CREATED, render(&id, &payload, request)))
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("cropTemplateId");
    store.crop_templates.get(&id).ok_or_else(|| not_found(&id))?;
    let template = read(request)?;
    check_name(store, &template.name, Some(&id))?;
    let payload = render(&id, &template, request);
    store.crop_templates.insert(&id, template);
    Ok(ApiResponse::ok(payload))
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("cropTemplateId");
    store.crop_templates.remove(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}
