//! The positions of the parameters of a JSON-RPC procedure.

use serde_json::{Map, Value};

use super::{Merge, RULE};
use crate::{import::schemas, spec::child};

const LIST: &str = "x-rpc-params";

impl Merge<'_, '_> {
    /// Adds new parameters to the list where the vendor has them after all others; otherwise their positions are to decide.
    pub fn positions(&mut self, ours: &Value, theirs: &Value, at: &str) {
        let Some(own) = ours[LIST].as_array() else {
            if let Some(list) = theirs.get(LIST) {
                let message = "the vendor's file describes a JSON-RPC procedure; add `x-rpc-params`, or keep the operation";
                self.decide(message, at, &list.to_string());
            }
            return;
        };
        let pointer = child(at, LIST);
        let listed = theirs[LIST].as_array();
        let new = new_members(ours, theirs);
        // The members of a body that is described elsewhere are not added here.
        let is_described = ours.get("requestBody").is_none() || members(ours).is_some();
        if let Some(rest) = listed.and_then(|listed| listed.strip_prefix(own.as_slice()))
            && is_described
            && new.iter().all(|name| rest.contains(&Value::from(name.as_str())))
        {
            for name in rest {
                if self.item(&pointer, name) {
                    let message = "parameters were added to `x-rpc-params`";
                    self.report.changed(RULE, message, &schemas::place(at), &name.to_string());
                }
            }
            return;
        }
        let vendors = listed.map_or_else(
            || "the vendor's file states no positions".to_owned(),
            |listed| format!("the vendor's file has `{}`", Value::from(listed.clone())),
        );
        if !new.is_empty() {
            let message =
                "the positions of new parameters are not certain; add them to `x-rpc-params`";
            let names = new.join("`, `");
            let detail = format!("`{names}`; {vendors}");
            self.report.to_decide(RULE, message, &schemas::place(&pointer), &detail);
        } else if listed.is_some_and(|listed| listed != own) {
            let message =
                "positions of parameters that were edited here differ; correct them, or keep them";
            self.decide(message, &pointer, &vendors);
        }
    }
}

/// The parameters of a procedure.
fn members(operation: &Value) -> Option<&Map<String, Value>> {
    operation["requestBody"]["content"]["application/json"]["schema"]["properties"].as_object()
}

/// The names of the parameters that only the vendor's file has, and the list here does not name.
fn new_members(ours: &Value, theirs: &Value) -> Vec<String> {
    let listed = ours[LIST].as_array();
    let known = members(ours);
    let is_known = |name: &str| {
        let is_alias = |member: &Value| {
            member["x-aliases"].as_array().is_some_and(|all| all.iter().any(|alias| alias == name))
        };
        known.is_some_and(|known| known.contains_key(name) || known.values().any(is_alias))
            || listed.is_some_and(|listed| listed.iter().any(|param| param == name))
    };
    let names = members(theirs).into_iter().flatten().map(|(name, _)| name);
    names.filter(|name| !is_known(name)).cloned().collect()
}
