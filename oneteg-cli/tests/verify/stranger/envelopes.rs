//! Differences of what surrounds the content, and of pages.

use oneteg_catalog::evidence::Kind;
use serde_json::{Value, json};

use super::{
    changes::{Caused, Changing},
    plant::content,
};

/// The size of the pages that `verify` requests.
const PAGE_SIZE: usize = 25;

/// A member of the envelope differs.
pub(crate) fn envelope(changing: &mut Changing) -> Option<Caused> {
    let number = json!(17);
    // The member, what it becomes (`None` if it is removed), and where that is found.
    let choices: &[(&str, Option<Value>, &str)] = match changing.entry.envelope.as_str() {
        "json-rpc" => &[
            ("jsonrpc", Some(json!("1.0")), "/jsonrpc"),
            ("jsonrpc", None, "/jsonrpc"),
            ("id", Some(json!("qzx")), "/id"),
            ("id", None, "/id"),
            ("qzxTook", Some(number), "/qzxTook"),
            ("result", None, "/result"),
            ("error", Some(json!("qzx")), "/error"),
        ],
        "payload" => &[
            ("apiVersion", Some(number), "/apiVersion"),
            ("qzxTook", Some(json!({ "ms": 17 })), "/qzxTook"),
            ("warnings", Some(json!("qzx")), "/warnings"),
            ("recordCount", Some(json!([])), "/recordCount"),
            ("recordCount", Some(json!({ "qzx": 1 })), "/recordCount/qzx"),
            ("recordCount", Some(json!({ "startingRecord": "0" })), "/recordCount/startingRecord"),
            ("payload", None, "/payload"),
        ],
        _ => return None,
    };
    let (name, value, place) = choices.get(changing.random.usize(..choices.len()))?.clone();
    let members = changing.body.as_object_mut()?;
    match &value {
        Some(value) => {
            members.insert(name.to_owned(), value.clone());
        }
        None => {
            members.remove(name)?;
        }
    }
    Some(Caused::one(format!("{name} {value:?}"), format!("envelope:{place}"), Kind::Envelope))
}

/// The content is a member of another object.
pub(crate) fn wrapped(changing: &mut Changing) -> Option<Caused> {
    let site = changing.choose(|site, _| site.place.is_empty() && !site.is_choice())?;
    let is_list = site.schema["type"] == "array";
    if !is_list && !site.is_closed_object() {
        return None;
    }
    let value = changing.value("");
    *value = json!({ "qzxData": value.take() });
    if is_list {
        return Some(Caused::one("", "", Kind::Type));
    }
    let mut caused = Caused::one("", "/qzxData", Kind::UnknownMember);
    let required = site.schema["required"].as_array().cloned().unwrap_or_default();
    let required = required.iter().filter_map(Value::as_str);
    caused.findings.extend(required.map(|name| (format!("/{name}"), Kind::Missing)));
    Some(caused)
}

struct List {
    items: String,
    total: Option<Total>,
    count: usize,
}

struct Total {
    /// As a pointer into the body.
    pointer: String,
    /// Where its findings are.
    place: String,
}

fn list(changing: &mut Changing) -> Option<List> {
    let paging = changing.entry.paging.as_ref()?;
    let pointer = |path: &str| match path {
        "" => String::new(),
        path => format!("/{}", path.replace('.', "/")),
    };
    let items = pointer(&paging.items);
    let total = match paging.total.is_empty() {
        true => {
            Total { pointer: "/recordCount/totalRecordsFound".to_owned(), place: items.clone() }
        }
        false => Total {
            pointer: format!("{}{}", content(changing.entry), pointer(&paging.total)),
            place: pointer(&paging.total),
        },
    };
    let total = changing.body.pointer(&total.pointer).is_some_and(Value::is_u64).then_some(total);
    let inner = format!("{}{items}", content(changing.entry));
    let count = changing.body.pointer(&inner)?.as_array()?.len();
    Some(List { items, total, count })
}

/// The total is smaller than the page, or larger than the list.
pub(crate) fn total(changing: &mut Changing) -> Option<Caused> {
    let list = list(changing)?;
    let total = list.total?;
    let is_larger = changing.random.bool();
    let number = match is_larger {
        true if list.count < PAGE_SIZE => list.count + 3,
        false if list.count > 0 => list.count - 1,
        _ => return None,
    };
    *changing.body.pointer_mut(&total.pointer)? = json!(number);
    Some(Caused::one(format!("{number} of {}", list.count), total.place, Kind::Paging))
}

/// The page is larger than requested.
pub(crate) fn more_items(changing: &mut Changing) -> Option<Caused> {
    let list = list(changing)?;
    let paging = changing.entry.paging.as_ref()?;
    if paging.size.is_empty() || list.count == 0 {
        return None;
    }
    if let Some(total) = list.total {
        *changing.body.pointer_mut(&total.pointer)? = json!(PAGE_SIZE + 1);
    }
    if let Some(counts) = changing.body.get_mut("recordCount").and_then(Value::as_object_mut) {
        counts.remove("recordsReturned");
        counts.remove("totalRecordsFound");
    }
    let items = changing.value(&list.items).as_array_mut()?;
    let first = items[0].clone();
    items.resize(PAGE_SIZE + 1, first);
    Some(Caused::one("", list.items, Kind::Paging))
}
