//! What was seen of an operation so far.

use oneteg_catalog::{check::Comparison, evidence::Response};
use serde_json::{Map, Value};

/// What was seen of an operation.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) comparison: Comparison,
    pub(crate) calls: u64,
    pub(crate) responses: Vec<Response>,
    /// Whether a successful response was compared.
    pub(crate) compared: bool,
    /// The arguments of the last call that succeeded.
    pub(crate) worked: Option<Map<String, Value>>,
    pub(crate) refused: bool,
    pub(crate) reason: Option<String>,
}
