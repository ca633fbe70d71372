//! What the server holds, and records that were changed.

use std::time::Duration;

use oneteg_auth::{
    CredentialVersion, Lease, LeaseDecision, RedisStore, RefreshAttempt, SealingKey, SealingKeys,
    SessionKey, StoreError, TokenStore,
};
use oneteg_test_peers::RedisServer;

use crate::redis::{
    MINUTE, fault, leased, owner, record, signed_in, store, stored, stored_access, tokens,
};

/// What the server holds, and for how long.
#[tokio::test]
async fn the_server_sees_no_token_and_forgets_nothing() {
    let Some(server) = RedisServer::start() else { return };
    let (store, key) = (store(&server.url()), SessionKey::new("acme"));
    let version = signed_in(&store, &key).await;
    let lease = leased(&store, &key).await;
    let refresh = tokens(1).refresh_hash().unwrap();
    let attempt = RefreshAttempt::new(owner("test"), refresh, version);
    store.journal(&lease, Some(&attempt)).await.unwrap();
    assert_eq!(server.command(&["hlen", &record(&key)]), "12");
    let held = server.command(&["hgetall", &record(&key)]);
    assert!(held.contains("oneteg-session 1 k1") && !held.contains("canary"), "{held}");
    assert_eq!(server.command(&["ttl", &record(&key)]), "-1");
    assert_eq!(server.command(&["keys", "*"]), record(&key));
    let debug = format!("{store:?}");
    assert!(!debug.contains("canary"), "{debug}");
}

/// A key that is not ours, and records that somebody edited: an error that can be recognised, and only `clear`
/// replaces them.
#[tokio::test]
async fn what_is_not_ours_is_an_error_until_it_is_cleared() {
    let Some(server) = RedisServer::start() else { return };
    let store = store(&server.url());
    let edits: [(&str, &[&str]); 18] = [
        ("a string", &["set", "KEY", "theirs"]),
        ("a list", &["rpush", "KEY", "theirs"]),
        ("a hash", &["hset", "KEY", "name", "theirs"]),
        ("another mark", &["hset", "KEY", "schema", "x"]),
        ("no mark", &["hdel", "KEY", "schema"]),
        ("no version", &["hdel", "KEY", "version"]),
        ("a word as version", &["hset", "KEY", "version", "one"]),
        ("a negative version", &["hset", "KEY", "version", "-1"]),
        ("a long version", &["hset", "KEY", "version", "18446744073709551615"]),
        ("another version", &["hset", "KEY", "version", "7"]),
        ("a word as fence", &["hset", "KEY", "fence", "1e3"]),
        ("a word as lease", &["hset", "KEY", "leased_at", "x"]),
        ("half a lease", &["hset", "KEY", "leased_at", "5"]),
        ("a word as date", &["hset", "KEY", "tokens_at", "now"]),
        ("no date", &["hset", "KEY", "tokens_at", ""]),
        ("another hash", &["hset", "KEY", "tokens_refresh", "00"]),
        ("other tokens", &["hset", "KEY", "tokens", "oneteg-session 1 k1 1 00\n"]),
        ("a journal", &["hset", "KEY", "journal", "x", "journal_at", "1"]),
    ];
    for (what, edit) in edits {
        let key = SessionKey::new(format!("edited {what}"));
        let record = record(&key);
        if !matches!(edit[0], "set" | "rpush") && what != "a hash" {
            signed_in(&store, &key).await;
        }
        let edit: Vec<&str> =
            edit.iter().map(|word| if *word == "KEY" { record.as_str() } else { word }).collect();
        server.command(&edit);
        let before = server.command(&["dump", &record]);
        let loaded = store.load(&key).await;
        let Err(error) = &loaded else { panic!("{what}: {loaded:?}") };
        assert!(error.is_unreadable(), "{what}: {error:?}");
        assert!(!error.is_transient(), "{what}: {error:?}");
        if fault(&loaded).is_some() {
            assert!(error.to_string().contains(key.as_str()), "{what}: {error}");
        }
        assert_eq!(server.command(&["dump", &record]), before, "{what}: changed by reading");
        // No step of a refresh destroys it.
        let (lease, refresh) =
            (leased_or_unreadable(&store, &key, what).await, tokens(1).refresh_hash().unwrap());
        if let Some(lease) = lease {
            let attempt = RefreshAttempt::new(owner("test"), refresh, CredentialVersion(5));
            store.commit(&lease, CredentialVersion(5), &tokens(2)).await.unwrap_err();
            store.offer(&key, &attempt, &tokens(2)).await.unwrap_err();
            store.release(&lease).await.unwrap();
        } else {
            assert_eq!(server.command(&["dump", &record]), before, "{what}: changed by a lease");
        }
        store.clear(&key).await.unwrap();
        let cleared = stored(&store, &key).await;
        assert!(cleared.tokens.is_none() && cleared.journal.is_none(), "{what}");
        assert!(cleared.version > CredentialVersion(1_000_000), "{what}: {:?}", cleared.version);
        let lease = leased(&store, &key).await;
        store.commit(&lease, cleared.version, &tokens(3)).await.unwrap();
        assert_eq!(stored_access(&store, &key).await, "canary-access-3", "{what}");
    }
}

async fn leased_or_unreadable(store: &RedisStore, key: &SessionKey, what: &str) -> Option<Lease> {
    match store.lease(key, &owner("test"), MINUTE).await {
        Ok(LeaseDecision::Granted(lease)) => Some(lease),
        Ok(other) => panic!("{what}: {other:?}"),
        Err(error) => {
            assert!(error.is_unreadable(), "{what}: {error:?}");
            None
        }
    }
}

#[tokio::test]
async fn a_newer_record_and_another_key_are_named() {
    let Some(server) = RedisServer::start() else { return };
    let (store, key) = (store(&server.url()), SessionKey::new("acme"));
    signed_in(&store, &key).await;
    let other = SealingKeys::new(SealingKey::new("k2", [2; 32]).unwrap());
    let other = RedisStore::open(&server.url(), other).unwrap();
    let sealed = other.load(&key).await;
    assert!(
        matches!(&sealed, Err(StoreError::UnknownKey { key_id }) if key_id == "k1"),
        "{sealed:?}"
    );
    // Rotation: the old key opens, the new one seals.
    let rotated = SealingKeys::new(SealingKey::new("k2", [2; 32]).unwrap())
        .with_old(SealingKey::new("k1", [1; 32]).unwrap());
    let rotated = RedisStore::open(&server.url(), rotated).unwrap();
    let lease = leased(&rotated, &key).await;
    let version = stored(&rotated, &key).await.version;
    rotated.commit(&lease, version, &tokens(2)).await.unwrap();
    assert_eq!(stored_access(&other, &key).await, "canary-access-2");

    server.command(&["hset", &record(&key), "schema", "2"]);
    for result in
        [other.load(&key).await.map(drop), other.lease(&key, &owner("a"), MINUTE).await.map(drop)]
    {
        assert!(
            matches!(result, Err(StoreError::NewerSchema { found: 2, known: 1 })),
            "{result:?}"
        );
    }
}

/// A server whose clock was set back: the record's dates are in the future then.
#[tokio::test]
async fn dates_in_the_future_are_unknown_for_good() {
    let Some(server) = RedisServer::start() else { return };
    let (store, key) = (store(&server.url()), SessionKey::new("acme"));
    let version = signed_in(&store, &key).await;
    let lease = leased(&store, &key).await;
    let refresh = tokens(1).refresh_hash().unwrap();
    let attempt = RefreshAttempt::new(owner("test"), refresh, version);
    store.journal(&lease, Some(&attempt)).await.unwrap();
    let name = record(&key);
    let later = "99999999999999";
    for field in ["tokens_at", "journal_at", "leased_at"] {
        server.command(&["hset", &name, field, later]);
    }
    let session = stored(&store, &key).await;
    assert_eq!((session.age, session.journal.unwrap().age), (Duration::MAX, Duration::MAX));
    // The lease from the future has run out, and its holder cannot write.
    let renewed = store.renew(&lease, MINUTE).await;
    assert!(matches!(renewed, Err(StoreError::LeaseLost)), "{renewed:?}");
    let next = store.lease(&key, &owner("next"), MINUTE).await.unwrap();
    let LeaseDecision::Granted(next) = next else { panic!("{next:?}") };
    for field in ["tokens_at", "journal_at"] {
        assert_eq!(server.command(&["hget", &name, field]), "unknown");
    }
    // Also after the same attempt is noted again.
    store.journal(&next, Some(&attempt)).await.unwrap();
    let session = stored(&store, &key).await;
    assert_eq!((session.age, session.journal.unwrap().age), (Duration::MAX, Duration::MAX));
}

/// Some providers return the same refresh token again: its hash alone does not distinguish two versions.
#[tokio::test]
async fn an_offer_for_an_older_version_is_refused() {
    let Some(server) = RedisServer::start() else { return };
    let (store, key) = (store(&server.url()), SessionKey::new("acme"));
    let first = signed_in(&store, &key).await;
    let attempt = RefreshAttempt::new(owner("late"), tokens(1).refresh_hash().unwrap(), first);
    let lease = leased(&store, &key).await;
    let second = store.commit(&lease, first, &tokens(1)).await.unwrap();
    let late = store.offer(&key, &attempt, &tokens(1)).await;
    assert!(
        matches!(late, Err(StoreError::VersionConflict { found }) if found == second),
        "{late:?}"
    );
}

/// Numbers that are higher than the time of day in milliseconds, which `clear` replaces them with otherwise.
#[tokio::test]
async fn clearing_never_lowers_a_number() {
    let Some(server) = RedisServer::start() else { return };
    let (store, key) = (store(&server.url()), SessionKey::new("acme"));
    signed_in(&store, &key).await;
    let (high, name) = (900_000_000_000_000, record(&key));
    let text = high.to_string();
    server.command(&["hset", &name, "version", &text, "fence", &text, "tokens", "damaged"]);
    let before = leased(&store, &key).await;
    assert_eq!(before.fence, high + 1);
    store.clear(&key).await.unwrap();
    let cleared = stored(&store, &key).await.version;
    assert_eq!(cleared, CredentialVersion(high + 1));
    let after = leased(&store, &key).await;
    assert!(after.fence > before.fence + 1, "{after:?}");
    let late = store.commit(&before, cleared, &tokens(2)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
}
