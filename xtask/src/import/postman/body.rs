//! Bodies of requests, and responses.

use serde_json::Value;

use super::{RULE, prose};
use crate::import::{
    examples::{
        Body, Field, Response, Sample, Shape,
        json::{self, Extras},
        procedure,
        secrets::{Secrets, is_placeholder, names_a_credential},
        written_shape,
    },
    report::Report,
};

/// The body of a request.
pub(super) fn body(
    body: &Value,
    media_type: &str,
    place: &str,
    secrets: &mut Secrets,
    report: &mut Report,
) -> Option<Body> {
    if body["disabled"] == true {
        return None;
    }
    match body["mode"].as_str()? {
        "raw" => raw(body, media_type, place, secrets, report),
        "urlencoded" => {
            let fields = fields(&body["urlencoded"], place, secrets, report);
            let media_type = "application/x-www-form-urlencoded";
            (!fields.is_empty()).then_some(Body::Form { media_type, fields })
        }
        "formdata" => {
            let fields = fields(&body["formdata"], place, secrets, report);
            let media_type = "multipart/form-data";
            (!fields.is_empty()).then_some(Body::Form { media_type, fields })
        }
        "file" => {
            let is_known = media_type.contains('/')
                && !media_type.contains("json")
                && !media_type.contains("{{");
            let media_type = if is_known { media_type } else { "application/octet-stream" };
            Some(Body::Other { media_type: media_type.to_owned(), is_text: false })
        }
        "graphql" => {
            report.left_out(RULE, "GraphQL bodies", place, "");
            None
        }
        other => {
            report.left_out(RULE, "bodies of an unknown kind", place, other);
            None
        }
    }
}

fn raw(
    body: &Value,
    media_type: &str,
    place: &str,
    secrets: &mut Secrets,
    report: &mut Report,
) -> Option<Body> {
    let text = body["raw"].as_str().unwrap_or_default();
    if text.trim().is_empty() {
        return None;
    }
    let language = body["options"]["raw"]["language"].as_str().unwrap_or_default();
    let is_other = !media_type.is_empty()
        && !media_type.contains("json")
        && !media_type.starts_with("text/plain");
    let is_text = matches!(language, "xml" | "html" | "javascript") || is_other;
    let looks_like_json = text.trim_start().starts_with(['{', '[']);
    if !is_text || looks_like_json {
        match json::parse(text) {
            Ok((value, extras)) => {
                secrets.note_members(&value, place, report);
                report_extras(&extras, place, report);
                if let Some(procedure) = procedure(&value, &extras.loose) {
                    return Some(Body::Rpc(procedure));
                }
                let media_type =
                    if media_type.contains("json") { media_type } else { "application/json" };
                return Some(Body::Json {
                    media_type: media_type.to_owned(),
                    value,
                    loose: extras.loose,
                });
            }
            Err(error) if looks_like_json || language == "json" || media_type.contains("json") => {
                report.left_out(
                    RULE,
                    "bodies that are not JSON; the body is any value",
                    place,
                    &error,
                );
                let value = Sample::Variable(String::new());
                return Some(Body::Json {
                    media_type: "application/json".to_owned(),
                    value,
                    loose: Vec::new(),
                });
            }
            Err(_) => {}
        }
    }
    let media_type = match (media_type.contains('/'), language) {
        (true, _) => media_type,
        (_, "xml") => "application/xml",
        (_, "html") => "text/html",
        _ => "text/plain",
    };
    Some(Body::Other { media_type: media_type.to_owned(), is_text: true })
}

fn report_extras(extras: &Extras, place: &str, report: &mut Report) {
    if extras.comments > 0 {
        let message = "comments in bodies became descriptions";
        report.changed(RULE, message, place, &format!("{} comments", extras.comments));
    }
    if !extras.variables.is_empty() {
        let mut names = extras.variables.clone();
        names.sort();
        names.dedup();
        report.changed(
            RULE,
            "variables in bodies give types, not values",
            place,
            &names.join(", "),
        );
    }
}

fn fields(list: &Value, place: &str, secrets: &mut Secrets, report: &mut Report) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for entry in list.as_array().into_iter().flatten() {
        let Some(name) = entry["key"].as_str().map(str::trim).filter(|name| !name.is_empty())
        else {
            continue;
        };
        let value = entry["value"].as_str().unwrap_or_default();
        if names_a_credential(name) {
            secrets.note(value, &format!("{place}, field `{name}`"), report);
        }
        let (description, _) = prose::without_required(&prose::description(&entry["description"]));
        let shape = match is_placeholder(value) && value.contains("{{") {
            true => Shape::string(),
            false => written_shape(value),
        };
        let is_file = entry["type"] == "file";
        let field = Field {
            name: name.to_owned(),
            description,
            shape,
            is_file,
            is_optional: entry["disabled"] == true,
        };
        match fields.iter_mut().find(|own| own.name == field.name) {
            Some(own) => own.shape.merge(&field.shape),
            None => fields.push(field),
        }
    }
    // A converter that met an object wrote its letters, one for each field.
    let is_spelled = fields.len() > 3
        && fields.iter().enumerate().all(|(index, field)| field.name == index.to_string());
    if is_spelled {
        report.left_out(RULE, "forms that a converter wrote as single letters", place, "");
        return Vec::new();
    }
    fields
}

/// The saved responses of a request.
pub(super) fn responses(
    list: &Value,
    place: &str,
    secrets: &mut Secrets,
    report: &mut Report,
) -> Vec<Response> {
    let saved = list.as_array().into_iter().flatten().filter(|response| response.is_object());
    saved
        .map(|response| {
            let text = response["body"].as_str().unwrap_or_default();
            let headers = response["header"].as_array().into_iter().flatten();
            let media_type = headers
                .filter(|header| {
                    header["key"]
                        .as_str()
                        .is_some_and(|key| key.eq_ignore_ascii_case("content-type"))
                })
                .find_map(|header| header["value"].as_str())
                .unwrap_or_default();
            let value = match text.trim() {
                "" => None,
                text => json::parse(text).ok().map(|(value, _)| value),
            };
            if let Some(value) = &value {
                secrets.note_members(value, &format!("{place}, response"), report);
            }
            let status =
                response["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(200);
            let media_type = media_type.split(';').next().unwrap_or_default().trim().to_owned();
            let is_json = media_type.is_empty()
                || media_type.contains("json")
                || text.trim_start().starts_with(['{', '[']);
            Response {
                status,
                name: sentence(response["name"].as_str().unwrap_or_default()),
                media_type,
                value: value.filter(|_| is_json),
                has_body: !text.trim().is_empty(),
            }
        })
        .collect()
}

fn sentence(name: &str) -> String {
    let name = name.trim();
    match name.is_empty() || name.ends_with(['.', '!', '?']) {
        true => name.to_owned(),
        false => format!("{name}."),
    }
}
