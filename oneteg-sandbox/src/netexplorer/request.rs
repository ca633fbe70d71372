//! A request as the operations see it: who makes it, and what its path, query and body contain.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::response::{ApiError, Page};

/// On whose behalf a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) user: u64,
    /// May see and do everything.
    pub(crate) admin: bool,
}

impl Caller {
    /// The caller of an operation that a key in the URL opens: holding the key is the right.
    pub(crate) const KEY_HOLDER: Self = Self { user: 0, admin: true };

    pub(crate) fn require_admin(self) -> Result<(), ApiError> {
        if self.admin { Ok(()) } else { Err(ApiError::forbidden()) }
    }
}

/// A parsed request.
#[derive(Debug)]
pub(crate) struct ApiRequest {
    pub(crate) caller: Caller,
    pub(crate) path: BTreeMap<String, String>,
    pub(crate) query: QueryParams,
    pub(crate) fields: RequestFields,
    pub(crate) headers: HeaderMap,
}

impl ApiRequest {
    /// A path parameter; empty if the route has none of this name.
    pub(crate) fn path_param(&self, name: &str) -> &str {
        self.path.get(name).map(String::as_str).unwrap_or_default()
    }

    /// An id in the path. Anything that is not a number is the id of nothing: 404.
    pub(crate) fn path_id(&self, name: &str) -> Result<u64, ApiError> {
        self.path_param(name).parse().map_err(|_| ApiError::not_found())
    }

    /// All numbers that occur in the path, the query and the body.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u64> {
        let path = self.path.values().chain(self.query.0.values());
        let path = path.filter_map(|value| value.parse().ok());
        let mut pending: Vec<&Value> = self.fields.0.values().collect();
        let body = std::iter::from_fn(move || {
            loop {
                let value = pending.pop()?;
                match value {
                    Value::Array(items) => pending.extend(items),
                    Value::Object(members) => pending.extend(members.values()),
                    other => {
                        if let Some(number) = as_id(other) {
                            return Some(number);
                        }
                    }
                }
            }
        });
        path.chain(body)
    }

    /// The requested page; the whole list by default. The parameters `offset` and `limit` are the
    /// sandbox's own choice.
    pub(crate) fn page(&self) -> Result<Page, ApiError> {
        let count = |name| -> Result<Option<usize>, ApiError> {
            let count = self.query.integer(name)?.map(usize::try_from).transpose();
            count.map_err(|_| ApiError::bad_request(format!("« {name} » ne doit pas être négatif")))
        };
        Ok(Page {
            offset: count("offset")?.unwrap_or(0),
            limit: count("limit")?.unwrap_or(usize::MAX),
        })
    }
}

/// The query of a URL. If a name occurs twice, the last value counts.
#[derive(Debug, Default)]
pub(crate) struct QueryParams(BTreeMap<String, String>);

impl QueryParams {
    pub(crate) fn parse(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A flag: set by `name`, `name=1` and `name=true`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some("" | "1" | "true"))
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let parse = |value: &str| {
            let error = || ApiError::bad_request(format!("« {name} » doit être un nombre"));
            value.parse().map_err(|_| error())
        };
        self.get(name).map(parse).transpose()
    }

    /// An id that must be there.
    pub(crate) fn id(&self, name: &str) -> Result<u64, ApiError> {
        let id = self.get(name).and_then(|value| value.parse().ok());
        id.ok_or_else(|| ApiError::bad_request(format!("« {name} » doit être un identifiant")))
    }

    pub(crate) fn date(&self, name: &str) -> Result<Option<DateTime<Utc>>, ApiError> {
        self.get(name).map(|value| parse_date(name, value)).transpose()
    }
}

/// The members of a JSON body. Each is read on its own, so that an error names it; unknown ones are ignored.
/// A missing body has no members.
#[derive(Debug, Default)]
pub(crate) struct RequestFields(Map<String, Value>);

impl RequestFields {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(ApiError::bad_request("le corps doit être un objet JSON")),
            Err(error) => Err(ApiError::bad_request(format!("JSON incorrect ({error})"))),
        }
    }

    pub(crate) fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Self {
        Self(pairs.map(|(name, value)| (name, Value::String(value))).collect())
    }

    /// A member; `null` counts as missing.
    fn get<'a, T>(
        &'a self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value)
                .map(Some)
                .ok_or_else(|| ApiError::bad_request(format!("« {name} » doit être {expected}"))),
        }
    }

    pub(crate) fn id(&self, name: &str) -> Result<Option<u64>, ApiError> {
        self.get(name, "un identifiant", as_id)
    }

    pub(crate) fn string(&self, name: &str) -> Result<Option<&str>, ApiError> {
        self.get(name, "un texte", Value::as_str)
    }

    pub(crate) fn bool(&self, name: &str) -> Result<Option<bool>, ApiError> {
        self.get(name, "un booléen", Value::as_bool)
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        self.get(name, "un nombre entier", Value::as_i64)
    }

    pub(crate) fn date(&self, name: &str) -> Result<Option<DateTime<Utc>>, ApiError> {
        self.string(name)?.map(|value| parse_date(name, value)).transpose()
    }

    pub(crate) fn strings(&self, name: &str) -> Result<Option<Vec<String>>, ApiError> {
        let string = |value: &Value| value.as_str().map(str::to_owned);
        self.get(name, "une liste de textes", |value| {
            value.as_array()?.iter().map(string).collect()
        })
    }

    /// All members, for a body that may have any.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }

    pub(crate) fn list(&self, name: &str) -> Result<Option<&Vec<Value>>, ApiError> {
        self.get(name, "une liste", Value::as_array)
    }

    /// A list of ids, or of objects with an `id`.
    pub(crate) fn ids(&self, name: &str) -> Result<Option<Vec<u64>>, ApiError> {
        let id = |value: &Value| as_id(value).or_else(|| as_id(value.get("id")?));
        self.get(name, "une liste d'identifiants", |value| {
            value.as_array()?.iter().map(id).collect()
        })
    }

    pub(crate) fn required<T>(name: &str, value: Option<T>) -> Result<T, ApiError> {
        value.ok_or_else(|| ApiError::bad_request(format!("« {name} » est obligatoire")))
    }
}

/// A date and time in RFC 3339.
fn parse_date(name: &str, value: &str) -> Result<DateTime<Utc>, ApiError> {
    DateTime::parse_from_rfc3339(value)
        .map(|date| date.to_utc())
        .map_err(|_| ApiError::bad_request(format!("« {name} » doit être une date ISO 8601")))
}

/// An id, which may be a number or a string of digits.
pub(crate) fn as_id(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(body: &Value) -> RequestFields {
        RequestFields::parse(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn an_id_may_be_a_number_or_digits() {
        let fields = fields(&json!({ "a": 7, "b": "7", "c": "+7", "d": null }));
        assert_eq!(fields.id("a"), Ok(Some(7)));
        assert_eq!(fields.id("b"), Ok(Some(7)));
        assert!(
            fields.id("c").unwrap_err().message.contains("« c »"),
            "the error names the member"
        );
        assert_eq!(fields.id("d"), Ok(None), "null counts as missing");
        assert_eq!(fields.id("e"), Ok(None));
    }

    #[test]
    fn ids_may_be_objects_with_an_id() {
        let fields = fields(&json!({ "ids": [1, "2", { "id": 3 }], "bad": [{ "name": "x" }] }));
        assert_eq!(fields.ids("ids"), Ok(Some(vec![1, 2, 3])));
        assert!(fields.ids("bad").is_err());
    }

    #[test]
    fn a_flag_is_set_by_its_name_alone() {
        let query = QueryParams::parse(Some("a&b=1&c=true&d=0&e=false"));
        let set: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(|name| query.flag(name)).into();
        assert_eq!(set, [true, true, true, false, false, false]);
    }
}
