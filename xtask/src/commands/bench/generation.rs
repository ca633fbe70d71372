//! What it costs to generate the SDKs: the whole generator, and that of progenitor on the same document with what
//! oxide.rs makes of its own: the client with builders, a command line and mocks.

use std::{path::Path, time::Instant};

use anyhow::{Context, anyhow};
use progenitor::{GenerationSettings, Generator, InterfaceStyle};

use super::{super::generate::pipeline, results::Generation};
use crate::{lower, model, normalise, spec::Spec, workspace};

/// Runs of each, of which the fastest counts, which is the least disturbed one.
const RUNS: usize = 3;

/// Generates every SDK with both.
///
/// # Errors
/// If a specification is invalid, or progenitor refuses one.
pub(super) fn measure(root: &Path) -> anyhow::Result<Vec<Generation>> {
    let mut rows = Vec::new();
    for vendor in workspace::vendors(root, &[])? {
        let (spec, sources) = Spec::read(root, &vendor.specs())?;
        let operations = model::operations(&spec).len();
        let row = |name: String, lines, seconds| Generation { name, operations, lines, seconds };
        let (lines, seconds) = fastest(|| {
            let generated = pipeline(&sources)?;
            Ok(generated.files.iter().map(|file| file.text.lines().count()).sum())
        })?;
        rows.push(row(format!("`cargo xtask generate {}`", vendor.name), lines, seconds));
        // progenitor refuses the specification itself.
        let document = lower::lower(&normalise::normalise(spec).0).document;
        let (lines, seconds) = fastest(|| by_progenitor(&document))?;
        rows.push(row(format!("progenitor 0.15 as in oxide.rs, {}", vendor.name), lines, seconds));
    }
    Ok(rows)
}

fn fastest(mut run: impl FnMut() -> anyhow::Result<usize>) -> anyhow::Result<(usize, f64)> {
    let mut best: Option<(usize, f64)> = None;
    for _ in 0..RUNS {
        let began = Instant::now();
        let lines = run()?;
        let seconds = began.elapsed().as_secs_f64();
        if best.is_none_or(|(_, fastest)| seconds < fastest) {
            best = Some((lines, seconds));
        }
    }
    best.context("nothing was generated")
}

/// Lines that progenitor writes for a document.
fn by_progenitor(document: &serde_json::Value) -> anyhow::Result<usize> {
    let api = serde_json::from_value(document.clone())?;
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Builder);
    let mut generator = Generator::new(&settings);
    let mut lines = 0;
    let client = generator.generate_tokens(&api).map_err(|error| anyhow!("{error}"))?;
    let cli = generator.cli(&api, "generated").map_err(|error| anyhow!("{error}"))?;
    let mocks = generator.httpmock(&api, "generated").map_err(|error| anyhow!("{error}"))?;
    for tokens in [client, cli, mocks] {
        lines += prettyplease::unparse(&syn::parse2(tokens)?).lines().count();
    }
    Ok(lines)
}
