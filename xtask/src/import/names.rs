//! The names that earlier imports chose, or that were changed manually since.

use std::collections::{BTreeMap, BTreeSet};

/// Names by what they stand for in the vendor's file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The vendor, as in `specs/<vendor>`.
    pub vendor: String,
    /// How well the file is known to describe the API: the confidence of the evidence.
    pub confidence: String,
    /// The sources that the operations cite: key and description.
    pub sources: Vec<(String, String)>,
    /// `operationId` by method and path.
    pub operations: BTreeMap<String, String>,
    /// The tag by the vendor's tag, or by the segment of the path.
    pub tags: BTreeMap<String, String>,
    /// The component by `group/name`, the name being the vendor's.
    pub components: BTreeMap<String, String>,
    /// What must not come back: operations by method and path, or by the vendor's id.
    pub left_out: BTreeSet<String>,
}
