//! The envelope `{apiVersion, payload, recordCount, errors, ...}`: a specification describes the payload alone.

use serde_json::{Value, json};

use super::members::{add_component, change_examples, operation_mut, operations, successes};
use crate::model::is_json;

/// Wraps the JSON responses of all operations with this envelope.
pub(super) fn wrap(root: &mut Value, default_envelope: &str) {
    let wrapped: Vec<_> = operations(root, default_envelope)
        .into_iter()
        .filter(|(_, _, envelope)| envelope == "payload")
        .collect();
    if wrapped.is_empty() {
        return;
    }
    let record_count = add_component(root, "schemas", "EnvelopeRecordCount", record_count());
    let envelope = add_component(root, "schemas", "Envelope", envelope(&record_count));
    let components = root["components"].clone();
    for (path, method, _) in wrapped {
        let Some(operation) = operation_mut(root, &path, method) else { continue };
        for response in successes(&components, operation) {
            wrap_response(response, &envelope);
        }
    }
}

fn wrap_response(response: &mut Value, envelope: &Value) {
    let contents = response.get_mut("content").and_then(Value::as_object_mut);
    for (_, content) in contents.into_iter().flatten().filter(|(name, _)| is_json(name)) {
        if let Some(schema) = content.get_mut("schema") {
            *schema = json!({
                "allOf": [
                    envelope,
                    { "type": "object", "properties": { "payload": schema.take() } },
                ],
            });
        }
        change_examples(content, |payload| json!({ "payload": payload }));
    }
}

fn envelope(record_count: &Value) -> Value {
    let list = |description: &str| json!({ "type": "array", "nullable": true, "items": {}, "description": description });
    json!({
        "type": "object",
        "description": "The envelope of JSON responses; `payload` is the value that an operation returns.",
        "properties": {
            "apiVersion": { "type": "string", "nullable": true, "description": "The version of the API, or a build of it." },
            "buildVersion": { "type": "string", "nullable": true, "description": "The build of the server." },
            "recordCount": { "allOf": [record_count], "nullable": true, "description": "For lists: the number of records." },
            "errors": list("Why the call failed, in whole or in part. A response with errors is a failure, also if its status is a success."),
            "warnings": list("What the caller should know about the call."),
            "meta": { "description": "When and how the response was created." },
            "_links": { "description": "Links to related calls." },
        },
        "additionalProperties": true,
    })
}

fn record_count() -> Value {
    let number = |description: &str| json!({ "type": "integer", "format": "int64", "nullable": true, "description": description });
    json!({
        "type": "object",
        "description": "The number of records in a list.",
        "properties": {
            "totalRecordsFound": number("The number of records in the whole list."),
            "startingRecord": number("The index of the first record in this response, counted from 0."),
            "recordsReturned": number("The number of records in this response."),
        },
        "additionalProperties": true,
    })
}
