//! Every vetting rule refuses what violates it, and accepts a valid specification.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use support::{base, changed, netx, sources, spec, violations::violations};
use xtask::{commands::generate::pipeline, spec::Spec, vet};

#[test]
fn valid_specifications_pass() {
    assert_eq!(vet::broken_rules(&spec(&base())), Vec::<&str>::new());
    if let Err(errors) = pipeline(&sources(&base())) {
        panic!("{errors}");
    }
    let netx = Spec::from_sources(&netx()).unwrap();
    assert_eq!(vet::broken_rules(&netx), Vec::<&str>::new());
}

#[test]
fn every_rule_refuses_its_violations() {
    let mut wrong = Vec::new();
    for (rule, edits, words) in violations() {
        let spec = spec(&changed(base(), &edits));
        let broken = vet::broken_rules(&spec);
        let Err(found) = vet::vet(&spec) else {
            wrong.push(format!("{rule}: {edits} is accepted"));
            continue;
        };
        if !broken.contains(&rule) {
            wrong.push(format!("{rule}: {edits} is refused by {broken:?} only"));
        }
        if !found.0.iter().any(|error| error.message.contains(words)) {
            wrong.push(format!("{rule}: {edits} is refused without `{words}`:\n{found}"));
        }
        for error in &found.0 {
            assert!(error.location.is_some(), "{rule}: no location: {error}");
            assert!(!error.help.trim().is_empty(), "{rule}: no help: {error}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_tested() {
    let tested: Vec<&str> = violations().iter().map(|(rule, ..)| *rule).collect();
    let untested: Vec<&str> =
        vet::RULES.iter().map(|(name, _)| *name).filter(|name| !tested.contains(name)).collect();
    assert_eq!(untested, Vec::<&str>::new());
}

#[test]
fn all_errors_are_reported_at_once_and_in_order() {
    let edits = serde_json::json!({
        "@get/summary": null,
        "@list/tags": ["gone"],
        "@schemas/Item/properties/id/type": "strng",
    });
    let Err(found) = vet::vet(&spec(&changed(base(), &edits))) else { panic!("it is accepted") };
    let lines: Vec<usize> = found.0.iter().map(|f| f.location.as_ref().unwrap().line).collect();
    assert_eq!(found.0.len(), 3, "{found}");
    assert!(lines.is_sorted(), "{found}");
}

#[test]
fn conflicts_have_both_locations() {
    let edits = serde_json::json!({ "@get/operationId": "addItem" });
    let Err(found) = vet::vet(&spec(&changed(base(), &edits))) else { panic!("it is accepted") };
    let (_, other) = found.0[0].related.as_ref().unwrap();
    assert_ne!(Some(other), found.0[0].location.as_ref());
}
