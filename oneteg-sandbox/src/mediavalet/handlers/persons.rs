//! Persons in pictures. The seed has some; there is no recognition.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::mediavalet::json_patch::{self, UNKNOWN_MEMBER};
use crate::mediavalet::pages::Page;
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{OrgUnit, Person, Rendition, Store};

fn thumbnail(store: &Store, person: &Person, request: &ApiRequest) -> Option<String> {
    let asset = store.assets.get(person.assets.first()?)?;
    render::rendition_link(&asset, Rendition::Thumb, request)
}

fn render(store: &Store, id: &str, person: &Person, request: &ApiRequest) -> Value {
    json!({
        "id": id, "name": person.name, "identified": person.name.is_some(),
        "thumbnailUrl": thumbnail(store, person, request), "libaryId": OrgUnit::library_id(),
    })
}

fn respond(
    store: &Store,
    request: &ApiRequest,
    page: Page,
    keep: impl Fn(&Person) -> bool,
) -> ApiResult {
    let persons = store.persons.iter().filter(|(_, person)| keep(person));
    let (persons, records) = page.slice(persons.collect());
    let render = |(id, person): (&str, &Person)| {
        json!({
            "id": id, "name": person.name, "identified": person.name.is_some(),
            "thumbnailUrl": thumbnail(store, person, request), "numberOfAssets": person.assets.len(),
        })
    };
    let persons: Vec<Value> = persons.into_iter().map(render).collect();
    let payload = json!({ "personCount": records.total, "persons": persons });
    Ok(ApiResponse::ok(payload).with_records(records))
}

pub(crate) fn in_category(store: &Store, request: &ApiRequest) -> ApiResult {
    of_category(store, request, None)
}

pub(crate) fn identified_in_category(store: &Store, request: &ApiRequest) -> ApiResult {
    of_category(store, request, Some(true))
}

pub(crate) fn unidentified_in_category(store: &Store, request: &ApiRequest) -> ApiResult {
    of_category(store, request, Some(false))
}

/// The persons in assets that are directly in a category.
fn of_category(store: &Store, request: &ApiRequest, identified: Option<bool>) -> ApiResult {
    let category = request.path_id("categoryId");
    store.category(&category)?;
    let in_category = |id: &String| {
        store.assets.get(id).is_some_and(|asset| asset.categories.contains(&category))
    };
    respond(store, request, request.page(usize::MAX)?, |person| {
        identified.is_none_or(|identified| identified == person.name.is_some())
            && person.assets.iter().any(in_category)
    })
}

pub(crate) fn search_identified(store: &Store, request: &ApiRequest) -> ApiResult {
    search(store, request, true)
}

pub(crate) fn search_unidentified(store: &Store, request: &ApiRequest) -> ApiResult {
    search(store, request, false)
}

/// Searches names. The other parameters of the body have no effect.
fn search(store: &Store, request: &ApiRequest, identified: bool) -> ApiResult {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Search {
        search_term: Option<String>,
        count: Option<usize>,
        offset: Option<usize>,
    }
    let search: Search = request.json()?;
    let term = search.search_term.unwrap_or_default().to_lowercase();
    let page = Page::new(search.offset.unwrap_or_default(), search.count.unwrap_or(usize::MAX));
    respond(store, request, page, |person| match &person.name {
        Some(name) => identified && name.to_lowercase().contains(&term),
        None => !identified && term.is_empty(),
    })
}

/// Renames a person at `/name`, which also identifies it.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("personId");
    let not_found = || ApiError::not_found("person", &id);
    let person = store.persons.get_mut(&id).ok_or_else(not_found)?;
    let skipped = json_patch::apply(
        request,
        person,
        |person, member, _| (member == "name").then(|| person.name.clone()).flatten(),
        |person, change| {
            if change.member != "name" {
                return Err(UNKNOWN_MEMBER.into());
            }
            person.name = Some(change.string()?).filter(|name| !name.trim().is_empty());
            Ok(())
        },
    )?;
    let person = store.persons.get(&id).ok_or_else(not_found)?;
    Ok(ApiResponse::ok(render(store, &id, person, request)).with_errors(skipped))
}

/// The persons by the views of their assets, most viewed first.
pub(crate) fn most_viewed(store: &Store, request: &ApiRequest) -> ApiResult {
    sorted(store, request, |person| {
        let assets = person.assets.iter().filter_map(|id| store.assets.get(id));
        assets.map(|asset| i64::try_from(asset.views).unwrap_or(i64::MAX)).sum()
    })
}

/// The persons by their latest asset, latest first.
pub(crate) fn recently_uploaded(store: &Store, request: &ApiRequest) -> ApiResult {
    sorted(store, request, |person| {
        let assets = person.assets.iter().filter_map(|id| store.assets.get(id));
        assets.map(|asset| asset.created).max().unwrap_or_default()
    })
}

fn sorted(store: &Store, request: &ApiRequest, key: impl Fn(&Person) -> i64) -> ApiResult {
    let identified = match request.path_param("identificationType").to_lowercase().as_str() {
        "identified" => true,
        "unidentified" => false,
        other => {
            let message = format!("There is no identification type {other}");
            return Err(ApiError::bad_request(message));
        }
    };
    let mut persons: Vec<(&str, &Person)> =
        store.persons.iter().filter(|(_, person)| person.name.is_some() == identified).collect();
    persons.sort_by_key(|(_, person)| std::cmp::Reverse(key(person)));
    let persons = persons.into_iter().map(|(id, person)| render(store, id, person, request));
    Ok(ApiResponse::ok(persons.collect()))
}
