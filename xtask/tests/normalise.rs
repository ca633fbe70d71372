//! A document before and after each rule of normalisation, applied alone, with its warnings. The examples are in a
//! file for each theme.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

#[path = "normalise/bodies.rs"]
mod bodies;
#[path = "normalise/operations.rs"]
mod operations;
mod support;
#[path = "normalise/types.rs"]
mod types;

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::Value;
use support::spec;
use xtask::{
    normalise::{RULES, normalise, normalise_by},
    spec::Spec,
    workspace,
};

/// A small document for each rule.
fn examples() -> Vec<(&'static str, Value)> {
    [operations::examples(), bodies::examples(), types::examples()].concat()
}

/// A document before and after a rule.
fn shown(name: &str, before: &Value) -> String {
    let (_, rule) = RULES.iter().find(|(known, _)| *known == name).unwrap();
    let before = spec(before);
    let (after, warnings) = normalise_by(&[(name, *rule)], before.clone());
    let is_changed = after.root != before.root;
    assert!(is_changed || !warnings.is_empty(), "{name} changes nothing in its example");
    let mut shown = format!("before: {:#}\n\nafter: {:#}\n", before.root, after.root);
    for warning in warnings {
        let _ = write!(shown, "\n{warning}\n");
    }
    shown
}

#[test]
fn every_rule_has_an_example() {
    let rules: BTreeSet<&str> = RULES.iter().map(|(name, _)| *name).collect();
    let with_example: BTreeSet<&str> = examples().iter().map(|(name, _)| *name).collect();
    assert_eq!(rules, with_example);
    assert_eq!(rules.len(), RULES.len(), "two rules have the same name");
}

#[test]
fn before_and_after() {
    for (name, before) in examples() {
        insta::assert_snapshot!(name, shown(name, &before));
    }
}

#[test]
fn normalising_twice_changes_nothing_more() {
    for (name, before) in examples() {
        let (once, _) = normalise_by(RULES, spec(&before));
        let (twice, warnings) = normalise_by(RULES, once.clone());
        assert_eq!(once.root, twice.root, "{name}");
        // Equal paths are only pointed out.
        assert!(warnings.is_empty() || name == "equal_paths", "{name}: {warnings:?}");
    }
}

#[test]
fn the_specifications_of_the_sdks_are_read_without_a_warning() {
    let root = workspace::root();
    for vendor in ["netx", "mediavalet", "netexplorer"] {
        let (spec, _) = Spec::read(&root, format!("specs/{vendor}").as_ref()).unwrap();
        let (_, warnings) = normalise(spec);
        assert!(warnings.is_empty(), "{vendor}: {}", warnings[0]);
    }
}
