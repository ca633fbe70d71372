//! The one way every call takes: authorise, send, classify, try again, take the envelope off.

use std::{
    borrow::Cow,
    future::{Future, ready},
    pin::{Pin, pin},
    time::Duration,
};

use bytes::Bytes;
use oneteg_auth::Recovery;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{
    Envelope, Error, ErrorKind, Operation, ResponseValue, RetryClass, RetryPolicy, Runtime,
    VendorFault,
    answer::{Answer, Responder},
    call::{Body, OperationRequest},
    error::Secrets,
    file_response,
    limiter::Permit,
    payload::{self, Said, Shape},
    redirect,
    request::{Parts, SentWith, rarely},
    retry::{Decision, GiveUp, Situation, decide},
    rpc::{self, Outcome},
    timeouts::{Deadline, Expired, Progress, TryLimits, limited, within},
    tolerant, trace,
    vendor::common_fault,
};

/// An answer with its envelope taken off.
pub(crate) struct Opened {
    /// With the body as it came, for the preview of a decoding error.
    pub(crate) answer: Answer,
    /// Up to the end of the body while it is not closed.
    pub(crate) value: Bytes,
    /// What such an error must not show.
    secrets: Secrets,
    /// What the envelope said beside the value.
    envelope: Option<Said>,
    /// Whether the envelope was read to its end. Where it was not, the value is decoded first, which spares
    /// reading it twice.
    pub(crate) closed: bool,
    /// Where a failure to decode is told.
    about: Option<trace::About>,
}

impl Opened {
    fn new(answer: Answer, value: Bytes) -> Box<Self> {
        let secrets = Secrets::default();
        Box::new(Self { answer, value, secrets, envelope: None, closed: true, about: None })
    }

    /// Reads the envelope around a value that was decoded and has so many bytes. Whatever is not a plain
    /// success is `false`, and the envelope is to be opened.
    pub(crate) fn close(&mut self, operation: &Operation, length: usize) -> bool {
        let body = self.answer.text();
        let begin = body.len() - self.value.len();
        let place = begin..begin + length;
        match operation.envelope {
            Envelope::None => false,
            Envelope::JsonRpc => rpc::ends_well(body, &place),
            Envelope::Payload => {
                let opened = payload::open(body, Some(&place));
                self.envelope =
                    opened.filter(|opened| opened.errors.is_empty()).map(|opened| opened.said());
                self.envelope.is_some()
            }
        }
    }

    /// What the caller gets, once the value is decoded.
    pub(crate) fn with<T>(self, value: T) -> ResponseValue<T> {
        let Answer { status, headers, .. } = self.answer;
        ResponseValue::new(value, status, headers).with_envelope(self.envelope)
    }

    /// Decodes the value, and repairs what can be.
    pub(crate) fn read<T: DeserializeOwned>(
        self: Box<Self>,
        operation: &Operation,
    ) -> Result<ResponseValue<T>, Error> {
        match tolerant::decode_response::<T>(&self.value, operation) {
            Ok((value, repairs)) => {
                if let Some(about) = self.about.as_ref().filter(|_| repairs.count() > 0) {
                    about.repaired(&repairs);
                }
                Ok(self.with(value).with_repairs(repairs))
            }
            Err(error) => Err(self.undecodable(operation, error)),
        }
    }

    /// The error of a value that does not decode.
    #[cold]
    pub(crate) fn undecodable(mut self, operation: &Operation, error: Error) -> Error {
        self.answer.from = self.secrets.responder();
        let error = self.answer.undecodable(error.with_operation(operation.id), &self.value);
        let error = self.secrets.hide(error);
        if let Some(about) = self.about {
            about.failed(&error);
        }
        error
    }
}

/// What a call ends with. Boxed, because it is handed up through every layer of futures.
pub(crate) enum Reply {
    Value(Box<Opened>),
    /// A body that is still to be read.
    Stream(Box<reqwest::Response>),
}

/// What the caller will do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// Decode its value, which tells whether it is one.
    Json,
    /// Take its value as it is.
    Value,
    /// Read its body on the way.
    Stream,
}

/// What stays the same over the tries of a call.
struct Plan {
    operation: &'static Operation,
    retry: Option<RetryPolicy>,
    limit: Option<Duration>,
    try_limit: Duration,
    idempotent: bool,
    want: Want,
    about: trace::About,
}

/// A call on its way.
struct Task {
    plan: Plan,
    parts: Parts,
}

/// What was tried so far.
#[derive(Clone, Copy)]
struct Tries {
    made: u32,
    refreshed: bool,
    deadline: Option<Deadline>,
    /// Whether the last response came from a server other than the connection's own.
    away: bool,
}

/// Boxed, so that this code is compiled once and not in every program for every operation it uses.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

impl Runtime {
    /// Sends a call and reads its answer, or leaves its body to be streamed.
    ///
    /// What can be done before the future exists is done before: a future is moved as a whole, so every
    /// byte of state costs on each way through here, and what is rarely needed is boxed.
    pub(crate) fn dispatch(
        &self,
        mut call: Box<OperationRequest>,
        want: Want,
    ) -> impl Future<Output = Result<Reply, Error>> + Send {
        if want == Want::Stream {
            call.ask_for_plain_bytes();
        }
        let shared = self.shared();
        let about = trace::About::new(shared, &call);
        let operation = call.operation;
        let is_transfer =
            want == Want::Stream || matches!(call.body, Body::Upload { .. } | Body::Form(_));
        let options = &call.options;
        let plan = Plan {
            operation,
            retry: options.retry.clone(),
            limit: options.timeout.or((!is_transfer).then_some(shared.timeouts.call)),
            try_limit: options.attempt_timeout.unwrap_or(shared.timeouts.attempt),
            idempotent: options.idempotent.unwrap_or(operation.idempotent),
            want,
            about: about.clone(),
        };
        let work: Boxed<'_, Reply> = match self.prepare(call) {
            Ok(parts) => Box::pin(self.tries(Box::new(Task { plan, parts }))),
            Err(error) => Box::pin(ready(Err(error))),
        };
        about.call(work)
    }

    /// Tries until the call succeeds or nothing speaks for another try.
    async fn tries(&self, mut task: Box<Task>) -> Result<Reply, Error> {
        let shared = self.shared();
        let mut begin = Instant::now();
        let deadline = task.plan.limit.and_then(|limit| Deadline::after(begin, limit));
        let mut limits = TryLimits { begin, limit: task.plan.try_limit, deadline };
        let mut refreshed = false;
        let mut made = 0;
        loop {
            let permit = match shared.limiter.try_acquire(begin) {
                Some(permit) => permit,
                None => rarely(shared.limiter.acquire(deadline))
                    .await
                    .map_err(|error| error.with_attempts(made, Some(GiveUp::Deadline)))?,
            };
            // The time in which it waited for its place is not the server's.
            limits.begin = permit.began();
            made += 1;
            let progress = Progress::of(task.parts.body());
            let mut sent_with = SentWith::default();
            let tried = {
                let one_try = pin!(self.one_try(&mut task, &progress, &mut sent_with));
                limited(one_try, &limits, &progress).await
            };
            let error = match tried {
                Ok(Ok(mut reply)) => {
                    task.plan.about.tried(made, Ok(&reply), None);
                    permit.succeeded();
                    shared.budget.deposit();
                    if let Reply::Value(opened) = &mut reply {
                        let Task { plan, parts } = *task;
                        opened.secrets = sent_with.secrets;
                        opened.secrets.asked = Some(parts.url);
                        opened.about = Some(plan.about);
                    }
                    return Ok(reply);
                }
                Ok(Err(error)) | Err(Expired::Try(error)) => error,
                Err(Expired::Call(error)) => {
                    let over = Decision::Fail(Some(GiveUp::Deadline));
                    task.plan.about.tried(made, Err(&error), Some(&over));
                    return Err(error.with_attempts(made, Some(GiveUp::Deadline)));
                }
            };
            let tries = Tries { made, refreshed, deadline, away: sent_with.away };
            let mut decision = self.judge(&task, &error, permit, tries);
            let error = sent_with.secrets.hide_from(&task.parts.url, error);
            let mut instead = None;
            if decision == Decision::Refresh {
                // Also where the body is consumed: the next call must not go with what was refused.
                let refused = shared.authenticator.refused(sent_with.version);
                match rarely(within(deadline, refused)).await {
                    _ if !task.parts.is_replayable() => {
                        decision = Decision::Fail(Some(GiveUp::BodyConsumed));
                    }
                    Ok(Ok(Recovery::Retry)) => {}
                    Ok(Ok(_)) => decision = Decision::Fail(Some(GiveUp::Credential)),
                    // The vendor did nothing, and the token endpoint or the store may be well in a moment.
                    Ok(Err(failed)) => {
                        let failed = failed.into();
                        decision = self.decide(&task, &failed, tries);
                        instead = Some(failed);
                    }
                    Err(late) => {
                        instead = Some(late);
                        decision = Decision::Fail(Some(GiveUp::Deadline));
                    }
                }
            }
            task.plan.about.tried(made, Err(&error), Some(&decision));
            match decision {
                Decision::Fail(why) => {
                    return Err(instead.unwrap_or(error).with_attempts(made, why));
                }
                Decision::Retry(wait) => rarely(sleep(wait)).await,
                Decision::Refresh => refreshed = true,
            }
            begin = Instant::now();
        }
    }

    /// What follows a failed try.
    #[cold]
    fn judge(&self, task: &Task, error: &Error, permit: Permit<'_>, tries: Tries) -> Decision {
        match error.kind() {
            ErrorKind::RateLimited if !tries.away => permit.throttled(error.retry_after()),
            // A refusal is an answer too: the server is well.
            _ if error.status().is_some()
                && self.class(&task.parts, error, tries) == RetryClass::Final =>
            {
                permit.succeeded();
                self.shared().budget.deposit();
            }
            _ => {}
        }
        drop(permit);
        self.decide(task, error, tries)
    }

    fn decide(&self, task: &Task, error: &Error, tries: Tries) -> Decision {
        let Task { plan, parts } = task;
        let shared = self.shared();
        let situation = Situation {
            class: self.class(parts, error, tries),
            idempotent: plan.idempotent,
            replayable: parts.is_replayable(),
            tries: tries.made - u32::from(tries.refreshed),
            refreshed: tries.refreshed,
            retry_after: error.retry_after(),
            remaining: tries.deadline.map(|deadline| deadline.remaining()),
        };
        decide(&situation, plan.retry.as_ref().unwrap_or(&shared.retry), &shared.budget)
    }

    /// What a failure says about trying again: the vendor's word, then the general rules.
    fn class(&self, parts: &Parts, error: &Error, tries: Tries) -> RetryClass {
        let vendor = &*self.shared().vendor;
        let class = vendor.retry_class(error).unwrap_or_else(|| RetryClass::of(error));
        // What was sent without the credential says nothing about it.
        let carried = parts.authenticated && !tries.away;
        if class == RetryClass::Credential && (!carried || vendor.missing_key(error)) {
            return RetryClass::Final;
        }
        class
    }

    async fn one_try(
        &self,
        task: &mut Task,
        progress: &Progress,
        sent_with: &mut SentWith,
    ) -> Result<Reply, Error> {
        let Task { plan, parts } = task;
        let mut response = self.send(parts, progress, sent_with).await?;
        if plan.want == Want::Stream && response.status().is_success() {
            let asked = parts.asked(plan.idempotent);
            let file = rarely(file_response::accept(response, &asked)).await?;
            return Ok(Reply::Stream(Box::new(file)));
        }
        let mut answer = Answer::read(&mut response, self.shared().max_answer).await?;
        if !answer.status.is_success() {
            answer.from = sent_with.responder(&parts.url);
            if redirect::is_redirect(answer.status)
                && let Some(error) = self.not_followed(parts, sent_with, &answer)
            {
                return Err(error);
            }
        }
        if plan.want == Want::Stream {
            return Err(answer.failure(&*self.shared().vendor));
        }
        let operation = plan.operation;
        if plan.want == Want::Json && operation.accept.is_some() && answer.status.is_success() {
            let body = answer.text();
            let begin = match operation.envelope {
                Envelope::None => None,
                Envelope::JsonRpc => rpc::begin_of_result(body, parts.id()),
                Envelope::Payload => payload::begin_of_value(body),
            };
            if let Some(begin) = begin {
                let value = answer.body.slice_ref(&body[begin..]);
                let mut opened = Opened::new(answer, value);
                opened.closed = false;
                return Ok(Reply::Value(opened));
            }
        }
        let responder = || sent_with.responder(&parts.url);
        self.open(operation, Some(parts.id()), answer, &responder).map(Reply::Value)
    }

    #[cold]
    fn not_followed(&self, parts: &Parts, sent_with: &SentWith, answer: &Answer) -> Option<Error> {
        let from = sent_with.secrets.redirects.last().unwrap_or(&parts.url);
        redirect::refused(answer, parts.method(), &self.shared().base, from)
    }

    /// Opens the envelope of an answer whose value did not decode, or that is no plain success. Whose
    /// answer it is was looked at before.
    #[cold]
    pub(crate) fn reopen(
        &self,
        operation: &Operation,
        unclosed: Box<Opened>,
    ) -> Result<Box<Opened>, Error> {
        let Opened { answer, secrets, about, .. } = *unclosed;
        match self.open(operation, None, answer, &|| secrets.responder()) {
            Ok(opened) => Ok(Box::new(Opened { secrets, about, ..*opened })),
            Err(error) => {
                let error = secrets.hide(error.with_operation(operation.id));
                if let Some(about) = about {
                    about.failed(&error);
                }
                Err(error)
            }
        }
    }

    /// The value of a response, or the error it stands for. With an id, it must be the response to that request.
    /// The responder is determined only when an error names it.
    pub(crate) fn open(
        &self,
        operation: &Operation,
        id: Option<&str>,
        mut answer: Answer,
        responder: &dyn Fn() -> Responder,
    ) -> Result<Box<Opened>, Error> {
        let vendor = &*self.shared().vendor;
        if answer.status.is_success()
            && (answer.is_packed() || operation.accept.is_some() && answer.is_html())
        {
            answer.from = responder();
            return Err(answer.packed().unwrap_or_else(|| answer.page()));
        }
        // A JSON-RPC error may come with any HTTP status, and it says more than the status.
        let envelope = match operation.envelope {
            Envelope::JsonRpc => Some(rpc::open(answer.text(), id)),
            Envelope::None | Envelope::Payload => None,
        };
        if let Some(Ok(Outcome::Fault(fault))) = envelope {
            let kind = vendor.classify(&fault).unwrap_or(ErrorKind::Api);
            let words = "the server refused the call without saying why";
            let message = fault.message.unwrap_or_else(|| words.to_owned());
            let fault = VendorFault::new(fault.code, Some(message), fault.data);
            return Err(answer.fault(kind, fault, vendor));
        }
        if !answer.status.is_success() {
            return Err(answer.failure(vendor));
        }
        let value = match envelope {
            // Not always a part of the body: a server may leave a `null` out.
            Some(Ok(Outcome::Result(Cow::Borrowed(b"null")))) => Bytes::from_static(b"null"),
            Some(Ok(Outcome::Result(Cow::Borrowed(result)))) => answer.body.slice_ref(result),
            Some(Ok(Outcome::Result(Cow::Owned(mended)))) => Bytes::from(mended),
            Some(Err(error)) => {
                answer.from = responder();
                return Err(answer.undecodable(error, answer.text()));
            }
            Some(Ok(Outcome::Fault(_))) | None => answer.body.slice_ref(answer.text()),
        };
        let (value, envelope) = match operation.envelope {
            Envelope::Payload => unwrap(&answer, value)?,
            _ => (value, None),
        };
        let mut opened = Opened::new(answer, value);
        opened.envelope = envelope;
        Ok(opened)
    }
}

/// Takes a payload out of its envelope. Errors in it are an error, although the status says success:
/// nobody would look for them otherwise.
fn unwrap(answer: &Answer, body: Bytes) -> Result<(Bytes, Option<Said>), Error> {
    let opened = match payload::shape(&body, None) {
        Shape::Envelope(opened) => opened,
        Shape::Value => return Ok((body, None)),
        Shape::TwoPayloads => {
            let message =
                "the response does not have its documented form: its envelope has two payloads";
            return Err(answer.error(ErrorKind::Decode, message));
        }
        Shape::Unusual => {
            return match payload::rewritten(&body) {
                Some(usual) => unwrap(answer, usual.into()),
                None => Ok((body, None)),
            };
        }
    };
    let Some(first) = opened.errors.first() else {
        let value = match opened.value() {
            Some(value) => body.slice_ref(value),
            None => Bytes::from_static(b"null"),
        };
        return Ok((value, Some(opened.said())));
    };
    let first = common_fault(first).unwrap_or_default();
    let words = "the server reports errors although it answered with success";
    let words = first.message.unwrap_or_else(|| words.to_owned());
    let value = opened.value().and_then(tolerant::any);
    let data = serde_json::json!({
        "errors": opened.errors,
        "warnings": opened.warnings(),
        "payload": value.unwrap_or(Value::Null),
    });
    let error = answer.error(ErrorKind::Partial, words);
    Err(error.with_code(first.code).with_data(Some(data)))
}
