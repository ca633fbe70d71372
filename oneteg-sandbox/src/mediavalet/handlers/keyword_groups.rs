//! The tree of keyword groups. Deleting a group deletes the groups below it; their keywords stay.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::mediavalet::json_patch::{self, Change, UNKNOWN_MEMBER};
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{KeywordGroup, Store};

fn not_found(id: &str) -> ApiError {
    ApiError::not_found("keyword group", id)
}

fn render(store: &Store, id: &str, group: &KeywordGroup, request: &ApiRequest) -> Value {
    let keywords = store.keywords.iter();
    let keywords = keywords.filter(|(_, keyword)| keyword.group.as_deref() == Some(id));
    let keywords: Vec<&str> = keywords.map(|(_, keyword)| keyword.name.as_str()).collect();
    let object = json!({
        "id": id,
        "name": group.name,
        "parentId": group.parent,
        "groupKeywordCount": keywords.len(),
        "keywordsInGroup": keywords.join(","),
        "subGroupCount": children(store, Some(id)).count(),
        "groupTreePath": store.keyword_group_path(id),
    });
    render::resource(object, &format!("/keywordGroups/{id}"), request.version)
}

fn children<'a>(
    store: &'a Store,
    parent: Option<&'a str>,
) -> impl Iterator<Item = (&'a str, &'a KeywordGroup)> {
    store.keyword_groups.iter().filter(move |(_, group)| group.parent.as_deref() == parent)
}

/// All groups, those below others included.
pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let groups = store.keyword_groups.iter().map(|(id, it)| render(store, id, it, request));
    request.list(groups.collect())
}

pub(crate) fn subgroups(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("keywordGroupId");
    store.keyword_groups.get(&id).ok_or_else(|| not_found(&id))?;
    request
        .list(children(store, Some(&id)).map(|(id, it)| render(store, id, it, request)).collect())
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct New {
        name: Option<String>,
        parent_id: Option<String>,
        keywords_in_group: Option<String>,
    }
    let new: New = request.json()?;
    let name = new.name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::bad_request("`name` is missing"))?;
    let parent = new.parent_id.map(|id| id.to_lowercase());
    if let Some(parent) = &parent {
        store.keyword_groups.get(parent).ok_or_else(|| not_found(parent))?;
    }
    if is_taken(store, &name, parent.as_deref(), None) {
        let message = "A group with this name exists already at this place";
        return Err(ApiError::new(StatusCode::CONFLICT, message));
    }
    store.tick();
    let id = store.keyword_groups.add(KeywordGroup { name, parent });
    set_keywords(store, &id, &new.keywords_in_group.unwrap_or_default());
    respond(store, &id, request)
}

fn respond(store: &Store, id: &str, request: &ApiRequest) -> ApiResult {
    let group = store.keyword_groups.get(id).ok_or_else(|| not_found(id))?;
    Ok(ApiResponse::new(StatusCode::ACCEPTED, render(store, id, group, request)))
}

/// Whether another group with the same parent has this name.
fn is_taken(store: &Store, name: &str, parent: Option<&str>, id: Option<&str>) -> bool {
    let mut others = children(store, parent).filter(|(other, _)| Some(*other) != id);
    others.any(|(_, other)| other.name.eq_ignore_ascii_case(name))
}

/// Makes the keywords in a list with commas those of the group. Missing ones are created.
fn set_keywords(store: &mut Store, id: &str, list: &str) {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<String> = names.map(str::to_owned).collect();
    store.extend_vocabulary(&names);
    for (_, keyword) in store.keywords.iter_mut() {
        if names.iter().any(|name| name.eq_ignore_ascii_case(&keyword.name)) {
            keyword.group = Some(id.to_owned());
        } else if keyword.group.as_deref() == Some(id) {
            keyword.group = None;
        }
    }
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("keywordGroupId");
    store.keyword_groups.get(&id).ok_or_else(|| not_found(&id))?;
    let skipped = json_patch::apply(
        request,
        store,
        |store, member, _| {
            let group = store.keyword_groups.get(&id)?;
            match member {
                "name" => Some(group.name.clone()),
                "parentid" => group.parent.clone(),
                _ => None,
            }
        },
        |store, change| apply(store, &id, change),
    )?;
    Ok(respond(store, &id, request)?.with_errors(skipped))
}

fn apply(store: &mut Store, id: &str, change: &Change) -> Result<(), String> {
    let value = change.string()?;
    let group = store.keyword_groups.get(id).ok_or("the group is gone")?;
    let (mut name, mut parent) = (group.name.clone(), group.parent.clone());
    match change.member.as_str() {
        "keywordsingroup" => {
            set_keywords(store, id, &value);
            return Ok(());
        }
        "name" if !value.trim().is_empty() => name = value,
        "parentid" => parent = Some(value.to_lowercase()).filter(|id| !id.is_empty()),
        _ => return Err(UNKNOWN_MEMBER.into()),
    }
    let mut above = parent.clone();
    while let Some(next) = above {
        if next == id {
            return Err("a group cannot be moved below itself".into());
        }
        let next = store.keyword_groups.get(&next).ok_or("there is no such group")?;
        above = next.parent.clone();
    }
    if is_taken(store, &name, parent.as_deref(), Some(id)) {
        return Err("a group with this name exists already at this place".into());
    }
    store.keyword_groups.insert(id, KeywordGroup { name, parent });
    Ok(())
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("keywordGroupId");
    store.keyword_groups.get(&id).ok_or_else(|| not_found(&id))?;
    let mut doomed = vec![id];
    while let Some(id) = doomed.pop() {
        doomed.extend(children(store, Some(&id)).map(|(child, _)| child.to_owned()));
        store.keyword_groups.remove(&id);
        for (_, keyword) in store.keywords.iter_mut() {
            keyword.group = keyword.group.take().filter(|group| *group != id);
        }
    }
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}
