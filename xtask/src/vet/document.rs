//! Rules about the document as a whole.

use serde_json::Value;

use super::{Context, Faults, nodes::Kind};
use crate::spec::child;

/// The version of OpenAPI decides how everything else is read.
pub fn openapi_version(context: &Context<'_>, faults: &mut Faults<'_>) {
    let root = &context.spec.root;
    let cure = "write `openapi: \"3.0.3\"`, in quotes";
    match &root["openapi"] {
        Value::String(version) if is_3_0(version) => {}
        Value::String(version) if version.starts_with("3.1") || version.starts_with("3.2") => {
            faults.add(
                "/openapi",
                format!("OpenAPI {version} is not supported"),
                "describe the API in OpenAPI 3.0.3: `nullable` in place of `null` types, one \
                 `example` in place of `examples` in schemas, no `const`",
            );
        }
        Value::String(version) => {
            faults.add("/openapi", format!("`{version}` is no version of OpenAPI 3.0"), cure);
        }
        Value::Null if root.get("swagger").is_some() => faults.add(
            "/swagger",
            "Swagger 2.0 is not supported",
            "convert the description to OpenAPI 3.0.3",
        ),
        Value::Null => faults.add("/openapi", "the version of OpenAPI is missing", cure),
        _ => faults.add("/openapi", "the version of OpenAPI is not a text", cure),
    }
}

fn is_3_0(version: &str) -> bool {
    let patch = version.strip_prefix("3.0.");
    patch.is_some_and(|patch| !patch.is_empty() && patch.chars().all(|c| c.is_ascii_digit()))
}

/// A title and a version, as texts: an unquoted `1.0` is a number.
pub fn info(context: &Context<'_>, faults: &mut Faults<'_>) {
    for key in ["title", "version"] {
        let value = &context.spec.root["info"][key];
        if value.as_str().is_none_or(|text| text.trim().is_empty()) {
            faults.add(
                &child("/info", key),
                format!("`info.{key}` is not a text"),
                format!("write `{key}: \"...\"` below `info`, in quotes"),
            );
        }
    }
}

/// Sections that must be there, or that only later versions of OpenAPI have.
pub fn sections(context: &Context<'_>, faults: &mut Faults<'_>) {
    let root = &context.spec.root;
    if context.operations.is_empty() {
        faults.add(
            "/paths",
            "the specification has no operations",
            "describe at least one below `paths`",
        );
    }
    for (index, server) in root["servers"].as_array().into_iter().flatten().enumerate() {
        if !server["url"].is_string() {
            faults.add(
                &format!("/servers/{index}"),
                "the server has no `url`",
                "write `url: https://...` below it",
            );
        }
    }
    for key in ["webhooks", "jsonSchemaDialect"] {
        if root.get(key).is_some() {
            faults.add(
                &child("", key),
                format!("`{key}` belongs to OpenAPI 3.1"),
                "leave it out; OpenAPI 3.0 is generated",
            );
        }
    }
}

/// Required credentials must be defined ones.
pub fn security_schemes(context: &Context<'_>, faults: &mut Faults<'_>) {
    let root = &context.spec.root;
    for (name, scheme) in context.components("securitySchemes") {
        let kind = scheme["type"].as_str().unwrap_or_default();
        if !["apiKey", "http", "oauth2", "openIdConnect"].contains(&kind) {
            faults.add(
                &child("/components/securitySchemes", name),
                format!("the security scheme `{name}` has no known type"),
                "write `type: apiKey`, `http`, `oauth2` or `openIdConnect` below it",
            );
        }
    }
    for node in context.nodes.iter().filter(|n| matches!(n.kind, Kind::Document | Kind::Operation))
    {
        let list = node.value["security"].as_array().into_iter().flatten();
        for (index, requirement) in list.enumerate() {
            for (name, scopes) in requirement.as_object().into_iter().flatten() {
                if !scopes.as_array().is_some_and(|list| list.iter().all(Value::is_string)) {
                    faults.add(
                        &child(&format!("{}/security/{index}", node.pointer), name),
                        format!("the scopes of `{name}` are not a list of texts"),
                        "list the scopes that are needed, or write `[]`",
                    );
                }
                if root["components"]["securitySchemes"].get(name).is_none() {
                    faults.add(
                        &child(&format!("{}/security/{index}", node.pointer), name),
                        format!("there is no security scheme `{name}`"),
                        "define it in `components.securitySchemes`, or correct the name",
                    );
                }
            }
        }
    }
}
