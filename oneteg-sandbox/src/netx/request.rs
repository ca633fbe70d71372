//! A JSON-RPC request and its positional parameters, which are decoded with messages that name them.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::options::RequestOptions;
use super::response::RpcError;
use crate::choices::netx as choices;

/// A well-formed JSON-RPC request.
#[derive(Debug)]
pub(crate) struct RpcRequest {
    pub(crate) method: String,
    pub(crate) params: Vec<Value>,
}

impl RpcRequest {
    /// Checks the envelope. The id is checked but not kept: [`RpcRequest::id`] finds it in bad requests too.
    pub(crate) fn parse(body: Value) -> Result<Self, RpcError> {
        let invalid = RpcError::invalid_request;
        let mut members = match body {
            Value::Object(members) => members,
            Value::Array(_) => return Err(invalid("batches are not supported")),
            _ => return Err(invalid("a request is an object")),
        };
        if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(invalid("`jsonrpc` must be \"2.0\""));
        }
        if choices::REQUEST_ID_REQUIRED.get() && !members.get("id").is_some_and(is_id) {
            return Err(invalid("`id` must be a string or a number"));
        }
        let Some(Value::String(method)) = members.remove("method") else {
            return Err(invalid("`method` must be a string"));
        };
        let params = Self::positional(&mut members)?;
        Ok(Self { method, params })
    }

    /// The id to repeat in the response, if the request has a usable one.
    pub(crate) fn id(body: &Value) -> Option<&Value> {
        body.get("id").filter(|id| is_id(id))
    }

    fn positional(members: &mut Map<String, Value>) -> Result<Vec<Value>, RpcError> {
        match members.remove("params") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(RpcError::invalid_params("`params` must be a positional array")),
        }
    }
}

fn is_id(value: &Value) -> bool {
    value.is_string() || value.is_number()
}

/// The parameters of one request.
#[derive(Debug)]
pub(crate) struct Params {
    names: &'static [&'static str],
    values: Vec<Value>,
}

impl Params {
    pub(crate) fn new(
        names: &'static [&'static str],
        values: Vec<Value>,
    ) -> Result<Self, RpcError> {
        if values.len() > names.len() && choices::SURPLUS_PARAMETERS_REFUSED.get() {
            let (given, expected) = (values.len(), names.len());
            return Err(RpcError::invalid_params(format!(
                "{given} parameters given, at most {expected} expected"
            )));
        }
        Ok(Self { names, values })
    }

    /// The value at a position; `None` if it is missing or null.
    pub(crate) fn get(&self, position: usize) -> Option<&Value> {
        self.values.get(position).filter(|value| !value.is_null())
    }

    fn invalid(&self, position: usize, reason: impl Display) -> RpcError {
        let name = self.names.get(position).unwrap_or(&"?");
        RpcError::invalid_params(format!("parameter {position} (`{name}`) {reason}"))
    }

    fn required<'a, T>(
        &'a self,
        position: usize,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, RpcError> {
        self.get(position)
            .and_then(read)
            .ok_or_else(|| self.invalid(position, format!("must be {expected}")))
    }

    pub(crate) fn id(&self, position: usize) -> Result<u64, RpcError> {
        self.required(position, "an id", as_id)
    }

    pub(crate) fn ids(&self, position: usize) -> Result<Vec<u64>, RpcError> {
        self.required(position, "an array of ids", |value| {
            value.as_array()?.iter().map(as_id).collect()
        })
    }

    pub(crate) fn flag(&self, position: usize) -> Result<bool, RpcError> {
        self.required(position, "true or false", Value::as_bool)
    }

    pub(crate) fn string(&self, position: usize) -> Result<&str, RpcError> {
        self.required(position, "a string", Value::as_str)
    }

    pub(crate) fn object<T: DeserializeOwned>(&self, position: usize) -> Result<T, RpcError> {
        let value =
            self.required(position, "an object", |value| value.is_object().then_some(value))?;
        T::deserialize(value).map_err(|error| self.invalid(position, error))
    }

    /// The options, which may be missing or null.
    pub(crate) fn options(&self, position: usize) -> Result<RequestOptions, RpcError> {
        match self.get(position) {
            None => Ok(RequestOptions::default()),
            Some(_) => self.object(position),
        }
    }

    /// Refuses anything but null at this position.
    pub(crate) fn nothing(&self, position: usize) -> Result<(), RpcError> {
        match self.get(position) {
            None => Ok(()),
            Some(_) => Err(self.invalid(position, "must be null or omitted")),
        }
    }
}

/// An id as a number, or as a string of digits.
pub(crate) fn as_id(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(digits)
            if choices::IDS_AS_STRINGS.get()
                && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            digits.parse().ok()
        }
        _ => None,
    }
}

/// Deserializes a member that holds an id: see [`as_id`].
pub(crate) fn id_member<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    use serde::Deserialize;
    let value = Value::deserialize(from)?;
    as_id(&value).ok_or_else(|| serde::de::Error::custom("an id must be a number or digits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_are_numbers_or_digits() {
        assert_eq!(as_id(&json!(7)), Some(7));
        assert_eq!(as_id(&json!("7")), Some(7));
        for other in
            [json!(-1), json!(1.5), json!("x"), json!(""), json!("+7"), json!(true), json!(null)]
        {
            assert_eq!(as_id(&other), None, "{other}");
        }
    }

    #[test]
    fn a_request_needs_its_envelope_and_positional_parameters() {
        let request = |members: Value| {
            let mut body = json!({ "jsonrpc": "2.0", "id": 1, "method": "getSelf" });
            let members = members.as_object().unwrap().clone();
            body.as_object_mut().unwrap().extend(members);
            RpcRequest::parse(body)
        };
        assert_eq!(request(json!({})).unwrap().params, Vec::<Value>::new());
        assert_eq!(
            request(json!({ "params": [null, 1] })).unwrap().params,
            [json!(null), json!(1)]
        );
        for invalid in [
            json!({ "jsonrpc": "1.0" }),
            json!({ "id": null }),
            json!({ "method": 1 }),
            json!({ "params": {} }),
        ] {
            assert!(request(invalid.clone()).is_err(), "{invalid}");
        }
        assert!(RpcRequest::parse(json!([])).is_err());
        assert_eq!(RpcRequest::id(&json!({ "id": "a", "method": 1 })), Some(&json!("a")));
        assert_eq!(RpcRequest::id(&json!({ "id": [] })), None);
    }

    #[test]
    fn null_counts_as_missing_and_surplus_parameters_are_refused() {
        let params = Params::new(&["id", "options"], vec![json!(null), json!(null)]).unwrap();
        assert_eq!(params.get(0), None);
        assert!(params.id(0).is_err());
        assert!(params.options(1).is_ok());
        assert!(Params::new(&["id"], vec![json!(1), json!(null)]).is_err());
    }
}
