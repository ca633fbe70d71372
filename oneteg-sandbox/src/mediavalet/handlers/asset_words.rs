//! The attributes and keywords of an asset.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::json;

use super::super::answer::{Answer, Failure, Outcome};
use super::super::call::Call;
use super::super::render;
use super::super::state::Store;

pub(crate) fn attributes(store: &mut Store, call: &Call) -> Outcome {
    let asset = store.asset(&call.id("assetId"), call.version)?;
    Ok(Answer::ok(json!({ "attributes": asset.attributes })))
}

/// Sets the attributes given, in a list of maps, and leaves the others.
pub(crate) fn set_attributes(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    store.asset(&id, call.version)?;
    let values = given_attributes(store, call)?;
    store.change_asset(&id, call.version)?.attributes.extend(values);
    let asset = store.asset(&id, call.version)?;
    Ok(Answer::ok(render::asset(store, asset, call)))
}

/// The body of values, by the ids of attributes there are.
pub(super) fn given_attributes(
    store: &Store,
    call: &Call,
) -> Result<BTreeMap<String, String>, Failure> {
    let lists: Vec<BTreeMap<String, String>> = call.json()?;
    let values = lists.into_iter().flatten().map(|(id, value)| {
        let id = id.to_lowercase();
        match store.attributes.get(&id) {
            Some(_) => Ok((id, value)),
            None => Err(Failure::bad_request(format!("There is no attribute {id}"))),
        }
    });
    values.collect()
}

pub(crate) fn keywords(store: &mut Store, call: &Call) -> Outcome {
    let asset = store.asset(&call.id("assetId"), call.version)?;
    let known = asset.keywords.iter().filter_map(|name| store.keyword_named(name));
    let shown = known.filter_map(|id| {
        let keyword = store.keywords.get(&id)?;
        Some(render::keyword(store, &id, keyword, call))
    });
    call.list(shown.collect())
}

pub(crate) fn add_keywords(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    store.asset(&id, call.version)?;
    let keywords = given_keywords(call)?;
    store.learn(&keywords);
    let asset = store.change_asset(&id, call.version)?;
    asset.add_keywords(&keywords);
    let payload = json!({ "assetId": id, "keywords": asset.keywords });
    Ok(Answer::new(StatusCode::ACCEPTED, payload))
}

/// The body as a list of keywords, none of which is empty.
pub(super) fn given_keywords(call: &Call) -> Result<Vec<String>, Failure> {
    let keywords: Vec<String> = call.json()?;
    if keywords.iter().any(|keyword| keyword.trim().is_empty()) {
        return Err(Failure::bad_request("A keyword must not be empty"));
    }
    Ok(keywords)
}

pub(crate) fn remove_keyword(store: &mut Store, call: &Call) -> Outcome {
    let asset = store.change_asset(&call.id("assetId"), call.version)?;
    let name = call.path("keyword");
    let before = asset.keywords.len();
    asset.keywords.retain(|keyword| !keyword.eq_ignore_ascii_case(name));
    let answer = Answer::empty(StatusCode::ACCEPTED);
    Ok(if asset.keywords.len() == before { answer.unchanged() } else { answer })
}
