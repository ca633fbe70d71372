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

/// Escapes a description so that rustdoc shows it as it is written. Code in backticks is kept, and fenced code is no
/// documentation test.
pub fn escape_for_rustdoc(description: &str) -> String {
    let mut escaped = String::with_capacity(description.len());
    let mut in_code = false;
    let mut fence: Option<&str> = None;
    for (index, line) in description.trim().lines().enumerate() {
        if index > 0 {
            escaped.push('\n');
        }
        let trimmed = line.trim();
        if let Some(open) = fence {
            let is_end =
                trimmed.starts_with(open) && trimmed.trim_start_matches(&open[..1]).is_empty();
            escaped.push_str(if is_end { trimmed } else { line.trim_end() });
            fence = fence.filter(|_| !is_end);
        } else if let Some(open) = opened_fence(trimmed).filter(|_| !in_code) {
            let language = trimmed[open.len()..].trim();
            escaped.push_str(open);
            escaped.push_str(if is_tested(language) { "text" } else { language });
            fence = Some(open);
        } else {
            escape_line(trimmed, &mut in_code, &mut escaped);
        }
    }
    if let Some(open) = fence {
        escaped.push('\n');
        escaped.push_str(open);
    }
    if in_code {
        escaped.push('`');
    }
    escaped
}

fn escape_line(line: &str, in_code: &mut bool, escaped: &mut String) {
    for c in line.chars() {
        match c {
            '`' => {
                *in_code = !*in_code;
                escaped.push(c);
            }
            '[' | ']' | '<' | '>' | '*' | '_' if !*in_code => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
}

/// The backticks or tildes at the beginning of a line that opens fenced code.
fn opened_fence(line: &str) -> Option<&str> {
    let sign = line.chars().next().filter(|sign| ['`', '~'].contains(sign))?;
    let (open, rest) = line.split_at(line.len() - line.trim_start_matches(sign).len());
    (open.len() >= 3 && !rest.contains('`')).then_some(open)
}

/// Whether rustdoc would compile code in this language.
fn is_tested(language: &str) -> bool {
    const TESTED: [&str; 6] =
        ["rust", "ignore", "no_run", "should_panic", "compile_fail", "standalone_crate"];
    let mut words = language.split([',', ' ', '{', '}']).filter(|word| !word.is_empty());
    words.all(|word| TESTED.contains(&word) || word.starts_with("edition"))
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
            ("like\n````\n  a_b [c]\n````\na_b", "like\n````text\n  a_b [c]\n````\na\\_b"),
            ("```json\n{}\n```", "```json\n{}\n```"),
            ("~~~ rust,ignore\nopen", "~~~text\nopen\n~~~"),
            ("```a_b``` and [c]", "```a_b``` and \\[c\\]"),
        ] {
            assert_eq!(escape_for_rustdoc(description), escaped);
        }
    }
}
