//! R6: the response to a token request is lost together with the process that waited for it. The next process repeats the
//! request if the provider's replay window allows that, by the clock of the store, and otherwise reports the state.

use std::{sync::Arc, time::Duration};

use crate::{
    common::ManualClock,
    engine::Engine,
    world::{Case, for_each, wait_until_expired},
};

/// Replay windows, and how long after the lost request the next process starts, in seconds.
const CASES: [(u64, u64); 7] = [(0, 0), (10, 0), (10, 5), (10, 11), (30, 0), (30, 15), (30, 31)];

/// It ends before the replay windows do, even on a slow machine.
const LEASE: Duration = Duration::from_secs(2);

fn lose_responses(engine: &Engine) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let clocks: Vec<_> = CASES.iter().map(|_| ManualClock::new()).collect();
    let cases: Vec<Case> = CASES
        .iter()
        .zip(&clocks)
        .map(|((window, _), clock)| {
            let window = Duration::from_secs(*window);
            Case::with_clock(&runtime, engine, window, Arc::clone(clock) as _)
        })
        .collect();
    wait_until_expired(cases.iter());
    for_each(&cases, |case| {
        let number = cases.iter().position(|other| std::ptr::eq(case, other)).unwrap();
        let (window, later) = CASES[number];
        case.server.shape.lock().unwrap().responses_are_held = true;
        let victim = case.stop_at("renewing", LEASE);
        assert_eq!(victim.line("at").as_deref(), Some("renewing"));
        victim.kill();
        case.server.shape.lock().unwrap().responses_are_held = false;
        // The provider and the store are of the same age; the test does not wait.
        clocks[number].advance(Duration::from_secs(later));
        engine.let_time_pass(&case.key, Duration::from_secs(later));
        let result = case.run_later(Duration::from_secs(later)).result();
        if later < window {
            let token = result.strip_prefix("ok ").unwrap_or_default();
            assert!(case.server.provider.accepts(token), "{window} s, {later} s later: {result}");
            assert!(case.is_alive());
        } else {
            assert_eq!(result, "uncertain", "{window} s, {later} s later");
            assert_eq!(case.version(), 1);
        }
        assert_eq!(case.server.provider.reuses(), 0, "a spent token was sent again");
    });
    let name = engine.name();
    println!("R6 replay windows of 0, 10 and 30 s, {name}: recovered whenever the window allows");
}

#[test]
fn r6_a_response_lost_with_its_process_is_recovered_in_files() {
    lose_responses(&Engine::file());
}

#[cfg(feature = "redis")]
#[test]
fn r6_a_response_lost_with_its_process_is_recovered_in_redis() {
    let Some(engine) = Engine::redis() else { return };
    lose_responses(&engine);
}

#[cfg(feature = "postgres")]
#[test]
fn r6_a_response_lost_with_its_process_is_recovered_in_postgres() {
    let Some(engine) = Engine::postgres() else { return };
    lose_responses(&engine);
}
