//! Scalars of another type than requested. Only lossless conversions are made.

use serde_json::Number;

use super::node::Node;

/// An integer: from a whole number, or a string with one.
pub(super) fn integer(node: &Node<'_>) -> Option<Number> {
    match node {
        Node::Number(number) => whole(number),
        Node::String(string) => {
            let string = string.trim();
            let (signed, unsigned) = (string.parse::<i64>().ok(), string.parse::<u64>().ok());
            let number = signed.map(Number::from).or(unsigned.map(Number::from));
            number.or_else(|| whole(&float(node)?))
        }
        _ => None,
    }
}

fn whole(number: &Number) -> Option<Number> {
    // 2^53: above it, a float does not identify an integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !number.is_f64() {
        return Some(number.clone());
    }
    let float = number.as_f64()?;
    #[allow(clippy::cast_possible_truncation)]
    (float.fract() == 0.0 && float.abs() <= EXACT).then_some((float as i64).into())
}

/// A number with a fraction: from a string with one, in JSON's notation only. No server means a number by what Rust
/// parses in addition (`inf`, `1.`).
pub(super) fn float(node: &Node<'_>) -> Option<Number> {
    match node {
        Node::Number(number) => Some(number.clone()),
        Node::String(string) => serde_json::from_str(string.trim()).ok(),
        _ => None,
    }
}

/// A boolean: from 0 and 1, and from strings of these or of `true` and `false`.
pub(super) fn boolean(node: &Node<'_>) -> Option<bool> {
    match node {
        Node::Bool(flag) => Some(*flag),
        Node::Number(number) => match number.as_f64()? {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        },
        Node::String(string) => match &*string.trim().to_ascii_lowercase() {
            "false" | "0" => Some(false),
            "true" | "1" => Some(true),
            _ => None,
        },
        _ => None,
    }
}

/// A string: from a number. A boolean becomes a string only as an item of a list or an entry of a map; as a member,
/// `false` is what some servers write for an absent value.
pub(super) fn string(node: &Node<'_>, is_entry: bool) -> Option<String> {
    match node {
        Node::Number(number) => Some(number.to_string()),
        Node::Bool(flag) if is_entry => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(json: &str) -> Node<'_> {
        Node::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn integers_are_converted_without_loss() {
        for (json, expected) in [
            ("7", Some("7")),
            ("7.0", Some("7")),
            ("9007199254740992.0", Some("9007199254740992")),
            ("9007199254740994.0", None),
            ("7.5", None),
            (r#"" 7 ""#, Some("7")),
            (r#""18446744073709551615""#, Some("18446744073709551615")),
            (r#""7.0""#, Some("7")),
            (r#""7 files""#, None),
            ("true", None),
            ("null", None),
            ("[7]", None),
        ] {
            let read = integer(&node(json)).map(|number| number.to_string());
            assert_eq!(read.as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn booleans_and_strings_are_converted_from_what_servers_write() {
        for (json, expected) in [
            ("0", Some(false)),
            ("1.0", Some(true)),
            (r#""1""#, Some(true)),
            (r#"" False ""#, Some(false)),
            ("2", None),
            (r#""yes""#, None),
        ] {
            assert_eq!(boolean(&node(json)), expected, "{json}");
        }
        assert_eq!(string(&node("1.5"), false).as_deref(), Some("1.5"));
        assert_eq!(string(&node("false"), true).as_deref(), Some("false"));
        assert_eq!(string(&node("false"), false), None);
        for json in [r#""inf""#, r#""1.""#, r#""0x1""#, r#""""#] {
            assert_eq!(float(&node(json)), None, "{json}");
        }
    }
}
