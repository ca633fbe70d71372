//! R4: a process is killed at each point of a refresh.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use crate::{
    common::full,
    engine::Engine,
    world::{Case, HOUR, for_each, wait_until_expired},
};

/// A point of a refresh, and what has happened by then.
#[derive(Clone, Copy)]
struct Point {
    /// The step of [`oneteg_test_kit::ObservedStore`].
    label: &'static str,
    /// The refresh token has been announced in the journal.
    announced: bool,
    /// The new tokens are stored.
    stored: bool,
    /// The provider carries out the request, and its response never arrives. The lease is extended every second.
    held: bool,
}

impl Point {
    /// Whether the session is lost if the provider accepts a refresh token once only.
    const fn is_lost(&self) -> bool {
        self.announced && !self.stored
    }
}

const fn point(label: &'static str, announced: bool, stored: bool) -> Point {
    Point { label, announced, stored, held: false }
}

#[cfg(any(feature = "redis", feature = "postgres"))]
const fn held(label: &'static str) -> Point {
    Point { label, announced: true, stored: false, held: true }
}

/// Before and after each step, and within each write.
const OF_FILES: [Point; 14] = [
    point("begin", false, false),
    point("loaded", false, false),
    point("lease:written", false, false),
    point("lease:renamed", false, false),
    point("leased", false, false),
    point("reread", false, false),
    point("journal:written", false, false),
    point("journal:renamed", true, false),
    point("journalled", true, false),
    point("granted", true, false),
    point("commit:written", true, false),
    point("commit:renamed", true, true),
    point("published", true, true),
    point("released", true, true),
];

/// Before and after each request to the server and to the provider.
#[cfg(any(feature = "redis", feature = "postgres"))]
const OF_SERVERS: [Point; 14] = [
    point("begin", false, false),
    point("loaded", false, false),
    point("leasing", false, false),
    point("leased", false, false),
    point("rereading", false, false),
    point("reread", false, false),
    point("journalling", false, false),
    point("journalled", true, false),
    held("renewing"),
    held("renewed"),
    point("granted", true, false),
    point("committed", true, true),
    point("published", true, true),
    point("released", true, true),
];

/// Kills a process at each point, and lets another one continue.
fn kill_at_each_point(engine: &Engine, points: &[Point; 14]) {
    // 20 runs for each point at full size. Otherwise both replay windows where it matters, and one elsewhere.
    let rounds = if full() { 10 } else { 1 };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let plan: Vec<(Point, Duration)> = (0..rounds)
        .flat_map(|_| points)
        .flat_map(|point| [Duration::ZERO, HOUR].map(|window| (*point, window)))
        .filter(|(point, window)| full() || window.is_zero() || point.is_lost())
        .collect();
    let cases: Vec<Case> =
        plan.iter().map(|(_, window)| Case::new(&runtime, engine, *window)).collect();
    wait_until_expired(cases.iter());
    let (recovered, uncertain) = (AtomicUsize::new(0), AtomicUsize::new(0));
    for_each(&cases, |case| {
        let number = cases.iter().position(|other| std::ptr::eq(case, other)).unwrap();
        if kill_at(engine, case, plan[number].0) { &recovered } else { &uncertain }
            .fetch_add(1, Ordering::SeqCst);
    });
    println!(
        "R4 {} points, {} kills, {}: {} recovered, {} reported as uncertain, 0 silent losses",
        points.len(),
        plan.len(),
        engine.name(),
        recovered.into_inner(),
        uncertain.into_inner()
    );
}

/// Returns whether the session was recovered; otherwise the next process reported that its state is uncertain.
fn kill_at(engine: &Engine, case: &Case, point: Point) -> bool {
    let label = point.label;
    case.server.shape.lock().unwrap().responses_are_held = point.held;
    let lease = Duration::from_secs(if point.held { 3 } else { 30 });
    let victim = case.stop_at(label, lease);
    assert_eq!(victim.line("at").as_deref(), Some(label));
    victim.kill();
    case.server.shape.lock().unwrap().responses_are_held = false;
    // The lease of the victim runs out.
    let later = Duration::from_secs(31);
    engine.let_time_pass(&case.key, later);
    let result = case.run_later(later).result();
    let lost = point.is_lost() && case.window.is_zero();
    if lost {
        // Reported; the stored session is unchanged.
        assert_eq!(result, "uncertain", "killed at {label}");
        assert_eq!(case.version(), 1);
    } else {
        let token = result.strip_prefix("ok ").unwrap_or_default();
        assert!(case.server.provider.accepts(token), "killed at {label}: {result}");
        assert!(case.is_alive(), "killed at {label}: the session is lost");
    }
    assert_eq!(case.server.provider.reuses(), 0, "killed at {label}");
    if case.place.starts_with('/') {
        // A temporary file of the killed process would contain tokens.
        let files = std::fs::read_dir(&case.place).unwrap().count();
        assert_eq!(files, 2, "killed at {label}: something is left in the folder");
    }
    !lost
}

#[test]
fn r4_a_process_killed_at_any_point_loses_nothing_silently() {
    kill_at_each_point(&Engine::file(), &OF_FILES);
}

#[cfg(feature = "redis")]
#[test]
fn r4_a_process_killed_at_any_point_loses_nothing_in_redis() {
    let Some(engine) = Engine::redis() else { return };
    kill_at_each_point(&engine, &OF_SERVERS);
}

#[cfg(feature = "redis")]
#[test]
fn r4_a_process_killed_at_any_point_loses_nothing_behind_sentinels() {
    if !full() {
        return println!("SKIPPED: one Redis server is enough; with ONETEG_TEST_FULL=1 it runs");
    }
    let Some(engine) = Engine::sentinel() else { return };
    kill_at_each_point(&engine, &OF_SERVERS);
}

#[cfg(feature = "postgres")]
#[test]
fn r4_a_process_killed_at_any_point_loses_nothing_in_postgres() {
    let Some(engine) = Engine::postgres() else { return };
    kill_at_each_point(&engine, &OF_SERVERS);
}
