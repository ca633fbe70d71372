//! The pages of a list operation: which argument selects the page, and where the response has the items.

use std::sync::Arc;

use oneteg_http::{
    CallOptions, Error, ErrorKind, Operation, Page, PageRequest, Pager, Pagination,
    PaginationStyle, ResponseValue, Runtime,
};
use serde_json::{Map, Value};

use super::{
    arguments::kebab,
    call::{Call, CallBody},
    request,
};
use crate::catalog::Entry;

/// The items of a list, page by page on demand.
pub(crate) fn pager(
    runtime: Runtime,
    entry: &'static Entry,
    operation: &'static Operation,
    pagination: Pagination,
    call: Call,
    options: CallOptions,
) -> Pager<Value> {
    let call = Arc::new(call);
    Pager::new(operation, move |page| {
        let mut call = Call::clone(&call);
        select(entry, &mut call, &pagination, &page);
        let (runtime, options) = (runtime.clone(), page.apply(options.clone()));
        async move {
            let request = request::build(entry, operation, &call, options)
                .map_err(|error| Error::new(ErrorKind::InvalidRequest, error.to_string()))?;
            let response = runtime.json::<Value>(request).await?;
            Ok(read(response, &pagination, page.size()))
        }
    })
}

/// Sets the arguments that select a page. Replaces those that were given.
fn select(entry: &Entry, call: &mut Call, pagination: &Pagination, page: &PageRequest) {
    if pagination.style == PaginationStyle::Single {
        return;
    }
    let start = match pagination.style {
        PaginationStyle::Cursor => page.cursor().map(Value::from),
        _ => page.start::<u64>().map(Value::from),
    };
    let size = page.size::<u64>().map(Value::from);
    for (path, value) in [(pagination.start, start), (pagination.size, size)] {
        if path.is_empty() {
            continue;
        }
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let is_named = |name: &str| name == first || kebab(name) == kebab(first);
        let index = entry.parameters.iter().position(|parameter| is_named(&parameter.name));
        match (index, &mut call.body) {
            (Some(index), _) if rest.is_empty() => call.parameters[index] = value,
            (Some(index), _) => {
                let parameter = call.parameters[index].get_or_insert_with(empty);
                set(parameter, rest, value);
            }
            // A member of the body: `body.offset`.
            (None, CallBody::Value(body)) => {
                set(body, if rest.is_empty() { first } else { rest }, value)
            }
            (None, body) => {
                let mut object = empty();
                set(&mut object, if rest.is_empty() { first } else { rest }, value);
                *body = CallBody::Value(object);
            }
        }
    }
}

fn empty() -> Value {
    Value::Object(Map::new())
}

/// Sets a member at a dotted path. `None` removes it: the server's default applies.
fn set(object: &mut Value, path: &str, value: Option<Value>) {
    if !object.is_object() {
        *object = empty();
    }
    let Value::Object(members) = object else { return };
    match (path.split_once('.'), value) {
        (Some((first, rest)), value) => {
            set(members.entry(first).or_insert_with(empty), rest, value);
        }
        (None, Some(value)) => {
            members.insert(path.to_owned(), value);
        }
        (None, None) => {
            members.remove(path);
        }
    }
}

/// A page of a response. A plain list instead of a page does not tell whether more follows: it is taken for the last
/// page unless it has exactly the requested length.
fn read(
    response: ResponseValue<Value>,
    pagination: &Pagination,
    size: Option<usize>,
) -> Page<Value> {
    let records = response.total();
    let mut value = response.into_inner();
    if let Value::Array(items) = value {
        let last = !pagination.items.is_empty() && size != Some(items.len());
        let total = if pagination.total.is_empty() { records } else { None };
        return Page::new(items).total(total).last(last);
    }
    let end = member(&mut value, pagination.total).cloned();
    let items = match member(&mut value, pagination.items).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let page = Page::new(items);
    match (pagination.style, end) {
        (PaginationStyle::Cursor, Some(Value::String(cursor))) => page.next(cursor),
        (PaginationStyle::Cursor, _) => page,
        (_, Some(total)) if !pagination.total.is_empty() => page.total(number(&total)),
        _ => page.total(records),
    }
}

/// The items of a response, and the number of all if the response contains it.
///
/// # Errors
/// The response, if it has no items where the specification puts them.
pub(crate) fn items(
    mut response: Value,
    pagination: &Pagination,
) -> Result<(Vec<Value>, Option<u64>), Value> {
    if let Value::Array(items) = response {
        return Ok((items, None));
    }
    let is_named = !pagination.total.is_empty() && pagination.style != PaginationStyle::Cursor;
    let total =
        member(&mut response, pagination.total).filter(|_| is_named).and_then(|n| number(n));
    match member(&mut response, pagination.items) {
        Some(Value::Array(items)) if !pagination.items.is_empty() => {
            Ok((std::mem::take(items), total))
        }
        _ => Err(response),
    }
}

/// A number, also if a server writes it as a string.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// The member at a dotted path; the value itself for an empty one.
fn member<'a>(mut value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    for name in path.split('.').filter(|name| !name.is_empty()) {
        value = value.get_mut(name)?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_set_and_removed_at_any_depth() {
        let mut value = json!(null);
        set(&mut value, "page.startIndex", Some(json!(5)));
        assert_eq!(value, json!({"page": {"startIndex": 5}}));
        set(&mut value, "page.size", Some(json!(9)));
        set(&mut value, "page.startIndex", None);
        assert_eq!(value, json!({"page": {"size": 9}}));
    }

    #[test]
    fn totals_may_be_strings() {
        assert_eq!(number(&json!("12")), Some(12));
        assert_eq!(number(&json!(12)), Some(12));
        assert_eq!(number(&json!(-1)), None);
    }
}
