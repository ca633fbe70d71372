//! The categories that an asset is in.

use axum::http::StatusCode;
use serde_json::json;

use super::super::answer::{Answer, Failure, Outcome};
use super::super::call::Call;
use super::super::render;
use super::super::state::Store;

pub(crate) fn list(store: &mut Store, call: &Call) -> Outcome {
    let asset = store.asset(&call.id("assetId"), call.version)?;
    let counts = store.counts();
    let shown = asset.categories.iter().filter_map(|id| {
        let category = store.categories.get(id)?;
        Some(render::category(store, &counts, id, category, call))
    });
    call.list(shown.collect())
}

pub(crate) fn add(store: &mut Store, call: &Call) -> Outcome {
    change(store, call, false, StatusCode::ACCEPTED)
}

pub(crate) fn replace(store: &mut Store, call: &Call) -> Outcome {
    change(store, call, true, StatusCode::OK)
}

fn change(store: &mut Store, call: &Call, replace: bool, status: StatusCode) -> Outcome {
    let id = call.id("assetId");
    store.asset(&id, call.version)?;
    let given: Vec<String> = call.json()?;
    let known = store.known_categories(&given)?;
    if replace && known.is_empty() {
        return Err(Failure::bad_request("An asset is in one category at least"));
    }
    let asset = store.change_asset(&id, call.version)?;
    if replace {
        asset.categories.clear();
    }
    asset.add_categories(&known);
    let payload = json!({ "assetId": id, "categoryIds": asset.categories });
    Ok(Answer::new(status, payload))
}

pub(crate) fn remove(store: &mut Store, call: &Call) -> Outcome {
    let category = call.id("categoryId");
    let asset = store.change_asset(&call.id("assetId"), call.version)?;
    if !asset.categories.contains(&category) {
        return Err(Failure::missing("category of this asset", &category));
    }
    asset.categories.retain(|id| *id != category);
    Ok(Answer::empty(StatusCode::ACCEPTED))
}
