//! The download in two steps: a check returns the path that then returns a link.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::{Answer, Failure, Outcome};
use super::super::blobs::Permissions;
use super::super::call::Call;
use super::super::state::Store;

/// `POST /downloads/validate`. There are no preconditions and no form.
pub(crate) fn validate(store: &mut Store, call: &Call) -> Outcome {
    let _: serde_json::Map<String, Value> = call.json()?;
    let id = store.downloads.add(());
    Ok(Answer::ok(json!({
        "downloadId": id,
        "downloadLink": format!("downloads/{id}/asset"),
        "preconditions": [],
        "settings": [],
    })))
}

/// `POST /downloads/{id}/asset`, with the id of a check.
pub(crate) fn of_asset(store: &mut Store, call: &Call) -> Outcome {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wanted {
        asset_id: String,
    }
    let id = call.id("id");
    store.downloads.get(&id).ok_or_else(|| Failure::missing("download", &id))?;
    let Wanted { asset_id } = call.json()?;
    let asset = store.asset(&asset_id.to_lowercase(), call.version)?;
    let link = call.links.to(&asset.file().blob_name, Permissions::Read);
    Ok(Answer::new(StatusCode::ACCEPTED, json!({ "id": id, "sasUrl": link, "errors": [] })))
}

/// `POST /assets/{assetId}/downloaded`, for statistics that are not kept.
pub(crate) fn reported(store: &mut Store, call: &Call) -> Outcome {
    store.asset(&call.id("assetId"), call.version)?;
    Ok(Answer::empty(StatusCode::OK))
}
