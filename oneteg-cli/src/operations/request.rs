//! From a call to the request that the SDK would send.

use oneteg_http::{
    CallOptions, FilePart, Operation,
    codegen::{Form, OperationRequest},
};
use serde_json::Value;

use super::call::{Call, CallBody, Part};
use crate::{
    catalog::{Body, BodyKind, Entry, Place, Style, query_style},
    error::CliError,
};

/// The request of a call.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn build(
    entry: &'static Entry,
    operation: &'static Operation,
    call: &Call,
    options: CallOptions,
) -> Result<Box<OperationRequest>, CliError> {
    let mut request = OperationRequest::new(operation, options);
    for (parameter, value) in entry.parameters.iter().zip(&call.parameters) {
        let Some(value) = value else { continue };
        match parameter.place {
            Place::Path => request.path(&parameter.name, value),
            Place::Query => request.query(&parameter.name, query_style(parameter.style), value),
            Place::Header => request.header(&parameter.name, value),
            Place::Procedure => {}
        }
    }
    if let Some(rpc) = operation.rpc {
        for name in rpc.params {
            let named = || {
                let mut parameters = entry.parameters.iter().zip(&call.parameters);
                let found = parameters.find(|(parameter, _)| {
                    parameter.place == Place::Procedure && Some(parameter.name.as_str()) == *name
                });
                found.and_then(|(_, value)| value.as_ref())
            };
            request.param(named().unwrap_or(&Value::Null));
        }
        return Ok(request);
    }
    let Some(body) = &entry.body else { return Ok(request) };
    match &call.body {
        CallBody::None => {}
        CallBody::Value(value) => match (body.kind, value) {
            (BodyKind::Form, value) => {
                let styles =
                    body.styles.iter().map(|(name, style)| (name.as_str(), query_style(*style)));
                request.form_urlencoded(value, &styles.collect::<Vec<_>>());
            }
            (BodyKind::Text, Value::String(text)) => request.text(text.clone()),
            (_, value) => request.json(value),
        },
        CallBody::Multipart(parts) => request.form(form(body, parts)?),
        CallBody::File(file) => request.upload(file.source()?),
    }
    Ok(request)
}

fn form(body: &Body, parts: &[(String, Part)]) -> Result<Form, CliError> {
    let mut form = Form::default();
    for (name, part) in parts {
        match part {
            Part::File(file) => {
                let part = FilePart::new(file.sent_name(), file.source()?);
                let part = match &file.media_type {
                    Some(media_type) => part.content_type(media_type),
                    None => part,
                };
                form.file(name.clone(), part);
            }
            Part::Value(value) if body.styles.get(name) == Some(&Style::Json) => {
                form.json(name.clone(), value);
            }
            // A list is a part for each item.
            Part::Value(Value::Array(items)) => {
                items.iter().for_each(|item| form.value(name.clone(), item));
            }
            Part::Value(value) => form.value(name.clone(), value),
        }
    }
    Ok(form)
}
