//! The members that a type does not know, in a flattened map. The tolerant reader adds those that it could not read,
//! under marked names: under its own name, a member would be read as the one that the type knows.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Marks the name of a member that could not be read. No vendor's name begins with a NUL.
pub(crate) const KEPT_PREFIX: char = '\0';

/// Reads the members, and removes the marks.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    Map::deserialize(deserializer).map(without_marks)
}

/// Removes the marks.
pub(super) fn without_marks(members: Map<String, Value>) -> Map<String, Value> {
    if !members.keys().any(|name| name.starts_with(KEPT_PREFIX)) {
        return members;
    }
    let unmark = |(name, value): (String, Value)| match name.strip_prefix(KEPT_PREFIX) {
        Some(own) => (own.to_owned(), value),
        None => (name, value),
    };
    members.into_iter().map(unmark).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn marks_are_removed() {
        let members = json!({"\0size": "x", "new": 1, "a\0": 2});
        let expected = json!({"size": "x", "new": 1, "a\0": 2});
        assert_eq!(Value::from(deserialize(members).unwrap()), expected);
    }
}
