//! The file endpoints, which have no JSON-RPC envelope: retrieval and import.

mod form;
pub(super) mod import;
pub(super) mod retrieval;
