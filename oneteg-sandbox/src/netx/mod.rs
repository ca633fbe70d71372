//! The NetX stand-in: JSON-RPC at `/api/rpc`, files, import and the health check.
//!
//! # What follows the facts
//! Positional parameters only and no batches; `Authorization: apiToken <token>`; a refused credential is
//! code 10000 in an HTTP 200 answer of the RPC endpoint; `{results, size}` pages whose `size` is the total;
//! data selectors; the five search criteria; at most 100 OR-ed exact criteria in one list; codes 1000 and
//! 3004; file and import answers without an envelope.
//!
//! # The sandbox's own choices
//! - A scheme word other than exactly `apiToken` is refused. On file and import endpoints a refused
//!   credential is HTTP 401, an object without access 403, an unknown one 404, with
//!   `{"code", "message"}` as the body.
//! - Unknown objects are code 1000. Too many, missing or mistyped parameters are -32602, and so are
//!   selectors, sort fields, search fields and attribute labels that do not exist.
//! - Ids may be sent as numbers or as strings of digits. `id` must be there and be a string or a number.
//! - Without `data`, the id and the base part come back.
//! - Lists leave out assets that the caller may not see.
//! - The shapes of attributes, permissions, views, related assets and users, of which little is known.
//!
//! There is no OAuth, no older session-key API and no processing delay.

mod errors;
mod files;
mod handlers;
mod import;
mod operations;
mod options;
mod params;
pub(crate) mod pictures;
mod query;
mod render;
mod room;
mod routes;
mod rpc;
mod seed;
mod state;

pub(crate) use room::NetxSettings;
pub use room::{HEALTH_TOKEN, Netx};
pub use seed::RESTRICTED_ASSET;

/// The names of the operations served, sorted: the very tables that the router is built from.
#[must_use]
pub fn served() -> Vec<&'static str> {
    operations::names()
}
