//! Recognises the format of a file and converts it to OpenAPI 3.0.

use std::path::Path;

use serde_json::Value;

use super::{
    bundle,
    draft::{Draft, Order, Origin},
    input::Input,
    openapi2, openapi31,
};
use crate::diagnostic::Diagnostics;

/// Reads one file.
pub fn read(file: &Path) -> Result<Draft, Diagnostics> {
    let mut order = Order::default();
    let input = Input::read(file, &mut order)?;
    let origin = |format: &str| Origin {
        name: input.name(),
        format: format.to_owned(),
        hash: input.hash.clone(),
    };
    let mut draft = Draft::default();
    let format = format(&input.value);
    if matches!(format, Some(Format::OpenApi2 | Format::OpenApi3(_))) {
        draft.document = bundle::bundle(&input, &mut order)?;
    }
    draft.order = order;
    match format {
        Some(Format::OpenApi3(version)) => {
            draft.origins.push(origin(&format!("OpenAPI {version}")));
            openapi31::convert(&mut draft, !version.starts_with("3.0"));
        }
        Some(Format::OpenApi2) => {
            draft.origins.push(origin("OpenAPI 2.0"));
            openapi2::convert(&mut draft);
            openapi31::convert(&mut draft, false);
        }
        None => {
            return Err(input.refused(
                "the format of the file is not known",
                "supported are OpenAPI 2.0 (`swagger: \"2.0\"`), 3.0 and 3.1 (`openapi: ...`)",
            ));
        }
    }
    let has_references = draft.document["paths"]
        .as_object()
        .is_some_and(|paths| paths.values().any(|item| item.get("$ref").is_some()));
    if draft.operations().is_empty() && !has_references {
        let webhooks = draft.document["webhooks"].as_object().map_or(0, serde_json::Map::len);
        return Err(input.refused(
            match webhooks {
                0 => "the file describes no operations".to_owned(),
                count => format!("the file has no operations, only webhooks ({count})"),
            },
            "import the file that has the `paths` of the API",
        ));
    }
    Ok(draft)
}

enum Format {
    OpenApi2,
    OpenApi3(String),
}

fn format(document: &Value) -> Option<Format> {
    let version = |key: &str| match document.get(key)? {
        Value::String(version) => Some(version.trim().to_owned()),
        Value::Number(version) => Some(version.to_string()),
        _ => None,
    };
    if let Some(version) = version("openapi") {
        return version.starts_with('3').then_some(Format::OpenApi3(version));
    }
    version("swagger").filter(|version| version.starts_with('2')).map(|_| Format::OpenApi2)
}

/// Adds what another file describes.
pub fn join(all: &mut Draft, other: Draft) {
    all.order.extend(other.order);
    all.origins.extend(other.origins);
    all.report.entries.extend(other.report.entries);
    all.left_out.extend(other.left_out);
}
