//! Categories of tags: all of them, and those of the tags on an element.

use serde_json::{Value, json};

use super::tags;
use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{DEFAULT_CATEGORY, Store, TagCategory};

/// A category with those of its tags that the filter accepts.
fn render(
    store: &Store,
    request: &ApiRequest,
    (id, category): (u64, &TagCategory),
    filter: impl Fn(u64) -> bool,
) -> Value {
    let tags: Vec<_> = store
        .tags
        .iter()
        .filter(|(tag_id, tag)| {
            tag.category == id && tags::may_access(request, tag) && filter(*tag_id)
        })
        .map(|(id, tag)| tags::render(id, tag))
        .collect();
    let [primary, secondary, tertiary] = &category.colors;
    json!({
        "id": id,
        "name": category.name,
        "color": category.color,
        "primary_color": primary,
        "secondary_color": secondary,
        "tertiary_color": tertiary,
        "nb_tags": tags.len(),
        "tags": tags,
    })
}

fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a TagCategory), ApiError> {
    let id = request.path_id("categoryId")?;
    store.tag_categories.get(id).map(|category| (id, category)).ok_or_else(ApiError::not_found)
}

fn apply_fields(category: &mut TagCategory, fields: &RequestFields) -> Result<(), ApiError> {
    let TagCategory { name, color, colors: [primary, secondary, tertiary] } = category;
    let strings = [
        ("name", name),
        ("color", color),
        ("primary_color", primary),
        ("secondary_color", secondary),
        ("tertiary_color", tertiary),
    ];
    for (name, member) in strings {
        if let Some(value) = fields.string(name)? {
            value.clone_into(member);
        }
    }
    if category.name.trim().is_empty() { Err(ApiError::invalid_name()) } else { Ok(()) }
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    ApiResponse::list(
        store.tag_categories.iter().map(|category| render(store, request, category, |_| true)),
    )
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    ApiResponse::ok(render(store, request, lookup(store, request)?, |_| true))
}

/// Accepts the members of a category. The response is empty; the new id is in the list of categories.
pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let mut category = TagCategory::named("");
    apply_fields(&mut category, &request.fields)?;
    if store.tag_categories.iter().any(|(_, other)| other.name == category.name) {
        return Err(ApiError::name_taken());
    }
    store.advance_clock();
    store.tag_categories.add(|_| category);
    Ok(ApiResponse::Empty)
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let (id, category) = lookup(store, request)?;
    let mut category = category.clone();
    apply_fields(&mut category, &request.fields)?;
    let rendered = render(store, request, (id, &category), |_| true);
    store.tag_categories.insert(id, category);
    ApiResponse::ok(rendered)
}

/// Deletes the tags of the category as well. The default category cannot be deleted.
pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let (id, _) = lookup(store, request)?;
    if id == DEFAULT_CATEGORY {
        return Err(ApiError::forbidden());
    }
    store.tag_categories.remove(id);
    let tags = store.tags.iter().filter(|(_, tag)| tag.category == id);
    for tag in tags.map(|(id, _)| id).collect::<Vec<_>>() {
        tags::delete_everywhere(store, tag);
    }
    Ok(ApiResponse::Empty)
}

/// All categories with all their tags, for any element. How the vendor's list depends on the element is
/// unknown.
pub(crate) fn of_element(store: &Store, request: &ApiRequest) -> ApiResult {
    tags::on_element(store, request)?;
    list(store, request)
}

/// The categories of the tags on the element, with only these tags.
pub(crate) fn attached(store: &Store, request: &ApiRequest) -> ApiResult {
    let on = tags::on_element(store, request)?;
    let categories = store.tag_categories.iter();
    let categories =
        categories.map(|category| render(store, request, category, |tag| on.contains(&tag)));
    ApiResponse::list(categories.filter(|category| category["nb_tags"] != 0))
}

/// A category with those of its tags that are on the element.
pub(crate) fn one_of_element(store: &Store, request: &ApiRequest) -> ApiResult {
    let on = tags::on_element(store, request)?;
    ApiResponse::ok(render(store, request, lookup(store, request)?, |tag| on.contains(&tag)))
}
