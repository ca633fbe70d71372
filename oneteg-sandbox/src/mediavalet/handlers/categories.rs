//! The tree of categories.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::{Answer, Failure, Outcome};
use super::super::call::Call;
use super::super::patch::{self, Change};
use super::super::render;
use super::super::seed::ROOT_CATEGORY;
use super::super::state::{Category, Store};

pub(crate) fn list(store: &mut Store, call: &Call) -> Outcome {
    let counts = store.counts();
    let shown =
        store.categories.iter().map(|(id, it)| render::category(store, &counts, id, it, call));
    call.list(shown.collect())
}

pub(crate) fn get(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("categoryId");
    let category = store.category(&id)?;
    Ok(Answer::ok(render::category_tree(store, &id, category, call)))
}

pub(crate) fn of_root(store: &mut Store, call: &Call) -> Outcome {
    below(store, call, ROOT_CATEGORY)
}

pub(crate) fn of_category(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("categoryGuid");
    store.category(&id)?;
    below(store, call, &id)
}

fn below(store: &Store, call: &Call, id: &str) -> Outcome {
    let counts = store.counts();
    let shown =
        store.subcategories(id).map(|(id, it)| render::category(store, &counts, id, it, call));
    call.list(shown.collect())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewCategory {
    tree_name: Option<String>,
    parent_id: Option<String>,
    description: Option<String>,
    category_id: Option<String>,
}

pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    let new: NewCategory = call.json()?;
    let name = new.tree_name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| Failure::bad_request("`treeName` is missing"))?;
    let parent = new.parent_id.map_or_else(|| ROOT_CATEGORY.to_owned(), |id| id.to_lowercase());
    if store.categories.get(&parent).is_none() {
        return Err(Failure::bad_request(format!("There is no category {parent}")));
    }
    let mut category = Category::new(&name, Some(parent));
    category.description = new.description.unwrap_or_default();
    category.created = store.tick();
    category.modified = category.created;
    let id = match new.category_id.map(|id| id.to_lowercase()) {
        None => store.categories.add(category),
        Some(id) if store.categories.get(&id).is_some() || !is_uuid(&id) => {
            return Err(Failure::bad_request(format!("{id} is taken, or no UUID")));
        }
        Some(id) => {
            store.categories.insert(&id, category);
            id
        }
    };
    let category = store.category(&id)?;
    Ok(Answer::new(StatusCode::CREATED, render::category_tree(store, &id, category, call)))
}

/// Whether it is a UUID in lower case, with its hyphens.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12]
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

/// Renames a category or moves it elsewhere.
pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("categoryId");
    store.category(&id)?;
    let skipped = patch::apply(
        call,
        store,
        |store, member, _| {
            let category = store.categories.get(&id)?;
            match member {
                "name" | "treename" => Some(category.name.clone()),
                "description" => Some(category.description.clone()),
                "parentid" => category.parent.clone(),
                _ => None,
            }
        },
        |store, change| apply(store, &id, change),
    )?;
    let category = store.category(&id)?;
    let payload = render::category_tree(store, &id, category, call);
    Ok(Answer::new(StatusCode::ACCEPTED, payload).skipped(skipped))
}

fn apply(store: &mut Store, id: &str, change: &Change) -> Result<(), String> {
    let text = change.text()?;
    let now = store.tick();
    let parent = text.to_lowercase();
    if change.member == "parentid" {
        if store.categories.get(&parent).is_none() {
            return Err("there is no such category".into());
        }
        if id == ROOT_CATEGORY || store.ancestors(&parent).iter().any(|above| above == id) {
            return Err("a category cannot be moved below itself".into());
        }
    }
    let category = store.categories.get_mut(id).ok_or("the category is gone")?;
    match change.member.as_str() {
        // `/tree/name` is where the name is shown, too.
        "name" | "treename" | "tree" if !text.is_empty() => category.name = text,
        "description" => category.description = text,
        "parentid" => category.parent = Some(parent),
        _ => return Err("there is no such member, or it cannot be changed".into()),
    }
    category.modified = now;
    Ok(())
}

pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("categoryId");
    store.category(&id)?;
    if id == ROOT_CATEGORY || store.subcategories(&id).next().is_some() {
        return Err(Failure::bad_request("A category with others below it cannot be deleted"));
    }
    store.categories.remove(&id);
    for (_, asset) in store.assets.iter_mut() {
        asset.categories.retain(|category| *category != id);
    }
    Ok(Answer::empty(StatusCode::OK))
}

pub(crate) fn assets(store: &mut Store, call: &Call) -> Outcome {
    in_category(store, call, false)
}

pub(crate) fn basic_assets(store: &mut Store, call: &Call) -> Outcome {
    in_category(store, call, true)
}

fn in_category(store: &mut Store, call: &Call, basic: bool) -> Outcome {
    store.look();
    let id = call.id("categoryId");
    store.category(&id)?;
    let (assets, records) = call.asset_page()?.cut(store.assets_in(&id).collect());
    let render = if basic { render::basic_asset } else { render::asset };
    let shown: Vec<Value> =
        assets.into_iter().map(|(_, asset)| render(store, asset, call)).collect();
    Ok(Answer::ok(json!({ "assetCount": records.total, "assets": shown })).of(records))
}
