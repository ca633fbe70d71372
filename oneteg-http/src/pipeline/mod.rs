//! The request pipeline, which every call passes through.
//!
//! | State | Event | Next state |
//! |---|---|---|
//! | preparing | an argument cannot be sent | failed |
//! | | the request is prepared | waiting for a permit |
//! | waiting for a permit | the [`Limiter`] grants it | intercepting |
//! | | the call's deadline | failed |
//! | intercepting | an [interceptor](crate::interceptor) fails | failed |
//! | | all succeed, or there are none | attempting |
//! | attempting: authorise, send, follow redirects, read, unwrap | success | done |
//! | | failure, or the attempt's time limit | deciding |
//! | | the call's deadline | failed |
//! | deciding ([`decide`]) | retry | backing off |
//! | | the credential was refused | refreshing |
//! | | give up | failed |
//! | refreshing the credential | there is a newer one | waiting for a permit |
//! | | the refresh failed for the moment | backing off |
//! | | there is none, or the body cannot be sent again | failed |
//! | backing off | the wait is over | waiting for a permit |
//!
//! Each attempt is authorised with the current credential. A call refreshes the credential at most once. Streamed
//! bodies are not read here; everything else is read and unwrapped within the attempt, so that a response that
//! breaks off is retried.
//!
//! A future is moved as a whole, so what most calls do not need is [`boxed`]: redirects, streamed bodies, waiting
//! for a permit, and everything after a failure.

use std::{
    future::{Future, ready},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use http::HeaderMap;
use oneteg_auth::{BoxFuture, Recovery};
use reqwest::Response;
use tokio::time::{Instant, sleep};

mod attempt;
mod deadline;
mod decode;
mod limiter;
mod limits;
pub(crate) mod redirect;
mod trace;
mod transport;

use attempt::{PreparedRequest, SentAttempt, boxed};
use deadline::{AttemptLimits, Deadline, Expired, run_attempt, within};
use limiter::Permit;
pub use limits::Limits;
use trace::CallSpan;
pub use transport::Transport;

pub(crate) use attempt::Endpoint;
pub(crate) use deadline::Timeouts;
pub(crate) use decode::{UnwrappedResponse, unwrap};
pub(crate) use limiter::Limiter;
#[cfg(feature = "cassette")]
pub(crate) use transport::Relay;
pub(crate) use transport::RequestSender;
#[cfg(feature = "cassette")]
pub(crate) use transport::SendTarget;

use crate::{
    Error, ErrorKind, GiveUp, Operation, RetryBudget, RetryClass, RetryPolicy, Vendor,
    interceptor::{AttemptOutcome, Interceptor, Received},
    request::{OperationRequest, body::Progress, server},
    response::{BufferedResponse, file::FileRequest},
    retry::{Decision, FailedAttempt, decide},
};

/// Everything that the calls of a client share.
pub(crate) struct Pipeline {
    pub(crate) endpoint: Endpoint,
    pub(crate) vendor: Arc<dyn Vendor>,
    /// The maximum size of a body that is read into memory.
    pub(crate) max_response_bytes: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: RetryBudget,
    pub(crate) limiter: Limiter,
    pub(crate) timeouts: Timeouts,
    pub(crate) interceptors: Box<[Arc<dyn Interceptor>]>,
}

/// The result of a successful call. Boxed, because it is returned through several futures.
pub(crate) enum PipelineOutput {
    Value(Box<UnwrappedResponse>),
    /// A file, whose body is still to be read.
    Stream(Box<Response>),
}

/// What the caller does with a response.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ResponseMode {
    /// Decodes its value. The envelope may then be read after that.
    Json,
    /// Uses its value as it is, or ignores it.
    Value,
    /// Reads its body as a stream, after this check of whether it is the file. A function pointer, so that a program
    /// that downloads no file has no code for files in it.
    Stream(AcceptFile),
}

/// Checks whether a response is the requested file; see [`file::accept`](crate::response::file::accept).
pub(crate) type AcceptFile =
    for<'a> fn(Response, FileRequest<'a>) -> BoxFuture<'a, Result<Response, Error>>;

/// What does not change during a call.
struct CallPlan {
    operation: &'static Operation,
    retry: Option<RetryPolicy>,
    timeout: Option<Duration>,
    attempt_timeout: Duration,
    idempotent: bool,
    keep_body: bool,
    mode: ResponseMode,
    span: CallSpan,
}

/// A call in progress.
struct CallState {
    plan: CallPlan,
    request: PreparedRequest,
    deadline: Option<Deadline>,
    /// Attempts made so far.
    attempts: u32,
    /// Whether a refused credential was replaced.
    refreshed: bool,
}

impl Pipeline {
    /// Starts a call. `client_headers` are those of every request to the base URL.
    ///
    /// The request is prepared here, not in the future, which is then small. The future is a trait object, so
    /// that the pipeline is compiled once and not for every operation of a program.
    pub(crate) fn run(
        &self,
        mut request: Box<OperationRequest>,
        client_headers: Arc<HeaderMap>,
        mode: ResponseMode,
    ) -> impl Future<Output = Result<PipelineOutput, Error>> + Send {
        let is_stream = matches!(mode, ResponseMode::Stream(_));
        if is_stream {
            request.refuse_content_codings();
        }
        let Endpoint { base_url, servers, .. } = &self.endpoint;
        let server = server::resolve(request.operation, base_url, servers).ok().flatten();
        let server = server.as_ref().unwrap_or(base_url);
        let span = CallSpan::new(self.vendor.name(), server, &request);
        let options = &request.options;
        let is_transfer = is_stream || request.body.is_streamed();
        let plan = CallPlan {
            operation: request.operation,
            retry: options.retry.clone(),
            timeout: options.timeout.or((!is_transfer).then_some(self.timeouts.call)),
            attempt_timeout: options.attempt_timeout.unwrap_or(self.timeouts.attempt),
            idempotent: options.idempotent.unwrap_or(request.operation.idempotent),
            keep_body: options.keep_body,
            mode,
            span: span.clone(),
        };
        let call: BoxFuture<'_, Result<PipelineOutput, Error>> =
            match self.endpoint.prepare(request, client_headers) {
                Ok(request) => Box::pin(self.attempt_until_done(Box::new(CallState {
                    plan,
                    request,
                    deadline: None,
                    attempts: 0,
                    refreshed: false,
                }))),
                Err(error) => Box::pin(ready(Err(error))),
            };
        span.instrument(call)
    }

    async fn attempt_until_done(&self, mut call: Box<CallState>) -> Result<PipelineOutput, Error> {
        let mut begin = Instant::now();
        call.deadline = call.plan.timeout.and_then(|timeout| Deadline::after(begin, timeout));
        loop {
            let permit = match self.limiter.try_acquire(begin) {
                Some(permit) => permit,
                None => boxed(self.limiter.acquire(call.deadline))
                    .await
                    .map_err(|error| error.with_attempts(call.attempts, Some(GiveUp::Deadline)))?,
            };
            call.attempts += 1;
            if !self.interceptors.is_empty()
                && let Err(error) = self.intercept(&mut call)
            {
                return Err(error);
            }
            let limits = AttemptLimits {
                // The time spent waiting for the permit is not part of the attempt.
                begin: permit.began(),
                limit: call.plan.attempt_timeout,
                deadline: call.deadline,
            };
            let progress = call.request.progress();
            let mut sent = SentAttempt::default();
            let result = {
                let attempt = pin!(self.attempt(&mut call, &progress, &mut sent));
                run_attempt(attempt, &limits, &progress).await
            };
            match result {
                Ok(Ok(output)) => return Ok(self.succeed(*call, output, sent, &permit)),
                Ok(Err(error)) | Err(Expired::Attempt(error)) => {
                    boxed(self.recover(&mut call, error, sent, permit)).await?;
                }
                Err(Expired::Call(error)) => {
                    self.observe(&call, Err(&error), &sent, permit.began(), None);
                    call.record_failure(&error, &Decision::Fail(Some(GiveUp::Deadline)));
                    return Err(error.with_attempts(call.attempts, Some(GiveUp::Deadline)));
                }
            }
            begin = Instant::now();
        }
    }

    /// Sends an attempt, and reads and unwraps its response.
    async fn attempt(
        &self,
        call: &mut CallState,
        progress: &Progress,
        sent: &mut SentAttempt,
    ) -> Result<PipelineOutput, Error> {
        let CallState { plan, request, .. } = call;
        let mut response = self.endpoint.send(request, progress, sent).await?;
        if let ResponseMode::Stream(accept) = plan.mode
            && response.status().is_success()
        {
            let file = accept(response, request.file_request(plan.idempotent)).await?;
            return Ok(PipelineOutput::Stream(Box::new(file)));
        }
        let mut response = BufferedResponse::read(&mut response, self.max_response_bytes).await?;
        if !response.status.is_success() {
            response.responder = sent.responder(&request.url);
            if redirect::is_redirect(response.status) {
                let from = sent.redactions.redirects.last().unwrap_or(&request.url);
                let base = &self.endpoint.base_url;
                let refusal = redirect::refusal(&response, request.method(), base, from);
                if let Some(error) = refusal {
                    return Err(error);
                }
            }
        }
        if matches!(plan.mode, ResponseMode::Stream(_)) {
            return Err(response.failure(&*self.vendor));
        }
        if matches!(plan.mode, ResponseMode::Json)
            && let Some(value) = decode::locate(&response, plan.operation, request.id())
        {
            let located = UnwrappedResponse::located(response, value);
            return Ok(PipelineOutput::Value(Box::new(located)));
        }
        let responder = || sent.responder(&request.url);
        unwrap(response, plan.operation, Some(request.id()), &*self.vendor, &responder)
            .map(PipelineOutput::Value)
    }

    fn succeed(
        &self,
        call: CallState,
        mut output: PipelineOutput,
        mut sent: SentAttempt,
        permit: &Permit<'_>,
    ) -> PipelineOutput {
        permit.succeeded();
        self.budget.deposit();
        if !self.interceptors.is_empty() {
            sent.redactions.requested = Some(call.request.url.clone());
            let received = match &output {
                PipelineOutput::Value(unwrapped) => unwrapped.received(),
                PipelineOutput::Stream(response) => {
                    Received { status: response.status(), headers: response.headers(), body: None }
                }
            };
            self.observe(&call, Ok(received), &sent, permit.began(), None);
        }
        let CallState { plan, request, attempts, .. } = call;
        let status = match &output {
            PipelineOutput::Value(unwrapped) => unwrapped.response.status,
            PipelineOutput::Stream(response) => response.status(),
        };
        plan.span.record_attempt(attempts, Some(status), None, None);
        if let PipelineOutput::Value(unwrapped) = &mut output {
            if plan.keep_body {
                unwrapped.keep_body();
            }
            unwrapped.set_context(sent.redactions, request.url, plan.span);
        }
        output
    }

    /// Calls the interceptors before an attempt. The error of one is that of the call.
    fn intercept(&self, call: &mut CallState) -> Result<(), Error> {
        let base_url = &self.endpoint.base_url;
        call.request.intercept(&self.interceptors, base_url, call.attempts).map_err(|error| {
            call.plan.span.record_failure(&error);
            error.with_attempts(call.attempts - 1, Some(GiveUp::Interceptor))
        })
    }

    /// Calls the interceptors after an attempt.
    fn observe(
        &self,
        call: &CallState,
        result: Result<Received<'_>, &Error>,
        sent: &SentAttempt,
        began: Instant,
        retry_in: Option<Duration>,
    ) {
        if self.interceptors.is_empty() {
            return;
        }
        let outcome = AttemptOutcome {
            target: call.request.target(&self.endpoint.base_url, call.attempts),
            result,
            redactions: &sent.redactions,
            elapsed: began.elapsed(),
            retry_in,
        };
        self.interceptors.iter().for_each(|interceptor| interceptor.after(&outcome));
    }

    /// What follows a failed attempt: `Ok` after the wait for another one, or the error of the call.
    async fn recover(
        &self,
        call: &mut CallState,
        error: Error,
        mut sent: SentAttempt,
        permit: Permit<'_>,
    ) -> Result<(), Error> {
        let began = permit.began();
        self.report_failure(call, &error, sent.is_external, permit);
        let decision = self.decide(call, &error, sent.is_external);
        sent.redactions.requested = Some(call.request.url.clone());
        let error = error.redacted(&sent.redactions);
        let (decision, refresh_error) = match decision {
            Decision::Refresh => self.refresh(call, &sent).await,
            decision => (decision, None),
        };
        call.record_failure(&error, &decision);
        let retry_in = match &decision {
            Decision::Retry(wait) => Some(*wait),
            Decision::Refresh => Some(Duration::ZERO),
            Decision::Fail(_) => None,
        };
        self.observe(call, Err(&error), &sent, began, retry_in);
        match decision {
            Decision::Fail(reason) => {
                Err(refresh_error.unwrap_or(error).with_attempts(call.attempts, reason))
            }
            Decision::Retry(wait) => {
                sleep(wait).await;
                Ok(())
            }
            Decision::Refresh => {
                call.refreshed = true;
                Ok(())
            }
        }
    }

    /// Tells limiter and budget about a failed attempt.
    fn report_failure(
        &self,
        call: &CallState,
        error: &Error,
        is_external: bool,
        permit: Permit<'_>,
    ) {
        match error.kind() {
            ErrorKind::RateLimited if !is_external => permit.throttled(error.retry_after()),
            // The server refused the call and so is healthy.
            _ if error.status().is_some()
                && self.classify(call, error, is_external) == RetryClass::Final =>
            {
                permit.succeeded();
                self.budget.deposit();
            }
            _ => {}
        }
    }

    fn decide(&self, call: &CallState, error: &Error, is_external: bool) -> Decision {
        let failure = FailedAttempt {
            class: self.classify(call, error, is_external),
            idempotent: call.plan.idempotent,
            replayable: call.request.is_replayable(),
            attempts: call.attempts - u32::from(call.refreshed),
            refreshed: call.refreshed,
            retry_after: error.retry_after(),
            remaining: call.deadline.map(|deadline| deadline.remaining()),
        };
        decide(&failure, call.plan.retry.as_ref().unwrap_or(&self.retry), &self.budget)
    }

    fn classify(&self, call: &CallState, error: &Error, is_external: bool) -> RetryClass {
        let carried_credential = call.request.authenticated && !is_external;
        classify(&*self.vendor, error, carried_credential)
    }

    /// Reports the credential of an attempt as refused. Returns what follows, and the error of a failed refresh.
    async fn refresh(&self, call: &CallState, sent: &SentAttempt) -> (Decision, Option<Error>) {
        // Even if this call cannot be repeated: the next one must not use the refused credential.
        let refused = self.endpoint.authenticator.refused(sent.version);
        match within(call.deadline, refused).await {
            _ if !call.request.is_replayable() => {
                (Decision::Fail(Some(GiveUp::BodyConsumed)), None)
            }
            Ok(Ok(Recovery::Retry)) => (Decision::Refresh, None),
            Ok(Ok(_)) => (Decision::Fail(Some(GiveUp::Credential)), None),
            // The vendor did nothing. The token endpoint or the store may have failed only for the moment.
            Ok(Err(error)) => {
                let error = Error::from(error);
                (self.decide(call, &error, sent.is_external), Some(error))
            }
            Err(timeout) => (Decision::Fail(Some(GiveUp::Deadline)), Some(timeout)),
        }
    }
}

impl CallState {
    fn record_failure(&self, error: &Error, next: &Decision) {
        let (status, kind) = (error.status(), Some(error.kind()));
        self.plan.span.record_attempt(self.attempts, status, kind, Some(next));
    }
}

/// Whether a failure allows a retry, by the vendor's rules, then by the general ones.
fn classify(vendor: &dyn Vendor, error: &Error, carried_credential: bool) -> RetryClass {
    let class = vendor.retry_class(error).unwrap_or_else(|| RetryClass::of(error));
    // A refusal of a request without the credential does not concern the credential.
    let is_refresh_useless = !carried_credential || vendor.missing_key(error);
    match class {
        RetryClass::Credential if is_refresh_useless => RetryClass::Final,
        class => class,
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    /// Its gateway reports a missing key with the message "no key", and its 409 is safe to repeat.
    #[derive(Debug)]
    struct Gateway;

    impl Vendor for Gateway {
        fn name(&self) -> &'static str {
            "gateway"
        }

        fn missing_key(&self, error: &Error) -> bool {
            error.message() == "no key"
        }

        fn retry_class(&self, error: &Error) -> Option<RetryClass> {
            (error.kind() == ErrorKind::Conflict).then_some(RetryClass::NotProcessed)
        }
    }

    #[test]
    fn only_a_refusal_that_concerns_the_credential_refreshes_it() {
        let refused = |message| {
            Error::new(ErrorKind::Authentication, message).with_status(StatusCode::UNAUTHORIZED)
        };
        for (message, carried_credential, class) in [
            ("expired", true, RetryClass::Credential),
            ("expired", false, RetryClass::Final),
            ("no key", true, RetryClass::Final),
        ] {
            let found = classify(&Gateway, &refused(message), carried_credential);
            assert_eq!(found, class, "{message} {carried_credential}");
        }
    }

    #[test]
    fn the_vendors_rules_precede_the_general_ones() {
        let conflict = Error::new(ErrorKind::Conflict, "").with_status(StatusCode::CONFLICT);
        assert_eq!(RetryClass::of(&conflict), RetryClass::Final);
        assert_eq!(classify(&Gateway, &conflict, true), RetryClass::NotProcessed);
        let server = Error::new(ErrorKind::Server, "").with_status(StatusCode::BAD_GATEWAY);
        assert_eq!(classify(&Gateway, &server, false), RetryClass::MaybeProcessed);
    }
}
