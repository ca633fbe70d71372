//! Places in JSON: pointers (RFC 6901) in which `*` stands for every item or member.

use serde::Deserialize;
use serde_json::Value;

/// A place in JSON: a pointer (RFC 6901) such as `/result/results/*/name`, in which `*` stands for every item of a list
/// and every member of an object. The empty pointer is the whole document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Place(Vec<String>);

impl Place {
    /// Reads a place; `None` if it is neither empty nor begins with a slash.
    #[must_use]
    pub fn parse(pointer: &str) -> Option<Self> {
        if pointer.is_empty() {
            return Some(Self(Vec::new()));
        }
        let tokens = pointer.strip_prefix('/')?.split('/');
        Some(Self(tokens.map(|token| token.replace("~1", "/").replace("~0", "~")).collect()))
    }

    /// The place above, and the last token; `None` for the whole document.
    pub(super) fn split(&self) -> Option<(&[String], &str)> {
        self.0.split_last().map(|(last, above)| (above, last.as_str()))
    }

    pub(super) fn tokens(&self) -> &[String] {
        &self.0
    }
}

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(pointer: String) -> Result<Self, Self::Error> {
        Self::parse(&pointer).ok_or_else(|| format!("`{pointer}` is not a place: begin with `/`"))
    }
}

/// Applies a change to every value at a place. Returns whether one of them changed.
pub(super) fn each(
    value: &mut Value,
    place: &[String],
    apply: &mut dyn FnMut(&mut Value) -> bool,
) -> bool {
    let Some((token, rest)) = place.split_first() else { return apply(value) };
    let mut below: Vec<&mut Value> = match (value, token.as_str()) {
        (Value::Array(items), "*") => items.iter_mut().collect(),
        (Value::Object(members), "*") => members.values_mut().collect(),
        (Value::Array(items), index) => {
            index.parse().ok().and_then(|index: usize| items.get_mut(index)).into_iter().collect()
        }
        (Value::Object(members), name) => members.get_mut(name).into_iter().collect(),
        _ => Vec::new(),
    };
    // Every value changes, so this does not end at the first one.
    let mut changed = false;
    for value in &mut below {
        changed |= each(value, rest, apply);
    }
    changed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_star_stands_for_items_and_members() {
        let mut value = json!({"a/b": [{"x": 1}, {"y": 2}, {"x": 3}], "c": {"x": 4}});
        let place = Place::parse("/a~1b/*/x").unwrap();
        let mut seen = Vec::new();
        let mut see = |value: &mut Value| {
            seen.push(value.clone());
            true
        };
        assert!(each(&mut value, place.tokens(), &mut see));
        assert!(each(&mut value, Place::parse("/*/x").unwrap().tokens(), &mut see));
        assert!(each(&mut value, Place::parse("/a~1b/1/y").unwrap().tokens(), &mut see));
        assert!(!each(&mut value, Place::parse("/c/x/y").unwrap().tokens(), &mut see));
        assert!(!each(&mut value, Place::parse("/a~1b/9").unwrap().tokens(), &mut see));
        assert_eq!(seen, [json!(1), json!(3), json!(4), json!(2)]);
    }

    #[test]
    fn a_place_is_empty_or_begins_with_a_slash() {
        assert_eq!(Place::parse("").unwrap().split(), None);
        assert!(Place::parse("name").is_none());
        let error = serde_json::from_str::<Place>(r#""name""#).unwrap_err();
        assert!(error.to_string().contains("begin with `/`"), "{error}");
    }
}
