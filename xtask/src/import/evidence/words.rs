//! What may be taken from a report into a specification: names and words of a vendor, never prose or data.

use serde_json::Value;

/// Longer names are data.
const MAX_NAME: usize = 64;
/// Longer words are prose.
const MAX_WORD: usize = 40;

/// Whether a string is the name of a member or parameter: no ID, number, address or prose.
pub fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    let begins_well =
        letters.next().is_some_and(|first| first.is_ascii_alphabetic() || "_$@".contains(first));
    begins_well
        && name.len() <= MAX_NAME
        && letters.clone().all(|c| c.is_ascii_alphanumeric() || "_-.@$".contains(c))
        && name.chars().any(|c| c.is_ascii_alphabetic())
        && !letters.as_str().contains('@')
        && !is_id(name)
}

/// Whether a string is a value that a vendor may have chosen for an enum.
pub fn is_word(word: &str) -> bool {
    word.len() <= MAX_WORD && is_name(word) && !word.contains('.')
}

/// Whether a name is made of hexadecimal digits, or mostly of digits, as IDs are.
fn is_id(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let is_hex = name.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    name.len() >= 8 && (is_hex && digits > 0 || digits * 2 > name.len())
}

/// A word of the report for people, in code quotes: a word of the vendor, a number or a boolean. Anything else is
/// described.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(word) if word.split(['/', ' ']).all(is_word) => format!("`{word}`"),
        Value::Number(_) | Value::Bool(_) | Value::Null => format!("`{value}`"),
        Value::Array(items) if !items.is_empty() && items.len() <= 8 => {
            items.iter().map(shown).collect::<Vec<_>>().join(", ")
        }
        _ => "something else".to_owned(),
    }
}

/// A name of the report for people.
pub fn shown_name(name: &str) -> String {
    if is_name(name) { name.to_owned() } else { "(not a name)".to_owned() }
}

/// A text without differences of white space.
pub fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_no_data() {
        for name in ["id", "created_at", "@type", "$ref", "x-a.b", "_", "isV2", "face", "_id"] {
            assert_eq!(is_name(name), name != "_", "{name}");
        }
        for data in [
            "",
            "42",
            "ada@example.com",
            "0b1e2d3c-0000-4000-8000-123456789abc",
            "deadbeef1234",
            "a20261126",
            "a b",
            "a: b",
            "a\nb",
            "../a",
            "a](http://b)",
            "é",
            &"a".repeat(65),
        ] {
            assert!(!is_name(data), "{data}");
        }
    }

    #[test]
    fn only_words_are_shown() {
        assert_eq!(shown(&json!("application/json")), "`application/json`");
        assert_eq!(shown(&json!([403, "list", true])), "`403`, `list`, `true`");
        for prose in [json!("See [here](http://x)"), json!({ "a": 1 }), json!("a`b"), json!("# A")] {
            assert_eq!(shown(&prose), "something else");
        }
        assert_eq!(normal(" a\n  b "), "a b");
    }
}
