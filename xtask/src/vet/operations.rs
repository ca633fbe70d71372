//! Rules about operations.

use std::collections::BTreeMap;

use super::context::{Context, Report};
use crate::{
    names::{self, is_identifier},
    spec::child,
};

/// Methods that every client, or the mock server, already has.
pub const RESERVED_METHODS: [&str; 23] = [
    "new",
    "builder",
    "call",
    "request",
    "runtime",
    "clone",
    "clone_from",
    "default",
    "from",
    "into",
    "drop",
    "mock",
    "mock_async",
    "url",
    "start",
    "reset",
    "reset_async",
    "operations",
    "from_env",
    "from_profile",
    "from_connection",
    "session",
    "sign_in_if_needed",
];
/// Types that are in scope in the module of every tag.
pub const RESERVED_TYPES: [&str; 32] = [
    "ByteStream",
    "Call",
    "CallOptions",
    "Error",
    "QueryStyle",
    "ResponseValue",
    "Runtime",
    "UploadSource",
    "Client",
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "Vec",
    "String",
    "Box",
    "Self",
    "Into",
    "From",
    "Default",
    "Debug",
    "Clone",
    "Send",
    "Sync",
    "Sized",
    "Drop",
    "Fn",
    "ToString",
    "Copy",
    "Iterator",
];

/// Every operation has an id from which a method and a builder can be named.
pub fn ids(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in &context.operations {
        let pointer = child(&operation.pointer, "operationId");
        if operation.id.trim().is_empty() {
            report.error(
                &pointer,
                "the operation has no `operationId`",
                "add one; it becomes the name of the method",
            );
            continue;
        }
        let (method, builder) = (names::snake(operation.id), names::pascal(operation.id));
        if !is_identifier(&method) || !is_identifier(&builder) {
            report.error(
                &pointer,
                format!("the operationId `{}` is not a valid name in Rust", operation.id),
                "use letters and digits, such as `getAssets`",
            );
        } else if RESERVED_METHODS.contains(&method.as_str())
            || RESERVED_TYPES.contains(&builder.as_str())
        {
            report.error(
                &pointer,
                format!("the operationId `{}` is a reserved name", operation.id),
                "name what it acts on, such as `newAsset`",
            );
        }
    }
}

/// No two operations have the same method or builder name.
pub fn id_clashes(context: &Context<'_>, report: &mut Report<'_>) {
    for name_of in [names::snake as fn(&str) -> String, names::pascal] {
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        for operation in context.operations.iter().filter(|operation| !operation.id.is_empty()) {
            let name = name_of(operation.id);
            if let Some(first) = taken.insert(name.clone(), &operation.pointer) {
                report.conflict(
                    [&child(&operation.pointer, "operationId"), first],
                    format!("two operations have the Rust name `{name}`"),
                    "give one of them another operationId",
                );
                return;
            }
        }
    }
}

/// Every operation has one tag, which is its module and its feature.
pub fn one_tag(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in &context.operations {
        let count = operation.value["tags"].as_array().map_or(0, Vec::len);
        if count != 1 {
            report.error(
                &child(&operation.pointer, "tags"),
                format!("the operation has {count} tags"),
                "write exactly one; it becomes the module and the Cargo feature of the operation",
            );
        }
    }
}

/// Every operation has a summary of one line: the first line of the method's documentation.
pub fn summaries(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in &context.operations {
        let summary = operation.value["summary"].as_str().unwrap_or_default();
        if summary.trim().is_empty() || summary.trim().contains('\n') {
            report.error(
                &child(&operation.pointer, "summary"),
                "the operation has no one-line summary",
                "describe in one sentence what it does; move longer text to `description`",
            );
        }
    }
}
