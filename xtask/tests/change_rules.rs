//! The rules of `oasdiff`, a tool that compares OpenAPI documents for the users of HTTP: a pair of specifications for
//! each of its rules that is breaking or risky, and for some that are not. The names in the table are those of its
//! public list of rules.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde_json::Value;
use xtask::{
    change::{self, Class, rules::RULES},
    spec::{ROOT_FILE, Source, Spec},
};

/// Of the rules that are breaking or risky there, at least this share is breaking or risky here.
const SHARE: f64 = 0.95;

fn spec(document: &Value) -> Spec {
    let source = Source { path: ROOT_FILE.into(), text: document.to_string() };
    Spec::from_sources(&[source]).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The document with a value at a place; `null` removes it.
fn with(mut document: Value, place: &str, value: &Value) -> Value {
    let place = [
        ("@note", "@op/parameters/1"),
        ("@filter", "@op/parameters/4"),
        ("@origin", "@op/parameters/5"),
        ("@body", "@op/requestBody/content/application~1json/schema"),
        ("@res", "@op/responses/200/content/application~1json/schema"),
        ("@op", "/paths/~1parcels~1{id}/post"),
    ]
    .iter()
    .fold(place.to_owned(), |place, (short, long)| place.replace(short, long));
    let (parent, key) = place.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent).unwrap_or_else(|| panic!("there is no {parent}")) {
        Value::Object(members) if value.is_null() => {
            members.remove(&key);
        }
        Value::Object(members) => {
            members.insert(key, value.clone());
        }
        Value::Array(items) if value.is_null() && key == "-" => {}
        Value::Array(items) if value.is_null() => {
            items.remove(key.parse().unwrap());
        }
        Value::Array(items) if key == "-" => items.push(value.clone()),
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value.clone(),
        other => panic!("{place} is in {other}"),
    }
    document
}

#[test]
fn what_oasdiff_calls_breaking_or_risky_is_so_here() {
    let table: Value = serde_json::from_str(include_str!("data/change_rules.json")).unwrap();
    let known: BTreeSet<&str> = RULES.iter().map(|(name, _)| *name).collect();
    let mut used = BTreeSet::new();
    let (mut found, mut missed, mut alarms) = (0, Vec::new(), Vec::new());
    for entry in table["changes"].as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        let document = |side: &str| {
            let document = with(table["base"].clone(), entry["at"].as_str().unwrap(), &entry[side]);
            match entry.get("also") {
                Some(also) => with(document, also["at"].as_str().unwrap(), &also[side]),
                None => document,
            }
        };
        let changes = change::compare(&spec(&document("old")), &spec(&document("new")));
        assert!(!changes.is_empty(), "{name}: no change was found");
        for change in &changes {
            assert!(
                known.contains(change.rule),
                "{name}: {} is not in the list of rules",
                change.rule
            );
            assert!(!change.message.is_empty() && !change.pointer.is_empty(), "{name}: {change:?}");
            used.insert(change.rule);
        }
        let worst = changes[0].class;
        let shown: Vec<_> = changes.iter().map(|change| (change.rule, &change.message)).collect();
        match (entry["class"] == "safe", worst) {
            (true, Class::Safe) => {}
            (true, _) => alarms.push(format!("{name}: {worst} {shown:?}")),
            (false, Class::Safe) => missed.push(format!("{name}: {shown:?}")),
            (false, _) => found += 1,
        }
    }
    let all = found + missed.len();
    println!("{found} of {all}; rules that were used: {}", used.len());
    assert!(alarms.is_empty(), "harmless changes that are not safe:\n{}", alarms.join("\n"));
    assert!(all >= 243, "{all} rules");
    let share = found as f64 / all as f64;
    assert!(share >= SHARE, "{found} of {all}:\n{}", missed.join("\n"));
    println!("missed:\n{}", missed.join("\n"));
}

#[test]
fn every_rule_is_documented() {
    let path = xtask::workspace::root().join("docs/changes.md");
    let documentation = std::fs::read_to_string(path).unwrap();
    for (rule, meaning) in RULES {
        let row = format!("| `{rule}` | {meaning} |");
        assert!(documentation.contains(&row), "docs/changes.md lacks `{row}`");
    }
}
