//! Keys and strings of YAML: plain where they are read as they are written, else in quotes.

use serde_json::Value;

/// A key; those that YAML might read as something else are quoted.
pub fn key(key: &str) -> String {
    // A path is plain, as in the hand-written files, unless it has a comment's sign.
    if is_plain(key, true) && !key.contains(['{', '}']) && key.len() < 200 {
        return key.to_owned();
    }
    let is_path = key.starts_with('/')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || "/{}-_.".contains(c));
    if is_path { key.to_owned() } else { quoted(key) }
}

/// A string on one line.
pub fn string(string: &str, in_flow: bool) -> String {
    if is_plain(string, in_flow) {
        return string.to_owned();
    }
    let is_simple =
        !string.is_empty() && !string.chars().any(|c| c.is_control() || c == '\'' || is_special(c));
    if string.starts_with("#/") && is_simple { format!("'{string}'") } else { quoted(string) }
}

/// Whether a string may be written without quotes.
fn is_plain(string: &str, in_flow: bool) -> bool {
    let (Some(first), Some(last)) = (string.chars().next(), string.chars().last()) else {
        return false;
    };
    let begins_well = first.is_ascii_alphabetic()
        || matches!(first, '/' | '$' | '_' | '(')
        || !first.is_ascii() && first.is_alphabetic();
    begins_well
        && !last.is_whitespace()
        && last != ':'
        && !string.contains(": ")
        && !string.contains(" #")
        && !string.chars().any(|c| c.is_control() || is_special(c))
        && !(in_flow && string.contains([',', '[', ']', '{', '}', ':', '?']))
        && !is_word_of_yaml(string)
}

/// Characters that end a line, or that YAML does not print.
fn is_special(c: char) -> bool {
    matches!(
        c,
        '\u{85}'
            | '\u{a0}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}'
            | '\u{200b}'..='\u{200f}'
    )
}

/// Words that some version of YAML reads as a boolean, a number or nothing.
fn is_word_of_yaml(string: &str) -> bool {
    let lower = string.to_ascii_lowercase();
    ["true", "false", "yes", "no", "on", "off", "y", "n", "null"].contains(&lower.as_str())
        || string.parse::<f64>().is_ok()
}

/// A string in double quotes, as in JSON, which is also YAML.
fn quoted(string: &str) -> String {
    let json = Value::String(string.to_owned()).to_string();
    json.chars()
        .map(|c| if is_special(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() })
        .collect()
}

/// Whether a string can be written as a literal block.
pub fn is_literal(string: &str) -> bool {
    let mut lines = string.split('\n');
    let begins_well =
        lines.next().is_some_and(|first| !first.is_empty() && !first.starts_with([' ', '\t']));
    let has_other_controls = string.chars().any(|c| c.is_control() && c != '\n' || is_special(c));
    let blank = string.split('\n').any(|line| !line.is_empty() && line.trim().is_empty());
    // Line breaks at the end would be joined by the empty line between two components.
    begins_well && !has_other_controls && !blank && !string.ends_with("\n\n")
}

/// Whether a string of one line can be broken between words.
pub fn is_foldable(string: &str) -> bool {
    !string.contains('\n')
        && !string.starts_with(' ')
        && !string.ends_with(' ')
        && !string.contains("  ")
        && !string.chars().any(|c| c.is_control() || is_special(c))
}
