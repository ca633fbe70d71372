//! How sessions begin and end: sign-ins and sign-outs during refreshes, stores that fail, callers that stop
//! waiting.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use common::{TestStore, World, key, poll_times};
use oneteg_auth::{
    AuthError, Authenticator, BoxFuture, Grant, Recovery, Secret, SessionPolicy, StoreError,
    TokenError, TokenStore, Tokens,
};
use oneteg_test_kit::{
    Provider, ProviderFault, ProviderGrant, ProviderKind, TestSession, TokioClock,
};
use tokio::time::advance;

const SECOND: Duration = Duration::from_secs(1);

async fn world(seconds: u64) -> World {
    let kind = ProviderKind::rotating(Duration::from_secs(seconds));
    World::new(kind, Arc::new(TokioClock::start()), 0).await
}

fn signed_out(result: &Result<impl std::fmt::Debug, AuthError>) -> bool {
    matches!(result, Err(AuthError::NotSignedIn))
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_is_final_for_a_call_that_has_read_the_store() {
    let world = world(60).await;
    let session = world.another();
    world.store.gate.close_at("load");
    let call = tokio::spawn({
        let session = session.clone();
        async move { session.access_token().await }
    });
    world.store.gate.reached().await;
    session.sign_out().await.unwrap();
    // While that call still waits, and after it.
    assert!(signed_out(&session.access_token().await));
    world.store.gate.open();
    let late = call.await.unwrap();
    assert!(signed_out(&late), "{late:?}");
    assert!(signed_out(&session.access_token().await));
    assert_eq!(world.provider.live_sessions(), 0);
    // Until somebody signs in.
    session.sign_in(&world.provider.sign_in()).await.unwrap();
    assert!(world.provider.accepts(&session.access_token().await.unwrap().0));
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_is_final_for_a_refresh_and_what_it_was_granted_is_revoked() {
    for point in ["load", "commit", "committed"] {
        let world = world(60).await;
        let session = world.session.clone();
        advance(SECOND * 61).await;
        world.store.gate.close_at(point);
        let call = tokio::spawn({
            let session = session.clone();
            async move { session.access_token().await }
        });
        world.store.gate.reached().await;
        session.sign_out().await.unwrap();
        world.store.gate.open();
        let late = call.await.unwrap();
        assert!(signed_out(&late), "{point}: {late:?}");
        session.close().await.unwrap();
        assert!(signed_out(&session.access_token().await), "{point}");
        assert!(world.stored().await.tokens.is_none(), "{point}: stored after the sign-out");
        assert_eq!(
            world.provider.live_sessions(),
            0,
            "{point}: tokens that nobody can use live on"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_that_are_stored_while_a_sign_out_runs_are_revoked_too() {
    let world = world(60).await;
    let session = world.session.clone();
    advance(SECOND * 61).await;
    world.store.gate.close_at("commit");
    let call = tokio::spawn({
        let session = session.clone();
        async move { session.access_token().await }
    });
    world.store.gate.reached().await;
    // The sign-out has read the old tokens when the new ones are stored.
    world.store.other_gate.close_at("load");
    let signing_out = tokio::spawn({
        let session = session.clone();
        async move { session.sign_out().await }
    });
    world.store.other_gate.reached().await;
    // During the sign-out nobody gets a token, although the store still has one.
    assert!(signed_out(&session.access_token().await));
    world.store.gate.open();
    assert!(signed_out(&call.await.unwrap()));
    world.store.other_gate.open();
    signing_out.await.unwrap().unwrap();
    session.close().await.unwrap();
    assert!(world.stored().await.tokens.is_none());
    assert_eq!(world.provider.live_sessions(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_in_another_process_leaves_no_tokens_behind() {
    let world = world(60).await;
    advance(SECOND * 61).await;
    world.store.gate.close_at("commit");
    let call = tokio::spawn({
        let session = world.session.clone();
        async move { session.access_token().await }
    });
    world.store.gate.reached().await;
    world.another().sign_out().await.unwrap();
    world.store.gate.open();
    assert!(signed_out(&call.await.unwrap()));
    assert_eq!(world.provider.live_sessions(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_a_renewal_gets_no_token_of_a_signed_out_session() {
    let world = world(1000).await;
    advance(SECOND * 950).await;
    world.store.gate.close_at("commit");
    let call = tokio::spawn({
        let session = world.session.clone();
        async move { session.access_token().await }
    });
    world.store.gate.reached().await;
    world.session.sign_out().await.unwrap();
    let late = call.await.unwrap();
    assert!(signed_out(&late), "{late:?}");
    world.store.gate.open();
    world.session.close().await.unwrap();
    assert!(signed_out(&world.session.access_token().await));
    assert_eq!(world.provider.live_sessions(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_replaces_a_refresh_of_the_old_session() {
    for point in ["load", "commit", "committed"] {
        let world = world(60).await;
        advance(SECOND * 61).await;
        world.store.gate.close_at(point);
        let call = tokio::spawn({
            let session = world.session.clone();
            async move { session.access_token().await }
        });
        world.store.gate.reached().await;
        let new = world.provider.sign_in();
        world.session.sign_in(&new).await.unwrap();
        world.store.gate.open();
        assert_eq!(call.await.unwrap().unwrap().0, new.access.expose(), "{point}");
        world.session.close().await.unwrap();
        assert_eq!(world.session.access_token().await.unwrap().0, new.access.expose(), "{point}");
        let stored = world.stored().await.tokens.unwrap();
        assert_eq!(stored.access.expose(), new.access.expose(), "{point}");
        assert_eq!(world.provider.reuses(), 0, "{point}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_tokens_of_a_sign_in_survive_a_store_that_fails() {
    for down in [true, false] {
        let world = world(60).await;
        let session = world.another();
        let fault = if down { &world.store.down } else { &world.store.full };
        fault.store(true, Ordering::SeqCst);
        let tokens = world.provider.sign_in();
        let unsaved = session.sign_in(&tokens).await.unwrap_err();
        assert!(matches!(unsaved, AuthError::Unsaved(_)) && unsaved.is_transient(), "{unsaved}");
        // In use meanwhile, without another request.
        assert_eq!(session.access_token().await.unwrap().0, tokens.access.expose());
        tokio::time::sleep(SECOND * 5).await;
        assert_eq!(session.access_token().await.unwrap().0, tokens.access.expose());
        assert!(matches!(session.close().await, Err(AuthError::Unsaved(_))));
        fault.store(false, Ordering::SeqCst);
        if down {
            // The next call stores them, without a wait.
            assert_eq!(session.access_token().await.unwrap().0, tokens.access.expose());
        } else {
            session.close().await.unwrap();
        }
        let stored = world.stored().await.tokens.unwrap();
        assert_eq!(stored.access.expose(), tokens.access.expose());
        // The time in memory counts towards the lifetime.
        assert!(stored.lifetime.unwrap() <= SECOND * 55, "{:?}", stored.lifetime);
        assert_eq!(world.provider.requests(), 0);
        assert_eq!(world.another().access_token().await.unwrap().0, tokens.access.expose());
    }
}

#[tokio::test(start_paused = true)]
async fn a_moment_without_the_store_fails_no_sign_in() {
    let world = world(60).await;
    world.store.full.store(true, Ordering::SeqCst);
    let tokens = world.provider.sign_in();
    let signing_in = world.session.sign_in(&tokens);
    let back = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.store.full.store(false, Ordering::SeqCst);
    };
    let (signed_in, ()) = tokio::join!(signing_in, back);
    signed_in.unwrap();
    assert_eq!(world.stored().await.tokens.unwrap().access.expose(), tokens.access.expose());
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_drops_a_sign_in_that_could_not_be_stored() {
    for elsewhere in [false, true] {
        let world = world(60).await;
        let other = world.another();
        world.store.full.store(true, Ordering::SeqCst);
        world.session.sign_in(&world.provider.sign_in()).await.unwrap_err();
        world.store.full.store(false, Ordering::SeqCst);
        let signing_out = if elsewhere { &other } else { &world.session };
        signing_out.sign_out().await.unwrap();
        world.session.close().await.unwrap();
        assert!(world.stored().await.tokens.is_none(), "stored after the sign-out");
        assert_eq!(world.provider.live_sessions(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_elsewhere_revokes_a_refresh_that_could_not_be_stored() {
    for by_call in [true, false] {
        let world = world(60).await;
        let other = world.another();
        advance(SECOND * 61).await;
        world.store.full.store(true, Ordering::SeqCst);
        let unsaved = world.session.access_token().await;
        assert!(matches!(unsaved, Err(AuthError::Unsaved(_))), "{unsaved:?}");
        world.store.full.store(false, Ordering::SeqCst);
        other.sign_out().await.unwrap();
        if by_call {
            let late = world.session.access_token().await;
            assert!(signed_out(&late), "{late:?}");
        }
        world.session.close().await.unwrap();
        assert!(world.stored().await.tokens.is_none(), "stored after the sign-out");
        assert_eq!(world.provider.live_sessions(), 0, "by call: {by_call}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expired_before_it_could_be_stored_is_renewed() {
    // Granted to a sign-in, and to a refresh.
    for refresh in [false, true] {
        let world = world(60).await;
        advance(SECOND * 61).await;
        world.store.full.store(true, Ordering::SeqCst);
        let unsaved = match refresh {
            true => world.session.access_token().await.map(drop),
            false => world.session.sign_in(&world.provider.sign_in()).await,
        };
        assert!(matches!(unsaved, Err(AuthError::Unsaved(_))), "{unsaved:?}");
        advance(SECOND * 120).await;
        world.store.full.store(false, Ordering::SeqCst);
        let (token, _) = world.session.access_token().await.unwrap();
        assert!(world.provider.accepts(&token), "an expired token is handed out");
        assert!(world.is_alive().await);
        assert_eq!(world.provider.reuses(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_that_could_not_be_stored_is_stored_and_renewed() {
    let world = world(3600).await;
    world.store.full.store(true, Ordering::SeqCst);
    world.session.sign_in(&world.provider.sign_in()).await.unwrap_err();
    let (_, version) = world.session.access_token().await.unwrap();
    world.provider.expire_access_tokens();
    world.store.full.store(false, Ordering::SeqCst);
    // A request is sent again only once, so one refresh must be enough.
    let recovery = world.session.refused(version).await;
    assert!(matches!(recovery, Ok(Recovery::Retry)), "{recovery:?}");
    let (token, _) = world.session.access_token().await.unwrap();
    assert!(world.provider.accepts(&token), "the refused token is sent again");
    assert!(world.is_alive().await);
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_is_given_up_on_leaves_one_truth() {
    for point in 1.. {
        let world = World::new(
            ProviderKind::rotating(SECOND * 60),
            Arc::new(TokioClock::start()),
            point as u64 * 31,
        )
        .await;
        let tokens = world.provider.sign_in();
        let ended = poll_times(world.session.sign_in(&tokens), point).await;
        tokio::time::sleep(SECOND).await;
        let stored = world.stored().await.tokens.unwrap();
        assert_eq!(stored.access.expose(), tokens.access.expose(), "point {point}");
        let (used, _) = world.session.access_token().await.unwrap();
        assert_eq!(used, tokens.access.expose(), "point {point}");
        // The lease is not left behind either.
        let other = oneteg_auth::LeaseOwner::new("other");
        let lease = world.store.lease(&key(), &other, SECOND).await.unwrap();
        assert!(matches!(lease, oneteg_auth::LeaseDecision::Granted(_)), "point {point}");
        if ended.is_some() {
            assert!(point > 3, "the sign-in was never interrupted");
            break;
        }
    }
}

/// A provider whose revocation endpoint never responds.
#[derive(Debug)]
struct Silent(ProviderGrant);

impl Grant for Silent {
    fn spends_refresh_token(&self) -> bool {
        true
    }

    fn obtain<'a>(
        &'a self,
        refresh: Option<&'a Secret>,
    ) -> BoxFuture<'a, Result<Tokens, TokenError>> {
        self.0.obtain(refresh)
    }

    fn revoke<'a>(&'a self, _: &'a Tokens) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_that_is_given_up_on_is_a_sign_out() {
    let world = world(60).await;
    let grant = Arc::new(Silent(ProviderGrant(world.provider.clone())));
    let store = Arc::clone(&world.store) as Arc<dyn TokenStore>;
    let clock = Arc::clone(&world.clock);
    let session = TestSession::new(grant, store, &key(), clock, SessionPolicy::default()).unwrap();
    session.access_token().await.unwrap();
    let given_up = tokio::time::timeout(SECOND * 2, session.sign_out()).await;
    assert!(given_up.is_err());
    assert!(world.stored().await.tokens.is_none());
    assert!(signed_out(&session.access_token().await));
    // The shortest wait there is.
    let world = self::world(60).await;
    assert!(poll_times(world.session.sign_out(), 1).await.is_none());
    tokio::time::sleep(SECOND).await;
    assert!(world.stored().await.tokens.is_none());
    assert_eq!(world.provider.live_sessions(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_that_the_store_refused_can_be_repeated() {
    let world = world(60).await;
    world.store.full.store(true, Ordering::SeqCst);
    let refused = world.session.sign_out().await.unwrap_err();
    assert!(matches!(refused, AuthError::Store(_)), "{refused}");
    world.store.full.store(false, Ordering::SeqCst);
    world.session.sign_out().await.unwrap();
    assert!(signed_out(&world.session.access_token().await));
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_reads_the_session_again_to_revoke_it() {
    let world = world(60).await;
    world.store.failing_loads.store(3, Ordering::SeqCst);
    let result = world.session.sign_out().await.unwrap();
    assert!(result.not_read.is_none() && result.not_revoked.is_none(), "{result:?}");
    assert_eq!(world.provider.live_sessions(), 0);
    assert!(world.stored().await.tokens.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_that_cannot_read_the_session_clears_it_and_reports_that_it_is_not_revoked() {
    let world = world(60).await;
    world.store.failing_loads.store(1_000, Ordering::SeqCst);
    let result = world.session.sign_out().await.unwrap();
    assert!(matches!(result.not_read, Some(StoreError::Unavailable { .. })), "{result:?}");
    // Cleared, and still alive at the provider: this is what the caller has to know.
    assert!(world.stored().await.tokens.is_none());
    assert_eq!((world.provider.revocations(), world.provider.live_sessions()), (0, 1));
    world.store.failing_loads.store(0, Ordering::SeqCst);
    assert!(signed_out(&world.session.access_token().await));
}

/// A provider that returns `invalid_grant` after another process stored what it granted.
#[derive(Debug)]
struct Elsewhere {
    provider: Provider,
    store: Arc<TestStore>,
    /// The lifetime of what the other process stores.
    lifetime: Duration,
    done: std::sync::atomic::AtomicBool,
}

impl Grant for Elsewhere {
    fn spends_refresh_token(&self) -> bool {
        true
    }

    fn obtain<'a>(
        &'a self,
        refresh: Option<&'a Secret>,
    ) -> BoxFuture<'a, Result<Tokens, TokenError>> {
        Box::pin(async move {
            let granted = self.provider.refresh(refresh.unwrap().expose())?;
            if self.done.swap(true, Ordering::SeqCst) {
                return Ok(granted);
            }
            let session = self.store.inner.load(&key()).await.unwrap().unwrap();
            let attempt = session.journal.unwrap().attempt;
            let granted = granted.with_lifetime(self.lifetime);
            self.store.inner.offer(&key(), &attempt, &granted).await.unwrap();
            advance(SECOND * 2).await;
            Err(TokenError::from_code("invalid_grant").with_status(400))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_grant_ends_no_session_that_somebody_else_renewed() {
    // What the other process stored is valid, or has expired again and is renewed.
    for (lifetime, requests) in [(SECOND * 60, 1), (SECOND, 2)] {
        let world = world(60).await;
        advance(SECOND * 61).await;
        let grant = Arc::new(Elsewhere {
            provider: world.provider.clone(),
            store: Arc::clone(&world.store),
            lifetime,
            done: Default::default(),
        });
        let store = Arc::clone(&world.store) as Arc<dyn TokenStore>;
        let clock = Arc::clone(&world.clock);
        let session =
            TestSession::new(grant, store, &key(), clock, SessionPolicy::default()).unwrap();
        let (token, _) = session.access_token().await.unwrap();
        assert!(world.provider.accepts(&token));
        assert!(world.is_alive().await);
        assert_eq!(world.provider.requests(), requests);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_request_that_takes_longer_than_the_lease_keeps_it() {
    let kind = ProviderKind { latency: SECOND * 20, ..ProviderKind::rotating(SECOND * 60) };
    let policy = {
        let mut policy = SessionPolicy::default();
        policy.lease_ttl = SECOND * 3;
        policy
    };
    let world = World::with_policy(kind, Arc::new(TokioClock::start()), 0, policy).await;
    advance(SECOND * 61).await;
    let other = world.another();
    let later = async {
        tokio::time::sleep(SECOND).await;
        other.access_token().await
    };
    let (mine, theirs) = tokio::join!(world.session.access_token(), later);
    assert_eq!(mine.unwrap().0, theirs.unwrap().0);
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_time_of_the_token_request_is_part_of_the_lifetime() {
    let kind = ProviderKind { latency: SECOND * 20, ..ProviderKind::rotating(SECOND * 60) };
    let world = World::new(kind, Arc::new(TokioClock::start()), 0).await;
    advance(SECOND * 61).await;
    let (token, _) = world.session.access_token().await.unwrap();
    assert!(world.provider.accepts(&token));
    // Granted in the middle of the request: it has expired 51 s after the response.
    advance(SECOND * 51).await;
    let (token, _) = world.session.access_token().await.unwrap();
    assert!(world.provider.accepts(&token), "a token was used past its end");
    assert_eq!(world.provider.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_of_a_signed_out_session_is_not_renewed() {
    let world = world(60).await;
    let (_, version) = world.session.access_token().await.unwrap();
    world.session.sign_out().await.unwrap();
    assert!(signed_out(&world.session.refused(version).await));
    world.provider.fail_next([ProviderFault::Down]);
    assert!(signed_out(&world.session.access_token().await));
}
