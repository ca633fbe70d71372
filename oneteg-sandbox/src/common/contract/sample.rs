//! The response of an operation that no stateful handler serves: the sample of its specification.
//!
//! It is the same each time. Ids of the request's path are repeated in it, and every list has one page.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use oneteg_catalog::{Catalog, Documented, Entry, Paging};
use serde_json::Value;
use url::form_urlencoded;

use super::{Context, Found, Vendor, status};

/// The content of a file.
const FILE: &str = "sample\n";

/// The position of a list's only page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) total: usize,
    pub(crate) start: usize,
    pub(crate) returned: usize,
}

/// The sample of the operation's first successful response.
pub(super) fn respond(
    vendor: &impl Vendor,
    catalog: &Catalog,
    found: &Found,
    context: Context<'_>,
) -> Response {
    let entry = found.entry;
    let success = entry.responses.iter().find(|documented| documented.is_success());
    let Some(Documented { status: documented, content, .. }) = success else {
        return status("204").into_response();
    };
    let status = status(documented);
    let json = content.iter().find(|(media_type, _)| media_type.contains("json"));
    if let Some((_, schema)) = json {
        let mut value = catalog.schemas.sample(schema);
        for (name, id) in &found.path {
            let is_last = entry.path.ends_with(&format!("{{{name}}}"));
            repeat(&mut value, name, id, is_last);
        }
        let start = entry.paging.as_ref().map_or(0, |paging| start(entry, paging, context));
        let page = one_page(&mut value, entry.paging.as_ref(), start);
        return (status, Json(vendor.wrap(entry, value, page, context))).into_response();
    }
    match content.keys().next() {
        None => status.into_response(),
        Some(media_type) => {
            let fallback = HeaderValue::from_static("application/octet-stream");
            let media_type = HeaderValue::from_str(media_type).unwrap_or(fallback);
            (status, [(CONTENT_TYPE, media_type)], FILE).into_response()
        }
    }
}

/// Repeats a value of the path in the members of the same name, and in `id` if it is the id of the object itself.
fn repeat(value: &mut Value, name: &str, id: &str, is_last: bool) {
    match value {
        Value::Array(items) => {
            for item in items {
                repeat(item, name, id, false);
            }
        }
        Value::Object(members) => {
            let names_id = name.to_ascii_lowercase().ends_with("id");
            let is_own = is_last && names_id && !members.contains_key(name);
            for (member, value) in members {
                let is_same = member.eq_ignore_ascii_case(name);
                let is_id = is_own && member.eq_ignore_ascii_case("id");
                match value {
                    Value::String(text) if is_same || is_id => id.clone_into(text),
                    Value::Number(_) if is_same || is_id => {
                        if let Ok(number) = id.parse::<i64>() {
                            *value = number.into();
                        }
                    }
                    Value::Object(_) | Value::Array(_) => repeat(value, name, id, false),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The requested start of a list: an offset, or anything after the first page.
fn start(entry: &Entry, paging: &Paging, context: Context<'_>) -> usize {
    if paging.start.is_empty() {
        return 0;
    }
    let query = context.parts.uri.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let in_query = pairs.find(|(name, _)| name.eq_ignore_ascii_case(&paging.start));
    let in_query = in_query.map(|(_, value)| value.parse().unwrap_or(1));
    let mut names = paging.start.split('.');
    let in_body = match context.rpc {
        Some(rpc) => {
            let parameter = names.next().unwrap_or_default();
            let position = entry.parameters.iter().position(|known| known.name == parameter);
            position.and_then(|position| rpc["params"].get(position))
        }
        None => context.json,
    };
    let in_body = names.fold(in_body, |at, name| at?.get(name)).and_then(Value::as_u64);
    let number: Option<u64> = in_query.or(in_body);
    let number = number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
    match paging.style.as_str() {
        "page" => number.saturating_sub(1),
        _ => number,
    }
}

/// Leaves a list its items on the first page and none on others, and states the total.
fn one_page(value: &mut Value, paging: Option<&Paging>, start: usize) -> Option<Page> {
    let member = |path: &str| -> String {
        path.split('.').filter(|name| !name.is_empty()).map(|name| format!("/{name}")).collect()
    };
    let items = paging.map(|paging| member(&paging.items)).unwrap_or_default();
    let list = value.pointer_mut(&items)?.as_array_mut()?;
    let total = list.len();
    list.drain(..start.min(total));
    let returned = list.len();
    let stated = paging.map(|paging| member(&paging.total)).filter(|path| !path.is_empty());
    if let Some(stated) =
        stated.and_then(|path| value.pointer_mut(&path)).filter(|it| it.is_number())
    {
        *stated = total.into();
    }
    Some(Page { total, start, returned })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_of_the_path_are_repeated_with_their_type() {
        let sample = || json!({ "id": 1, "folderId": 1, "name": "a", "parts": [{ "folderId": "x", "id": 2 }] });
        let mut value = sample();
        repeat(&mut value, "folderId", "7", false);
        assert_eq!(value["folderId"], 7);
        assert_eq!(
            (&value["id"], &value["parts"][0]),
            (&json!(1), &json!({ "folderId": "7", "id": 2 }))
        );
        let mut value = sample();
        repeat(&mut value, "fileId", "9", true);
        assert_eq!((&value["id"], &value["parts"][0]["id"]), (&json!(9), &json!(2)));
        let mut value = sample();
        repeat(&mut value, "fileId", "not a number", true);
        assert_eq!(value["id"], 1);
    }

    #[test]
    fn a_list_has_one_page() {
        let paging: Paging = serde_json::from_value(
            json!({ "style": "offset", "items": "page.items", "total": "count" }),
        )
        .unwrap();
        let mut value = json!({ "page": { "items": ["a"] }, "count": 7 });
        let page = one_page(&mut value, Some(&paging), 0).unwrap();
        assert_eq!(page, Page { total: 1, start: 0, returned: 1 });
        assert_eq!(value, json!({ "page": { "items": ["a"] }, "count": 1 }));
        let page = one_page(&mut value, Some(&paging), 50).unwrap();
        assert_eq!(page, Page { total: 1, start: 50, returned: 0 });
        assert_eq!(value["page"]["items"], json!([]));
        assert_eq!(one_page(&mut json!({ "a": 1 }), None, 0), None);
    }
}
