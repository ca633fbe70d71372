//! Finds the part of a document that progenitor does not accept.
//!
//! progenitor's message seldom tells where the problem is. So it is run again, on less of the document:
//! on the schemas alone, each in turn replaced by a harmless one, then on each path alone.

use serde_json::{Value, json};

use crate::{
    diagnostic::Diagnostic,
    model::METHODS,
    spec::{Spec, child},
};

/// A message is cut after this many characters: progenitor prints whole schemas.
const LONGEST: usize = 300;

/// Names the schema or the path because of which `generate` fails, with progenitor's `reason`.
pub(super) fn diagnose(
    spec: &Spec,
    document: &Value,
    reason: &str,
    generate: &dyn Fn(&Value) -> Result<(), String>,
) -> Diagnostic {
    let help = "describe it in another way; docs/generator.md lists what is supported";
    let mut part = document.clone();
    part["paths"] = json!({});
    if generate(&part).is_err() {
        let pointer = "/components/schemas";
        return match rejected_schema(&part, generate) {
            Some(name) => spec.diagnostic(
                &child(pointer, &name),
                format!("progenitor rejects the schema `{name}`: {}", one_line(reason)),
                help,
            ),
            None => spec.diagnostic(
                pointer,
                format!("progenitor rejects several schemas: {}", one_line(reason)),
                help,
            ),
        };
    }
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        part["paths"] = json!({ path: item });
        if let Err(reason) = generate(&part) {
            let pointer = child("/paths", path);
            let method = METHODS.iter().find(|method| item.get(**method).is_some());
            let pointer = method.map_or_else(|| pointer.clone(), |method| child(&pointer, method));
            let first_line = reason.lines().next().unwrap_or_default();
            let message = format!("progenitor rejects this operation: {}", one_line(first_line));
            return spec.diagnostic(&pointer, message, help);
        }
    }
    let message = format!("progenitor rejects the specification: {}", one_line(reason));
    spec.diagnostic("", message, help)
}

/// The schema without which the document is accepted.
fn rejected_schema(
    document: &Value,
    generate: &dyn Fn(&Value) -> Result<(), String>,
) -> Option<String> {
    let schemas = document["components"]["schemas"].as_object()?;
    let is_rejected = |name: &&String| {
        let mut without = document.clone();
        // Other schemas may refer to it, so it is replaced rather than removed.
        without["components"]["schemas"][*name] = json!({ "type": "string" });
        generate(&without).is_ok()
    };
    schemas.keys().find(is_rejected).cloned()
}

fn one_line(message: &str) -> String {
    message.chars().take(LONGEST).map(|c| if c == '\n' { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{ROOT_FILE, Source};

    /// Diagnoses a document that is rejected as long as it contains the word "bad".
    fn diagnosed(document: &Value) -> Diagnostic {
        let source = Source { path: ROOT_FILE.into(), text: format!("{document:#}") };
        let spec = Spec::from_sources(&[source]).unwrap();
        let generate = |document: &Value| match document.to_string().contains("bad") {
            true => Err("it is\nbad".to_owned()),
            false => Ok(()),
        };
        diagnose(&spec, document, "it is\nbad", &generate)
    }

    fn document(paths: &Value, schemas: &Value) -> Value {
        json!({ "paths": paths, "components": { "schemas": schemas } })
    }

    #[test]
    fn a_schema_is_found() {
        let schemas = json!({ "A": { "type": "string" }, "B": { "type": "bad" } });
        let found = diagnosed(&document(&json!({ "/x": { "get": {} } }), &schemas));
        assert_eq!(found.message, "progenitor rejects the schema `B`: it is bad");
        assert!(found.location.unwrap().line > 5);
    }

    #[test]
    fn an_operation_is_found() {
        let paths = json!({ "/x": { "get": {} }, "/y": { "post": { "summary": "bad" } } });
        let found = diagnosed(&document(&paths, &json!({ "A": {} })));
        assert_eq!(found.message, "progenitor rejects this operation: it is");
    }

    #[test]
    fn several_bad_schemas_are_reported_together() {
        let schemas = json!({ "A": { "type": "bad" }, "B": { "type": "bad" } });
        let found = diagnosed(&document(&json!({}), &schemas));
        assert_eq!(found.message, "progenitor rejects several schemas: it is bad");
    }

    #[test]
    fn a_long_reason_is_cut() {
        assert_eq!(one_line(&"x".repeat(1000)).len(), LONGEST);
    }
}
