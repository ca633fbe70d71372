//! Scalars of a type other than requested. Only lossless conversions are made.

use serde_json::Number;

use super::node::Node;

/// An integer: from a whole number, or from text with one.
pub(super) fn integer(node: &Node<'_>) -> Option<Number> {
    match node {
        Node::Number(number) => whole(number),
        Node::Text(text) => {
            let text = text.trim();
            let (signed, unsigned) = (text.parse::<i64>().ok(), text.parse::<u64>().ok());
            let number = signed.map(Number::from).or(unsigned.map(Number::from));
            number.or_else(|| whole(&float(node)?))
        }
        _ => None,
    }
}

fn whole(number: &Number) -> Option<Number> {
    // 2^53: beyond it a float no longer says which integer is meant.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !number.is_f64() {
        return Some(number.clone());
    }
    let float = number.as_f64()?;
    #[allow(clippy::cast_possible_truncation)]
    (float.fract() == 0.0 && float.abs() <= EXACT).then_some((float as i64).into())
}

/// A number with a fraction: from text with one. JSON's own notation only: what Rust reads beyond it (`inf`,
/// `1.`) is no number that a server means.
pub(super) fn float(node: &Node<'_>) -> Option<Number> {
    match node {
        Node::Number(number) => Some(number.clone()),
        Node::Text(text) => serde_json::from_str(text.trim()).ok(),
        _ => None,
    }
}

/// A boolean: from 0 and 1, also as text, and from its words.
pub(super) fn boolean(node: &Node<'_>) -> Option<bool> {
    match node {
        Node::Bool(flag) => Some(*flag),
        Node::Number(number) => match number.as_f64()? {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        },
        Node::Text(text) => match &*text.trim().to_ascii_lowercase() {
            "false" | "0" => Some(false),
            "true" | "1" => Some(true),
            _ => None,
        },
        _ => None,
    }
}

/// A string: from a number. A boolean becomes a string only as an item or entry of a list or map; a member
/// that is `false` is absent.
pub(super) fn text(node: &Node<'_>, one_of_many: bool) -> Option<String> {
    match node {
        Node::Number(number) => Some(number.to_string()),
        Node::Bool(flag) if one_of_many => Some(flag.to_string()),
        _ => None,
    }
}
