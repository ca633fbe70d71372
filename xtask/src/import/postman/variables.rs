//! Variables such as `{{baseUrl}}`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::import::{
    examples::secrets::{Secrets, names_a_credential},
    report::Report,
};

/// Variables of variables are followed so far.
const DEEPEST: usize = 5;

/// The values of variables. Those that are added later override earlier ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    values: BTreeMap<String, String>,
}

impl Variables {
    /// Adds a list of variables. Credentials among them are noted, and not kept.
    pub(super) fn add(
        &mut self,
        list: &Value,
        place: &str,
        secrets: &mut Secrets,
        report: &mut Report,
    ) {
        for variable in list.as_array().into_iter().flatten() {
            let key = variable["key"].as_str().or_else(|| variable["id"].as_str());
            let Some(key) = key.filter(|key| !key.is_empty()) else { continue };
            let is_off = variable["enabled"] == false || variable["disabled"] == true;
            let value = match &variable["value"] {
                Value::String(value) => value.clone(),
                Value::Number(value) => value.to_string(),
                Value::Bool(value) => value.to_string(),
                _ => continue,
            };
            if variable["type"] == "secret" || names_a_credential(key) {
                secrets.note(&value, &format!("variable `{key}` of the {place}"), report);
            } else if !is_off && !value.trim().is_empty() {
                self.values.insert(key.to_owned(), value);
            }
        }
    }

    /// The value of a variable, if it is known.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The text with all known variables replaced by their values.
    pub(super) fn resolve(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..DEEPEST {
            let mut changed = String::new();
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once("{{") {
                changed.push_str(before);
                let Some((name, next)) = after.split_once("}}") else {
                    rest = &rest[before.len()..];
                    break;
                };
                match self.get(name.trim()) {
                    Some(value) => changed.push_str(value),
                    None => changed.push_str(&format!("{{{{{}}}}}", name.trim())),
                }
                rest = next;
            }
            changed.push_str(rest);
            if changed == text {
                break;
            }
            // A variable that contains itself grows without end.
            if changed.len() > 10_000 {
                break;
            }
            text = changed;
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn variables_are_followed_and_credentials_are_not_kept() {
        let (mut secrets, mut report) = (Secrets::default(), Report::default());
        let mut variables = Variables::default();
        let list = json!([
            { "key": "base", "value": "https://{{host}}/api" },
            { "key": "host", "value": "{{tenant}}.example.com" },
            { "key": "loop", "value": "{{loop}}x" },
            { "key": "api_key", "value": "0123456789abc" },
            { "key": "off", "value": "a", "enabled": false },
            { "key": "seven", "value": 7 },
        ]);
        variables.add(&list, "collection", &mut secrets, &mut report);
        assert_eq!(
            variables.resolve("{{base}}/{{seven}}/{{ off }}"),
            "https://{{tenant}}.example.com/api/7/{{off}}"
        );
        assert_eq!(variables.resolve("{{api_key}} {{open"), "{{api_key}} {{open");
        assert!(variables.resolve("{{loop}}").ends_with('x'));
        assert_eq!(report.entries.len(), 1);
    }
}
