//! A credential that is temporarily unavailable, or cannot be renewed at the moment, is waited for; one that needs a
//! person is not.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use oneteg_auth::{AuthError, AuthRequest, Authenticator, BoxFuture, CredentialVersion, Recovery};
use oneteg_http::{CallOptions, Error, ErrorKind, RetryBudget, Runtime, codegen::OperationRequest};
use oneteg_test_kit::http_response;

use crate::support::{self, WRITE};

/// Fails this many times, then has a credential.
#[derive(Debug, Clone)]
struct Failing {
    error: AuthError,
    times: u32,
    credential_calls: Arc<AtomicU32>,
}

impl Authenticator for Failing {
    fn authorize<'a>(
        &'a self,
        _: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        let made = self.credential_calls.fetch_add(1, Relaxed);
        let fails = made < self.times;
        Box::pin(
            async move { if fails { Err(self.error.clone()) } else { Ok(CredentialVersion(0)) } },
        )
    }
}

/// The result of a call, how often a credential was requested, and the number of requests sent.
async fn call(error: AuthError, times: u32) -> (Result<(), Error>, u32, u32) {
    let sent = Arc::new(AtomicU32::new(0));
    let failing = Failing { error, times, credential_calls: Arc::default() };
    let counted = Arc::clone(&sent);
    let runtime = Runtime::builder("http://127.0.0.1:9", support::Plain, failing.clone())
        .retry(support::full_jitter().build())
        .retry_budget(RetryBudget::default())
        .transport(move |_| {
            counted.fetch_add(1, Relaxed);
            async { Ok(http_response(200, &[], "{}")) }
        });
    let runtime = runtime.build().unwrap();
    // A write: nothing was sent, so it is safe to retry.
    let result = runtime.empty(OperationRequest::new(&WRITE, CallOptions::new())).await.map(drop);
    (result, failing.credential_calls.load(Relaxed), sent.load(Relaxed))
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_waited_for() {
    let (result, credential_calls, sent) = call(AuthError::Interrupted, 2).await;
    result.unwrap();
    assert_eq!((credential_calls, sent), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_is_reported_when_the_tries_are_used_up() {
    let (result, credential_calls, sent) = call(AuthError::Interrupted, u32::MAX).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 4));
    assert!(error.is_retryable());
    assert_eq!((credential_calls, sent), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn what_needs_a_person_is_reported_at_once() {
    let (result, credential_calls, sent) = call(AuthError::NotSignedIn, 1).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 1));
    assert!(!error.is_retryable());
    assert_eq!((credential_calls, sent), (1, 0));
}

/// Has a credential that the server refuses, and fails this many times to renew it.
#[derive(Debug, Clone)]
struct Stale {
    error: AuthError,
    times: u32,
    credential_calls: Arc<AtomicU32>,
}

impl Authenticator for Stale {
    fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        let renewed = self.credential_calls.load(Relaxed) > self.times;
        let value = http::HeaderValue::from_static(if renewed { "new" } else { "old" });
        request.headers.insert(http::header::AUTHORIZATION, value);
        Box::pin(async move { Ok(CredentialVersion(u64::from(renewed))) })
    }

    fn refused(&self, _: CredentialVersion) -> BoxFuture<'_, Result<Recovery, AuthError>> {
        let fails = self.credential_calls.fetch_add(1, Relaxed) < self.times;
        Box::pin(async move { if fails { Err(self.error.clone()) } else { Ok(Recovery::Retry) } })
    }
}

/// The result of a write, how often a newer credential was requested, and the number of requests sent.
async fn call_refused(error: AuthError, times: u32) -> (Result<(), Error>, u32, u32) {
    let sent = Arc::new(AtomicU32::new(0));
    let stale = Stale { error, times, credential_calls: Arc::default() };
    let counted = Arc::clone(&sent);
    let runtime = Runtime::builder("http://127.0.0.1:9", support::Plain, stale.clone())
        .retry(support::full_jitter().build())
        .transport(move |request: reqwest::Request| {
            counted.fetch_add(1, Relaxed);
            let status =
                if request.headers()[http::header::AUTHORIZATION] == "new" { 200 } else { 401 };
            async move { Ok(http_response(status, &[], "{}")) }
        });
    let runtime = runtime.build().unwrap();
    let result = runtime.empty(OperationRequest::new(&WRITE, CallOptions::new())).await.map(drop);
    (result, stale.credential_calls.load(Relaxed), sent.load(Relaxed))
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_for_the_moment_is_waited_for() {
    let (result, credential_calls, sent) = call_refused(AuthError::Interrupted, 2).await;
    result.unwrap();
    // Refused three times, and sent once more with the new credential.
    assert_eq!((credential_calls, sent), (3, 4));
    let (result, credential_calls, sent) = call_refused(AuthError::Interrupted, u32::MAX).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 4));
    assert!(error.is_retryable());
    assert_eq!((credential_calls, sent), (4, 4));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ended_is_reported_at_once() {
    let (result, credential_calls, sent) = call_refused(AuthError::SessionEnded, 1).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 1));
    assert!(!error.is_retryable());
    assert_eq!((credential_calls, sent), (1, 1));
}
