//! Prose in specifications and inventories: descriptions, summaries, notes, doubts, reasons.

use anyhow::anyhow;
use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

use super::{Passage, markdown::without_code};

/// The members whose values are prose.
const PROSE: [&str; 6] = ["description", "summary", "note", "doubt", "reason", "meaning"];
/// The members with a list or a mapping of prose.
const SEVERAL: [&str; 2] = ["x-enum-descriptions", "x-sources"];

/// The prose of a specification or an inventory.
///
/// # Errors
/// If it is not YAML.
pub fn passages(source: &str) -> anyhow::Result<Vec<Passage>> {
    let documents = MarkedYaml::load_from_str(source).map_err(|error| anyhow!("{error}"))?;
    let mut passages = Vec::new();
    for document in &documents {
        collect(document, false, &mut passages);
    }
    Ok(passages)
}

/// Collects the prose of a node. With `is_prose`, the node is prose if it is a string, or a list or mapping
/// of strings.
fn collect(node: &MarkedYaml<'_>, is_prose: bool, passages: &mut Vec<Passage>) {
    match &node.data {
        YamlData::Value(Scalar::String(string)) if is_prose => {
            // A folded string has lost its line breaks, so all of it counts as its first line.
            let mut passage = Passage::new(node.span.start.line());
            passage.text = without_code(string);
            passages.push(passage);
        }
        YamlData::Sequence(items) => {
            for item in items {
                collect(item, is_prose, passages);
            }
        }
        YamlData::Mapping(members) => {
            for (key, value) in members {
                let YamlData::Value(Scalar::String(key)) = &key.data else { continue };
                // A property of a schema may be called `description`; its value is a schema.
                let is_prose = match &value.data {
                    YamlData::Value(_) => is_prose || PROSE.contains(&key.as_ref()),
                    _ => SEVERAL.contains(&key.as_ref()),
                };
                collect(value, is_prose, passages);
            }
        }
        YamlData::Tagged(_, inner) => collect(inner, is_prose, passages),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_prose_is_collected() {
        let source = "info:\n  title: a\n  description: >-\n    b\n    c `d`\nproperties:\n  \
                      description:\n    type: e\n    format: f\nx-sources:\n  g: h\n\
                      x-enum-descriptions: [i]\nx-evidence: {doubt: j, sources: [k]}\n";
        let passages = passages(source).unwrap();
        let texts: Vec<&str> =
            passages.iter().map(|passage| passage.text.trim_end_matches('\u{1a}')).collect();
        assert_eq!(texts, ["b c ", "h", "i", "j"]);
        assert_eq!(passages[0].line(0), 4);
    }
}
