//! The envelope of JSON-RPC 2.0: a specification names the parameters of a procedure and describes its result; the wire
//! has a call with a list of parameters, and a response with `result` or `error`.

use serde_json::{Value, json};

use super::{
    members::{
        add_component, change_examples, describe, name_schema, object, operation_mut, operations,
        successes,
    },
    nullable,
};
use crate::{model::is_json, names, spec::child};

/// Wraps the bodies and responses of all procedures.
pub(super) fn wrap(root: &mut Value, default_envelope: &str) {
    let procedures: Vec<_> = operations(root, default_envelope)
        .into_iter()
        .filter(|(_, _, envelope)| envelope == "json-rpc")
        .collect();
    if procedures.is_empty() {
        return;
    }
    let error = add_component(root, "schemas", "JsonRpcError", error(&root["x-errors"]));
    describe_paths(root);
    let components = root["components"].clone();
    for (path, method, _) in procedures {
        let Some(operation) = operation_mut(root, &path, method) else { continue };
        if let Some((_, procedure)) = path.split_once('#')
            && operation.get("x-rpc-params").is_some()
        {
            let body = call(operation, procedure, &components);
            object(operation).insert("requestBody".to_owned(), body);
        }
        for response in successes(&components, operation) {
            wrap_response(response, &error);
        }
        name_schemas(root, &child(&child("/paths", &path), method));
    }
}

/// Names the schemas of a procedure after it.
fn name_schemas(root: &mut Value, pointer: &str) {
    let operation = root.pointer(pointer).unwrap_or(&Value::Null);
    let id = names::pascal(operation["operationId"].as_str().unwrap_or_default());
    let mut responses = Vec::new();
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        for (media_type, content) in response["content"].as_object().into_iter().flatten() {
            if content.get("schema").is_some() {
                let response = child(&child(pointer, "responses"), status);
                let content = child(&child(&response, "content"), media_type);
                responses.push(child(&content, "schema"));
            }
        }
    }
    let call = format!("{pointer}/requestBody/content/application~1json/schema");
    let items = format!("{call}/properties/params/items");
    if root.pointer(&items).is_some_and(|items| items.get("anyOf").is_some()) {
        name_schema(root, &items, &format!("{id}Parameter"));
    }
    name_schema(root, &call, &format!("{id}Call"));
    for response in responses {
        name_schema(root, &response, &format!("{id}Response"));
    }
}

fn describe_paths(root: &mut Value) {
    describe(
        object(&mut root["info"]),
        "\n\n",
        "In this document, the path of a procedure ends with its name after a number sign, since paths must differ. HTTP \
         clients do not send this fragment: all procedures are sent to the same URL, and `method` in the body names the \
         procedure.",
    );
}

/// The schema of the `error` member.
fn error(known: &Value) -> Value {
    let mut code =
        json!({ "type": "integer", "format": "int64", "description": "What went wrong." });
    let rows: Vec<String> = known
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| {
            let (code, meaning) = (error["code"].as_i64()?, error["meaning"].as_str()?);
            Some(format!("- {code}: {}", meaning.trim()))
        })
        .collect();
    if !rows.is_empty() {
        let list = format!("Known codes:\n\n{}", rows.join("\n"));
        describe(object(&mut code), " ", &list);
    }
    json!({
        "type": "object",
        "description": "The failure of a JSON-RPC call. The HTTP status is that of a success.",
        "required": ["code"],
        "properties": {
            "code": code,
            "message": { "type": "string", "description": "What went wrong, in words." },
            "data": { "description": "Details; any value." },
        },
        "additionalProperties": true,
    })
}

/// The request body of a procedure.
fn call(operation: &Value, procedure: &str, components: &Value) -> Value {
    let names: Vec<Option<&str>> =
        operation["x-rpc-params"].as_array().into_iter().flatten().map(Value::as_str).collect();
    let mut body = &operation["requestBody"];
    let shared = body["$ref"].as_str().and_then(|target| target.rsplit('/').next());
    if let Some(shared) = shared {
        body = &components["requestBodies"][shared];
    }
    let none = Value::Null;
    let content =
        body["content"].as_object().and_then(|content| content.values().next()).unwrap_or(&none);
    let mut media_type = json!({
        "schema": {
            "type": "object",
            "description": format!("The JSON-RPC 2.0 call of `{procedure}`."),
            "required": ["jsonrpc", "id", "method", "params"],
            "properties": {
                "jsonrpc": { "type": "string", "enum": ["2.0"], "description": "The version of JSON-RPC." },
                "id": {
                    "type": "string",
                    "description": "Chosen by the caller; the response repeats it.",
                },
                "method": { "type": "string", "enum": [procedure], "description": "The procedure." },
                "params": params(&names, &content["schema"]),
            },
        },
    });
    for key in ["example", "examples"] {
        if let Some(examples) = content.get(key) {
            object(&mut media_type).insert(key.to_owned(), examples.clone());
        }
    }
    change_examples(&mut media_type, |named| example_call(procedure, &names, &named));
    json!({ "required": true, "content": { "application/json": media_type } })
}

/// The schema of `params`. OpenAPI 3.0 cannot describe the items of a list by position, so the description does.
fn params(names: &[Option<&str>], body: &Value) -> Value {
    let is_required = |name: &str| {
        body["required"].as_array().is_some_and(|all| all.iter().any(|other| other == name))
    };
    let mut lines = Vec::new();
    let mut alternatives: Vec<Value> = Vec::new();
    let mut has_null = false;
    for (index, name) in names.iter().enumerate() {
        let position = index + 1;
        let Some(name) = name else {
            lines.push(format!("{position}. always `null`."));
            has_null = true;
            continue;
        };
        let mut schema = body["properties"][name].clone();
        let description = schema["description"].as_str().unwrap_or_default().trim().to_owned();
        let kind = if is_required(name) { "required" } else { "optional" };
        lines.push(format!("{position}. `{name}`, {kind}. {description}").trim_end().to_owned());
        has_null |= !is_required(name);
        if let Some(members) = schema.as_object_mut() {
            members.remove("description");
            if members.len() == 1
                && let Some([single]) =
                    members.get("allOf").and_then(Value::as_array).map(Vec::as_slice)
            {
                schema = single.clone();
            }
        }
        if !alternatives.contains(&schema) {
            alternatives.push(schema);
        }
    }
    if has_null && (alternatives.len() > 1 || has_reference(&alternatives)) {
        // `nullable` next to alternatives would not help: one of them has to accept `null`.
        alternatives.push(nullable::null_value());
        has_null = false;
    }
    let mut items = match alternatives.as_slice() {
        [] => json!({}),
        [single] => single.clone(),
        _ => json!({
            "anyOf": alternatives,
            "description": "A parameter; the description of the list gives their positions.",
        }),
    };
    if has_null {
        object(&mut items).insert("nullable".to_owned(), true.into());
    }
    let last_required = names.iter().rposition(|name| name.is_none_or(is_required));
    json!({
        "type": "array",
        "description": match lines.is_empty() {
            true => "The procedure has no parameters.".to_owned(),
            false => format!("The parameters by position:\n\n{}", lines.join("\n")),
        },
        "items": items,
        "minItems": last_required.map_or(0, |index| index + 1),
        "maxItems": names.len(),
    })
}

fn has_reference(alternatives: &[Value]) -> bool {
    alternatives.iter().any(|schema| schema.get("$ref").is_some())
}

fn example_call(procedure: &str, names: &[Option<&str>], named: &Value) -> Value {
    let params: Vec<Value> = names
        .iter()
        .map(|name| name.and_then(|name| named.get(name)).cloned().unwrap_or(Value::Null))
        .collect();
    json!({ "jsonrpc": "2.0", "id": "1", "method": procedure, "params": params })
}

fn wrap_response(response: &mut Value, error: &Value) {
    let content = object(response).entry("content").or_insert_with(|| json!({}));
    let media_types = object(content);
    if media_types.is_empty() {
        media_types.insert("application/json".to_owned(), json!({}));
    }
    for (_, content) in media_types.iter_mut().filter(|(media_type, _)| is_json(media_type)) {
        let result = match content.get("schema") {
            Some(schema) => schema.clone(),
            None => json!({ "description": "Any value; the procedure returns nothing of use." }),
        };
        object(content).insert("schema".to_owned(), json!({
            "type": "object",
            "description": "The JSON-RPC 2.0 response: with `result` if the call succeeded, and with `error` if not.",
            "properties": {
                "jsonrpc": { "type": "string", "description": "The version of JSON-RPC." },
                "id": { "description": "The ID of the call, of the type that the caller chose; `null` if the call could not be read." },
                "result": result,
                "error": { "allOf": [error], "nullable": true, "description": "Why the call failed." },
            },
        }));
        change_examples(content, |result| json!({ "jsonrpc": "2.0", "id": "1", "result": result }));
    }
}
