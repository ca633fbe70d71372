//! Differences and servers that nobody listed: random ones of every kind, in every operation that a run reads with.
//!
//! | Module | Contains |
//! |---|---|
//! | `relay` | a server in front of the sandbox, which writes any bytes |
//! | `sites` | what the specification states of each value of a response |
//! | `changes`, `envelopes` | the kinds of differences, with the findings that they cause |
//! | `plant` | one random difference an operation |
//! | `odd` | servers that break HTTP, JSON, or the patience of their clients |

mod changes;
mod envelopes;
mod odd;
mod plant;
mod relay;
mod sites;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use oneteg_catalog::evidence::{Kind, Outcome, Report};
use serde_json::Value;

use self::{
    plant::{Plan, content},
    relay::Relay,
};
use crate::{
    common::Vendors,
    world::{CONNECTIONS, World},
};

fn is_full() -> bool {
    std::env::var_os("ONETEG_TEST_FULL").is_some()
}

/// A user whose vendors are behind relays, in the order of [`CONNECTIONS`].
fn behind_relays() -> (World, [Relay; 3]) {
    let mut vendors = Vendors::start();
    let relays = [
        Relay::start(&vendors.netx, "netx"),
        Relay::start(&vendors.mediavalet, "mediavalet"),
        Relay::start(&vendors.netexplorer, "netexplorer"),
    ];
    vendors.netx.clone_from(&relays[0].url);
    vendors.mediavalet.clone_from(&relays[1].url);
    vendors.netexplorer.clone_from(&relays[2].url);
    (World::of(vendors), relays)
}

/// The findings of each operation.
type Findings = BTreeMap<String, BTreeSet<(String, Kind)>>;

fn findings(report: &Report) -> Findings {
    let operations = report.operations.iter().map(|seen| {
        let found = seen.findings.iter().map(|found| (found.place.clone(), found.kind));
        (seen.operation.clone(), found.collect())
    });
    operations.collect()
}

/// A vendor behind a relay, and what its sandbox shows without differences.
struct Subject<'w> {
    world: &'w World,
    relay: &'w Relay,
    connection: &'static str,
    vendor: &'static str,
    known: Findings,
    /// The operations of which responses are compared.
    compared: Vec<String>,
}

impl<'w> Subject<'w> {
    fn all(world: &'w World, relays: &'w [Relay; 3]) -> Vec<Self> {
        let subjects = CONNECTIONS.into_iter().zip(VENDORS_OF_CONNECTIONS).zip(relays);
        subjects
            .map(|((connection, vendor), relay)| {
                let report = world.verified(connection);
                let compared =
                    report.operations.iter().filter(|seen| seen.outcome == Outcome::Seen);
                let compared = compared.map(|seen| seen.operation.clone()).collect();
                Self { world, relay, connection, vendor, known: findings(&report), compared }
            })
            .collect()
    }

    /// Plants random differences, and returns how many, and what was not found or should not have been.
    fn problems(&self, seed: u64, only: Option<&str>) -> (usize, Vec<String>) {
        let plan = Arc::new(Mutex::new(Plan::new(self.vendor, seed, only)));
        let shared = Arc::clone(&plan);
        self.relay
            .behave(Box::new(move |call, reply| shared.lock().unwrap().apply(call, reply).wire()));
        let report = self.world.verified(self.connection);
        self.relay.behave(Box::new(|_, reply| reply.wire()));
        let plan = plan.lock().unwrap();
        let mut problems = Vec::new();
        let found = findings(&report);
        for seen in &report.operations {
            let name = &seen.operation;
            let (known, found) = (&self.known[name], &found[name]);
            let planted = plan.planted.get(name);
            let expected = planted.map(|planted| planted.expected.clone()).unwrap_or_default();
            let missed: Vec<_> = expected.difference(found).collect();
            let others: Vec<_> = found
                .iter()
                .filter(|one| !known.contains(one) && !expected.contains(one))
                .collect();
            let what = planted.map_or("nothing", |planted| planted.what.as_str());
            let absent = planted.and_then(|planted| planted.absent.as_ref());
            let is_absent = |place: &String| {
                seen.members.iter().any(|member| member.place == *place && member.absent > 0)
            };
            if !missed.is_empty() || !others.is_empty() || absent.is_some_and(|at| !is_absent(at)) {
                problems.push(format!(
                    "{} seed {seed} {name}: {what}: missed {missed:?}, others {others:?}, {:?} {:?}",
                    self.vendor, seen.outcome, seen.reason
                ));
            }
        }
        (plan.planted.len(), problems)
    }
}

const VENDORS_OF_CONNECTIONS: [&str; 3] = ["netx", "mediavalet", "netexplorer"];

/// One difference in each operation at once.
#[test]
fn random_differences_are_found_at_their_places_and_nothing_else_is() {
    let (world, relays) = behind_relays();
    let rounds = if is_full() { 16 } else { 2 };
    let (mut planted, mut problems) = (0, Vec::new());
    for subject in Subject::all(&world, &relays) {
        for seed in 0..rounds {
            let (count, found) = subject.problems(seed, None);
            planted += count;
            problems.extend(found);
        }
    }
    assert!(planted as u64 > rounds * 150, "{planted}");
    assert!(problems.is_empty(), "{} of {planted}\n{}", problems.len(), problems.join("\n"));
}

/// One difference in one operation, and none in the others.
#[test]
fn a_random_difference_is_found_alone() {
    let (world, relays) = behind_relays();
    let mut problems = Vec::new();
    for subject in Subject::all(&world, &relays) {
        let mut random = fastrand::Rng::with_seed(17);
        let mut planted = 0;
        for _ in 0..if is_full() { 40 } else { 4 } {
            let name = random.choice(&subject.compared).unwrap();
            let (count, found) = subject.problems(random.u64(..), Some(name));
            planted += count;
            problems.extend(found);
        }
        assert!(planted > 0, "{}", subject.vendor);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Every response has its items in another order.
#[test]
fn lists_without_a_stable_order_are_named() {
    let (world, relays) = behind_relays();
    for subject in Subject::all(&world, &relays) {
        let shuffled = Arc::new(Mutex::new(BTreeSet::new()));
        let names = Arc::clone(&shuffled);
        let mut responses: BTreeMap<String, usize> = BTreeMap::new();
        subject.relay.behave(Box::new(move |call, mut reply| {
            let paging = call.operation.and_then(|entry| Some((entry, entry.paging.as_ref()?)));
            let Some((entry, paging)) = paging.filter(|_| reply.is_success()) else {
                return reply.wire();
            };
            let mut body: Value = serde_json::from_slice(&reply.body).unwrap();
            let items = match paging.items.as_str() {
                "" => content(entry).to_owned(),
                items => format!("{}/{}", content(entry), items.replace('.', "/")),
            };
            if let Some(Value::Array(items)) = body.pointer_mut(&items)
                && items.first() != items.last()
            {
                let number = responses.entry(entry.operation_id.clone()).or_default();
                *number += 1;
                // Of two small pages and a larger one, only the larger one; otherwise, each of them differently.
                let by = if paging.start.is_empty() { *number % items.len() } else { 1 };
                items.rotate_left(by);
                names.lock().unwrap().insert(entry.operation_id.clone());
            }
            reply.body = body.to_string().into_bytes();
            reply.wire()
        }));
        let report = subject.world.verified(subject.connection);
        let found = findings(&report);
        let shuffled = shuffled.lock().unwrap();
        assert!(!shuffled.is_empty(), "{}", subject.vendor);
        for (name, found) in found {
            let kinds: BTreeSet<Kind> = found
                .iter()
                .filter(|one| !subject.known[&name].contains(one))
                .map(|(_, kind)| *kind)
                .collect();
            let was_read = report.paging.iter().any(|row| row.operation == name);
            if shuffled.contains(&name) && was_read {
                assert_eq!(
                    kinds,
                    [Kind::Paging].into(),
                    "{} {name}: {:?}",
                    subject.vendor,
                    report.paging
                );
            }
            assert!(
                kinds.is_subset(&[Kind::Paging].into()),
                "{} {name}: {kinds:?}",
                subject.vendor
            );
        }
    }
}
