//! Where a listing is, in a form that survives the process.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::PageRequest;

/// Where a listing is, to resume it with [`Pager::resume`](super::Pager::resume), even in another process.
///
/// It contains neither the credential nor the arguments: pass the same arguments to the operation of the new pager.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continuation {
    pub(super) operation: String,
    pub(super) start: u64,
    pub(super) size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
    /// The fingerprint of the page before, so that a cycle is detected across processes too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<u64>,
    /// The number of items of the page that were read.
    #[serde(default)]
    pub(super) taken: u64,
    #[serde(default)]
    pub(super) ended: bool,
}

impl Continuation {
    pub(super) fn new(
        operation: &str,
        request: &PageRequest,
        before: Option<u64>,
        taken: u64,
        ended: bool,
    ) -> Self {
        Self {
            operation: operation.to_owned(),
            start: request.start,
            size: request.size,
            cursor: request.cursor.clone(),
            before,
            taken,
            ended,
        }
    }

    /// Whether all items were listed.
    pub fn is_ended(&self) -> bool {
        self.ended
    }
}

impl fmt::Debug for Continuation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Continuation")
            .field("operation", &self.operation)
            .field("start", &self.start)
            .field("taken", &self.taken)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
