//! The one way every call takes: authorise, send, classify, try again, take the envelope off.

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use oneteg_auth::{CredentialVersion, Recovery};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    Envelope, EnvelopeInfo, Error, ErrorKind, Fault, Operation, RetryClass, Runtime,
    answer::Answer,
    call::{Body, Call},
    error::Credential,
    options::CallOptions,
    payload,
    request::{Parts, SentWith},
    retry::{Decision, GiveUp, Situation, decide},
    rpc::{self, Outcome},
    timeouts::{Progress, limited},
    trace,
};

/// An answer with its envelope taken off.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) value: Bytes,
    /// The body as it came, for the preview of a decoding error.
    pub(crate) body: Bytes,
    /// What such an error must not show.
    pub(crate) credential: Credential,
    /// What the envelope said beside the value.
    pub(crate) envelope: Option<Box<EnvelopeInfo>>,
    /// The id of the request, where the value was taken out of the envelope without reading it: should it
    /// not decode, the envelope is to be opened.
    pub(crate) peeked: Option<Box<str>>,
}

/// What a call ends with.
pub(crate) enum Reply {
    Value(Opened),
    /// A body that is still to be read.
    Stream(reqwest::Response),
}

/// What stays the same over the tries of a call.
struct Plan<'a> {
    operation: &'static Operation,
    options: CallOptions,
    stream: bool,
    deadline: Option<Instant>,
    about: &'a trace::About,
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

impl Runtime {
    /// Sends a call and reads its answer, or leaves its body to be streamed. Boxed, so that this code
    /// is compiled once and not in every program for every operation it uses.
    pub(crate) fn dispatch(&self, call: Call, stream: bool) -> Boxed<'_, Reply> {
        let operation = call.operation;
        let about = trace::About::new(self.shared(), &call);
        Box::pin(about.clone().call(async move {
            self.run(call, stream, &about).await.map_err(|error| error.with_operation(operation.id))
        }))
    }

    async fn run(
        &self,
        mut call: Call,
        stream: bool,
        about: &trace::About,
    ) -> Result<Reply, Error> {
        let shared = self.shared();
        let operation = call.operation;
        let options = CallOptions {
            request_id: call.options.request_id.take(),
            range: call.options.range.take(),
            query: std::mem::take(&mut call.options.query),
            ..CallOptions::default()
        };
        let options = std::mem::replace(&mut call.options, options);
        let is_transfer = stream || matches!(call.body, Body::Upload { .. } | Body::Form(_));
        let limit = options.timeout.or((!is_transfer).then_some(shared.timeouts.call));
        let deadline = limit.map(|limit| Instant::now() + limit);
        let tries = AtomicU32::new(0);
        let plan = Plan { operation, options, stream, deadline, about };
        let work = self.tries(&plan, self.prepare(call)?, &tries);
        let Some(at) = deadline else { return work.await };
        match timeout_at(at, work).await {
            Ok(result) => result,
            Err(_) => {
                let limit = limit.unwrap_or_default();
                let message = format!("the call was not done within the {limit:?} it may take");
                let tries = tries.load(Ordering::Relaxed);
                Err(Error::new(ErrorKind::Timeout, message)
                    .with_tries(tries, Some(GiveUp::Deadline)))
            }
        }
    }

    /// Tries until the call succeeds or nothing speaks for another try.
    async fn tries(
        &self,
        plan: &Plan<'_>,
        mut parts: Parts,
        tries: &AtomicU32,
    ) -> Result<Reply, Error> {
        let shared = self.shared();
        let Plan { operation, options, stream, deadline, about } = plan;
        let (stream, deadline) = (*stream, *deadline);
        let policy = options.retry.as_ref().unwrap_or(&shared.retry);
        let try_limit = options.try_timeout.unwrap_or(shared.timeouts.one_try);
        let idempotent = options.idempotent.unwrap_or(operation.idempotent);
        let mut refreshed = false;
        loop {
            let permit = shared.limiter.acquire(deadline).await?;
            let made = tries.fetch_add(1, Ordering::Relaxed) + 1;
            let (body, replayable) = parts.replay();
            let progress = Progress::default();
            let version = AtomicU64::new(0);
            let one_try = self.one_try(operation, &parts, body, stream, &progress, &version);
            let error = match limited(one_try, try_limit, &progress).await {
                Ok(reply) => {
                    about.tried(made, Ok(&reply), None);
                    permit.succeeded();
                    shared.budget.deposit();
                    return Ok(reply);
                }
                Err(error) => error,
            };
            let class = self.class(&parts, &error);
            match error.kind() {
                ErrorKind::RateLimited => permit.throttled(error.retry_after()),
                // A refusal is an answer too: the server is well.
                _ if class == RetryClass::Final && error.status().is_some() => {
                    permit.succeeded();
                    shared.budget.deposit();
                }
                _ => {}
            }
            drop(permit);
            let situation = Situation {
                class,
                idempotent,
                replayable,
                tries: made - u32::from(refreshed),
                refreshed,
                retry_after: error.retry_after(),
                remaining: deadline.map(|at| at.saturating_duration_since(Instant::now())),
            };
            let decision = decide(&situation, policy, &shared.budget);
            about.tried(made, Err(&error), Some(&decision));
            match decision {
                Decision::Fail(why) => return Err(error.with_tries(made, why)),
                Decision::Retry(wait) => sleep(wait).await,
                Decision::Refresh => {
                    let version = CredentialVersion(version.load(Ordering::Relaxed));
                    if shared.authenticator.refused(version).await? != Recovery::Retry {
                        return Err(error.with_tries(made, Some(GiveUp::Credential)));
                    }
                    refreshed = true;
                }
            }
        }
    }

    /// What a failure says about trying again: the vendor's word, then the general rules.
    fn class(&self, parts: &Parts, error: &Error) -> RetryClass {
        let vendor = &*self.shared().vendor;
        let class = vendor.retry_class(error).unwrap_or_else(|| RetryClass::of(error));
        if class == RetryClass::Credential && (!parts.authenticated || vendor.missing_key(error)) {
            return RetryClass::Final;
        }
        class
    }

    async fn one_try(
        &self,
        operation: &Operation,
        parts: &Parts,
        body: Body,
        stream: bool,
        progress: &Progress,
        version: &AtomicU64,
    ) -> Result<Reply, Error> {
        let mut sent_with = SentWith::default();
        let response = self.send(parts, body, progress, &mut sent_with).await;
        let SentWith { version: sent_version, credential } = sent_with;
        version.store(sent_version.0, Ordering::Relaxed);
        let reply = match response {
            Ok(response) => self.reply(operation, parts, response, stream).await,
            Err(error) => Err(error),
        };
        match reply {
            Ok(Reply::Value(opened)) => Ok(Reply::Value(Opened { credential, ..opened })),
            Ok(stream) => Ok(stream),
            Err(error) => Err(credential.hide(error)),
        }
    }

    async fn reply(
        &self,
        operation: &Operation,
        parts: &Parts,
        response: reqwest::Response,
        stream: bool,
    ) -> Result<Reply, Error> {
        if stream && response.status().is_success() {
            return Ok(Reply::Stream(response));
        }
        let answer = Answer::read(response, self.shared().max_answer).await?;
        if stream {
            return Err(answer.failure(&*self.shared().vendor));
        }
        self.open(operation, &parts.id, answer).map(Reply::Value)
    }

    /// The value of an answer, or the error it stands for.
    pub(crate) fn open(
        &self,
        operation: &Operation,
        id: &str,
        answer: Answer,
    ) -> Result<Opened, Error> {
        if operation.envelope == Envelope::JsonRpc
            && operation.accept.is_some()
            && answer.status.is_success()
            && let Some(result) = rpc::peek(answer.text(), id)
        {
            let value = answer.body.slice_ref(result);
            let Answer { status, headers, body } = answer;
            let (credential, peeked) = (Credential::default(), Some(id.into()));
            return Ok(Opened { status, headers, value, body, credential, envelope: None, peeked });
        }
        self.open_fully(operation, id, answer)
    }

    /// Opens the envelope of an answer whose value was taken out of it without reading it.
    pub(crate) fn reopen(&self, operation: &Operation, peeked: Opened) -> Result<Opened, Error> {
        let Opened { status, headers, body, credential, peeked: id, .. } = peeked;
        let answer = Answer { status, headers, body };
        match self.open_fully(operation, id.as_deref().unwrap_or_default(), answer) {
            Ok(opened) => Ok(Opened { credential, ..opened }),
            Err(error) => Err(credential.hide(error.with_operation(operation.id))),
        }
    }

    /// The value of an answer whose envelope is not the usual one.
    fn open_fully(&self, operation: &Operation, id: &str, answer: Answer) -> Result<Opened, Error> {
        let vendor = &*self.shared().vendor;
        // A JSON-RPC error may come with any HTTP status, and it says more than the status.
        let envelope = match operation.envelope {
            Envelope::JsonRpc => Some(rpc::open(answer.text(), id)),
            Envelope::None | Envelope::Payload => None,
        };
        if let Some(Ok(Outcome::Fault(fault))) = envelope {
            let kind = vendor.classify(&fault).unwrap_or(ErrorKind::Api);
            let words = "the server refused the call without saying why";
            let message = fault.message.unwrap_or_else(|| words.to_owned());
            let fault = Fault::new(fault.code, Some(message), fault.data);
            return Err(answer.fault(kind, fault, vendor));
        }
        if !answer.status.is_success() {
            return Err(answer.failure(vendor));
        }
        if operation.accept.is_some() && answer.is_html() {
            let message = "a page of HTML came instead of data: check the base URL and the sign-in";
            return Err(answer.error(ErrorKind::Html, message));
        }
        let value = match envelope {
            // Not always a part of the body: a server may leave a `null` out.
            Some(Ok(Outcome::Result(b"null"))) => Bytes::from_static(b"null"),
            Some(Ok(Outcome::Result(result))) => answer.body.slice_ref(result),
            Some(Err(error)) => return Err(answer.describe(error)),
            Some(Ok(Outcome::Fault(_))) | None => answer.body.slice_ref(answer.text()),
        };
        let (value, envelope) = match operation.envelope {
            Envelope::Payload => unwrap(&answer, value)?,
            _ => (value, None),
        };
        let Answer { status, headers, body } = answer;
        let credential = Credential::default();
        Ok(Opened { status, headers, value, body, credential, envelope, peeked: None })
    }
}

/// Takes a payload out of its envelope. Errors in it are an error, although the status says success:
/// nobody would look for them otherwise.
fn unwrap(answer: &Answer, body: Bytes) -> Result<(Bytes, Option<Box<EnvelopeInfo>>), Error> {
    let Some(opened) = payload::open(&body) else { return Ok((body, None)) };
    if opened.errors.is_empty() {
        let value = match opened.value {
            Some(value) => body.slice_ref(value.as_bytes()),
            None => Bytes::from_static(b"null"),
        };
        return Ok((value, Some(Box::new(opened.info))));
    }
    let first = &opened.errors[0];
    let said = first.as_str().or_else(|| {
        let members = ["message", "Message", "description", "title"];
        members.iter().find_map(|name| first[*name].as_str())
    });
    let words = said.unwrap_or("the server reports errors although it answered with success");
    let code = ["code", "Code"].iter().find_map(|name| match &first[*name] {
        serde_json::Value::String(code) => Some(code.clone()),
        serde_json::Value::Number(code) => Some(code.to_string()),
        _ => None,
    });
    let value = opened.value.and_then(|json| serde_json::from_str(json).ok());
    let data = serde_json::json!({
        "errors": opened.errors,
        "warnings": opened.info.warnings,
        "payload": value.unwrap_or(serde_json::Value::Null),
    });
    let error = answer.error(ErrorKind::Partial, words);
    Err(error.with_code(code).with_data(Some(data)))
}
