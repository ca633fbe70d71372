//! One operation from all calls of it.

mod procedure;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    Body, Call, Field, Parameter, Procedure, Response, Shape, rpc::positions,
    secrets::names_a_credential,
};
use crate::{
    import::{draft::Order, report::Report},
    names,
};

/// The rule in reports.
const RULE: &str = "examples";

/// What the operations share.
pub(super) struct Shared<'a> {
    pub report: &'a mut Report,
    pub schemas: &'a mut Map<String, Value>,
    /// The order of members, as the examples have it.
    pub order: &'a mut Order,
    /// What the file is called in messages.
    pub noun: &'static str,
    pub confidence: &'static str,
    /// The scheme of operations that name none.
    pub security: Option<&'a str>,
    /// Descriptions that several operations have: they were copied from one to the others.
    pub copied: &'a BTreeSet<String>,
}

/// The operation, and the place that reports name.
pub(super) fn operation(
    calls: &[Call],
    id: Option<&str>,
    place: &str,
    shared: &mut Shared<'_>,
) -> Map<String, Value> {
    let mut operation = Map::new();
    let mut doubts: Vec<String> = Vec::new();
    let Some(first) = calls.first() else { return operation };
    let mut set = |key: &str, value: Value| {
        operation.insert(key.to_owned(), value);
    };
    if let Some(id) = id {
        set("operationId", json!(id));
    }
    if let Some(tag) = calls.iter().find_map(|call| call.tag.as_ref()) {
        set("tags", json!([tag]));
    }
    if let Some(summary) = summary(calls) {
        set("summary", json!(summary));
    }
    let description = description(calls, place, shared);
    if !description.is_empty() {
        set("description", json!(description));
    }
    let parameters = parameters(calls, place, shared);
    if !parameters.is_empty() {
        set("parameters", Value::Array(parameters));
    }
    let procedures: Vec<&Procedure> = calls
        .iter()
        .filter_map(|call| match &call.body {
            Some(Body::Rpc(procedure)) => Some(procedure),
            _ => None,
        })
        .collect();
    let is_rpc = !procedures.is_empty();
    if is_rpc {
        let texts: Vec<&str> = calls.iter().map(|call| call.description.as_str()).collect();
        let positions = positions(&procedures, &texts);
        let owner = id.map(names::pascal).unwrap_or_default();
        set("x-rpc-params", procedure::names(&positions));
        if let Some(body) = procedure::body(&positions, &owner, place, &mut doubts, shared) {
            set("requestBody", body);
        }
    } else if let Some(body) = body(calls, place, shared) {
        set("requestBody", body);
    }
    set("responses", responses(calls, is_rpc, place, &mut doubts, shared));
    let scheme = first.security.as_deref();
    if scheme.is_some() && scheme != shared.security {
        let requirement =
            scheme.filter(|scheme| !scheme.is_empty()).map(|scheme| json!({ scheme: [] }));
        set("security", Value::Array(requirement.into_iter().collect()));
    }
    if let Some(server) = &first.server {
        set("servers", json!([{ "url": server }]));
    }
    let mut evidence = json!({ "confidence": shared.confidence });
    if !doubts.is_empty() {
        doubts.dedup();
        evidence["doubt"] = json!(doubts.join(" "));
    }
    set("x-evidence", evidence);
    operation
}

/// The name of the first call that is not a URL, as a sentence.
fn summary(calls: &[Call]) -> Option<String> {
    let is_rpc = |call: &Call| matches!(&call.body, Some(Body::Rpc(_)));
    let call = calls.first()?;
    let name = call.name.trim();
    let is_url = name.contains("://") || name.starts_with(['/', '{']) || name.contains("{{");
    // The name of a call of a procedure is mostly that of the procedure, or of one of its examples.
    let is_example = is_rpc(call) && (calls.len() > 1 || !name.contains(' '));
    if name.is_empty() || is_url || is_example {
        return None;
    }
    let name = name.replace('_', " ");
    let mut letters = name.chars();
    let first = letters.next()?;
    let sentence = format!("{}{}", first.to_uppercase(), letters.as_str());
    Some(if sentence.ends_with(['.', '!', '?']) { sentence } else { format!("{sentence}.") })
}

fn description(calls: &[Call], place: &str, shared: &mut Shared<'_>) -> String {
    let is_copied = |text: &str| shared.copied.contains(text);
    if calls.iter().any(|call| is_copied(&call.description)) {
        let message = "descriptions that several operations have, and were probably copied";
        shared.report.left_out(RULE, message, place, "");
    }
    let own = calls.iter().map(|call| call.description.trim());
    let mut text = own
        .filter(|text| !text.is_empty())
        .find(|text| !is_copied(text))
        .unwrap_or_default()
        .to_owned();
    let notes: Vec<&str> = calls
        .iter()
        .flat_map(|call| match &call.body {
            Some(Body::Json { loose, .. }) => loose.as_slice(),
            Some(Body::Rpc(procedure)) => procedure.notes.as_slice(),
            _ => &[],
        })
        .map(String::as_str)
        .collect();
    if !notes.is_empty() {
        text = format!("{text}\n\nNotes in the body of the example: {}", notes.join(" "))
            .trim()
            .to_owned();
    }
    if calls.len() > 1 {
        let names: BTreeSet<&str> =
            calls.iter().map(|call| call.name.trim()).filter(|name| !name.is_empty()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let message =
            format!("several requests of the {} are examples of one operation", shared.noun);
        shared.report.changed(RULE, &message, place, &names.join(", "));
    }
    text
}

fn parameters(calls: &[Call], place: &str, shared: &mut Shared<'_>) -> Vec<Value> {
    let mut merged: Vec<(Parameter, usize)> = Vec::new();
    for call in calls {
        for parameter in &call.parameters {
            let same = |own: &&mut (Parameter, usize)| {
                own.0.place == parameter.place && own.0.name.eq_ignore_ascii_case(&parameter.name)
            };
            match merged.iter_mut().find(same) {
                Some((own, seen)) => {
                    own.shape.merge(&parameter.shape);
                    own.is_required |= parameter.is_required;
                    own.is_optional |= parameter.is_optional;
                    if own.description.is_empty() {
                        own.description.clone_from(&parameter.description);
                    }
                    *seen += 1;
                }
                None => merged.push((parameter.clone(), 1)),
            }
        }
    }
    let mut list = Vec::new();
    for (parameter, seen) in merged {
        let mut mixed = Vec::new();
        let mut schema = parameter.shape.schema(&parameter.name, &mut mixed);
        // A parameter is written as a string, so any of several types is one.
        if schema.get("type").is_none_or(|kind| kind == "object" || kind == "array") {
            schema = json!({ "type": "string" });
        }
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("nullable");
            schema.remove("description");
        }
        let is_in_path = parameter.place == "path";
        let is_required =
            is_in_path || (parameter.is_required && !parameter.is_optional && seen == calls.len());
        let mut value = json!({ "name": parameter.name, "in": parameter.place, "schema": schema });
        if is_required {
            value["required"] = json!(true);
        }
        if !parameter.description.is_empty() {
            value["description"] = json!(parameter.description);
        }
        if names_a_credential(&parameter.name) && !is_in_path {
            let message =
                "a parameter has the name of a credential; should the client send it by itself?";
            shared.report.to_decide(RULE, message, place, &parameter.name);
        }
        list.push(value);
    }
    list
}

/// The body of all calls that have one.
fn body(calls: &[Call], place: &str, shared: &mut Shared<'_>) -> Option<Value> {
    let bodies: Vec<&Body> = calls.iter().filter_map(|call| call.body.as_ref()).collect();
    let first = bodies.first()?;
    let is_required = bodies.len() == calls.len();
    let mut mixed = Vec::new();
    let (media_type, schema) = match first {
        Body::Json { media_type, .. } => {
            let mut shape = Shape::default();
            for body in &bodies {
                if let Body::Json { value, .. } = body {
                    shape.add(value);
                }
            }
            shape.learn(shared.order);
            (media_type.clone(), shape.schema("body", &mut mixed))
        }
        Body::Form { media_type, .. } => {
            let lists = bodies.iter().filter_map(|body| match body {
                Body::Form { fields, .. } => Some(fields.as_slice()),
                _ => None,
            });
            ((*media_type).to_owned(), form(&lists.collect::<Vec<_>>(), shared.order))
        }
        Body::Other { media_type, is_text: true } => {
            (media_type.clone(), json!({ "type": "string" }))
        }
        Body::Other { media_type, .. } => {
            (media_type.clone(), json!({ "type": "string", "format": "binary" }))
        }
        Body::Rpc(_) => return None,
    };
    let kind = std::mem::discriminant(*first);
    if bodies.iter().any(|body| std::mem::discriminant(*body) != kind) {
        let message = "some examples of the operation have a body of another kind";
        shared.report.left_out(RULE, message, place, &media_type);
    }
    report_mixed(&mixed, place, shared);
    Some(json!({ "required": is_required, "content": { media_type: { "schema": schema } } }))
}

fn form(examples: &[&[Field]], order: &mut Order) -> Value {
    let mut merged: Vec<(Field, usize)> = Vec::new();
    for field in examples.iter().flat_map(|fields| fields.iter()) {
        match merged.iter_mut().find(|(own, _)| own.name == field.name) {
            Some((own, seen)) => {
                own.shape.merge(&field.shape);
                own.is_optional |= field.is_optional;
                *seen += 1;
            }
            None => merged.push((field.clone(), 1)),
        }
    }
    order.learn(&merged.iter().map(|(field, _)| field.name.clone()).collect::<Vec<_>>());
    let mut properties = Map::new();
    for (field, _) in &merged {
        let mut schema = match field.is_file {
            true => json!({ "type": "string", "format": "binary" }),
            false => field.shape.schema("", &mut Vec::new()),
        };
        if !matches!(schema["type"].as_str(), Some("string" | "integer" | "number" | "boolean")) {
            schema = json!({ "type": "string" });
        }
        if !field.description.is_empty() {
            schema["description"] = json!(field.description);
        }
        properties.insert(field.name.clone(), schema);
    }
    let always = merged.iter().filter(|(field, seen)| {
        let is_in_all = *seen == examples.len() && !field.is_optional;
        is_in_all && (examples.len() > 1 || field.is_file)
    });
    let required: Vec<&String> = always.map(|(field, _)| &field.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn responses(
    calls: &[Call],
    is_rpc: bool,
    place: &str,
    doubts: &mut Vec<String>,
    shared: &mut Shared<'_>,
) -> Value {
    let all: Vec<&Response> = calls.iter().flat_map(|call| &call.responses).collect();
    let failed = all.iter().filter(|response| response.status >= 400).count();
    for _ in 0..failed {
        let message = "examples of error responses";
        shared.report.left_out(RULE, message, place, "");
    }
    let successes: Vec<&Response> =
        all.into_iter().filter(|response| (200..300).contains(&response.status)).collect();
    let status = successes.iter().map(|response| response.status).min().unwrap_or(200);
    let mut shape = Shape::default();
    let (mut values, mut members) = (0, 0);
    for value in successes.iter().filter_map(|response| response.value.as_ref()) {
        match is_rpc {
            false => shape.add(value),
            true => match result(value) {
                Some(result) => shape.add(result),
                None => continue,
            },
        }
        values += 1;
        members += 1;
    }
    let named = successes.iter().find(|response| !response.name.is_empty());
    let description =
        named.map_or_else(|| "The response.".to_owned(), |response| response.name.clone());
    let mut mixed = Vec::new();
    let other = successes.iter().find(|response| response.has_body && response.value.is_none());
    let response = if members > 0 && values > 0 {
        shape.learn(shared.order);
        let schema = shape.schema("response", &mut mixed);
        json!({ "description": description, "content": { "application/json": { "schema": schema } } })
    } else if let Some(other) = other.filter(|_| !is_rpc) {
        let is_text = other.media_type.starts_with("text/");
        let schema = if is_text {
            json!({ "type": "string" })
        } else {
            json!({ "type": "string", "format": "binary" })
        };
        let media_type = if is_text { "text/plain" } else { "application/octet-stream" };
        json!({ "description": description, "content": { media_type: { "schema": schema } } })
    } else if status == 204 || (!successes.is_empty() && !is_rpc) {
        json!({ "description": description })
    } else {
        let message =
            format!("the {} has no example of the response; it is any value", shared.noun);
        shared.report.guessed(RULE, &message, place, "");
        doubts.push("The response is not documented.".to_owned());
        let schema = json!({ "description": "The response, whose members are not documented." });
        json!({ "description": description, "content": { "application/json": { "schema": schema } } })
    };
    report_mixed(&mixed, place, shared);
    let mut responses = BTreeMap::new();
    responses.insert(status.to_string(), response);
    json!(responses)
}

/// The result in a response to a call of a procedure.
fn result(value: &super::Sample) -> Option<&super::Sample> {
    let super::Sample::Object(members) = value else { return None };
    members.iter().find(|member| member.name == "result").map(|member| &member.value)
}

fn report_mixed(mixed: &[String], place: &str, shared: &mut Shared<'_>) {
    for member in mixed {
        let message = "the examples of a value have several types; it is any value";
        shared.report.guessed(RULE, message, place, member);
    }
}
