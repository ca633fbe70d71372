//! Annotations of files and folders, and replies to them.

use serde_json::{Value, json};

use crate::netexplorer::render::date;
use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Annotation, Element, Store};

fn render(store: &Store, id: u64, annotation: &Annotation) -> Value {
    let (target_id, target_type) = match annotation.target {
        Element::File(id) => (id, "file"),
        Element::Folder(id) => (id, "folder"),
    };
    json!({
        "id": id,
        "text": annotation.text,
        "date": date(annotation.date),
        "owner": store.display_name(annotation.owner),
        "owner_id": annotation.owner.to_string(),
        "target_id": target_id,
        "target_type": target_type,
        "conversation": annotation.conversation,
    })
}

/// Whether two elements are the same: annotations of a file belong to all its versions.
fn is_same(store: &Store, one: Element, other: Element) -> bool {
    let key = |id| store.tree.version(id).map(|found| found.key);
    match (one, other) {
        (Element::File(one), Element::File(other)) => key(one).is_some() && key(one) == key(other),
        (one, other) => one == other,
    }
}

fn check_visible(store: &Store, request: &ApiRequest, target: Element) -> Result<(), ApiError> {
    match target {
        Element::File(id) => store.tree.visible_version(id, request.caller).map(|_| ()),
        Element::Folder(id) => store.tree.visible_folder(id, request.caller).map(|_| ()),
    }
}

fn element(id: u64, kind: &str) -> Result<Element, ApiError> {
    match kind {
        "file" => Ok(Element::File(id)),
        "folder" => Ok(Element::Folder(id)),
        _ => Err(ApiError::bad_request("le type doit être file ou folder")),
    }
}

fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a Annotation), ApiError> {
    let id = request.path_id("annotationId")?;
    let annotation = store.annotations.get(id).ok_or_else(ApiError::not_found)?;
    check_visible(store, request, annotation.target)?;
    Ok((id, annotation))
}

/// The annotation in the path, if the caller may change it: the author's own, or any for an administrator.
fn lookup_writable<'a>(
    store: &'a Store,
    request: &ApiRequest,
) -> Result<(u64, &'a Annotation), ApiError> {
    let (id, annotation) = lookup(store, request)?;
    let permitted = request.caller.admin || annotation.owner == request.caller.user;
    if permitted { Ok((id, annotation)) } else { Err(ApiError::forbidden()) }
}

fn text(fields: &RequestFields) -> Result<Option<&str>, ApiError> {
    let text = fields.string("text")?;
    match text {
        Some(text) if text.trim().is_empty() => Err(ApiError::bad_request("« text » est vide")),
        text => Ok(text),
    }
}

/// A reply has the target of the annotation that it replies to, whatever the request names.
pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let fields = &request.fields;
    let text = RequestFields::required("text", text(fields)?)?.to_owned();
    let conversation = fields.id("conversation")?;
    let target = match conversation {
        Some(id) => store.annotations.get(id).ok_or_else(ApiError::not_found)?.target,
        None => {
            let id = RequestFields::required("target_id", fields.id("target_id")?)?;
            element(id, RequestFields::required("target_type", fields.string("target_type")?)?)?
        }
    };
    check_visible(store, request, target)?;
    let (owner, date) = (request.caller.user, store.advance_clock());
    let annotation = Annotation { target, text, owner, date, conversation };
    let id = store.annotations.add(|_| annotation.clone());
    ApiResponse::ok(render(store, id, &annotation))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, annotation) = lookup(store, request)?;
    ApiResponse::ok(render(store, id, annotation))
}

/// Only the text can be changed.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, annotation) = lookup_writable(store, request)?;
    let mut annotation = annotation.clone();
    if let Some(text) = text(&request.fields)? {
        text.clone_into(&mut annotation.text);
    }
    let rendered = render(store, id, &annotation);
    store.advance_clock();
    store.annotations.insert(id, annotation);
    ApiResponse::ok(rendered)
}

/// Deletes the annotation with the replies to it.
pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup_writable(store, request)?;
    let mut removed = vec![id];
    while let Some(id) = removed.pop() {
        store.annotations.remove(id);
        let replies = store.annotations.iter().filter(|(_, it)| it.conversation == Some(id));
        removed.extend(replies.map(|(id, _)| id));
    }
    Ok(ApiResponse::Empty)
}

/// The annotations of everything that the caller may see.
pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let visible = store
        .annotations
        .iter()
        .filter(|(_, annotation)| check_visible(store, request, annotation.target).is_ok());
    ApiResponse::list(visible.map(|(id, annotation)| render(store, id, annotation)))
}

pub(crate) fn of_target(store: &Store, request: &ApiRequest) -> ApiResult {
    let target = element(request.path_id("targetId")?, request.path_param("type"))?;
    check_visible(store, request, target)?;
    let found = store.annotations.iter().filter(|(_, it)| is_same(store, it.target, target));
    ApiResponse::list(found.map(|(id, annotation)| render(store, id, annotation)))
}
