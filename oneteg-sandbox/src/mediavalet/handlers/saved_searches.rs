//! Saved searches. Their list is an array, which the vendor's page does not show but means.

use axum::http::StatusCode;
use serde::Deserialize;

use super::super::answer::{Answer, Failure, Outcome};
use super::super::call::Call;
use super::super::patch;
use super::super::render;
use super::super::state::{SavedSearch, Store};

fn missing(id: &str) -> Failure {
    Failure::missing("saved search", id)
}

pub(crate) fn list(store: &mut Store, call: &Call) -> Outcome {
    let all = store.saved_searches.iter().map(|(id, it)| render::saved_search(store, id, it, call));
    call.list(all.collect())
}

pub(crate) fn get(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("savedSearchId");
    let found = store.saved_searches.get(&id).ok_or_else(|| missing(&id))?;
    Ok(Answer::ok(render::saved_search(store, &id, found, call)))
}

pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Given {
        name: Option<String>,
        search_query: Option<String>,
    }
    let given: Given = call.json()?;
    let name = given.name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| Failure::bad_request("`name` is missing"))?;
    let query = given.search_query.unwrap_or_default();
    let id = store.saved_searches.add(SavedSearch { name, query });
    let made = store.saved_searches.get(&id).ok_or_else(|| missing(&id))?;
    Ok(Answer::new(StatusCode::CREATED, render::saved_search(store, &id, made, call)))
}

pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("savedSearchId");
    let search = store.saved_searches.get_mut(&id).ok_or_else(|| missing(&id))?;
    let skipped = patch::apply(
        call,
        search,
        |search, member, _| match member {
            "name" => Some(search.name.clone()),
            "searchquery" => Some(search.query.clone()),
            _ => None,
        },
        |search, change| {
            match change.member.as_str() {
                "name" => search.name = change.text()?,
                "searchquery" => search.query = change.text()?,
                _ => return Err("there is no such member, or it cannot be changed".into()),
            }
            Ok(())
        },
    )?;
    let changed = store.saved_searches.get(&id).ok_or_else(|| missing(&id))?;
    Ok(Answer::ok(render::saved_search(store, &id, changed, call)).skipped(skipped))
}

pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("savedSearchId");
    store.saved_searches.remove(&id).ok_or_else(|| missing(&id))?;
    Ok(Answer::empty(StatusCode::OK))
}
