//! The members that a type does not know, in a flattened map. The tolerant reader adds those that it could not
//! read, under names that the type does not mistake for its own members.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::tolerant::KEPT;

/// Reads the members, each under its own name.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    let members = Map::deserialize(deserializer)?;
    if !members.keys().any(|name| name.starts_with(KEPT)) {
        return Ok(members);
    }
    let named = |(name, value): (String, Value)| match name.strip_prefix(KEPT) {
        Some(own) => (own.to_owned(), value),
        None => (name, value),
    };
    Ok(members.into_iter().map(named).collect())
}
