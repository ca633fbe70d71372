//! The names that earlier imports chose, or that were changed manually since.

use std::collections::BTreeMap;

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
    /// The schema by the vendor's name.
    pub schemas: BTreeMap<String, String>,
}
