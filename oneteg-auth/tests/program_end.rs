//! Programs that end soon after a call, and stores whose versions go back; with real runtimes and files, and
//! a clock that only the test moves.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use common::{ManualClock, TestStore, key};
use oneteg_auth::{
    AuthError, Authenticator, FileStore, Recovery, ReplayWindow, SealingKeys, SessionPolicy,
    TokenStore,
};
use oneteg_test_kit::{Provider, ProviderGrant, ProviderKind, TestSession};
use tokio::runtime::{Builder, Runtime};

const SECOND: Duration = Duration::from_secs(1);

struct World {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    provider: Provider,
}

impl World {
    /// A rotating provider whose token requests take `latency`.
    fn new(lifetime: Duration, latency: Duration) -> Self {
        let clock = ManualClock::new();
        let kind = ProviderKind { latency, ..ProviderKind::rotating(lifetime) };
        let provider = Provider::new(kind, clock.clone());
        Self { folder: tempfile::tempdir().unwrap(), clock, provider }
    }

    fn signed_in(lifetime: Duration, latency: Duration) -> Self {
        let world = Self::new(lifetime, latency);
        runtime().block_on(async {
            world.program().sign_in(&world.provider.sign_in()).await.unwrap();
        });
        world
    }

    /// The session of one run of the program.
    fn program(&self) -> TestSession {
        self.program_with(SessionPolicy::default())
    }

    fn program_with(&self, policy: SessionPolicy) -> TestSession {
        let grant = Arc::new(ProviderGrant(self.provider.clone()));
        let clock = self.clock.clone();
        TestSession::new(grant, Arc::new(self.store()), &key(), clock, policy).unwrap()
    }

    fn store(&self) -> FileStore {
        let keys = SealingKeys::plain_text();
        FileStore::with_clock(self.folder.path(), keys, self.clock.clone()).unwrap()
    }

    fn delete_record(&self) {
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "session") {
                std::fs::remove_file(path).unwrap();
            }
        }
    }

    fn record(&self) -> std::path::PathBuf {
        let mut entries = std::fs::read_dir(self.folder.path()).unwrap().map(|e| e.unwrap().path());
        entries
            .find(|path: &std::path::PathBuf| path.extension() == Some("session".as_ref()))
            .unwrap()
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

async fn call(session: &TestSession, provider: &Provider) {
    let (token, _) = session.access_token().await.unwrap();
    assert!(provider.accepts(&token));
}

#[test]
fn a_program_that_ends_after_its_call_keeps_the_session() {
    // The last five minutes of an hour, and the last tenth of a minute.
    for (lifetime, age) in [(3600, 3400), (60, 55)] {
        let world = World::signed_in(SECOND * lifetime, Duration::from_millis(200));
        world.clock.advance(SECOND * age);
        let program = world.program();
        let main = runtime();
        main.block_on(async {
            call(&program, &world.provider).await;
            call(&program, &world.provider).await;
        });
        drop(main);
        world.clock.advance(SECOND * lifetime);
        let next = world.program();
        runtime().block_on(call(&next, &world.provider));
        assert_eq!(world.provider.reuses(), 0);
    }
}

#[test]
fn tokens_that_are_stored_late_survive_the_end_of_a_runtime() {
    // Granted to a sign-in, and to a refresh.
    for refresh in [false, true] {
        let clock = ManualClock::new();
        let provider = Provider::new(ProviderKind::rotating(SECOND * 3600), clock.clone());
        let store = TestStore::new(clock.clone(), 0);
        let grant = Arc::new(ProviderGrant(provider.clone()));
        let policy = SessionPolicy::default();
        let session =
            TestSession::new(grant, store.clone(), &key(), clock.clone(), policy).unwrap();
        runtime().block_on(async {
            if refresh {
                session.sign_in(&provider.sign_in()).await.unwrap();
                clock.advance(SECOND * 3601);
                store.full.store(true, Ordering::SeqCst);
                session.access_token().await.unwrap_err();
            } else {
                store.full.store(true, Ordering::SeqCst);
                session.sign_in(&provider.sign_in()).await.unwrap_err();
            }
        });
        store.full.store(false, Ordering::SeqCst);
        let ending = runtime();
        ending.block_on(async {
            store.gate.close_at(if refresh { "offer" } else { "commit" });
            let session = session.clone();
            let call = tokio::spawn(async move { session.access_token().await });
            store.gate.reached().await;
            drop(call);
        });
        drop(ending);
        runtime().block_on(async {
            session.close().await.unwrap();
            let stored = store.inner.load(&key()).await.unwrap().unwrap().tokens.unwrap();
            assert!(provider.would_refresh(&stored.refresh.unwrap()), "the tokens are lost");
        });
    }
}

#[test]
fn a_program_that_closes_its_session_keeps_it() {
    for whole in [false, true] {
        let world = World::signed_in(SECOND * 60, Duration::from_millis(200));
        world.clock.advance(SECOND * 55);
        let program = world.program_with(SessionPolicy::long_lived());
        let main = runtime();
        main.block_on(async {
            call(&program, &world.provider).await;
            call(&program, &world.provider).await;
            // Neither call waited for the renewal, which is in progress.
            assert_eq!(world.store().load(&key()).await.unwrap().unwrap().version.0, 1);
            match whole {
                true => oneteg_auth::wait_for_background_tasks().await,
                false => program.close().await.unwrap(),
            }
            assert_eq!(world.store().load(&key()).await.unwrap().unwrap().version.0, 2);
            world.clock.advance(SECOND * 55);
            call(&program, &world.provider).await;
            // A closed session starts no renewal before it is needed.
            program.close().await.unwrap();
            let expected = if whole { 3 } else { 2 };
            assert_eq!(world.store().load(&key()).await.unwrap().unwrap().version.0, expected);
        });
        drop(main);
        world.clock.advance(SECOND * 60);
        runtime().block_on(call(&world.program(), &world.provider));
        assert_eq!(world.provider.reuses(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_hangs_holds_nobody_up_who_has_a_token() {
    let clock: Arc<dyn oneteg_auth::Clock> = Arc::new(oneteg_test_kit::TokioClock::start());
    let kind = ProviderKind { latency: SECOND * 100, ..ProviderKind::rotating(SECOND * 1000) };
    let world = common::World::new(kind, clock, 0).await;
    tokio::time::advance(SECOND * 950).await;
    let started = tokio::time::Instant::now();
    let first = world.session.access_token().await.unwrap();
    assert!(started.elapsed() <= SECOND * 5, "{:?}", started.elapsed());
    // Later calls do not wait at all.
    let started = tokio::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(world.session.access_token().await.unwrap(), first);
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
    // The renewal has continued.
    tokio::time::sleep(SECOND * 96).await;
    assert!(world.session.access_token().await.unwrap().1 > first.1);
    assert_eq!(world.provider.requests(), 1);
}

#[test]
fn a_session_that_was_deleted_and_begun_anew_is_followed() {
    let runtime = runtime();
    runtime.block_on(async {
        for renewed_since in [0, 1, 5] {
            let world = World::new(SECOND * 60, Duration::ZERO);
            let program = world.program();
            program.sign_in(&world.provider.sign_in()).await.unwrap();
            for _ in 0..renewed_since {
                world.clock.advance(SECOND * 61);
                call(&program, &world.provider).await;
            }
            world.clock.advance(SECOND * 61);
            world.delete_record();
            world.program().sign_in(&world.provider.sign_in()).await.unwrap();
            let before = world.provider.requests();
            for _ in 0..50 {
                call(&program, &world.provider).await;
            }
            let requests = world.provider.requests() - before;
            assert!(requests <= 1, "{requests} token requests");
            // The new session has expired as well: one more token request, and not one per call.
            world.clock.advance(SECOND * 61);
            for _ in 0..50 {
                call(&program, &world.provider).await;
            }
            assert!(world.provider.requests() - before <= requests + 1);
            assert_eq!(world.provider.reuses(), 0);
        }
    });
}

#[test]
fn a_valid_token_that_is_refused_gives_way_to_a_session_begun_anew() {
    runtime().block_on(async {
        let world = World::new(SECOND * 3600, Duration::ZERO);
        let program = world.program();
        for _ in 0..3 {
            program.sign_in(&world.provider.sign_in()).await.unwrap();
        }
        let (_, version) = program.access_token().await.unwrap();
        world.provider.expire_access_tokens();
        world.delete_record();
        world.program().sign_in(&world.provider.sign_in()).await.unwrap();
        assert_eq!(program.refused(version).await.unwrap(), Recovery::Retry);
        call(&program, &world.provider).await;
        assert_eq!(world.provider.requests(), 0);
    });
}

#[test]
fn an_ended_session_is_not_taken_for_a_new_one_of_the_same_version() {
    runtime().block_on(async {
        let world = World::new(SECOND * 60, Duration::ZERO);
        let program = world.program();
        let tokens = world.provider.sign_in();
        program.sign_in(&tokens).await.unwrap();
        world.provider.revoke(&tokens);
        world.clock.advance(SECOND * 61);
        let ended = program.access_token().await.unwrap_err();
        assert!(matches!(ended, AuthError::SessionEnded), "{ended}");
        // Somebody deletes the record and signs in: version 1 again, which has expired by the time of the call.
        world.delete_record();
        world.program().sign_in(&world.provider.sign_in()).await.unwrap();
        world.clock.advance(SECOND * 3600);
        call(&program, &world.provider).await;
    });
}

#[test]
fn a_clock_that_was_set_back_brings_no_token_back() {
    runtime().block_on(async {
        let world = World::new(SECOND * 60, Duration::ZERO);
        world.program().sign_in(&world.provider.sign_in()).await.unwrap();
        world.clock.advance(SECOND * 61);
        world.clock.set_back(SECOND * 3600);
        call(&world.program(), &world.provider).await;
        assert_eq!(world.provider.requests(), 1);
    });
}

#[test]
fn a_clock_that_was_set_back_opens_no_replay_window() {
    runtime().block_on(async {
        let world = World::new(SECOND * 60, Duration::ZERO);
        world.program().sign_in(&world.provider.sign_in()).await.unwrap();
        world.clock.advance(SECOND * 61);
        // A holder sent the refresh token and was stopped.
        let store = world.store();
        let session = store.load(&key()).await.unwrap().unwrap();
        let tokens = session.tokens.unwrap();
        let owner = oneteg_auth::LeaseOwner::new("stopped");
        let lease = store.lease(&key(), &owner, SECOND).await.unwrap();
        let oneteg_auth::LeaseDecision::Granted(lease) = lease else { panic!("{lease:?}") };
        let hash = tokens.refresh_hash().unwrap();
        let attempt = oneteg_auth::RefreshAttempt::new(owner, hash, session.version);
        store.journal(&lease, Some(&attempt)).await.unwrap();
        let granted = world.provider.refresh(tokens.refresh.unwrap().expose()).unwrap();
        // Five minutes later the clock is set back by an hour.
        world.clock.advance(SECOND * 300);
        world.clock.set_back(SECOND * 3600);
        let mut policy = SessionPolicy::default();
        policy.replay = ReplayWindow::Within(SECOND * 10);
        let uncertain = world.program_with(policy).access_token().await.unwrap_err();
        assert!(matches!(uncertain, AuthError::GrantUncertain), "{uncertain}");
        assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
        // The stopped holder continues, and its tokens are valid.
        store.offer(&key(), &attempt, &granted).await.unwrap();
        assert!(world.provider.would_refresh(granted.refresh.as_ref().unwrap()));
    });
}

#[test]
fn an_unreadable_session_can_be_signed_out_of_and_signed_in_over() {
    let runtime = runtime();
    let ways: [fn(&Path); 3] = [
        |path| std::fs::write(path, b"").unwrap(),
        |path| {
            let whole = std::fs::read(path).unwrap();
            std::fs::write(path, &whole[..whole.len() - 5]).unwrap();
        },
        |path| {
            let key = oneteg_auth::SealingKey::new("lost", [3; 32]).unwrap();
            let lost = SealingKeys::new(key);
            std::fs::write(path, lost.seal(&common::key(), 1, b"{}").unwrap()).unwrap();
        },
    ];
    runtime.block_on(async {
        for spoil in ways {
            for signed_in_before in [false, true] {
                let world = World::new(SECOND * 60, Duration::ZERO);
                world.program().sign_in(&world.provider.sign_in()).await.unwrap();
                let program = world.program();
                if signed_in_before {
                    call(&program, &world.provider).await;
                }
                spoil(&world.record());
                if !signed_in_before {
                    let unread = program.access_token().await.unwrap_err();
                    assert!(matches!(unread, AuthError::Store(_)), "{unread}");
                    assert!(unread.to_string().contains("sign in again"), "{unread}");
                }
                // Sign in over it, ...
                program.sign_in(&world.provider.sign_in()).await.unwrap();
                call(&program, &world.provider).await;
                call(&world.program(), &world.provider).await;
                // ... and sign out of it.
                spoil(&world.record());
                let result = program.sign_out().await.unwrap();
                assert!(
                    result.not_read.is_some(),
                    "nothing was revoked, and the result does not report it"
                );
                for program in [&program, &world.program()] {
                    let out = program.access_token().await.unwrap_err();
                    assert!(matches!(out, AuthError::NotSignedIn), "{out}");
                }
            }
        }
    });
}
