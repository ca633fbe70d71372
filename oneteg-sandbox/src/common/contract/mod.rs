//! Requests and the specification: every operation of the catalog is known here, whether a stateful handler serves it
//! or not.
//!
//! ```text
//! request -> operation known? -- no ------------------------------> router (404)
//!              '-- yes -> credential accepted? -- no, stateful ---> router (its refusal)
//!                           |                  '- no -------------> refusal
//!                           '-- yes -> as specified? -- no -------> recorded; refusal, unless only recorded
//!                                        '-- yes -> stateful? yes -> router
//!                                                     '- no ------> sample of the specification
//! ```
//!
//! | Module | Does |
//! |---|---|
//! | `routes` | finds the operation of a request |
//! | `request` | compares a request with its operation |
//! | `violation` | what differs, for the client and for tests |
//! | `sample` | the response of an operation that has no handler |

mod body;
mod request;
mod routes;
mod sample;
mod violation;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use oneteg_catalog::check::Checker;
use oneteg_catalog::{Catalog, Entry};
use serde_json::Value;

use super::recording::Recording;
pub(crate) use request::Lenience;
use routes::{Found, Routes};
pub(crate) use sample::Page;
pub(crate) use violation::Part;
pub use violation::{Violation, ViolationPolicy};

/// Marks a response that the sandbox made without a stateful handler: `sample`, or `violation`.
const MARK: HeaderName = HeaderName::from_static("x-oneteg-sandbox");
/// Number of violations kept; older ones are dropped.
const CAPACITY: usize = 1024;

/// What the stand-in of a vendor contributes.
pub(crate) trait Vendor: Sync {
    /// Whether a stateful handler serves the operation.
    fn is_stateful(&self, operation: &str) -> bool;

    /// The vendor's refusal, unless the request has the credentials that the operation needs.
    fn refusal(&self, entry: &Entry, parts: &Parts) -> Option<Response>;

    /// A refusal in the vendor's form. `body` is that of a JSON-RPC request.
    fn refuse(&self, entry: &Entry, part: Part, message: &str, body: Option<&Value>) -> Response;

    /// Surrounds the content of a response with the vendor's envelope.
    fn wrap(
        &self,
        entry: &Entry,
        content: Value,
        page: Option<Page>,
        context: Context<'_>,
    ) -> Value;

    /// What the vendor accepts beyond its specification.
    fn lenience(&self) -> Lenience;

    fn contract(&self) -> &Contract;

    fn recording(&self) -> &Recording;
}

/// The request that a response is for.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) parts: &'a Parts,
    /// The body of a JSON-RPC request.
    pub(crate) rpc: Option<&'a Value>,
    /// The body of another request, if it is JSON.
    pub(crate) json: Option<&'a Value>,
}

/// The specification of one vendor, and what differed from it.
pub(crate) struct Contract {
    vendor: &'static str,
    policy: ViolationPolicy,
    /// Made for the first request: unpacking a catalog takes some milliseconds.
    specification: OnceLock<Option<Specification>>,
    violations: Mutex<VecDeque<Violation>>,
}

struct Specification {
    catalog: &'static Catalog,
    routes: Routes,
    checker: Checker<'static>,
}

impl Contract {
    /// `vendor` is its name in the catalog.
    pub(crate) fn new(vendor: &'static str, policy: ViolationPolicy) -> Self {
        Self { vendor, policy, specification: OnceLock::new(), violations: Mutex::default() }
    }

    /// The last 1,024 violations, oldest first.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.violations.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The id of the operation at a path, other than a remote procedure.
    pub(crate) fn operation(&self, method: &Method, path: &str) -> Option<&'static str> {
        let found = self.specification()?.routes.find(method, path)?;
        Some(&found.entry.operation_id)
    }

    fn specification(&self) -> Option<&Specification> {
        let make = || {
            let catalog = oneteg_catalog::of(self.vendor)?;
            let routes = Routes::of(catalog);
            Some(Specification { catalog, routes, checker: Checker::new(&catalog.schemas) })
        };
        self.specification.get_or_init(make).as_ref()
    }

    fn record(&self, violations: &[Violation]) {
        let mut kept = self.violations.lock().unwrap_or_else(PoisonError::into_inner);
        for violation in violations {
            if kept.len() == CAPACITY {
                kept.pop_front();
            }
            kept.push_back(violation.clone());
        }
    }
}

/// The layer of a vendor's router: handles a request as the module describes.
pub(crate) async fn layer<V: Vendor>(
    State(vendor): State<Arc<V>>,
    request: Request,
    next: Next,
) -> Response {
    serve(vendor.as_ref(), request, next).await
}

async fn serve(vendor: &impl Vendor, request: Request, next: Next) -> Response {
    let contract = vendor.contract();
    let Some(specification) = contract.specification() else { return next.run(request).await };
    let (parts, body) = request.into_parts();
    let routes = &specification.routes;
    let is_rpc = parts.method == Method::POST && routes.is_rpc(parts.uri.path());
    let found = routes.find(&parts.method, parts.uri.path());
    if found.is_none() && !is_rpc {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let is_small = is_rpc || found.as_ref().is_some_and(|found| body::is_examined(found.entry));
    let (body, bytes) = if is_small { body::peek(body).await } else { (body, None) };
    let rpc = bytes.as_ref().filter(|_| is_rpc).and_then(parse);
    let found = match found {
        Some(found) => found,
        None => {
            let procedure = rpc.as_ref().and_then(|rpc| rpc["method"].as_str());
            match procedure.and_then(|name| routes.procedure(name)) {
                Some(entry) => Found { entry, path: Vec::new() },
                None => return next.run(Request::from_parts(parts, body)).await,
            }
        }
    };
    let is_stateful = vendor.is_stateful(&found.entry.operation_id);
    if let Some(refusal) = vendor.refusal(found.entry, &parts) {
        // The handler's refusal is the same or more exact.
        return match is_stateful {
            true => next.run(Request::from_parts(parts, body)).await,
            false => refusal,
        };
    }
    let sent = request::Sent { parts: &parts, body: bytes.as_ref(), rpc: rpc.as_ref() };
    let check =
        request::Check { specification, lenience: vendor.lenience(), vendor: contract.vendor };
    let violations = check.run(&found, &sent);
    contract.record(&violations);
    if let (ViolationPolicy::Refuse, [first, ..]) = (contract.policy, violations.as_slice()) {
        let message = violation::message(&violations);
        let refusal = vendor.refuse(found.entry, first.part, &message, rpc.as_ref());
        return marked(refusal, "violation");
    }
    if is_stateful {
        return next.run(Request::from_parts(parts, body)).await;
    }
    if found.entry.writes {
        vendor.recording().record_write(&found.entry.operation_id);
    }
    let json = bytes.as_ref().filter(|_| !is_rpc).and_then(parse);
    let context = Context { parts: &parts, rpc: rpc.as_ref(), json: json.as_ref() };
    marked(sample::respond(vendor, specification.catalog, &found, context), "sample")
}

fn marked(mut response: Response, mark: &'static str) -> Response {
    response.headers_mut().insert(MARK, HeaderValue::from_static(mark));
    response
}

fn parse(bytes: &Bytes) -> Option<Value> {
    serde_json::from_slice(bytes).ok()
}

/// The status of the first of these that is a number, such as `200`.
fn status(text: &str) -> StatusCode {
    text.parse().ok().and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::OK)
}
