//! What later releases can change: published crates have complete manifests, their public types can grow, and types of
//! other crates in their signatures are a decision.
//!
//! The rules have their tests in `xtask/src/release`, over small planted crates.

use xtask::{release::workspace, workspace::root};

#[test]
fn published_crates_have_complete_manifests_and_an_order() {
    let report = workspace::check_manifests(&root()).unwrap();
    assert!(report.findings.is_empty(), "{}", report.findings.join("\n"));
    let place = |name: &str| report.order.iter().position(|published| published == name);
    let layers =
        ["oneteg-files", "oneteg-auth", "oneteg-http", "netx-sdk", "oneteg-cli"].map(place);
    assert!(layers.iter().all(Option::is_some) && layers.is_sorted(), "{:?}", report.order);
}

#[test]
fn public_types_can_grow_and_those_of_other_crates_are_decided() {
    let findings = workspace::check_interfaces(&root()).unwrap();
    assert!(
        findings.is_empty(),
        "{}\n\nChange the type, or add an exception with the reason to {}.",
        findings.join("\n"),
        workspace::EXCEPTIONS
    );
}
