//! Writes the README of a new specification.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    import::draft::Draft,
    spec::{INVENTORY_FILE, ROOT_FILE},
};

/// The content of the file.
pub fn text(vendor: &str, draft: &Draft, files: &BTreeMap<String, String>) -> String {
    let title = draft.document["info"]["title"].as_str().unwrap_or(vendor).replace('\n', " ");
    let mut text = format!(
        "# {title}\n\nAn OpenAPI 3.0.3 description and the only input for the generated code in `{vendor}-sdk`. \
         `cargo xtask import {vendor}` made it from:\n\n"
    );
    for origin in &draft.origins {
        let _ =
            writeln!(text, "- `{}` ({}, SHA-256 `{}…`)", origin.name, origin.format, origin.hash);
    }
    text.push_str("\n| File | Contents |\n|---|---|\n");
    let _ = writeln!(text, "| `{ROOT_FILE}` | General part: servers, credentials, tags, sources |");
    if files.contains_key(super::COMMON_FILE) {
        let _ =
            writeln!(text, "| `{}` | Components used by more than one tag |", super::COMMON_FILE);
    }
    let _ = writeln!(
        text,
        "| the other files | One file per tag: its paths, and the components that only this tag uses |"
    );
    let _ = writeln!(
        text,
        "| `{INVENTORY_FILE}` | Every known operation: listed by tag, or left out with the reason |"
    );
    text.push_str(
        "\nA later version of the vendor's file is imported with the same command. It adds what is new and changes no \
         text that was edited here. The conventions are those of [the generator](../../docs/generator.md#extensions).\n",
    );
    let report = draft.report.text();
    if !report.is_empty() {
        let report = report.replace("## ", "### ");
        let _ = write!(text, "\n## What the import did\n\n{report}\n");
    }
    text
}
