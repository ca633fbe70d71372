//! `cargo xtask bundle`: one OpenAPI file per vendor, for other tools.

use std::{fs, path::Path};

use anyhow::Context;
use serde_json::json;
use similar::TextDiff;

use super::Output;
use crate::{
    bundle,
    spec::{BUNDLE_FILE, Spec},
    workspace::{self, Vendor},
};

/// Writes the bundles of the named vendors, or of all; with `check`, compares instead of writing.
///
/// # Errors
/// [`crate::diagnostic::Diagnostics`] of an invalid specification; if a file cannot be written.
pub fn run(vendors: &[String], check: bool) -> anyhow::Result<Output> {
    let root = workspace::root();
    let (mut text, mut bundles, mut success) = (String::new(), Vec::new(), true);
    for vendor in workspace::vendors(&root, vendors)? {
        let path = vendor.specs().join(BUNDLE_FILE);
        let bundle = of_vendor(&root, &vendor)?;
        let committed = fs::read_to_string(root.join(&path)).unwrap_or_default();
        let is_changed = committed != bundle;
        let name = path.display().to_string();
        if !is_changed {
            text.push_str(&format!("{name}: up to date\n"));
        } else if check {
            success = false;
            let diff = TextDiff::from_lines(committed.as_str(), bundle.as_str());
            let diff =
                diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string();
            text.push_str(&format!("{diff}{name} is out of date; run `cargo xtask bundle`\n"));
        } else {
            fs::write(root.join(&path), &bundle)
                .with_context(|| format!("{name} cannot be written"))?;
            text.push_str(&format!("{name}: written, {} lines\n", bundle.lines().count()));
        }
        bundles.push(json!({ "vendor": vendor.name, "file": name, "changed": is_changed }));
    }
    Ok(Output { text, json: json!({ "bundles": bundles }), success })
}

/// The bundle of a vendor's specification.
///
/// # Errors
/// As [`run`].
pub fn of_vendor(root: &Path, vendor: &Vendor) -> anyhow::Result<String> {
    let (spec, _) = Spec::read(root, &vendor.specs())?;
    Ok(bundle::bundle(&spec))
}
