//! How the stand-in refuses what its specification does not allow, and wraps samples.

use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use oneteg_catalog::Entry;
use serde_json::{Value, json};

use super::operations;
use super::request::RpcRequest;
use super::response::{HttpError, RpcError};
use super::rpc;
use super::state::ServerState;
use crate::choices::netx as choices;
use crate::common::contract::{Context, Contract, Lenience, Page, Part, Vendor};
use crate::common::recording::Recording;

impl Vendor for ServerState {
    fn is_stateful(&self, operation: &str) -> bool {
        operations::names().contains(&operation)
    }

    fn refusal(&self, entry: &Entry, parts: &Parts) -> Option<Response> {
        let error = self.authorize(&parts.headers).err().filter(|_| !entry.public)?;
        Some(HttpError::from(error).into_response())
    }

    fn refuse(&self, _: &Entry, part: Part, message: &str, body: Option<&Value>) -> Response {
        if let Some(body) = body {
            return rpc::respond(id(body), Err(RpcError::invalid_params(message)));
        }
        let status = match part {
            // No object has such an id.
            Part::Path => choices::UNKNOWN_OBJECT_STATUS.get(),
            _ => choices::INVALID_REQUEST_STATUS.get(),
        };
        HttpError::new(status, message).into_response()
    }

    fn wrap(&self, _: &Entry, content: Value, _: Option<Page>, context: Context<'_>) -> Value {
        match context.rpc {
            Some(body) => json!({ "jsonrpc": "2.0", "id": id(body), "result": content }),
            None => content,
        }
    }

    fn lenience(&self) -> Lenience {
        let is_loose = choices::LOOSE_OPTIONS.get();
        Lenience {
            text_for_integers: choices::IDS_AS_STRINGS.get(),
            loose_parameters: if is_loose { vec!["options"] } else { Vec::new() },
            ..Lenience::default()
        }
    }

    fn contract(&self) -> &Contract {
        &self.contract
    }

    fn recording(&self) -> &Recording {
        &self.monitor.recording
    }
}

/// The id that a response repeats.
fn id(body: &Value) -> Value {
    RpcRequest::id(body).cloned().unwrap_or(Value::Null)
}
