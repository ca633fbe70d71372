//! JSON-RPC 2.0: positional parameters in the request, a response object around the value.

mod members;
mod request;
mod response;

pub(crate) use members::begin_of_result;
pub(crate) use request::Params;
pub(crate) use response::{RpcResponse, is_success_around, unwrap};
