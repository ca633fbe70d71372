//! What may be taken from a report into a specification: names and words of a vendor, never prose or data.

pub use oneteg_catalog::check::is_name;
use serde_json::Value;

/// Longer words are prose.
const MAX_WORD: usize = 40;

/// Whether a string is a value that a vendor may have chosen for an enum.
pub fn is_word(word: &str) -> bool {
    word.len() <= MAX_WORD && is_name(word) && !word.contains('.')
}

/// How a value that may be data is described.
pub const OTHER: &str = "something else";

/// A word of the report for people, in code quotes: a word of the vendor, a number or a boolean. Anything else is
/// described.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(word) if word.split(['/', ' ']).all(is_word) => format!("`{word}`"),
        Value::Number(_) | Value::Bool(_) | Value::Null => format!("`{value}`"),
        Value::Array(items) if !items.is_empty() && items.len() <= 8 => {
            let shown: Vec<String> =
                items.iter().map(shown).filter(|shown| shown != OTHER).collect();
            if shown.is_empty() { OTHER.to_owned() } else { shown.join(", ") }
        }
        _ => OTHER.to_owned(),
    }
}

/// A name of the report for people.
pub fn shown_name(name: &str) -> String {
    if is_name(name) { name.to_owned() } else { "(not a name)".to_owned() }
}

/// A string without differences of white space.
pub fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_no_markup_and_no_paths() {
        for name in ["id", "created_at", "x-a.b", "isV2", "_id"] {
            assert!(is_name(name), "{name}");
        }
        for other in ["../a", "a: b", "a\nb", "a](http://b)", "a`", "a#b", "a*", &"a".repeat(100)] {
            assert!(!is_name(other), "{other}");
        }
    }

    #[test]
    fn only_words_are_shown() {
        assert_eq!(shown(&json!("application/json")), "`application/json`");
        assert_eq!(shown(&json!([403, "list", true])), "`403`, `list`, `true`");
        for prose in [json!("See [here](http://x)"), json!({ "a": 1 }), json!("a`b"), json!("# A")]
        {
            assert_eq!(shown(&prose), OTHER);
        }
        assert_eq!(normal(" a\n  b "), "a b");
    }
}
