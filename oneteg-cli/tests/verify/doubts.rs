//! What a run makes of the doubts of the specification, and of the pages of lists.

use oneteg_catalog::evidence::{Doubt, Report, Verdict};
use oneteg_sandbox::{Change, Difference};
use serde_json::{Value, json};

use crate::world::{CONNECTIONS, World};

fn doubts<'r>(report: &'r Report, subject: &str, probe: &str) -> Vec<&'r Doubt> {
    let is_it = |doubt: &&Doubt| {
        [&doubt.operation, &doubt.schema].into_iter().flatten().any(|name| name == subject)
            && doubt.probe.as_deref() == Some(probe)
    };
    report.doubts.iter().filter(is_it).collect()
}

fn seen(report: &Report, subject: &str, probe: &str) -> (Verdict, Value) {
    let doubts = doubts(report, subject, probe);
    assert_eq!(doubts.len(), 1, "{doubts:?}");
    (doubts[0].verdict, doubts[0].seen.clone().unwrap_or_default())
}

#[test]
fn every_doubt_has_a_verdict_and_every_list_its_pages() {
    let world = World::new();
    for (connection, vendor) in CONNECTIONS.into_iter().zip(["netx", "mediavalet", "netexplorer"]) {
        let report = world.verified(connection);
        let catalog = oneteg_catalog::of(vendor).unwrap();
        let probes: usize = catalog.doubts.iter().map(|doubt| doubt.probes.len()).sum();
        assert_eq!(report.doubts.len(), probes, "{connection}");
        for doubt in &report.doubts {
            let is_open = !matches!(doubt.verdict, Verdict::Confirmed | Verdict::Answered);
            assert!(!is_open || doubt.reason.is_some(), "{connection}: {doubt:?}");
        }
        let settled = report.doubts.iter().filter(|doubt| {
            matches!(doubt.verdict, Verdict::Confirmed | Verdict::Contradicted | Verdict::Answered)
        });
        assert!(settled.count() > 20, "{connection}");
        // Where the specification has parameters, the sandbox obeys them.
        for paging in &report.paging {
            let said = paging.said.as_ref().unwrap();
            if said["style"] == "offset" {
                assert_eq!(said["start"].as_str(), paging.start.as_deref(), "{paging:?}");
                assert_eq!(said["size"].as_str(), paging.size.as_deref(), "{paging:?}");
                assert!(paging.stable && paging.overlaps == 0, "{paging:?}");
            }
        }
        match connection {
            "nx" => {
                let order = (Verdict::Answered, json!("preserved"));
                assert_eq!(seen(&report, "getAssets", "order"), order);
                assert_eq!(
                    seen(&report, "getFoldersByNameFilter", "matching").0,
                    Verdict::Answered
                );
            }
            "ne" => {
                // The specification has no parameter for this list; the sandbox has these.
                let groups = report.paging.iter().find(|paging| paging.operation == "listGroups");
                let groups = groups.unwrap();
                assert_eq!(groups.style, "offset", "{groups:?}");
                assert_eq!(groups.start.as_deref(), Some("offset"));
                assert_eq!(groups.size.as_deref(), Some("limit"));
                let parameters = (Verdict::Answered, json!(["offset", "limit"]));
                assert_eq!(seen(&report, "listGroups", "paging"), parameters);
                assert_eq!(seen(&report, "getPublicConfig", "public").0, Verdict::Confirmed);
            }
            _ => assert_eq!(seen(&report, "listUsers", "shape").0, Verdict::Confirmed),
        }
    }
}

#[test]
fn a_vendor_that_differs_contradicts() {
    let world = World::new();
    let change = |text: &str| serde_json::from_str::<Change>(text).unwrap();
    for (operation, text) in [
        ("listUsers", r#"{"wrap": {"at": "", "member": "users"}}"#),
        ("getPublicConfig", r#"{"add": {"at": "", "member": "theme", "value": {}}}"#),
        ("listOauthApps", r#"{"spell": {"at": "", "to": "camel"}}"#),
    ] {
        let difference = Difference::new(operation, change(text));
        world.vendors.sandbox.netexplorer().plant(difference).unwrap();
    }
    let report = world.verified("ne");
    let object = (Verdict::Contradicted, json!("object"));
    assert_eq!(seen(&report, "listUsers", "shape"), object);
    let theme = (Verdict::Contradicted, json!("theme"));
    assert_eq!(seen(&report, "getPublicConfig", "members"), theme);
    let (spelling, names) = seen(&report, "OauthApp", "spelling");
    assert_eq!(spelling, Verdict::Contradicted);
    assert!(names.to_string().contains("clientId"), "{names}");
}
