//! Rules about descriptions.

use serde_json::Value;

use super::{Lowered, each_schema};
use crate::spec::Spec;

/// Adds the doubt about a type or a member to its description.
pub(super) fn doubts_in_descriptions(_: &Spec, lowered: &mut Lowered) {
    each_schema(&mut lowered.document, |_, schema| {
        let Some(doubt) = schema.pointer("/x-evidence/doubt").and_then(Value::as_str) else {
            return;
        };
        let doubt = doubt.trim().to_owned();
        let described =
            schema.get("description").and_then(Value::as_str).unwrap_or_default().trim();
        schema["description"] = format!("{described}\n\nCaveat: {doubt}").trim().into();
    });
}

/// Escapes descriptions: rustdoc would compile indented text, and take brackets for links.
pub(super) fn plain_descriptions(_: &Spec, lowered: &mut Lowered) {
    fn clean(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (key, member) in members.iter_mut() {
                    match member {
                        Value::String(string) if key == "description" || key == "summary" => {
                            *string = escape_for_rustdoc(string);
                        }
                        _ => clean(member),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(clean),
            _ => {}
        }
    }
    clean(&mut lowered.document);
}

/// Escapes a description so that rustdoc shows it as it is written. Code in backticks is kept.
pub fn escape_for_rustdoc(description: &str) -> String {
    let mut escaped = String::with_capacity(description.len());
    let mut in_code = false;
    for (index, line) in description.trim().lines().enumerate() {
        if index > 0 {
            escaped.push('\n');
        }
        for c in line.trim().chars() {
            match c {
                '`' => {
                    in_code = !in_code;
                    escaped.push(c);
                }
                '[' | ']' | '<' | '>' | '*' | '_' if !in_code => {
                    escaped.push('\\');
                    escaped.push(c);
                }
                _ => escaped.push(c),
            }
        }
    }
    if in_code {
        escaped.push('`');
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustdoc_shows_descriptions_as_written() {
        for (description, escaped) in [
            ("  plain\n    indented ", "plain\nindented"),
            ("a [link] and <i>tag</i>", "a \\[link\\] and \\<i\\>tag\\</i\\>"),
            ("`Vec<u8>` and a_b", "`Vec<u8>` and a\\_b"),
            ("an `open", "an `open`"),
        ] {
            assert_eq!(escape_for_rustdoc(description), escaped);
        }
    }
}
