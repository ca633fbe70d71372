//! The tools: their names, descriptions and arguments.

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{access::Access, call::MAX_ITEMS};

pub(super) const SEARCH: &str = "search_operations";
pub(super) const DESCRIBE: &str = "describe_operation";
pub(super) const CALL: &str = "call_operation";
pub(super) const CHANGE: &str = "call_changing_operation";

/// The arguments of [`SEARCH`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    pub(super) connection: Option<String>,
    #[serde(default)]
    pub(super) query: String,
    pub(super) tag: Option<String>,
    #[serde(default)]
    pub(super) offset: usize,
    pub(super) limit: Option<usize>,
}

/// The arguments of [`DESCRIBE`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Describe {
    pub(super) connection: Option<String>,
    pub(super) operation: String,
}

/// The arguments of [`CALL`] and [`CHANGE`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    pub(super) connection: Option<String>,
    pub(super) operation: String,
    #[serde(default)]
    pub(super) arguments: Map<String, Value>,
    pub(super) select: Option<String>,
    pub(super) max_items: Option<usize>,
}

/// The tools that the access allows.
pub(super) fn all(access: &Access) -> Vec<Tool> {
    let connection = json!({
        "type": "string", "enum": access.names(),
        "description": "The connection; may be left out if there is only one",
    });
    let operation = json!({ "type": "string", "description": "The name of an operation, such as `get-folder`" });
    let reads = |title| ToolAnnotations::with_title(title).read_only(true).idempotent(true);
    let search = Tool::new(
        SEARCH,
        "Finds operations by words, such as `list folders`. Returns names with one line each, best matches first.",
        schema(
            json!({
                "connection": connection,
                "query": { "type": "string", "description": "Words; all operations if it is empty" },
                "tag": { "type": "string", "description": "Only operations of this tag" },
                "limit": { "type": "integer", "minimum": 1, "maximum": 100, "default": 20 },
                "offset": { "type": "integer", "minimum": 0, "default": 0 },
            }),
            &[],
        ),
    );
    let describe = Tool::new(
        DESCRIBE,
        "Describes an operation: what it does, the JSON Schema of its arguments, what it returns, and how certain that \
         is. Read it before the first call of an operation.",
        schema(json!({ "connection": connection, "operation": operation }), &["operation"]),
    );
    let call = json!({
        "connection": connection,
        "operation": operation,
        "arguments": {
            "type": "object",
            "description": "By their names in the description of the operation; the body of a request as `body`",
            "additionalProperties": true,
        },
        "select": {
            "type": "string",
            "description": "A jq filter for the result, such as `.results[] | {id, name}`. Select what you need: large \
                            results are shortened",
        },
        "max_items": {
            "type": "integer", "minimum": 1, "maximum": MAX_ITEMS,
            "description": "For lists: collects the items of several pages, up to this number. The result, and the \
                            input of `select`, is then the list of the items",
        },
    });
    let read = Tool::new(
        CALL,
        "Calls an operation that changes nothing, and returns its result as JSON. Notes after it tell what was left out \
         and how to get it.",
        schema(call.clone(), &["operation"]),
    );
    let mut tools = vec![
        search.with_annotations(reads("Search operations").open_world(false)),
        describe.with_annotations(reads("Describe an operation").open_world(false)),
        read.with_annotations(reads("Call an operation that reads").open_world(true)),
    ];
    if access.writes {
        let annotations = ToolAnnotations::with_title("Call an operation that changes something");
        let annotations = annotations.read_only(false).destructive(true).open_world(true);
        let change = Tool::new(
            CHANGE,
            "Calls an operation that creates, changes or deletes something at the vendor. Ask the user before you call \
             it.",
            schema(call, &["operation"]),
        );
        tools.push(change.with_annotations(annotations));
    }
    tools
}

fn schema(properties: Value, required: &[&str]) -> JsonObject {
    let schema = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    });
    match schema {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    }
}
