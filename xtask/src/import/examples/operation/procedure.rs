//! The parameters of a remote procedure.

use serde_json::{Map, Value, json};

use super::{
    super::{rpc::Position, secrets::names_a_credential},
    Shared, report_mixed,
};
use crate::names;

/// The rule in reports.
const RULE: &str = "rpc_parameters";

/// The parameters in the order in which they are sent.
pub(super) fn names(positions: &[Position]) -> Value {
    let names: Vec<Value> = positions
        .iter()
        .map(|position| match position.is_always_null() {
            true => Value::Null,
            false => json!(position.name),
        })
        .collect();
    Value::Array(names)
}

/// The body, whose members are the parameters.
pub(super) fn body(
    positions: &[Position],
    owner: &str,
    place: &str,
    doubts: &mut Vec<String>,
    shared: &mut Shared<'_>,
) -> Option<Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for position in positions.iter().filter(|position| !position.is_always_null()) {
        let mut mixed = Vec::new();
        position.shape.learn(shared.order);
        let mut schema = position.shape.schema(&position.name, &mut mixed);
        report_mixed(&mixed, place, shared);
        if position.is_guessed {
            let message = "names of positional parameters are made up";
            shared.report.guessed(RULE, message, place, &position.name);
            doubts.push(format!("The name `{}` of a parameter is not documented.", position.name));
        }
        if position.was_named {
            let message = "the vendor sends the parameters by name, the client sends them by position in this order";
            shared.report.to_decide(RULE, message, place, &position.name);
            doubts.push("The vendor's example sends the parameters by name.".to_owned());
        }
        if position.is_single_object {
            let message = "the only parameter is an object; are its members the arguments?";
            shared.report.to_decide(RULE, message, place, &position.name);
            if !owner.is_empty() && schema["properties"].is_object() {
                let name = format!("{owner}Params{}", names::pascal(&position.name));
                secrets_in(&mut schema, place, shared);
                let description =
                    schema.as_object_mut().and_then(|schema| schema.remove("description"));
                shared.schemas.insert(name.clone(), schema);
                schema = json!({ "$ref": format!("#/components/schemas/{name}") });
                if let Some(description) = description {
                    schema = json!({ "allOf": [schema], "description": description });
                }
            }
        }
        if position.is_required {
            required.push(position.name.clone());
        }
        if let Some(note) = position.description.as_ref().filter(|_| schema.get("$ref").is_none()) {
            schema["description"] = json!(note);
        }
        properties.insert(position.name.clone(), schema);
    }
    if properties.is_empty() {
        return None;
    }
    let sent = positions.iter().filter(|position| properties.contains_key(&position.name));
    shared.order.learn(&sent.map(|position| position.name.clone()).collect::<Vec<_>>());
    let is_required = !required.is_empty();
    let mut schema = json!({ "type": "object", "properties": properties });
    if is_required {
        schema["required"] = json!(required);
    }
    Some(
        json!({ "required": is_required, "content": { "application/json": { "schema": schema } } }),
    )
}

/// Marks members of a request that are credentials.
fn secrets_in(schema: &mut Value, place: &str, shared: &mut Shared<'_>) {
    for (name, member) in schema["properties"].as_object_mut().into_iter().flatten() {
        if names_a_credential(name) && member["type"] == "string" {
            member["x-secret"] = json!(true);
            let message =
                "a credential is a member of the parameters; should the client send it by itself?";
            shared.report.to_decide(RULE, message, place, name);
        }
    }
}
