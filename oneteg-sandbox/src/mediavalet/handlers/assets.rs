//! Assets: listing, searching, reading, changing, deleting.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::super::answer::{Answer, Failure, Outcome};
use super::super::call::Call;
use super::super::patch::{self, Change};
use super::super::query::Question;
use super::super::render;
use super::super::state::{Asset, Comment, Store};

pub(crate) fn list(store: &mut Store, call: &Call) -> Outcome {
    found(store, call, &Question::from_query(call)?)
}

pub(crate) fn search(store: &mut Store, call: &Call) -> Outcome {
    found(store, call, &Question::from_body(call)?)
}

fn found(store: &mut Store, call: &Call, question: &Question) -> Outcome {
    store.look();
    let (ids, records) = question.page.cut(question.run(store)?);
    let shown = ids.iter().filter_map(|id| store.assets.get(id));
    let assets: Vec<Value> = shown.map(|asset| render::asset(store, asset, call)).collect();
    let payload = json!({ "assetCount": records.total, "assets": assets, "staleAssets": false });
    Ok(Answer::ok(payload).of(records))
}

/// The newest first.
pub(crate) fn recently_uploaded(store: &mut Store, call: &Call) -> Outcome {
    store.look();
    let mut assets: Vec<&Asset> = store.listed(false).map(|(_, asset)| asset).collect();
    assets.sort_by_key(|asset| std::cmp::Reverse(asset.created));
    let total = assets.len();
    let (assets, records) = call.asset_page()?.cut(assets);
    let assets: Vec<Value> =
        assets.into_iter().map(|asset| render::asset(store, asset, call)).collect();
    Ok(Answer::ok(json!({ "assetCount": total, "assets": assets })).of(records))
}

/// One look at an asset: of one in processing the first finds nothing, the next ones find it without media.
pub(crate) fn get(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    let missing = || Failure::missing("asset", &id);
    let asset = store.assets.get_mut(&id).ok_or_else(missing)?;
    if asset.restricted {
        return Err(Failure::restricted(call.version));
    }
    let before = asset.pending;
    asset.pending = before.saturating_sub(1);
    let unseen = before > 0 && before == call.processing_polls;
    let deleted = asset.soft_deleted.is_some() && !call.flag("includesoftdeleted");
    if unseen || deleted {
        return Err(missing());
    }
    let asset = store.assets.get(&id).ok_or_else(missing)?;
    let mut answer = render::asset(store, asset, call);
    if let (true, Some(members)) = (before > 0, answer.as_object_mut()) {
        members.insert("media".into(), Value::Null);
    }
    Ok(Answer::ok(answer))
}

pub(crate) fn patch(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    store.asset(&id, call.version)?;
    let known: Vec<String> = store.attributes.iter().map(|(id, _)| id.to_owned()).collect();
    let asset = store.change_asset(&id, call.version)?;
    let skipped = patch::apply(call, asset, read, |asset, change| apply(asset, change, &known))?;
    let asset = store.asset(&id, call.version)?;
    Ok(Answer::ok(render::asset(store, asset, call)).skipped(skipped))
}

fn read(asset: &Asset, member: &str, key: Option<&str>) -> Option<String> {
    Some(match (member, key) {
        ("title", None) => asset.title.clone(),
        ("description", None) => asset.description.clone(),
        ("alttext", None) => asset.alt_text.clone(),
        ("filename", None) => asset.file().name.clone(),
        ("status", None) => asset.shown_status().to_string(),
        ("attributes", Some(key)) => asset.attributes.get(&key.to_lowercase())?.clone(),
        _ => return None,
    })
}

fn apply(asset: &mut Asset, change: &Change, known: &[String]) -> Result<(), String> {
    match (change.member.as_str(), change.key.as_deref()) {
        ("title", None) => asset.title = change.text()?,
        ("description", None) => asset.description = change.text()?,
        ("alttext", None) => asset.alt_text = change.text()?,
        ("filename", None) => {
            let name = Some(change.text()?).filter(|name| !name.is_empty());
            asset.rename_file(&name.ok_or("an asset needs a file name")?);
        }
        ("status", None) => asset.status = change.number()?,
        ("attributes", Some(key)) => {
            let key = key.to_lowercase();
            if !known.contains(&key) {
                return Err("there is no such attribute".into());
            }
            match change.value {
                None => asset.attributes.remove(&key),
                Some(_) => asset.attributes.insert(key, change.text()?),
            };
        }
        _ => return Err("there is no such member, or it cannot be changed".into()),
    }
    Ok(())
}

pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    let asset = store.change_asset(&id, call.version)?;
    asset.soft_deleted = Some(asset.modified);
    if call.flag("isharddelete")
        && let Some(asset) = store.assets.remove(&id)
    {
        for file in &asset.files {
            store.blobs.remove(&file.blob_name);
        }
    }
    for (_, lightbox) in store.lightboxes.iter_mut() {
        lightbox.assets.retain(|asset| *asset != id);
    }
    Ok(Answer::empty(StatusCode::OK))
}

pub(crate) fn comments(store: &mut Store, call: &Call) -> Outcome {
    let asset = store.asset(&call.id("assetId"), call.version)?;
    let shown = |comment: &Comment| {
        json!({
            "id": comment.id, "assetId": asset.id, "comment": comment.text,
            "versionNumber": comment.version, "addedAt": render::date(comment.at),
            "addedBy": { "id": store.caller_id(), "username": store.caller_name() },
        })
    };
    call.list(asset.comments.iter().map(shown).collect())
}

pub(crate) fn add_comments(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    store.asset(&id, call.version)?;
    let texts: Vec<String> = call.json()?;
    for text in texts {
        let comment_id = store.next_comment_id();
        let asset = store.change_asset(&id, call.version)?;
        let (version, at) = (asset.files.len(), asset.modified);
        asset.comments.push(Comment { id: comment_id, text, version, at });
    }
    Ok(Answer::empty(StatusCode::CREATED))
}

pub(crate) fn rate(store: &mut Store, call: &Call) -> Outcome {
    let body: Value = call.json()?;
    let given = body.get("Rating").or_else(|| body.get("rating")).and_then(Value::as_i64);
    let rating = given.filter(|rating| (0..=5).contains(rating));
    let rating = rating.ok_or_else(|| Failure::bad_request("`Rating` must be 0 to 5"))?;
    let id = call.id("assetId");
    store.change_asset(&id, call.version)?.rating = Some(rating);
    let asset = store.asset(&id, call.version)?;
    Ok(Answer::new(StatusCode::ACCEPTED, render::asset(store, asset, call)))
}
