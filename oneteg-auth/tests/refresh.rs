//! One process, in paused time: a single refresh in flight, cancellation, lost responses, kinds of providers,
//! refusals.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use common::{ManualClock, World, full, key, poll_times};
use oneteg_auth::{
    AuthError, Authenticator, Clock, CredentialVersion, Grant, Recovery, RefreshAttempt,
    RefreshAttemptState, ReplayWindow, SessionPolicy, StoreError, TokenStore,
};
use oneteg_test_kit::{Provider, ProviderFault, ProviderKind, TestSession, TokioClock};
use tokio::{task::JoinSet, time::advance};

const SECOND: Duration = Duration::from_secs(1);

async fn world(kind: ProviderKind) -> World {
    World::new(kind, Arc::new(TokioClock::start()), 0).await
}

fn rotating(seconds: u64) -> ProviderKind {
    ProviderKind::rotating(Duration::from_secs(seconds))
}

#[tokio::test(start_paused = true)]
async fn r1_callers_share_one_token_request() {
    for callers in [1_usize, 8, 1_000, 10_000] {
        let world = world(rotating(10)).await;
        advance(Duration::from_secs(11)).await;
        let mut tasks = JoinSet::new();
        for _ in 0..callers {
            let session = world.session.clone();
            tasks.spawn(async move { session.access_token().await.unwrap().0 });
        }
        let tokens = tasks.join_all().await;
        let lost = usize::from(!world.is_alive().await);
        println!("R1 {callers} callers: {} token request, {lost} lost", world.provider.requests());
        assert_eq!((world.provider.requests(), world.provider.reuses(), lost), (1, 0, 0));
        assert!(tokens.iter().all(|token| world.provider.accepts(token)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn r1_callers_on_eight_threads_share_one_token_request() {
    let rounds = if full() { 200 } else { 20 };
    let clock = ManualClock::new();
    let world = World::new(rotating(10), Arc::clone(&clock) as Arc<dyn Clock>, 1).await;
    for round in 1..=rounds {
        clock.advance(Duration::from_secs(11));
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let session = world.session.clone();
            tasks.spawn(async move { session.access_token().await.unwrap().0 });
        }
        let tokens = tasks.join_all().await;
        assert!(tokens.iter().all(|token| world.provider.accepts(token)));
        assert_eq!((world.provider.requests(), world.provider.reuses()), (round, 0));
    }
    assert!(world.is_alive().await);
    println!("R1 8 threads, 100 callers, {rounds} expiries: {rounds} token requests, 0 lost");
}

#[tokio::test(start_paused = true)]
async fn r2_a_cancelled_caller_loses_no_rotation() {
    let seeds = 200;
    let (mut runs, mut points) = (0, 0);
    for seed in 1..=seeds {
        for refused in [false, true] {
            for point in 1.. {
                let world =
                    World::new(rotating(10), Arc::new(TokioClock::start()), seed * 997).await;
                let version = world.session.access_token().await.unwrap().1;
                let ended = if refused {
                    poll_times(world.session.refused(version), point).await
                } else {
                    advance(Duration::from_secs(11)).await;
                    poll_times(world.session.access_token(), point).await
                };
                // What the cancelled caller began continues without it.
                tokio::time::sleep(SECOND).await;
                let (token, _) = world.session.access_token().await.unwrap();
                assert!(world.provider.accepts(&token), "seed {seed}, point {point}");
                assert!(world.is_alive().await, "seed {seed}, point {point}: rotation lost");
                assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
                runs += 1;
                points = points.max(point);
                if ended.is_some() {
                    break;
                }
            }
        }
    }
    assert!(points > 5, "the caller was never interrupted");
    println!("R2 {seeds} seeds, up to {points} points, {runs} runs: 0 lost rotations");
}

#[tokio::test(start_paused = true)]
async fn a_busy_store_is_waited_for_like_a_held_lease() {
    let world = world(rotating(10)).await;
    advance(SECOND * 11).await;
    world.store.busy_leases.store(5, Ordering::SeqCst);
    let (token, _) = world.session.access_token().await.unwrap();
    assert!(world.provider.accepts(&token) && world.is_alive().await);
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));

    advance(SECOND * 11).await;
    world.store.busy_leases.store(u64::MAX, Ordering::SeqCst);
    let begin = tokio::time::Instant::now();
    let error = world.session.access_token().await.unwrap_err();
    assert!(matches!(error, AuthError::Store(StoreError::Busy)), "{error}");
    assert!(begin.elapsed() > world.policy.lease_patience, "{:?}", begin.elapsed());
    assert!(world.is_alive().await);
}

#[tokio::test(start_paused = true)]
async fn r6_a_lost_response_is_recovered_when_the_window_allows() {
    for window in [0, 10, 30] {
        let kind = ProviderKind { replay_window: SECOND * window, ..rotating(60) };
        let policy = policy(window);
        let clock = || Arc::new(TokioClock::start());
        // The holder is still running and knows that it got no response.
        let world = World::with_policy(kind, clock(), 0, policy.clone()).await;
        advance(SECOND * 61).await;
        world.provider.fail_next([ProviderFault::LostResponse]);
        let first = world.session.access_token().await.unwrap_err();
        assert!(first.is_transient() && !first.needs_sign_in(), "{first}");
        tokio::time::sleep(SECOND * 2).await;
        let second = world.session.access_token().await;
        assert_eq!(second.is_ok(), window > 0, "{second:?}");
        assert!(second.is_ok() || second.unwrap_err().needs_sign_in());

        // The holder is gone: nobody knows what happened to the request.
        for (waited, recovered) in [(2, window > 0), (window + 1, false)] {
            let world = crashed_holder(kind, policy.clone()).await;
            tokio::time::sleep(SECOND * waited).await;
            let before = world.provider.requests();
            let result = world.another().access_token().await;
            assert_eq!(result.is_ok(), recovered, "window {window}, {waited} s: {result:?}");
            if !recovered {
                assert!(matches!(result, Err(AuthError::GrantUncertain)), "{result:?}");
                assert_eq!(world.provider.requests(), before, "a spent token was sent again");
            }
        }
        println!("R6 replay window {window} s: recovered whenever the window allows");
    }
}

fn policy(window: u32) -> SessionPolicy {
    let mut policy = SessionPolicy::default();
    if window > 0 {
        policy.replay = ReplayWindow::Within(SECOND * window);
    }
    policy
}

/// A holder that sent the refresh token and crashed before it got the response.
async fn crashed_holder(kind: ProviderKind, policy: SessionPolicy) -> World {
    let world = World::with_policy(kind, Arc::new(TokioClock::start()), 0, policy).await;
    advance(SECOND * 61).await;
    let attempt = begin_by_hand(&world, "dead").await;
    assert_eq!(attempt.state, RefreshAttemptState::Open);
    world
}

/// The steps of a holder until the provider's response, with a lease of one second.
async fn begin_by_hand(world: &World, name: &str) -> RefreshAttempt {
    let session = world.stored().await;
    let tokens = session.tokens.unwrap();
    let owner = oneteg_auth::LeaseOwner::new(name);
    let decision = world.store.lease(&key(), &owner, SECOND).await.unwrap();
    let oneteg_auth::LeaseDecision::Granted(lease) = decision else { panic!("{decision:?}") };
    let attempt = RefreshAttempt::new(owner, tokens.refresh_hash().unwrap(), session.version);
    world.store.journal(&lease, Some(&attempt)).await.unwrap();
    world.provider.refresh(tokens.refresh.unwrap().expose()).unwrap();
    attempt
}

#[tokio::test(start_paused = true)]
async fn a_replay_is_tried_once_and_a_late_offer_heals() {
    let kind = ProviderKind { replay_window: SECOND * 30, ..rotating(60) };
    let world = crashed_holder(kind, policy(30)).await;
    tokio::time::sleep(SECOND * 2).await;
    let attempt = world.stored().await.journal.unwrap().attempt;
    // A second holder crashes during its replay.
    let refresh = world.stored().await.tokens.unwrap().refresh.unwrap();
    let owner = oneteg_auth::LeaseOwner::new("dead too");
    let decision = world.store.lease(&key(), &owner, SECOND).await.unwrap();
    let oneteg_auth::LeaseDecision::Granted(lease) = decision else { panic!("{decision:?}") };
    let replay = RefreshAttempt::new(owner, attempt.refresh, attempt.version).with_replay(true);
    world.store.journal(&lease, Some(&replay)).await.unwrap();
    tokio::time::sleep(SECOND * 2).await;
    let third = world.another();
    assert!(matches!(third.access_token().await, Err(AuthError::GrantUncertain)));
    // The first holder was merely slow.
    let late = world.provider.refresh(refresh.expose()).unwrap();
    world.store.offer(&key(), &attempt, &late).await.unwrap();
    tokio::time::sleep(SECOND * 2).await;
    assert!(world.provider.accepts(&third.access_token().await.unwrap().0));
}

#[derive(Debug)]
struct ClientCredentials(Provider);

impl Grant for ClientCredentials {
    fn spends_refresh_token(&self) -> bool {
        false
    }

    fn obtain<'a>(
        &'a self,
        _: Option<&'a oneteg_auth::Secret>,
    ) -> oneteg_auth::BoxFuture<'a, Result<oneteg_auth::Tokens, oneteg_auth::TokenError>> {
        Box::pin(async { Ok(self.0.client_credentials()) })
    }
}

#[tokio::test(start_paused = true)]
async fn r7_no_kind_of_provider_causes_a_hot_loop() {
    let fixed = ProviderKind { rotating: false, ..rotating(20) };
    let untold = ProviderKind { reports_lifetime: false, ..rotating(20) };
    // Name, kind, and how many token requests ten minutes may take.
    let kinds = [
        ("rotating, 20 s", rotating(20), 35),
        ("rotating, 1 h", rotating(3600), 0),
        ("not rotating", fixed, 35),
        ("the same refresh token back", ProviderKind { repeats_refresh_token: true, ..fixed }, 35),
        ("no expiry", ProviderKind { lifetime: None, ..rotating(1) }, 0),
        ("expires_in missing, 20 s", untold, 31),
        ("expires_in missing, 1 s", ProviderKind { lifetime: Some(SECOND), ..untold }, 600),
        ("1 s", rotating(1), 600),
        ("expired on arrival", rotating(0), 660),
        ("slow and short", ProviderKind { latency: SECOND * 2, ..rotating(3) }, 660),
    ];
    for (name, kind, most) in kinds {
        let world = world(kind).await;
        let calls = ten_minutes(&world.session, &world.provider).await;
        let requests = world.provider.requests();
        println!("R7 {name}: {calls} calls in 10 min, {requests} token requests, at most {most}");
        assert!(requests <= most, "{name}: {requests} token requests");
        assert_eq!(world.provider.reuses(), 0, "{name}");
        assert!(world.is_alive().await, "{name}: lost");
    }
    let clock: Arc<dyn Clock> = Arc::new(TokioClock::start());
    let provider = Provider::new(rotating(20), Arc::clone(&clock));
    let grant = Arc::new(ClientCredentials(provider.clone()));
    let store = common::TestStore::new(Arc::clone(&clock), 0);
    let policy = SessionPolicy::default();
    let session = TestSession::new(grant, store, &key(), clock, policy).unwrap();
    let calls = ten_minutes(&session, &provider).await;
    println!("R7 client credentials, 20 s: {calls} calls, {} token requests", provider.requests());
    assert!(provider.requests() <= 35);
}

/// Ten calls a second for ten minutes; each reports when the API refuses its token. Returns how many calls
/// were refused for good.
async fn ten_minutes(session: &TestSession, provider: &Provider) -> u32 {
    let mut calls = 0;
    for _ in 0..6_000 {
        let (token, version) = session.access_token().await.unwrap();
        if !provider.accepts(&token) {
            let _ = session.refused(version).await;
        }
        calls += 1;
        advance(Duration::from_millis(100)).await;
        tokio::task::yield_now().await;
    }
    calls
}

#[tokio::test(start_paused = true)]
async fn r15_a_storm_of_refusals_causes_one_refresh() {
    let world = world(rotating(3600)).await;
    let mut tasks = JoinSet::new();
    for number in 0..1_000_u64 {
        let session = world.session.clone();
        let (_, version) = session.access_token().await.unwrap();
        tasks.spawn(async move {
            // The refusals come in over two seconds, before, while and after the refresh runs.
            tokio::time::sleep(Duration::from_millis(number * 2)).await;
            session.refused(version).await.unwrap()
        });
    }
    world.provider.expire_access_tokens();
    let recoveries = tasks.join_all().await;
    println!("R15 1000 refusals in flight: {} refresh", world.provider.requests());
    assert_eq!(world.provider.requests(), 1);
    assert!(recoveries.iter().all(|recovery| *recovery == Recovery::Retry));
    let (token, version) = world.session.access_token().await.unwrap();
    assert!(world.provider.accepts(&token));
    // A server that refuses every token does not get a refresh for each refusal.
    let mut version = version;
    for _ in 0..100 {
        let _ = world.session.refused(version).await.unwrap();
        version = world.session.access_token().await.unwrap().1;
        advance(Duration::from_millis(100)).await;
    }
    assert!(world.provider.requests() <= 6, "{} refreshes", world.provider.requests());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_whose_refresh_failed_gets_another_one() {
    let world = world(rotating(3600)).await;
    let (_, version) = world.session.access_token().await.unwrap();
    world.provider.expire_access_tokens();
    world.provider.fail_next([ProviderFault::Down; 3]);
    for failed in 0..3 {
        let error = world.session.refused(version).await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        // Too early: the error has the wait, and nothing is sent.
        let error = world.session.refused(version).await.unwrap_err();
        let wait = error.retry_after().unwrap();
        assert!(matches!(error, AuthError::BackingOff { .. }) && wait >= SECOND * (1 << failed));
        advance(wait).await;
    }
    assert_eq!(world.provider.requests(), 0);
    assert_eq!(world.session.refused(version).await.unwrap(), Recovery::Retry);
    assert_eq!(world.provider.requests(), 1);
    assert!(world.provider.accepts(&world.session.access_token().await.unwrap().0));
}

#[tokio::test(start_paused = true)]
async fn the_old_token_serves_while_a_refresh_fails() {
    let (clock, policy) = (Arc::new(TokioClock::start()), SessionPolicy::long_lived());
    let world = World::with_policy(rotating(1000), clock, 0, policy).await;
    let first = world.session.access_token().await.unwrap();
    world.provider.fail_next([ProviderFault::Down; 4]);
    advance(SECOND * 901).await;
    for _ in 0..20 {
        assert_eq!(world.session.access_token().await.unwrap(), first, "the old token was dropped");
        tokio::time::sleep(SECOND).await;
    }
    tokio::time::sleep(SECOND * 20).await;
    world.session.access_token().await.unwrap();
    tokio::time::sleep(SECOND).await;
    let renewed = world.session.access_token().await.unwrap();
    assert!(renewed.1 > first.1 && world.provider.accepts(&renewed.0));
    assert_eq!(world.provider.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_outage_ends_no_session_and_is_not_hammered() {
    let world = world(rotating(60)).await;
    world.provider.fail_next([ProviderFault::Down; 200]);
    advance(SECOND * 61).await;
    let (mut errors, mut last) = (0, None);
    for _ in 0..6_000 {
        match world.session.access_token().await {
            Ok(_) => break,
            Err(error) => {
                assert!(error.is_transient(), "{error}");
                errors += 1;
                last = error.retry_after().or(last);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(errors == 6_000 && last.is_some_and(|wait| wait <= SECOND * 76), "{last:?}");
    assert!(world.is_alive().await);
    // 200 faults were set up; had every call sent a request, the provider would have responded by now.
    assert_eq!(world.provider.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn without_its_store_a_session_serves_and_does_not_rotate() {
    let world = world(rotating(60)).await;
    let first = world.session.access_token().await.unwrap();
    world.store.down.store(true, Ordering::SeqCst);
    advance(SECOND * 58).await;
    assert_eq!(world.session.access_token().await.unwrap(), first);
    advance(SECOND * 5).await;
    let refused = world.session.access_token().await.unwrap_err();
    assert!(refused.is_transient() && world.provider.requests() == 0, "{refused}");
    world.store.down.store(false, Ordering::SeqCst);
    tokio::time::sleep(SECOND * 90).await;
    assert!(world.provider.accepts(&world.session.access_token().await.unwrap().0));
}

/// The entry is in the store, and its writer does not know: no token request was sent, and nobody may be told that one
/// might have been.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_did_not_begin_makes_nobody_uncertain() {
    let world = world(rotating(10)).await;
    advance(SECOND * 11).await;
    world.store.unconfirmed_entries.store(1, Ordering::SeqCst);
    let failed = world.session.access_token().await;
    assert!(matches!(failed, Err(AuthError::Store(_))), "{failed:?}");
    assert_eq!(world.provider.requests(), 0);
    // Another process, whose provider accepts no refresh token twice.
    let (token, _) = world.another().access_token().await.unwrap();
    assert!(world.provider.accepts(&token));
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn tokens_that_could_not_be_stored_are_kept_and_stored_later() {
    let world = world(rotating(60)).await;
    advance(SECOND * 61).await;
    world.store.full.store(true, Ordering::SeqCst);
    let unsaved = world.session.access_token().await.unwrap_err();
    assert!(matches!(unsaved, AuthError::Unsaved(_)), "{unsaved}");
    assert_eq!(world.provider.requests(), 1);
    tokio::time::sleep(SECOND * 5).await;
    world.store.full.store(false, Ordering::SeqCst);
    let (token, _) = world.session.access_token().await.unwrap();
    assert!(world.provider.accepts(&token));
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
    assert!(world.is_alive().await);
}

#[tokio::test(start_paused = true)]
async fn two_processes_refresh_once_and_follow_each_other() {
    let world = world(rotating(10)).await;
    let other = world.another();
    for round in 1..=20 {
        advance(SECOND * 11).await;
        let (mine, theirs) = tokio::join!(world.session.access_token(), other.access_token());
        assert_eq!(mine.unwrap().0, theirs.unwrap().0);
        assert_eq!((world.provider.requests(), world.provider.reuses()), (round, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_grant_is_final_only_after_the_store_was_read_again() {
    let world = world(rotating(10)).await;
    advance(SECOND * 11).await;
    // Another process used the token without a lease, and stores the result during our request.
    let attempt = begin_by_hand(&world, "elsewhere").await;
    let refresh = world.stored().await.tokens.unwrap().refresh.unwrap();
    assert!(!world.provider.would_refresh(&refresh));
    tokio::time::sleep(SECOND * 2).await;
    let session = world.session.clone();
    assert!(matches!(session.access_token().await, Err(AuthError::GrantUncertain)));
    // A new sign-in in another process is found without a restart.
    let other = world.another();
    other.sign_in(&world.provider.sign_in()).await.unwrap();
    tokio::time::sleep(SECOND * 2).await;
    assert!(world.provider.accepts(&session.access_token().await.unwrap().0));
    assert_ne!(attempt.version, CredentialVersion(0));
}

#[tokio::test(start_paused = true)]
async fn a_session_revoked_at_the_provider_ends_and_is_kept() {
    let world = world(rotating(10)).await;
    let refresh = world.stored().await.tokens.unwrap().refresh.unwrap();
    world.provider.refresh(refresh.expose()).unwrap();
    advance(SECOND * 11).await;
    let ended = world.session.access_token().await.unwrap_err();
    assert!(matches!(ended, AuthError::SessionEnded), "{ended}");
    assert!(world.stored().await.tokens.is_some(), "the stored session was destroyed");
    let requests = world.provider.requests();
    for _ in 0..100 {
        tokio::time::sleep(SECOND * 10).await;
        assert!(world.session.access_token().await.unwrap_err().needs_sign_in());
    }
    assert_eq!(world.provider.requests(), requests, "an ended session caused another request");
    world.session.sign_in(&world.provider.sign_in()).await.unwrap();
    assert!(world.provider.accepts(&world.session.access_token().await.unwrap().0));
}
