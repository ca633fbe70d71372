//! Values as text for people: without control characters, which a terminal would obey, and not too long.

use std::borrow::Cow;

use serde_json::Value;

/// A value as the content of a cell: strings without quotes, nothing for `null`, JSON for the rest.
pub(super) fn cell(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(items) if !items.is_empty() && items.iter().all(is_scalar) => {
            Cow::Owned(items.iter().map(cell).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) if items.is_empty() => Cow::Borrowed(""),
        other => Cow::Owned(other.to_string()),
    }
}

pub(super) fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// A string in which control characters are written as escapes: a name from a server must not move the cursor, change
/// the title of the window or reverse the direction of what follows.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut printable = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '\n' => printable.push_str("\\n"),
            '\r' => printable.push_str("\\r"),
            '\t' => printable.push_str("\\t"),
            _ if is_control(letter) => {
                printable.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
            }
            _ => printable.push(letter),
        }
    }
    Cow::Owned(printable)
}

/// C0 and C1 controls and DEL, and the marks that change the direction of text (Unicode TR 36, section 2.5).
fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// A value as JSON in which the characters that a terminal would obey are escaped.
pub(crate) fn json(value: &Value, is_indented: bool) -> String {
    let text = if is_indented { format!("{value:#}") } else { value.to_string() };
    // Line feeds are the layout; inside strings they are escaped already.
    if !text.chars().any(|letter| is_control(letter) && letter != '\n') {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_control(letter) && letter != '\n' {
            escaped.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

/// The first `limit` characters, with an ellipsis if there are more.
pub(super) fn shortened(text: &str, limit: usize, ellipsis: &str) -> String {
    match text.char_indices().nth(limit) {
        Some(_) => {
            let kept = limit.saturating_sub(ellipsis.chars().count());
            text.chars().take(kept).chain(ellipsis.chars()).collect()
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_terminal_obeys_no_name() {
        assert_eq!(printable("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(printable("\u{9b}31m"), "\\u{9b}31m");
        assert_eq!(printable("gpj\u{202e}.exe"), "gpj\\u{202e}.exe");
        assert_eq!(printable("a\r\n\tb"), "a\\r\\n\\tb");
        assert_eq!(printable("Zürich 港 🙂"), "Zürich 港 🙂");
    }

    #[test]
    fn cells_are_for_people() {
        for (value, expected) in [
            (json!(null), ""),
            (json!("a"), "a"),
            (json!(1.5), "1.5"),
            (json!(["a", 1, true]), "a, 1, true"),
            (json!([]), ""),
            (json!({ "a": [1] }), "{\"a\":[1]}"),
        ] {
            assert_eq!(cell(&value), expected);
        }
        assert_eq!(shortened("harbour", 7, "..."), "harbour");
        assert_eq!(shortened("harbours", 7, "..."), "harb...");
        assert_eq!(shortened("harbours", 7, "…"), "harbou…");
    }
}
