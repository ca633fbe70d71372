//! The members of a JSON body, read one by one with messages that name them. Others are ignored.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::call;
use super::errors::Failure;

/// A JSON object; a missing body is an empty one.
#[derive(Debug, Default)]
pub(crate) struct Members(Map<String, Value>);

impl Members {
    pub(crate) fn read(body: &[u8]) -> Result<Self, Failure> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(Failure::invalid("le corps doit être un objet JSON")),
            Err(error) => Err(Failure::invalid(format!("JSON incorrect ({error})"))),
        }
    }

    pub(crate) fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Self {
        Self(pairs.map(|(name, value)| (name, Value::String(value))).collect())
    }

    /// A member; null counts as missing.
    fn get<'a, T>(
        &'a self,
        name: &str,
        what: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value)
                .map(Some)
                .ok_or_else(|| Failure::invalid(format!("« {name} » doit être {what}"))),
        }
    }

    pub(crate) fn id(&self, name: &str) -> Result<Option<u64>, Failure> {
        self.get(name, "un identifiant", as_id)
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        self.get(name, "un texte", Value::as_str)
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        self.get(name, "un booléen", Value::as_bool)
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Failure> {
        self.get(name, "un nombre entier", Value::as_i64)
    }

    pub(crate) fn date(&self, name: &str) -> Result<Option<DateTime<Utc>>, Failure> {
        self.text(name)?.map(|text| call::date(name, text)).transpose()
    }

    pub(crate) fn list(&self, name: &str) -> Result<Option<&Vec<Value>>, Failure> {
        self.get(name, "une liste", Value::as_array)
    }

    /// A list of ids, or of objects with an `id`.
    pub(crate) fn ids(&self, name: &str) -> Result<Option<Vec<u64>>, Failure> {
        let id = |value: &Value| as_id(value).or_else(|| as_id(value.get("id")?));
        self.get(name, "une liste d'identifiants", |value| {
            value.as_array()?.iter().map(id).collect()
        })
    }

    pub(crate) fn needed<T>(name: &str, value: Option<T>) -> Result<T, Failure> {
        value.ok_or_else(|| Failure::invalid(format!("« {name} » est obligatoire")))
    }
}

/// An id as a number or as a text of digits.
pub(crate) fn as_id(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok()
        }
        _ => None,
    }
}
