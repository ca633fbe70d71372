//! Saved searches. Their list is an array, as the vendor's documentation implies but does not show.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::choices::mediavalet as choices;
use crate::mediavalet::json_patch::{self, UNKNOWN_MEMBER};
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{SavedSearch, Store};

fn not_found(id: &str) -> ApiError {
    ApiError::not_found("saved search", id)
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let searches =
        store.saved_searches.iter().map(|(id, it)| render::saved_search(store, id, it, request));
    if choices::SAVED_SEARCHES_AS_LIST.get() {
        return request.list(searches.collect());
    }
    Ok(ApiResponse::list_or_first(false, searches.collect()))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("savedSearchId");
    let found = store.saved_searches.get(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::ok(render::saved_search(store, &id, found, request)))
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct NewSearch {
        name: Option<String>,
        search_query: Option<String>,
    }
    let new: NewSearch = request.json()?;
    let name = new.name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::bad_request("`name` is missing"))?;
    let query = new.search_query.unwrap_or_default();
    let id = store.saved_searches.add(SavedSearch { name, query, ..SavedSearch::default() });
    let created = store.saved_searches.get(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::new(StatusCode::CREATED, render::saved_search(store, &id, created, request)))
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("savedSearchId");
    let search = store.saved_searches.get_mut(&id).ok_or_else(|| not_found(&id))?;
    let skipped = json_patch::apply(
        request,
        search,
        |search, member, _| match member {
            "name" => Some(search.name.clone()),
            "searchquery" => Some(search.query.clone()),
            _ => None,
        },
        |search, change| {
            match change.member.as_str() {
                "name" => search.name = change.string()?,
                "searchquery" => search.query = change.string()?,
                "pinnedsearchforuser" => {
                    let pinned = change.value.as_ref().and_then(Value::as_bool);
                    search.pinned = pinned.ok_or("the value must be true or false")?;
                }
                _ => return Err(UNKNOWN_MEMBER.into()),
            }
            Ok(())
        },
    )?;
    // The vendor documents no body; one is needed only to report what was skipped.
    if skipped.is_empty() {
        return Ok(ApiResponse::empty(StatusCode::OK));
    }
    let changed = store.saved_searches.get(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::ok(render::saved_search(store, &id, changed, request)).with_errors(skipped))
}

/// The saved searches that the caller has pinned.
pub(crate) fn pinned(store: &Store, request: &ApiRequest) -> ApiResult {
    let pinned = store.saved_searches.iter().filter(|(_, search)| search.pinned);
    let pinned = pinned.map(|(id, search)| render::saved_search(store, id, search, request));
    Ok(ApiResponse::list_or_first(choices::SAVED_SEARCHES_AS_LIST.get(), pinned.collect()))
}

pub(crate) fn shares(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("savedSearchId");
    let search = store.saved_searches.get(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::ok(json!({
        "sharedWithUsers": search.shared_users,
        "sharedWithGroups": search.shared_groups,
        "pinnedForGroups": [],
    })))
}

/// Shares a search with the users and groups in the body.
pub(crate) fn share(store: &mut Store, request: &ApiRequest) -> ApiResult {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Recipients {
        share_with_users: Vec<String>,
        share_with_groups: Vec<String>,
    }
    let id = request.path_id("savedSearchId");
    store.saved_searches.get(&id).ok_or_else(|| not_found(&id))?;
    let Recipients { share_with_users: mut users, share_with_groups: mut groups } =
        request.json()?;
    for id in users.iter_mut().chain(&mut groups) {
        *id = id.to_lowercase();
    }
    if let Some(id) = users.iter().find(|id| !store.users.contains(id)) {
        return Err(ApiError::bad_request(format!("There is no user {id}")));
    }
    if let Some(id) = groups.iter().find(|id| !store.groups.contains(id)) {
        return Err(ApiError::bad_request(format!("There is no user group {id}")));
    }
    let search = store.saved_searches.get_mut(&id).ok_or_else(|| not_found(&id))?;
    if choices::SHARES_REPLACED.get() {
        search.shared_users.clear();
        search.shared_groups.clear();
    }
    for (shared, new) in [(&mut search.shared_users, users), (&mut search.shared_groups, groups)] {
        for id in new {
            if !shared.contains(&id) {
                shared.push(id);
            }
        }
    }
    Ok(ApiResponse::empty(StatusCode::OK))
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("savedSearchId");
    store.saved_searches.remove(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::empty(StatusCode::OK))
}
