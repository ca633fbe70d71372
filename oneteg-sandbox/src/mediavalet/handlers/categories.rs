//! The tree of categories, and the assets in it.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::mediavalet::json_patch::{self, Change, UNKNOWN_MEMBER};
use crate::mediavalet::query::Selection;
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{Category, ROOT_CATEGORY, Store};

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let counts = store.category_counts();
    let categories =
        store.categories.iter().map(|(id, it)| render::category(store, &counts, id, it, request));
    request.list(categories.collect())
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("categoryId");
    let category = store.category(&id)?;
    Ok(ApiResponse::ok(render::category_tree(store, &id, category, request)))
}

/// `GET /folders`: the root, then its subcategories. A folder is the older name of a category.
pub(crate) fn root_folders(store: &Store, request: &ApiRequest) -> ApiResult {
    let counts = store.category_counts();
    let root = store.categories.get(ROOT_CATEGORY).map(|root| (ROOT_CATEGORY, root));
    let folders = root.into_iter().chain(store.subcategories(ROOT_CATEGORY));
    let folders = folders.map(|(id, it)| render::category(store, &counts, id, it, request));
    request.list(folders.collect())
}

pub(crate) fn root_subcategories(store: &Store, request: &ApiRequest) -> ApiResult {
    children(store, request, ROOT_CATEGORY)
}

pub(crate) fn subcategories(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("categoryGuid");
    store.category(&id)?;
    children(store, request, &id)
}

fn children(store: &Store, request: &ApiRequest, id: &str) -> ApiResult {
    let counts = store.category_counts();
    let categories =
        store.subcategories(id).map(|(id, it)| render::category(store, &counts, id, it, request));
    request.list(categories.collect())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewCategory {
    tree_name: Option<String>,
    parent_id: Option<String>,
    description: Option<String>,
    category_id: Option<String>,
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let new: NewCategory = request.json()?;
    let name = new.tree_name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::bad_request("`treeName` is missing"))?;
    let parent = new.parent_id.map_or_else(|| ROOT_CATEGORY.to_owned(), |id| id.to_lowercase());
    if store.categories.get(&parent).is_none() {
        return Err(ApiError::bad_request(format!("There is no category {parent}")));
    }
    let mut category = Category::new(&name, Some(parent));
    category.description = new.description.unwrap_or_default();
    category.created = store.tick();
    category.modified = category.created;
    let id = match new.category_id.map(|id| id.to_lowercase()) {
        None => store.categories.add(category),
        Some(id) if store.categories.get(&id).is_some() || !is_uuid(&id) => {
            return Err(ApiError::bad_request(format!("{id} is taken, or not a UUID")));
        }
        Some(id) => {
            store.categories.insert(&id, category);
            id
        }
    };
    let category = store.category(&id)?;
    Ok(ApiResponse::new(StatusCode::CREATED, render::category_tree(store, &id, category, request)))
}

/// Whether a string is a UUID in lower case, with hyphens.
fn is_uuid(id: &str) -> bool {
    let groups: Vec<usize> = id.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12]
        && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

/// Renames, describes or moves a category.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("categoryId");
    store.category(&id)?;
    let skipped = json_patch::apply(
        request,
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
    let payload = render::category_tree(store, &id, category, request);
    Ok(ApiResponse::new(StatusCode::ACCEPTED, payload).with_errors(skipped))
}

fn apply(store: &mut Store, id: &str, change: &Change) -> Result<(), String> {
    let value = change.string()?;
    let now = store.tick();
    let parent = value.to_lowercase();
    if change.member == "parentid" {
        if store.categories.get(&parent).is_none() {
            return Err("there is no such category".into());
        }
        if id == ROOT_CATEGORY || store.ancestors(&parent).iter().any(|ancestor| ancestor == id) {
            return Err("a category cannot be moved below itself".into());
        }
    }
    let category = store.categories.get_mut(id).ok_or("the category is gone")?;
    match change.member.as_str() {
        // `/tree/name` is the other place where responses have the name.
        "name" | "treename" | "tree" if !value.is_empty() => category.name = value,
        "description" => category.description = value,
        "parentid" => category.parent = Some(parent),
        _ => return Err(UNKNOWN_MEMBER.into()),
    }
    category.modified = now;
    Ok(())
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("categoryId");
    store.category(&id)?;
    if id == ROOT_CATEGORY || store.subcategories(&id).next().is_some() {
        return Err(ApiError::bad_request("A category with subcategories cannot be deleted"));
    }
    store.categories.remove(&id);
    for (_, asset) in store.assets.stored_mut() {
        asset.categories.retain(|category| *category != id);
    }
    for (_, group) in store.groups.iter_mut() {
        group.categories.retain(|category| *category != id);
    }
    Ok(ApiResponse::empty(StatusCode::OK))
}

pub(crate) fn assets(store: &mut Store, request: &ApiRequest) -> ApiResult {
    in_category(store, request, false)
}

pub(crate) fn basic_assets(store: &mut Store, request: &ApiRequest) -> ApiResult {
    in_category(store, request, true)
}

fn in_category(store: &mut Store, request: &ApiRequest, basic: bool) -> ApiResult {
    store.advance_processing();
    let id = request.path_id("categoryId");
    store.category(&id)?;
    let selection = Selection::of_category(store, &id);
    let (assets, records) = selection.page(&store.assets, request.asset_page()?, None);
    let render = if basic { render::basic_asset } else { render::asset };
    let rendered: Vec<Value> = assets.iter().map(|asset| render(store, asset, request)).collect();
    Ok(ApiResponse::ok(json!({ "assetCount": records.total, "assets": rendered }))
        .with_records(records))
}
