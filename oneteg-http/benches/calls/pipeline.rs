//! Calls through the pipeline, as generated code makes them.

use http::Method;
use oneteg_http::{
    Confidence, Envelope, Evidence, Pagination, PaginationStyle, Runtime, Vendor,
    codegen::{CallOptions, Operation, OperationRequest, QueryStyle},
};

use crate::data::{Assets, Style};

const EVIDENCE: Evidence = Evidence::new(Confidence::Documented, &[], None);
const PAGES: Pagination =
    Pagination::new(PaginationStyle::Offset, "start", "size", "results", "size");
pub(crate) static GET_ASSETS: Operation =
    Operation::new("get_assets", "assets", Method::POST, "/rpc", true, EVIDENCE)
        .accepting("application/json")
        .rpc("getAssets", &[])
        .paged(PAGES);
static LIST_ASSETS: Operation =
    Operation::new("list_assets", "assets", Method::GET, "/plain", true, EVIDENCE)
        .accepting("application/json")
        .paged(PAGES);
static LIST_WRAPPED: Operation =
    Operation::new("list_wrapped", "assets", Method::GET, "/payload", true, EVIDENCE)
        .accepting("application/json")
        .wrapped(Envelope::PAYLOAD)
        .paged(PAGES);

#[derive(Debug)]
pub(crate) struct Bench;

impl Vendor for Bench {
    fn name(&self) -> &'static str {
        "bench"
    }
}

pub(crate) async fn call(runtime: &Runtime, style: Style, start: u64, size: u64) -> Assets {
    let operation = match style {
        Style::Rpc => &GET_ASSETS,
        Style::Plain => &LIST_ASSETS,
        Style::Payload => &LIST_WRAPPED,
    };
    let mut call = OperationRequest::new(operation, CallOptions::new());
    if style == Style::Rpc {
        call.param(&start);
        call.param(&size);
    } else {
        call.query("start", QueryStyle::Exploded, &start);
        call.query("size", QueryStyle::Exploded, &size);
    }
    runtime.json::<Assets>(call).await.unwrap().into_inner()
}
