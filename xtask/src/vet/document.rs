//! Rules about the document as a whole.

use serde_json::Value;

use super::context::{Context, Report};
use crate::openapi::Kind;
use crate::spec::{Spec, child};

/// The document is OpenAPI 3.0. The version decides how everything else is read.
pub fn openapi_version(context: &Context<'_>, report: &mut Report<'_>) {
    let root = &context.spec.root;
    let help = "write `openapi: \"3.0.3\"`, in quotes";
    match &root["openapi"] {
        Value::String(version) if is_3_0(version) => {}
        Value::String(version) if version.starts_with("3.1") || version.starts_with("3.2") => {
            report.error(
                "/openapi",
                format!("OpenAPI {version} is not supported"),
                "describe the API in OpenAPI 3.0.3: `nullable` instead of `null` types, one `example` \
                 instead of `examples` in schemas, no `const`",
            );
        }
        Value::String(version) => {
            report.error("/openapi", format!("`{version}` is not a version of OpenAPI 3.0"), help);
        }
        Value::Null if root.get("swagger").is_some() => report.error(
            "/swagger",
            "Swagger 2.0 is not supported",
            "convert the description to OpenAPI 3.0.3",
        ),
        Value::Null => {
            report.error("/openapi", "`openapi`, the version of OpenAPI, is missing", help)
        }
        _ => report.error("/openapi", "the version of OpenAPI is not a string", help),
    }
}

fn is_3_0(version: &str) -> bool {
    let patch = version.strip_prefix("3.0.");
    patch.is_some_and(|patch| !patch.is_empty() && patch.chars().all(|c| c.is_ascii_digit()))
}

/// The title and the version are strings: an unquoted `1.0` is a number.
pub fn info(context: &Context<'_>, report: &mut Report<'_>) {
    for key in ["title", "version"] {
        let value = &context.spec.root["info"][key];
        if value.as_str().is_none_or(|string| string.trim().is_empty()) {
            report.error(
                &child("/info", key),
                format!("`info.{key}` is not a string, or is empty"),
                format!("write `{key}: \"...\"` below `info`, in quotes"),
            );
        }
    }
}

/// `x-vendor`, if it is there, is the name of the folder: tests and examples name the SDK by it.
pub fn vendor(context: &Context<'_>, report: &mut Report<'_>) {
    let Spec { root, vendor, .. } = context.spec;
    let declared = root["x-vendor"].as_str().unwrap_or(vendor);
    if declared != vendor && !vendor.is_empty() {
        report.error(
            "/x-vendor",
            format!("`x-vendor` is `{declared}`, but the folder is `specs/{vendor}`"),
            format!("remove it, or write `x-vendor: {vendor}`"),
        );
    }
}

/// The required sections exist, and none is of a later version of OpenAPI.
pub fn sections(context: &Context<'_>, report: &mut Report<'_>) {
    let root = &context.spec.root;
    if context.operations.is_empty() {
        report.error(
            "/paths",
            "the specification has no operations",
            "describe at least one below `paths`",
        );
    }
    for (index, server) in root["servers"].as_array().into_iter().flatten().enumerate() {
        if !server["url"].is_string() {
            report.error(
                &format!("/servers/{index}"),
                "the server has no `url`",
                "add `url: https://...`",
            );
        }
    }
    for key in ["webhooks", "jsonSchemaDialect"] {
        if root.get(key).is_some() {
            report.error(
                &child("", key),
                format!("`{key}` belongs to OpenAPI 3.1"),
                "remove it; the generator supports OpenAPI 3.0",
            );
        }
    }
}

/// The scopes of a requirement are a list.
pub fn security_schemes(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.nodes.iter().filter(|n| matches!(n.kind, Kind::Document | Kind::Operation))
    {
        let list = node.value["security"].as_array().into_iter().flatten();
        for (index, requirement) in list.enumerate() {
            for (name, scopes) in requirement.as_object().into_iter().flatten() {
                if !scopes.as_array().is_some_and(|list| list.iter().all(Value::is_string)) {
                    report.error(
                        &child(&format!("{}/security/{index}", node.pointer), name),
                        format!("the scopes of `{name}` are not a list of strings"),
                        "list the required scopes, or write `[]`",
                    );
                }
            }
        }
    }
}
