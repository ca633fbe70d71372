//! R5: the holder of a lease is stopped for longer than the lease lasts.

use std::time::Duration;

use crate::{
    engine::Engine,
    world::{Case, HOUR, for_each, wait_until_expired},
};

const POINTS: [&str; 4] = ["leased", "reread", "journalled", "granted"];

const LEASE: Duration = Duration::from_millis(400);

fn stop_holders(engine: &Engine) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cases: Vec<Case> = [Duration::ZERO, HOUR]
        .into_iter()
        .flat_map(|window| POINTS.map(|_| window))
        .map(|window| Case::new(&runtime, engine, window))
        .collect();
    wait_until_expired(cases.iter());
    for_each(&cases, |case| {
        let number = cases.iter().position(|other| std::ptr::eq(case, other)).unwrap();
        stop_holder(case, POINTS[number % POINTS.len()]);
    });
    let name = engine.name();
    println!("R5 {} stops past the lease, {name}: 0 stale commits, 0 lost", cases.len());
}

fn stop_holder(case: &Case, label: &str) {
    let stopped = case.stop_at(label, LEASE);
    assert_eq!(stopped.line("at").as_deref(), Some(label));
    stopped.stop();
    std::fs::write(case.folder.path().join("go"), "").unwrap();
    // The second process waits until the lease of the first has run out.
    let second = case.run().result();
    let announced = matches!(label, "journalled" | "granted");
    let may_take_over = !announced || !case.window.is_zero();
    assert_eq!(second != "uncertain", may_take_over, "stopped at {label}: {second}");
    let version = case.version();
    stopped.signal("-CONT");
    let first = stopped.result();
    let token = first.strip_prefix("ok ").unwrap_or_default();
    assert!(case.server.provider.accepts(token), "stopped at {label}: {first}");
    if may_take_over {
        assert_eq!(case.version(), version, "stopped at {label}: a stale commit");
    } else {
        assert_eq!(case.version(), version + 1, "the offer was not taken");
    }
    let third = case.run().result();
    assert!(third.starts_with("ok "), "stopped at {label}: {third}");
    assert!(case.is_alive() && case.server.provider.reuses() == 0);
}

#[test]
fn r5_a_holder_stopped_past_its_lease_commits_nothing_stale() {
    stop_holders(&Engine::file());
}

#[cfg(feature = "redis")]
#[test]
fn r5_a_holder_stopped_past_its_lease_commits_nothing_stale_to_redis() {
    let Some(engine) = Engine::redis() else { return };
    stop_holders(&engine);
}

#[cfg(feature = "redis")]
#[test]
fn r5_a_holder_stopped_past_its_lease_commits_nothing_stale_behind_sentinels() {
    if !crate::common::full() {
        return println!("SKIPPED: one Redis server is enough; with ONETEG_TEST_FULL=1 it runs");
    }
    let Some(engine) = Engine::sentinel() else { return };
    stop_holders(&engine);
}

#[cfg(feature = "postgres")]
#[test]
fn r5_a_holder_stopped_past_its_lease_commits_nothing_stale_to_postgres() {
    let Some(engine) = Engine::postgres() else { return };
    stop_holders(&engine);
}
