//! The pages of lists, found by experiment: `x-pagination`, and the query parameters that it names.

use oneteg_catalog::evidence::Paging;
use serde_json::{Value, json};

use super::{
    RULE, Update, collect::operations, marks::OBSERVED, places::Places, text_of, unplaced, words,
};
use crate::{
    diagnostic::Diagnostics,
    import::{draft::Order, edit::Text, insert, report::Report, schemas},
    spec::child,
};

/// Applies what experiments showed.
pub fn apply(update: &mut Update<'_>) -> Result<(), Diagnostics> {
    // Parameters first: the pagination names them.
    for step in [parameters, pagination] {
        let (experiments, source) = (&update.report.paging, update.source.clone());
        update.edit(|current, texts, log| {
            let operations = operations(&current.document);
            for paging in experiments {
                let Some(at) = operations.get(paging.operation.as_str()) else { continue };
                let value = current.document.pointer(at).cloned().unwrap_or_default();
                let Some(text) = text_of(current, texts, at) else { continue };
                let place = Place { paging, at, value: &value, root: &current.document };
                if place.is_new(&mut Report::default()) {
                    step(&place, &source, text, log);
                }
            }
        })?;
    }
    let current = update.current()?;
    let operations = operations(&current.document);
    for paging in &update.report.paging {
        if let Some(at) = operations.get(paging.operation.as_str()) {
            let value = current.document.pointer(at).cloned().unwrap_or_default();
            let place = Place { paging, at, value: &value, root: &current.document };
            place.is_new(&mut update.log);
        }
    }
    Ok(())
}

/// An experiment with an operation.
struct Place<'a> {
    paging: &'a Paging,
    /// The pointer of the operation.
    at: &'a str,
    value: &'a Value,
    root: &'a Value,
}

impl Place<'_> {
    fn names(&self) -> (&str, &str) {
        (
            self.paging.start.as_deref().unwrap_or_default(),
            self.paging.size.as_deref().unwrap_or_default(),
        )
    }

    /// Whether the experiment shows something that the specification does not have yet. If it cannot be used, why is
    /// reported.
    fn is_new(&self, log: &mut Report) -> bool {
        let Paging { style, pages_read, overlaps, stable, first, .. } = self.paging;
        let known = &self.value["x-pagination"];
        let (start, size) = self.names();
        let place = schemas::place(self.at);
        if style == "single" && known["style"] != "single" && !known.is_null() {
            let message = "lists returned everything at once, whatever page was requested; correct `x-pagination`";
            log.to_decide(RULE, message, &place, "");
            return false;
        }
        if !matches!(style.as_str(), "offset" | "page") {
            return false;
        }
        if known["style"] == *style && known["start"] == start && known["size"] == size {
            return false;
        }
        if !words::is_name(start) || !words::is_name(size) || start == size {
            log.left_out(RULE, "pages whose parameters have no names", &place, "");
            return false;
        }
        if *pages_read < 2 || *overlaps > 0 || !stable {
            let message = "experiments with pages that are not conclusive";
            let detail = format!(
                "{pages_read} pages, {overlaps} items on two of them, {}",
                if *stable { "stable" } else { "not stable" }
            );
            log.left_out(RULE, message, &place, &detail);
            return false;
        }
        if *style == "page" && *first == Some(0) {
            let message = "pages are numbered from 0, which `x-pagination` cannot express";
            log.to_decide(RULE, message, &place, start);
            return false;
        }
        if self.value.get("x-rpc-params").is_some()
            || !known.is_null() && known["style"] != "single"
        {
            let message = "an experiment found other parameters for pages; correct `x-pagination`, or keep it";
            log.to_decide(RULE, message, &place, &format!("`{start}` and `{size}`"));
            return false;
        }
        true
    }

    /// A dotted path of the response, if it leads somewhere.
    fn member(&self, path: Option<&str>) -> Option<String> {
        let path = path.filter(|path| !path.is_empty() && path.split('.').all(words::is_name))?;
        let places = Places::new(self.root);
        let place: String = path.split('.').map(|name| child("", name)).collect();
        let found = places.at(&places.responses(self.at), &place, None);
        (!found.is_empty()).then(|| path.to_owned())
    }
}

/// Adds the query parameters.
fn parameters(place: &Place<'_>, source: &str, text: &mut Text<'_>, log: &mut Report) {
    let (start, size) = place.names();
    let places = Places::new(place.root);
    let listed = place.value["parameters"].as_array().map_or(0, Vec::len);
    let list = child(place.at, "parameters");
    let known: Vec<&Value> = (0..listed)
        .map(|index| places.value(&places.follow(&format!("{list}/{index}"))))
        .map(|parameter| &parameter["name"])
        .collect();
    let first = match place.paging.style.as_str() {
        "offset" => "Index of the first item to return, from 0.",
        _ => "Number of the page to return, from 1.",
    };
    let new: Vec<Value> = [(start, first), (size, "Highest number of items to return.")]
        .into_iter()
        .filter(|(name, _)| !known.iter().any(|known| *known == name))
        .map(|(name, description)| {
            json!({
                "name": name,
                "in": "query",
                "description": description,
                "schema": { "type": "integer", "format": "int32" },
                "x-evidence": { "confidence": OBSERVED, "sources": [source] },
            })
        })
        .collect();
    let order = Order::default();
    let is_placed = match listed {
        _ if new.is_empty() => true,
        0 => insert_parameters(place, text, &new),
        _ => new.iter().all(|parameter| insert::item(text, &list, parameter, &order)),
    };
    for parameter in &new {
        let name = parameter["name"].as_str().unwrap_or_default();
        match is_placed {
            true => log.changed(RULE, "parameters of pages", &schemas::place(place.at), name),
            false => unplaced(log, &list, name),
        }
    }
}

/// The list of parameters follows the evidence, as everywhere.
fn insert_parameters(place: &Place<'_>, text: &mut Text<'_>, new: &[Value]) -> bool {
    let (order, new) = (Order::default(), json!(new));
    let after = ["security", "x-envelope", "x-evidence"];
    let previous = after.into_iter().find(|key| place.value.get(*key).is_some());
    let previous = previous.unwrap_or("operationId");
    insert::member_after(text, place.at, previous, "parameters", &new, &order)
}

/// Writes `x-pagination`.
fn pagination(place: &Place<'_>, _: &str, text: &mut Text<'_>, log: &mut Report) {
    let (start, size) = place.names();
    let known = &place.value["x-pagination"];
    let mut value = json!({ "style": place.paging.style, "start": start, "size": size });
    for (key, seen) in [("items", &place.paging.items), ("total", &place.paging.total)] {
        let known = known[key].as_str().map(str::to_owned);
        if let Some(path) = known.or_else(|| place.member(seen.as_deref())) {
            value[key] = path.into();
        }
    }
    let at = child(place.at, "x-pagination");
    let mut order = Order::default();
    let is_written = |key: &&str| value.get(*key).is_some();
    let keys = ["style", "start", "size", "items", "total"].into_iter().filter(is_written);
    order.learn(&keys.map(str::to_owned).collect::<Vec<_>>());
    let is_placed = if known.is_null() {
        insert::member_after(text, place.at, "summary", "x-pagination", &value, &order)
    } else {
        let indent = text.indent(&at).unwrap_or(6);
        !text.is_anchored(&at)
            && text.replace(&at, insert::line("x-pagination", &value, indent, &order))
    };
    let detail = format!("{} with `{start}` and `{size}`", place.paging.style);
    match is_placed {
        true => log.changed(RULE, "pages of lists", &schemas::place(place.at), &detail),
        false => unplaced(log, &at, &detail),
    }
}
