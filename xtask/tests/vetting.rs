//! Every rule of the vetting finds its faults, and says nothing about a faultless specification.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use support::{base, changed, faults::faults, netx, sources, spec};
use xtask::{commands::generate::pipeline, spec::Spec, vet};

#[test]
fn faultless_specifications_pass() {
    assert_eq!(vet::broken_rules(&spec(&base())), Vec::<&str>::new());
    if let Err(faults) = pipeline(&sources(&base())) {
        panic!("{faults}");
    }
    let netx = Spec::from_sources(&netx()).unwrap();
    assert_eq!(vet::broken_rules(&netx), Vec::<&str>::new());
}

#[test]
fn rules_find_their_faults() {
    let mut wrong = Vec::new();
    for (rule, edits, words) in faults() {
        let spec = spec(&changed(base(), &edits));
        let broken = vet::broken_rules(&spec);
        let Err(found) = vet::vet(&spec) else {
            wrong.push(format!("{rule}: {edits} is let through"));
            continue;
        };
        if !broken.contains(&rule) {
            wrong.push(format!("{rule}: {edits} is found by {broken:?} only"));
        }
        if !found.0.iter().any(|fault| fault.message.contains(words)) {
            wrong.push(format!("{rule}: {edits} does not say `{words}` but\n{found}"));
        }
        for fault in &found.0 {
            assert!(fault.place.is_some(), "{rule}: no place: {fault}");
            assert!(!fault.cure.trim().is_empty(), "{rule}: no cure: {fault}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_tested() {
    let tested: Vec<&str> = faults().iter().map(|(rule, ..)| *rule).collect();
    let untested: Vec<&str> =
        vet::RULES.iter().map(|(name, _)| *name).filter(|name| !tested.contains(name)).collect();
    assert_eq!(untested, Vec::<&str>::new());
}

#[test]
fn all_faults_are_reported_at_once_and_in_order() {
    let edits = serde_json::json!({
        "@get/summary": null,
        "@list/tags": ["gone"],
        "@schemas/Item/required": ["ident"],
    });
    let Err(found) = vet::vet(&spec(&changed(base(), &edits))) else { panic!("let through") };
    let lines: Vec<usize> = found.0.iter().map(|f| f.place.as_ref().unwrap().line).collect();
    assert_eq!(found.0.len(), 3, "{found}");
    assert!(lines.is_sorted(), "{found}");
}

#[test]
fn clashes_name_both_places() {
    let edits = serde_json::json!({ "@get/operationId": "addItem" });
    let Err(found) = vet::vet(&spec(&changed(base(), &edits))) else { panic!("let through") };
    let (_, other) = found.0[0].related.as_ref().unwrap();
    assert_ne!(Some(other), found.0[0].place.as_ref());
}
