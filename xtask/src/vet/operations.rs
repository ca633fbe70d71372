//! Rules about operations.

use std::collections::BTreeMap;

use super::{Context, Faults, names::is_identifier};
use crate::{names, spec::child};

/// Methods that a client or the mock server has anyway.
const RESERVED_METHODS: [&str; 18] = [
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
];
/// Types that the module of a tag has in scope.
const RESERVED_TYPES: [&str; 32] = [
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

/// Every operation has an id that can be a method's name.
pub fn ids(context: &Context<'_>, faults: &mut Faults<'_>) {
    for operation in &context.operations {
        let pointer = child(&operation.pointer, "operationId");
        if operation.id.trim().is_empty() {
            faults.add(
                &pointer,
                "the operation has no `operationId`",
                "add one; the method's name in Rust is made of it",
            );
            continue;
        }
        let (method, builder) = (names::snake(operation.id), names::pascal(operation.id));
        if !is_identifier(&method) || !is_identifier(&builder) {
            faults.add(
                &pointer,
                format!("the operationId `{}` cannot be a name in Rust", operation.id),
                "use words of letters and digits, such as `getAssets`",
            );
        } else if RESERVED_METHODS.contains(&method.as_str())
            || RESERVED_TYPES.contains(&builder.as_str())
        {
            faults.add(
                &pointer,
                format!("the operationId `{}` is a name that the client needs", operation.id),
                "add what it acts on, such as `newAsset`",
            );
        }
    }
}

/// Ids are different also as names of methods and of types.
pub fn id_clashes(context: &Context<'_>, faults: &mut Faults<'_>) {
    for name_of in [names::snake as fn(&str) -> String, names::pascal] {
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        for operation in context.operations.iter().filter(|operation| !operation.id.is_empty()) {
            let name = name_of(operation.id);
            if let Some(first) = taken.insert(name.clone(), &operation.pointer) {
                faults.clash(
                    [&child(&operation.pointer, "operationId"), first],
                    format!("two operations are called `{name}` in Rust"),
                    "give one of them another operationId",
                );
                return;
            }
        }
    }
}

/// The tag is the operation's module and feature, so there is one.
pub fn one_tag(context: &Context<'_>, faults: &mut Faults<'_>) {
    for operation in &context.operations {
        let count = operation.value["tags"].as_array().map_or(0, Vec::len);
        if count != 1 {
            faults.add(
                &child(&operation.pointer, "tags"),
                format!("the operation has {count} tags"),
                "write exactly one; it becomes the module and the feature of the operation",
            );
        }
    }
}

/// The first line of a method's documentation.
pub fn summaries(context: &Context<'_>, faults: &mut Faults<'_>) {
    for operation in &context.operations {
        let summary = operation.value["summary"].as_str().unwrap_or_default();
        if summary.trim().is_empty() || summary.trim().contains('\n') {
            faults.add(
                &child(&operation.pointer, "summary"),
                "the operation has no summary of one line",
                "say in one sentence what it does; longer text goes into `description`",
            );
        }
    }
}

/// What would be left out without a word.
pub fn not_generated(context: &Context<'_>, faults: &mut Faults<'_>) {
    for operation in &context.operations {
        for (key, cure) in [
            ("callbacks", "say in the description what is called back, and leave them out"),
            ("servers", "declare the server in the root, or use a client for the other host"),
        ] {
            if operation.value.get(key).is_some() {
                faults.add(
                    &child(&operation.pointer, key),
                    format!("`{key}` of an operation are not generated"),
                    cure,
                );
            }
        }
    }
}
