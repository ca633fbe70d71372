//! The sandbox's own choices, `oneteg-sandbox/choices.toml`: where the vendor documents nothing, the sandbox decides,
//! until a report shows what the vendor does.
//!
//! A report may name a choice. Besides, a choice whose value is a list of members can state where responses show them:
//! `observe = ["getUsers /results/*"]`, an operation and a place of its response.

use std::collections::BTreeSet;

use oneteg_catalog::evidence::{self, Choice, Kind, Shape, Verdict};
use serde_json::Value;
use toml_edit::{DocumentMut, Item, Table};

use super::{RULE, Update, collect::is_as_described, source::Source, words};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Location},
    import::report::Report,
};

/// The table, relative to the workspace.
pub const FILE: &str = "oneteg-sandbox/choices.toml";

/// The table after an import.
pub struct Choices {
    pub table: String,
    pub is_changed: bool,
}

/// Replaces the values that a report contradicts, and notes what it confirms.
///
/// # Errors
/// [`Diagnostics`] if the table is not TOML.
pub fn apply(
    update: &mut Update<'_>,
    source: &Source,
    table: &str,
) -> Result<Choices, Diagnostics> {
    let mut document: DocumentMut = table.parse().map_err(|error: toml_edit::TomlError| {
        let location = Location { file: FILE.into(), line: 1, column: 1 };
        let message = format!("the table of choices is not TOML: {}", error.message());
        Diagnostics::one(Diagnostic::new(message, Some(location), "correct it"))
    })?;
    let mut is_changed = false;
    let note = format!("observed {} ({})", source.date, source.key);
    let observed = observed(&document, update.vendor, update.report);
    for choice in update.report.choices.iter().chain(&observed) {
        let name = choice.id.strip_prefix(update.vendor).and_then(|rest| rest.strip_prefix('.'));
        let name = name.unwrap_or(&choice.id);
        let entry = document
            .get_mut(update.vendor)
            .and_then(|vendor| vendor.get_mut(name))
            .and_then(Item::as_table_mut);
        let Some(entry) = entry else {
            let message = "choices that the sandbox does not make";
            update.log.left_out(RULE, message, &words::shown_name(name), "");
            continue;
        };
        let place = format!("{FILE} {}.{name}", update.vendor);
        is_changed |= one(choice, entry, &note, &place, &mut update.log);
    }
    let table = if is_changed { document.to_string() } else { table.to_owned() };
    Ok(Choices { table, is_changed })
}

fn one(choice: &Choice, entry: &mut Table, note: &str, place: &str, log: &mut Report) -> bool {
    let is_same = choice.value.as_ref().and_then(toml_value).is_some_and(|seen| {
        entry
            .get("value")
            .and_then(Item::as_value)
            .is_some_and(|known| shown(known) == shown(&seen))
    });
    match choice.verdict {
        // A report that does not know the table states what was seen.
        Verdict::Confirmed | Verdict::Answered | Verdict::Contradicted
            if entry.get("evidence").is_none()
                && (is_same || choice.verdict == Verdict::Confirmed) =>
        {
            entry.insert("evidence", note.into());
            log.changed(RULE, "choices of the sandbox are the vendor's", place, "");
            true
        }
        Verdict::Contradicted | Verdict::Answered => {
            let seen = choice.value.as_ref().and_then(toml_value);
            let known = entry.get("value").and_then(Item::as_value);
            let (Some(seen), Some(known)) = (seen, known) else {
                let message = "choices of the sandbox are not the vendor's; change the sandbox";
                log.to_decide(RULE, message, place, "");
                return false;
            };
            if known.type_name() != seen.type_name() {
                let message = "choices of the sandbox are not the vendor's; change the sandbox";
                log.to_decide(RULE, message, place, &shown(&seen));
                return false;
            }
            if shown(known) == shown(&seen) {
                return false;
            }
            let detail = format!("{} instead of {}", shown(&seen), shown(known));
            // The comment after the old value stays.
            let decor = known.decor().clone();
            let mut seen = seen;
            *seen.decor_mut() = decor;
            entry.insert("value", Item::Value(seen));
            entry.insert("evidence", note.into());
            log.changed(RULE, "choices of the sandbox were replaced", place, &detail);
            true
        }
        _ => false,
    }
}

/// A value of a report as a value of the table; `None` if it may be data.
fn toml_value(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number.as_i64()?.into(),
        Value::String(word) if words::is_word(word) => word.as_str().into(),
        Value::Array(items) if items.len() <= 50 => {
            items.iter().map(toml_value).collect::<Option<toml_edit::Array>>()?.into()
        }
        _ => return None,
    })
}

/// A value without comments and spaces around it and its items.
fn shown(value: &toml_edit::Value) -> String {
    format!("`{}`", plain(value))
}

fn plain(value: &toml_edit::Value) -> String {
    match value {
        toml_edit::Value::Array(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", "))
        }
        value => value.clone().decorated("", "").to_string(),
    }
}

/// What the responses of a report show of the choices that state where to look.
fn observed(document: &DocumentMut, vendor: &str, report: &evidence::Report) -> Vec<Choice> {
    let entries = document.get(vendor).and_then(Item::as_table_like);
    let mut choices = Vec::new();
    for (name, entry) in entries.into_iter().flat_map(|entries| entries.iter()) {
        let places = entry.get("observe").and_then(Item::as_array);
        let mut seen = BTreeSet::new();
        for place in places.into_iter().flatten().filter_map(|place| place.as_str()) {
            let (operation, place) = place.split_once(' ').unwrap_or((place, ""));
            let is_it = |known: &&evidence::Operation| {
                known.operation == operation && is_as_described(known)
            };
            let operation = report.operations.iter().find(is_it);
            seen.extend(operation.map(|operation| members(operation, place)).unwrap_or_default());
        }
        let known: Vec<&str> = entry
            .get("value")
            .and_then(Item::as_array)
            .map(|value| value.iter().filter_map(toml_edit::Value::as_str).collect())
            .unwrap_or_default();
        if seen.is_empty() || !seen.iter().all(|name| words::is_word(name)) {
            continue;
        }
        // The order of the table stays.
        let mut value: Vec<&str> =
            known.iter().copied().filter(|name| seen.contains(*name)).collect();
        value.extend(seen.iter().map(String::as_str).filter(|name| !known.contains(name)));
        let verdict = if value == known { Verdict::Confirmed } else { Verdict::Contradicted };
        let mut choice = Choice::new(name, verdict);
        choice.value = Some(value.into());
        choices.push(choice);
    }
    choices
}

/// The names of the members that objects at a place had.
fn members(operation: &evidence::Operation, place: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let below = |other: &str| {
        let name = other.strip_prefix(place)?.strip_prefix('/')?;
        (!name.contains('/') && name != "*").then(|| name.to_owned())
    };
    for member in operation.members.iter().filter(|member| member.present > 0) {
        names.extend(below(&member.place));
        // What the specification does not describe is one value.
        if let Some(rest) = place.strip_prefix(&member.place)
            && let Some(found) = member.seen.as_ref().and_then(|shape| inside(shape, rest))
        {
            names.extend(found.members.keys().cloned());
        }
    }
    for finding in operation.findings.iter().filter(|found| found.kind == Kind::UnknownMember) {
        names.extend(below(&finding.place));
    }
    names
}

/// The values at a place below others.
fn inside<'s>(shape: &'s Shape, place: &str) -> Option<&'s Shape> {
    let mut shape = shape;
    for segment in super::places::segments(place) {
        shape = match segment.as_str() {
            "*" => shape.items.as_deref()?,
            name => shape.members.get(name)?,
        };
    }
    Some(shape)
}
