//! Recognises the format of a file and converts it to OpenAPI 3.0.

use std::{fmt::Write as _, fs, path::Path};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    draft::{Draft, Order, Origin},
    openapi2, openapi31, text,
};
use crate::diagnostic::{Diagnostic, Location};

/// Reads one file.
pub fn read(file: &Path) -> Result<Draft, Diagnostic> {
    let at = |line| Some(Location { file: file.to_owned(), line, column: 1 });
    let bytes = fs::read(file).map_err(|error| {
        Diagnostic::new(
            format!("{} cannot be read: {error}", file.display()),
            None,
            "check the path; a folder cannot be imported, only its root file",
        )
    })?;
    let Ok(content) = std::str::from_utf8(&bytes) else {
        return Err(Diagnostic::new("the file is not UTF-8", at(1), "convert it to UTF-8"));
    };
    let mut order = Order::default();
    let value = text::parse(content, &mut order).map_err(|message| {
        Diagnostic::new(message, at(1), "check that the file is complete; correct the syntax there")
    })?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let origin =
        |format: &str| Origin { name: name.clone(), format: format.to_owned(), hash: hash(&bytes) };
    let mut draft = Draft { document: value, order, ..Draft::default() };
    match format(&draft.document) {
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
            return Err(Diagnostic::new(
                "the format of the file is not known",
                at(1),
                "supported are OpenAPI 2.0 (`swagger: \"2.0\"`), 3.0 and 3.1 (`openapi: ...`)",
            ));
        }
    }
    let has_references = draft.document["paths"]
        .as_object()
        .is_some_and(|paths| paths.values().any(|item| item.get("$ref").is_some()));
    if draft.operations().is_empty() && !has_references {
        let webhooks = draft.document["webhooks"].as_object().map_or(0, serde_json::Map::len);
        return Err(Diagnostic::new(
            match webhooks {
                0 => "the file describes no operations".to_owned(),
                count => format!("the file has no operations, only webhooks ({count})"),
            },
            at(1),
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

fn hash(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes).iter().take(6) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Adds what another file describes.
pub fn join(all: &mut Draft, other: Draft) {
    all.order.extend(other.order);
    all.origins.extend(other.origins);
    all.report.entries.extend(other.report.entries);
    all.left_out.extend(other.left_out);
}
