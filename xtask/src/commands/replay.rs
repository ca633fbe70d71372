//! `cargo xtask replay`: reads stored payloads with the types of two revisions.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::Output;
use crate::{
    model,
    replay::{
        compare::{report, verdict},
        payloads, runner,
    },
    revision::{Part, Revision},
    spec::Spec,
    workspace,
};

/// Reads the payloads in a folder with the types of a vendor's SDK in two revisions, and compares what they read.
///
/// # Errors
/// If a payload or a revision cannot be read, or a revision does not compile.
pub fn run(vendor: &str, folder: &Path, old: &str, new: Option<&str>) -> anyhow::Result<Output> {
    let root = workspace::root();
    let vendors = workspace::vendors(&root, &[vendor.to_owned()])?;
    let vendor = vendors.first().context("there is no such vendor")?;
    let sdk = vendor.sdk().display().to_string();
    let before = Revision::open(&root, old, Part::All)?;
    let after = match new {
        Some(new) => Revision::open(&root, new, Part::All)?,
        None => Revision::working_tree(&root),
    };
    // Payloads of removed operations are of the old revision, those of new ones are of the new revision.
    let mut operations = Vec::new();
    for revision in [&before, &after] {
        let spec = Spec::from_sources(&revision.sources(&vendor.name)?)?;
        operations.extend(model::operations(&spec));
    }
    let payloads = payloads::read(folder, &operations)?;
    let target = root.join("target/replay");
    let old = runner::run(&before.root, &sdk, &target, &payloads)
        .with_context(|| before.label.clone())?;
    let new =
        runner::run(&after.root, &sdk, &target, &payloads).with_context(|| after.label.clone())?;
    let verdicts: Vec<_> = old.iter().zip(&new).map(|(old, new)| verdict(old, new)).collect();
    let text = report(&payloads, &verdicts, &before.label, &after.label);
    let json: Value = payloads
        .iter()
        .zip(&verdicts)
        .map(|(payload, verdict)| {
            json!({ "payload": payload.name, "verdict": verdict.kind(), "reason": verdict.to_string() })
        })
        .collect();
    let success = !verdicts.iter().any(|verdict| verdict.is_worse());
    Ok(Output { text, json: json!({ "payloads": json }), success })
}
