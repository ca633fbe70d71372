//! A call of an operation for an assistant.

use std::{thread, time::Duration};

use oneteg_http::{CallOptions, Operation, Pagination, PaginationStyle};
use serde_json::{Map, Value};
use tokio::{sync::oneshot, time::timeout};

use super::{
    access::Exposed,
    bound::{Bounded, bound},
    secrets,
};
use crate::{
    catalog::{Entry, ResponseKind},
    client::Connected,
    error::CliError,
    operations::{
        arguments::arguments,
        call::{Call, from_values},
        command::reserved,
        pages, request,
    },
    output::Query,
};

/// The largest number of items that one call collects.
pub(super) const MAX_ITEMS: usize = 10_000;
/// The time limit of a jq filter.
const FILTER_LIMIT: Duration = Duration::from_secs(10);

/// What an assistant asks for.
pub(super) struct Wanted {
    pub(super) arguments: Map<String, Value>,
    /// A jq filter.
    pub(super) select: Option<String>,
    /// Collect the items of as many pages as needed, up to this number.
    pub(super) max_items: Option<usize>,
}

/// Calls the operation. The result is masked and bounded.
///
/// # Errors
/// Those of the arguments, the call and the filter. They may contain secrets; see [`secrets::mask_text`].
pub(super) async fn call(
    exposed: &Exposed,
    connected: &Connected,
    entry: &'static Entry,
    operation: &'static Operation,
    wanted: Wanted,
    limit: usize,
) -> Result<Bounded, CliError> {
    let Wanted { arguments: given, select, max_items } = wanted;
    // A wrong filter is found before anything is sent.
    if let Some(filter) = &select {
        Query::compile(filter)?;
    }
    complete(entry, &given)?;
    let arguments = arguments(exposed.catalog, entry, &reserved());
    let call = from_values(exposed.catalog, entry, &arguments, given)?;
    let mut notes = Vec::new();
    let mut value = match (max_items, operation.pagination) {
        (Some(0), _) => return Err(CliError::usage("`max_items` is at least 1")),
        (Some(max), Some(pagination)) => {
            collect(connected, entry, operation, pagination, call, max.min(MAX_ITEMS), &mut notes)
                .await?
        }
        (Some(_), None) => {
            return Err(CliError::usage(format!("`{}` is not a list of pages", entry.name))
                .with_hint("Leave out `max_items`"));
        }
        (None, pagination) => {
            let value = one(connected, entry, operation, &call).await?;
            notes.extend(pagination.and_then(|pagination| more(&pagination, &value)));
            value
        }
    };
    // Before the filter, which might give a secret another name.
    if secrets::mask(connected, &mut value) {
        notes.push(format!("secrets are shown as {}", secrets::MASK));
    }
    if let Some(filter) = select {
        value = filtered(filter, value, FILTER_LIMIT).await?;
    }
    let mut bounded = bound(value, limit);
    bounded.notes.extend(notes);
    Ok(bounded)
}

/// Names the required arguments that are missing.
fn complete(entry: &Entry, given: &Map<String, Value>) -> Result<(), CliError> {
    let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    let is_given = |name: &str| {
        let mut given = given.iter().filter(|(_, value)| !value.is_null());
        given.any(|(known, _)| plain(known) == plain(name))
    };
    let parameters = entry.parameters.iter().filter(|parameter| parameter.required);
    let names = parameters.map(|parameter| parameter.name.as_str());
    let body = entry.body.as_ref().filter(|body| body.required).map(|_| "body");
    let missing: Vec<&str> = names.chain(body).filter(|name| !is_given(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(CliError::usage(format!("missing in `arguments`: {}", missing.join(", "))))
}

async fn one(
    connected: &Connected,
    entry: &'static Entry,
    operation: &'static Operation,
    call: &Call,
) -> Result<Value, CliError> {
    let runtime = connected.client.runtime();
    let request = request::build(entry, operation, call, CallOptions::new())?;
    Ok(match entry.response.kind {
        ResponseKind::Json => runtime.json::<Value>(request).await?.into_inner(),
        ResponseKind::Text => runtime.text(request).await?.into_inner().into(),
        ResponseKind::Empty => {
            let status = runtime.empty(request).await?.status();
            format!("done (HTTP {})", status.as_u16()).into()
        }
        // Refused before.
        ResponseKind::File => return Err(CliError::usage("files cannot be returned")),
    })
}

/// The items of several pages, as one list.
async fn collect(
    connected: &Connected,
    entry: &'static Entry,
    operation: &'static Operation,
    pagination: Pagination,
    call: Call,
    max: usize,
    notes: &mut Vec<String>,
) -> Result<Value, CliError> {
    let runtime = connected.client.runtime().clone();
    let pager = pages::pager(runtime, entry, operation, pagination, call, CallOptions::new());
    // One more shows whether there are more.
    let mut pager = pager.limit(max as u64 + 1);
    let mut items = Vec::new();
    while let Some(page) = pager.next_page().await {
        items.extend(page?);
    }
    if items.len() > max {
        items.truncate(max);
        notes.push(format!("there are more than these {max} items"));
    }
    Ok(Value::Array(items))
}

/// How to get the next page, if the response shows that there may be one.
fn more(pagination: &Pagination, response: &Value) -> Option<String> {
    let items = at(response, pagination.items)?.as_array()?.len();
    let total = at(response, pagination.total);
    let start = pagination.start;
    let next = match pagination.style {
        PaginationStyle::Single => return None,
        PaginationStyle::Cursor => {
            let cursor = total?.as_str().filter(|cursor| !cursor.is_empty())?;
            format!("for the next page, set `{start}` to {}", Value::from(cursor))
        }
        _ => {
            let total =
                total.and_then(|total| total.as_u64().or_else(|| total.as_str()?.parse().ok()));
            if items == 0 || total.is_some_and(|total| total <= items as u64) {
                return None;
            }
            let step = match pagination.style {
                PaginationStyle::Page => "by 1".to_owned(),
                _ => format!("by {items}"),
            };
            let of = total.map_or_else(String::new, |total| format!(" of {total}"));
            format!("{items} items{of}; for the next page, raise `{start}` {step}")
        }
    };
    Some(format!("{next}, or set `max_items`"))
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|name| !name.is_empty()).try_fold(value, |value, name| value.get(name))
}

/// The output of a filter; a list if it has several.
async fn filtered(filter: String, value: Value, limit: Duration) -> Result<Value, CliError> {
    // A filter may take long, or never end: it must hold up neither other calls nor the end of the program. A thread
    // that computes cannot be stopped; it ends with the program.
    let (sender, receiver) = oneshot::channel();
    let run = move || {
        let outputs = Query::compile(&filter).and_then(|query| query.run(&value));
        // Nobody waits any more after the limit.
        let _ = sender.send(outputs);
    };
    thread::Builder::new().name("filter".to_owned()).spawn(run)?;
    let mut outputs = match timeout(limit, receiver).await {
        Ok(Ok(outputs)) => outputs?,
        Ok(Err(_)) => return Err(CliError::failure("the filter failed")),
        Err(_) => {
            let message = format!("the filter takes longer than {} s", limit.as_secs());
            return Err(CliError::usage(message));
        }
    };
    Ok(match outputs.len() {
        1 => outputs.remove(0),
        _ => Value::Array(outputs),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operations::call::CallBody;

    fn note(style: PaginationStyle, response: Value) -> Option<String> {
        more(&Pagination::new(style, "page.start", "page.size", "results", "size"), &response)
    }

    #[test]
    fn a_page_names_the_next_one() {
        use PaginationStyle::{Cursor, Offset, Page, Single};
        let page = json!({"results": [1, 2], "size": 5});
        let next = "2 items of 5; for the next page, raise `page.start` by 2, or set `max_items`";
        assert_eq!(note(Offset, page.clone()).as_deref(), Some(next));
        assert!(note(Page, page.clone()).unwrap().contains("by 1"));
        assert_eq!(note(Single, page), None);
        assert_eq!(note(Offset, json!({"results": [1, 2], "size": 2})), None);
        assert_eq!(note(Offset, json!({"results": [], "size": 5})), None);
        assert!(note(Offset, json!({"results": [1]})).is_some());
        let cursor = json!({"results": [1], "size": "abc"});
        let next = "for the next page, set `page.start` to \"abc\", or set `max_items`";
        assert_eq!(note(Cursor, cursor).as_deref(), Some(next));
        assert_eq!(note(Cursor, json!({"results": [1], "size": null})), None);
    }

    #[tokio::test]
    async fn a_filter_has_a_time_limit_and_gives_one_value_or_a_list() {
        let run = |filter: &str, limit| filtered(filter.to_owned(), json!([1, 2]), limit);
        let long = Duration::from_secs(60);
        assert_eq!(run("length", long).await.unwrap(), 2);
        assert_eq!(run(".[]", long).await.unwrap(), json!([1, 2]));
        assert_eq!(run("empty", long).await.unwrap(), json!([]));
        // It would take days. The thread ends with the program of the tests.
        let error = run("last(range(1000000000000))", Duration::from_millis(50)).await.unwrap_err();
        assert!(error.message().contains("the filter takes longer"), "{error}");
    }

    /// On the command line, `file:` in a secret names a file. An assistant must not read files.
    #[test]
    fn arguments_refer_to_no_files_and_variables() {
        let catalog = crate::catalog::of(oneteg_auth::Vendor::NetExplorer).unwrap();
        let entry = catalog.find("validate-share-password").unwrap();
        for reference in ["file:/etc/hostname", "env:HOME", "@/etc/hostname", "-"] {
            let given = json!({"shareKey": reference, "body": {"password": reference}});
            let Value::Object(given) = given else { panic!("{given}") };
            let arguments = arguments(catalog, entry, &reserved());
            let call = from_values(catalog, entry, &arguments, given).unwrap();
            assert_eq!(call.parameters, [Some(json!(reference))]);
            let CallBody::Value(body) = call.body else { panic!("the body is JSON") };
            assert_eq!(body, json!({"password": reference}));
        }
    }
}
