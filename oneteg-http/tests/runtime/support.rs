//! Shared by the tests: the conventions of the three vendors, as their SDKs describe them to the runtime; a credential
//! that counts; and runtimes with a custom transport.
#![allow(dead_code)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use http::{HeaderMap, StatusCode};
use oneteg_auth::{AuthError, AuthRequest, Authenticator, BoxFuture, CredentialVersion, Recovery};
use oneteg_http::Transport;
use oneteg_http::{
    Confidence, Error, ErrorKind, Evidence, RetryClass, Runtime, RuntimeBuilder, Vendor,
    VendorFault, codegen::Operation,
};
use serde_json::Value;

pub(crate) const EVIDENCE: Evidence = Evidence::new(Confidence::Documented, &[], None);

pub(crate) static READ: Operation =
    Operation::new("read", "test", http::Method::GET, "/thing", true, EVIDENCE)
        .accepting("application/json");
pub(crate) static WRITE: Operation =
    Operation::new("write", "test", http::Method::POST, "/thing", false, EVIDENCE)
        .accepting("application/json");
pub(crate) static RPC_READ: Operation =
    Operation::new("get_thing", "test", http::Method::POST, "/api/rpc", true, EVIDENCE)
        .accepting("application/json")
        .rpc("getThing", &[]);
pub(crate) static RPC_WRITE: Operation =
    Operation::new("set_thing", "test", http::Method::POST, "/api/rpc", false, EVIDENCE)
        .accepting("application/json")
        .rpc("setThing", &[]);

/// A vendor without conventions.
#[derive(Debug)]
pub(crate) struct Plain;

impl Vendor for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }
}

#[derive(Debug)]
pub(crate) struct NetX;

impl Vendor for NetX {
    fn name(&self) -> &'static str {
        "netx"
    }

    fn classify(&self, fault: &VendorFault) -> Option<ErrorKind> {
        match fault.code.as_deref()? {
            "10000" => Some(ErrorKind::Authentication),
            "3004" => Some(ErrorKind::PermissionDenied),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct MediaValet;

impl Vendor for MediaValet {
    fn name(&self) -> &'static str {
        "mediavalet"
    }

    fn retry_after(&self, status: StatusCode, fault: &VendorFault) -> Option<Duration> {
        // The gateway's sentence: `Rate limit is exceeded. Try again in 12 seconds.`
        let words = fault.message.as_deref().filter(|_| status == 429)?;
        let (_, rest) = words.split_once("Try again in ")?;
        rest.split(' ').next()?.parse().ok().map(Duration::from_secs)
    }

    fn missing_key(&self, error: &Error) -> bool {
        error.code() == Some("401") && error.message().contains("subscription key")
    }
}

#[derive(Debug)]
pub(crate) struct NetExplorer;

impl Vendor for NetExplorer {
    fn name(&self) -> &'static str {
        "netexplorer"
    }

    fn fault(&self, status: StatusCode, _: &HeaderMap, body: &Value) -> Option<VendorFault> {
        let _ = status;
        let member = |name: &str| body[name].as_str().map(str::to_owned);
        let message = member("error")
            .or_else(|| member("message"))
            .or_else(|| member("error_description"))?;
        Some(VendorFault::new(None, Some(message), None))
    }

    fn retry_class(&self, error: &Error) -> Option<RetryClass> {
        // A file that is still being assembled; the request was not processed.
        (error.kind() == ErrorKind::Locked).then_some(RetryClass::NotProcessed)
    }
}

/// A builder for the vendor of this name.
pub(crate) fn vendor(name: &str) -> Box<dyn FnOnce(CountingCredential) -> RuntimeBuilder> {
    const URL: &str = "http://127.0.0.1:9";
    match name {
        "netx" => Box::new(|auth| Runtime::builder(URL, NetX, auth)),
        "mediavalet" => Box::new(|auth| Runtime::builder(URL, MediaValet, auth)),
        "netexplorer" => Box::new(|auth| Runtime::builder(URL, NetExplorer, auth)),
        _ => Box::new(|auth| Runtime::builder(URL, Plain, auth)),
    }
}

/// A credential that has newer versions up to a limit, and counts its calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct CountingCredential(pub(crate) Arc<CredentialCounts>);

#[derive(Debug, Default)]
pub(crate) struct CredentialCounts {
    pub(crate) version: AtomicU64,
    pub(crate) newest: AtomicU64,
    pub(crate) authorized: AtomicU64,
    pub(crate) refused: AtomicU64,
}

impl CountingCredential {
    pub(crate) fn with_newer(newest: u64) -> Self {
        let counting = Self::default();
        counting.0.newest.store(newest, Relaxed);
        counting
    }
}

impl Authenticator for CountingCredential {
    fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        Box::pin(async move {
            self.0.authorized.fetch_add(1, Relaxed);
            let version = self.0.version.load(Relaxed);
            let mut value: http::HeaderValue = format!("canary-{version}").parse().unwrap();
            value.set_sensitive(true);
            request.headers.insert(http::header::AUTHORIZATION, value);
            Ok(CredentialVersion(version))
        })
    }

    fn refused(&self, version: CredentialVersion) -> BoxFuture<'_, Result<Recovery, AuthError>> {
        Box::pin(async move {
            self.0.refused.fetch_add(1, Relaxed);
            if version.0 >= self.0.newest.load(Relaxed) {
                return Ok(Recovery::GiveUp);
            }
            self.0.version.fetch_max(version.0 + 1, Relaxed);
            Ok(Recovery::Retry)
        })
    }
}

/// What a scripted transport returns.
pub(crate) type Pending = BoxFuture<'static, Result<reqwest::Response, Error>>;

/// A runtime with a custom transport and the maximum jitter.
pub(crate) fn runtime(transport: impl Transport) -> Runtime {
    builder(transport).build().unwrap()
}

pub(crate) fn builder(transport: impl Transport) -> RuntimeBuilder {
    vendor("plain")(CountingCredential::default()).retry(full_jitter().build()).transport(transport)
}

pub(crate) fn full_jitter() -> oneteg_http::RetryPolicyBuilder {
    oneteg_http::RetryPolicy::builder().jitter(|| 1.0)
}
