//! Rules about responses and callbacks.

use serde_json::{Value, json};

use super::Draft;
use crate::{model::resolve, spec::child};

/// Every operation has a success. `default` is one unless it describes an error; a redirect is followed, so its success
/// is what it leads to; otherwise nothing is known of the success: reading returns bytes, other methods return nothing.
pub(super) fn success(draft: &mut Draft) {
    for operation in draft.operations() {
        let pointer = child(&operation, "responses");
        if draft.value(&pointer).is_none_or(|responses| responses.is_null()) {
            draft.set(&operation, "responses", json!({}));
        }
        let statuses: Vec<String> = match draft.value(&pointer) {
            Some(Value::Object(responses)) => responses.keys().cloned().collect(),
            _ => continue,
        };
        for range in statuses.iter().filter(|status| status.ends_with("xx")) {
            draft.rename(&pointer, range, &range.to_uppercase());
        }
        if statuses.iter().any(|status| status.starts_with('2')) {
            continue;
        }
        let default = child(&pointer, "default");
        if statuses.iter().any(|status| status == "default")
            && !describes_an_error(&draft.spec.root, &draft.resolved(&default))
        {
            draft.warn(
                &default,
                "`default` is read as the success of the operation",
                "write it under the status of the success, such as \"200\"",
            );
            draft.rename(&pointer, "default", "2XX");
            continue;
        }
        let redirect = statuses.iter().find(|status| status.starts_with('3'));
        let success = match redirect {
            Some(status) => {
                draft.warn(
                    &child(&pointer, status),
                    "the only success is a redirect; the method returns the bytes that it leads to",
                    "describe a response for \"200\", if it leads to something else",
                );
                json!({
                    "description": "What the redirect leads to.",
                    "content": { "application/octet-stream": {} }
                })
            }
            None => {
                let is_read = operation.ends_with("/get");
                draft.warn(
                    &pointer,
                    match is_read {
                        true => "the operation has no response for success; the method returns its bytes",
                        false => "the operation has no response for success; the method returns nothing",
                    },
                    "add a response for \"200\", or for \"2XX\" if the exact status is unknown",
                );
                match is_read {
                    true => json!({
                        "description": "Success.",
                        "content": { "application/octet-stream": {} }
                    }),
                    false => json!({ "description": "Success." }),
                }
            }
        };
        draft.set(&pointer, "2XX", success);
        draft.spec.set_location(&child(&pointer, "2XX"), &pointer);
    }
}

/// Whether the words of a response, or the name of its schema, are about an error.
fn describes_an_error(root: &Value, response: &Value) -> bool {
    const WORDS: [&str; 9] = [
        "error",
        "unexpected",
        "fail",
        "invalid",
        "problem",
        "denied",
        "unauthori",
        "exception",
        "fault",
    ];
    let is_about = |text: &str| {
        let text = text.to_lowercase();
        WORDS.iter().any(|word| text.contains(word))
    };
    let bodies = response["content"].as_object().into_iter().flatten();
    let schemas = bodies.map(|(_, body)| &body["schema"]);
    response["description"].as_str().is_some_and(is_about)
        || schemas.into_iter().any(|schema| {
            let title = resolve(root, schema)["title"].as_str().is_some_and(is_about);
            title || schema["$ref"].as_str().is_some_and(is_about)
        })
}

/// Error responses are left out: the runtime has one error type for all operations. So is what only they refer to.
pub(super) fn errors(draft: &mut Draft) {
    draft.with_unreached(|draft| {
        for operation in draft.operations() {
            let responses = draft.value(&child(&operation, "responses"));
            if let Some(Value::Object(responses)) = responses {
                responses.retain(|status, _| !is_error(status));
            }
        }
    });
}

/// Whether a key of `responses` is a status or range without success. What is no status at all is left for vetting.
fn is_error(status: &str) -> bool {
    let is_status = status.len() == 3
        && status.bytes().all(|byte| byte.is_ascii_digit() || byte == b'X')
        && status.starts_with(['1', '3', '4', '5']);
    is_status || status == "default"
}

/// The headers and links of responses are left out, with what only they refer to: the runtime returns all headers as
/// they are.
pub(super) fn headers(draft: &mut Draft) {
    draft.with_unreached(|draft| {
        for pointer in responses(draft) {
            if let Some(Value::Object(response)) = draft.value(&pointer) {
                response.remove("headers");
                response.remove("links");
            }
        }
    });
}

/// Callbacks are calls to the client's own server, for which nothing is generated.
pub(super) fn callbacks(draft: &mut Draft) {
    draft.with_unreached(|draft| {
        for operation in draft.operations() {
            let pointer = child(&operation, "callbacks");
            if draft.spec.root.pointer(&pointer).is_some() {
                draft.warn(
                    &pointer,
                    "callbacks are left out",
                    "describe them in `description`; the SDK's own code can read their bodies",
                );
                draft.remove(&pointer);
            }
        }
    });
    draft.remove("/components/callbacks");
}

/// Every response has a description, which nothing reads.
pub(super) fn descriptions(draft: &mut Draft) {
    for pointer in responses(draft) {
        if let Some(Value::Object(response)) = draft.value(&pointer)
            && !response.contains_key("$ref")
        {
            response.entry("description").or_insert_with(|| "The response.".into());
        }
    }
}

/// The pointers of all responses of operations and components.
fn responses(draft: &Draft) -> Vec<String> {
    let of_operations =
        draft.operations().into_iter().map(|operation| child(&operation, "responses"));
    let groups = of_operations.chain(["/components/responses".to_owned()]);
    let mut all = Vec::new();
    for group in groups {
        let members = draft.spec.root.pointer(&group).and_then(Value::as_object);
        all.extend(members.into_iter().flatten().map(|(name, _)| child(&group, name)));
    }
    all
}
