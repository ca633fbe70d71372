//! Positional parameters, decoded by position with messages that name them.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::errors::RpcFailure;
use super::options::Options;

/// The parameters of one call.
#[derive(Debug)]
pub(crate) struct Params {
    names: &'static [&'static str],
    values: Vec<Value>,
}

impl Params {
    pub(crate) fn new(
        names: &'static [&'static str],
        values: Vec<Value>,
    ) -> Result<Self, RpcFailure> {
        if values.len() > names.len() {
            let (given, known) = (values.len(), names.len());
            return Err(RpcFailure::params(format!("{given} given, {known} expected at most")));
        }
        Ok(Self { names, values })
    }

    /// The value at a position; none when it is missing or null.
    pub(crate) fn get(&self, position: usize) -> Option<&Value> {
        self.values.get(position).filter(|value| !value.is_null())
    }

    fn refused(&self, position: usize, what: impl Display) -> RpcFailure {
        let name = self.names.get(position).unwrap_or(&"?");
        RpcFailure::params(format!("parameter {position} (`{name}`) {what}"))
    }

    fn needed<'a, T>(
        &'a self,
        position: usize,
        what: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, RpcFailure> {
        self.get(position)
            .and_then(read)
            .ok_or_else(|| self.refused(position, format!("must be {what}")))
    }

    pub(crate) fn id(&self, position: usize) -> Result<u64, RpcFailure> {
        self.needed(position, "an id", as_id)
    }

    pub(crate) fn ids(&self, position: usize) -> Result<Vec<u64>, RpcFailure> {
        self.needed(position, "an array of ids", |value| {
            value.as_array()?.iter().map(as_id).collect()
        })
    }

    pub(crate) fn flag(&self, position: usize) -> Result<bool, RpcFailure> {
        self.needed(position, "true or false", Value::as_bool)
    }

    pub(crate) fn text(&self, position: usize) -> Result<&str, RpcFailure> {
        self.needed(position, "a string", Value::as_str)
    }

    pub(crate) fn object<T: DeserializeOwned>(&self, position: usize) -> Result<T, RpcFailure> {
        let value =
            self.needed(position, "an object", |value| value.is_object().then_some(value))?;
        T::deserialize(value).map_err(|error| self.refused(position, error))
    }

    /// Options, which may be missing or null.
    pub(crate) fn options(&self, position: usize) -> Result<Options, RpcFailure> {
        match self.get(position) {
            None => Ok(Options::default()),
            Some(_) => self.object(position),
        }
    }

    /// Refuses anything but null at this position.
    pub(crate) fn nothing(&self, position: usize) -> Result<(), RpcFailure> {
        match self.get(position) {
            None => Ok(()),
            Some(_) => Err(self.refused(position, "must be null or left out")),
        }
    }
}

/// An id as a number or as a string of digits.
pub(crate) fn as_id(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok()
        }
        _ => None,
    }
}

/// For members that hold an id: see [`as_id`].
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
        for no in
            [json!(-1), json!(1.5), json!("x"), json!(""), json!("+7"), json!(true), json!(null)]
        {
            assert_eq!(as_id(&no), None, "{no}");
        }
    }
}
