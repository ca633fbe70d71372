//! Sixty planted differences: each is found at its place, and nothing else is.

use std::collections::BTreeSet;

use oneteg_catalog::evidence::{Kind, Report};
use oneteg_sandbox::{Change, Difference, Planted};
use serde::Deserialize;

use crate::world::World;

const DATA: [(&str, &str); 3] = [
    ("nx", include_str!("differences/netx.json")),
    ("mv", include_str!("differences/mediavalet.json")),
    ("ne", include_str!("differences/netexplorer.json")),
];

/// A difference, and the findings that it causes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    what: String,
    operation: String,
    change: Change,
    found: Vec<Place>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    place: String,
    kind: Kind,
}

impl Case {
    fn plant(&self, world: &World, connection: &str) -> Planted {
        let difference = Difference::new(self.operation.clone(), self.change.clone());
        let sandbox = &world.vendors.sandbox;
        let planted = match connection {
            "nx" => sandbox.netx().plant(difference),
            "mv" => sandbox.mediavalet().plant(difference),
            _ => sandbox.netexplorer().plant(difference),
        };
        planted.unwrap()
    }

    fn findings(&self) -> BTreeSet<Found> {
        let found = self.found.iter();
        found.map(|at| (self.operation.clone(), at.place.clone(), at.kind)).collect()
    }
}

/// An operation, a place in its responses, and what differs there.
type Found = (String, String, Kind);

fn cases(data: &str) -> Vec<Case> {
    serde_json::from_str(data).unwrap()
}

fn findings(report: &Report) -> BTreeSet<Found> {
    let operations = report.operations.iter();
    let found = operations.flat_map(|seen| {
        seen.findings
            .iter()
            .map(|found| (seen.operation.clone(), found.place.clone(), found.kind))
            .collect::<Vec<_>>()
    });
    found.collect()
}

/// All differences of a vendor at once. Each changes another operation, so none hides another.
#[test]
fn sixty_differences_are_found_at_their_places_and_nothing_else_is() {
    let world = World::new();
    for (connection, data) in DATA {
        let cases = cases(data);
        assert_eq!(cases.len(), 20, "{connection}");
        // What the sandbox has by its own choice.
        let known = findings(&world.verified(connection));
        let planted: Vec<Planted> =
            cases.iter().map(|case| case.plant(&world, connection)).collect();
        let report = world.verified(connection);
        let found = findings(&report);
        for (case, planted) in cases.iter().zip(planted) {
            assert!(planted.changed() > 0, "{connection}: {}: no response was changed", case.what);
            for expected in case.findings() {
                assert!(found.contains(&expected), "{connection}: {}: {found:#?}", case.what);
            }
        }
        let expected: BTreeSet<Found> = cases.iter().flat_map(Case::findings).collect();
        let other: Vec<&Found> = found
            .iter()
            .filter(|found| !expected.contains(found) && !known.contains(found))
            .collect();
        assert_eq!(other, [] as [&Found; 0], "{connection}");
        // The report for people names each of them.
        let page = world.page(connection);
        for (operation, place, _) in &expected {
            let section = page.split(&format!("### {operation}\n")).nth(1);
            let section = section.unwrap_or_else(|| panic!("{operation}: {page}"));
            let section = section.split("###").next().unwrap();
            let place = place.trim_start_matches("envelope:");
            assert!(section.contains(place), "{operation} {place}: {section}");
        }
    }
}

/// Without the company of the others.
#[test]
fn a_difference_is_found_alone() {
    let is_full = std::env::var_os("ONETEG_TEST_FULL").is_some();
    let step = if is_full { 1 } else { 20 };
    for (connection, data) in DATA {
        for case in cases(data).iter().step_by(step) {
            let world = World::new();
            let known = findings(&world.verified(connection));
            let planted = case.plant(&world, connection);
            let found = findings(&world.verified(connection));
            assert!(planted.changed() > 0, "{connection}: {}", case.what);
            let found: BTreeSet<Found> = found.difference(&known).cloned().collect();
            assert_eq!(found, case.findings(), "{connection}: {}", case.what);
        }
    }
}
