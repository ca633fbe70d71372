//! Lightboxes: lists of assets that a user makes.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::{Answer, Failure, Outcome};
use super::super::call::Call;
use super::super::patch;
use super::super::render;
use super::super::state::{Lightbox, Store};

fn missing(id: &str) -> Failure {
    Failure::missing("lightbox", id)
}

fn shown(store: &Store, call: &Call, id: &str) -> Outcome {
    let lightbox = store.lightboxes.get(id).ok_or_else(|| missing(id))?;
    Ok(Answer::ok(render::lightbox(store, id, lightbox, call)))
}

fn change<'a>(store: &'a mut Store, id: &str) -> Result<&'a mut Lightbox, Failure> {
    store.lightboxes.get_mut(id).ok_or_else(|| missing(id))
}

pub(crate) fn list(store: &mut Store, call: &Call) -> Outcome {
    let all = store.lightboxes.iter().map(|(id, it)| render::lightbox(store, id, it, call));
    call.list(all.collect())
}

pub(crate) fn get(store: &mut Store, call: &Call) -> Outcome {
    shown(store, call, &call.id("lightboxId"))
}

#[derive(Debug, Deserialize)]
struct Given {
    name: Option<String>,
    description: Option<String>,
}

pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    let given: Given = call.json()?;
    let name = given.name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| Failure::bad_request("`name` is missing"))?;
    let created = store.tick();
    let description = given.description.unwrap_or_default();
    let id = store.lightboxes.add(Lightbox { name, description, assets: Vec::new(), created });
    shown(store, call, &id)
}

pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("lightboxId");
    let given: Given = call.json()?;
    let lightbox = change(store, &id)?;
    lightbox.name = given.name.unwrap_or_else(|| lightbox.name.clone());
    lightbox.description = given.description.unwrap_or_else(|| lightbox.description.clone());
    shown(store, call, &id)
}

pub(crate) fn patch(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("lightboxId");
    let skipped = patch::apply(
        call,
        change(store, &id)?,
        |lightbox, member, _| match member {
            "name" => Some(lightbox.name.clone()),
            "description" => Some(lightbox.description.clone()),
            _ => None,
        },
        |lightbox, change| {
            match change.member.as_str() {
                "name" => lightbox.name = change.text()?,
                "description" => lightbox.description = change.text()?,
                _ => return Err("there is no such member, or it cannot be changed".into()),
            }
            Ok(())
        },
    )?;
    Ok(shown(store, call, &id)?.skipped(skipped))
}

pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("lightboxId");
    store.lightboxes.remove(&id).ok_or_else(|| missing(&id))?;
    Ok(Answer::empty(StatusCode::OK))
}

pub(crate) fn assets(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("lightboxId");
    let lightbox = store.lightboxes.get(&id).ok_or_else(|| missing(&id))?;
    let seen = lightbox.assets.iter().filter_map(|id| store.asset(id, call.version).ok());
    let (assets, records) = call.page(50)?.cut(seen.collect());
    let assets: Vec<Value> =
        assets.into_iter().map(|asset| render::asset(store, asset, call)).collect();
    Ok(Answer::ok(json!({ "assetCount": records.total, "assets": assets })).of(records))
}

fn given_assets(store: &Store, call: &Call) -> Result<Vec<String>, Failure> {
    let ids: Vec<String> = call.json()?;
    let known = |id: String| {
        let id = id.to_lowercase();
        store.asset(&id, call.version).map(|_| id)
    };
    ids.into_iter().map(known).collect()
}

pub(crate) fn add_assets(store: &mut Store, call: &Call) -> Outcome {
    let given = given_assets(store, call)?;
    let lightbox = change(store, &call.id("lightboxId"))?;
    for id in &given {
        if !lightbox.assets.contains(id) {
            lightbox.assets.push(id.clone());
        }
    }
    Ok(Answer::ok(json!(given)))
}

/// A DELETE with a body.
pub(crate) fn remove_assets(store: &mut Store, call: &Call) -> Outcome {
    let given = given_assets(store, call)?;
    let lightbox = change(store, &call.id("lightboxId"))?;
    lightbox.assets.retain(|id| !given.contains(id));
    Ok(Answer::ok(json!(given)))
}

pub(crate) fn remove_asset(store: &mut Store, call: &Call) -> Outcome {
    let asset = call.id("assetId");
    let lightbox = change(store, &call.id("lightboxId"))?;
    if !lightbox.assets.contains(&asset) {
        return Err(Failure::missing("asset of this lightbox", &asset));
    }
    lightbox.assets.retain(|id| *id != asset);
    Ok(Answer::empty(StatusCode::OK))
}
