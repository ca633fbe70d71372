//! `cargo xtask generate`: the whole pipeline, and the comparison with what is committed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use similar::TextDiff;

use crate::{
    diagnostic::Diagnostics,
    emit::{self, GeneratedFile, Input},
    lower, model, names, progenitor_run,
    spec::{Source, Spec},
    vet,
    workspace::{self, Vendor},
};

/// Generates the SDKs of the named vendors (all when none is named), or compares them.
///
/// # Errors
/// [`Diagnostics`] of a faulty specification; a unified diff when `check` finds a difference.
pub fn run(vendors: &[String], check: bool) -> anyhow::Result<()> {
    let root = workspace::root();
    let mut differences = String::new();
    for vendor in workspace::vendors(&root, vendors)? {
        let wanted = outputs(&root, &vendor)?;
        let existing = existing(&root, &vendor)?;
        if check {
            differences.push_str(&compare(&existing, &wanted));
        } else {
            let changed = write(&root, &existing, &wanted)?;
            println!("{}: {} files, {changed} changed", vendor.name, wanted.len());
        }
    }
    if !differences.is_empty() {
        println!("{differences}");
        bail!("the generated code is not what the specifications say; run `cargo xtask generate`");
    }
    Ok(())
}

/// Runs the pipeline on source files.
///
/// # Errors
/// [`Diagnostics`] with every fault that was found.
pub fn pipeline(sources: &[Source]) -> Result<(Vec<GeneratedFile>, BTreeSet<String>), Diagnostics> {
    let spec = Spec::from_sources(sources)?;
    vet::vet(&spec)?;
    let lowered = lower::lower(&spec);
    let output = progenitor_run::run(&spec, &lowered)?;
    let operations = model::operations(&spec);
    let provenance = emit::Provenance::of(sources);
    let input = Input {
        spec: &spec,
        operations: &operations,
        lowered: &lowered,
        output: &output,
        provenance: &provenance,
    };
    let features = operations.iter().map(|operation| names::feature(&operation.tag)).collect();
    Ok((emit::emit(&input), features))
}

/// Every file that belongs to a vendor's SDK and is generated, by path: the code and the manifest.
fn outputs(root: &Path, vendor: &Vendor) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let (_, sources) = Spec::read(root, &vendor.specs())?;
    let (files, features) = pipeline(&sources)?;
    let mut outputs: BTreeMap<PathBuf, String> =
        files.into_iter().map(|file| (vendor.sdk().join(file.path), file.text)).collect();
    let manifest = vendor.sdk().join("Cargo.toml");
    let text = fs::read_to_string(root.join(&manifest)).with_context(|| {
        format!("{} cannot be read; create the SDK's crate first", manifest.display())
    })?;
    let text = emit::with_features(&text, &features)
        .map_err(|error| anyhow::anyhow!("{}: {error}", manifest.display()))?;
    outputs.insert(manifest, text);
    Ok(outputs)
}

/// The files that are there.
fn existing(root: &Path, vendor: &Vendor) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![vendor.generated(), vendor.sdk().join(emit::TESTS)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                // A file that is not text is certainly not ours: shown as empty, it is replaced.
                files.insert(path, fs::read_to_string(entry.path()).unwrap_or_default());
            }
        }
    }
    let manifest = vendor.sdk().join("Cargo.toml");
    if let Ok(text) = fs::read_to_string(root.join(&manifest)) {
        files.insert(manifest, text);
    }
    Ok(files)
}

/// Writes what differs and removes what is no longer generated; answers how many files changed.
fn write(
    root: &Path,
    existing: &BTreeMap<PathBuf, String>,
    wanted: &BTreeMap<PathBuf, String>,
) -> anyhow::Result<usize> {
    let mut changed = 0;
    for (path, text) in wanted.iter().filter(|(path, text)| existing.get(*path) != Some(*text)) {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        changed += 1;
    }
    for path in existing.keys().filter(|path| !wanted.contains_key(*path)) {
        fs::remove_file(root.join(path))?;
        changed += 1;
    }
    Ok(changed)
}

/// A unified diff from what is there to what is generated.
pub fn compare(existing: &BTreeMap<PathBuf, String>, wanted: &BTreeMap<PathBuf, String>) -> String {
    let nothing = String::new();
    let paths: BTreeSet<&PathBuf> = existing.keys().chain(wanted.keys()).collect();
    let mut all = String::new();
    for path in paths {
        let before = existing.get(path).unwrap_or(&nothing);
        let after = wanted.get(path).unwrap_or(&nothing);
        if before != after {
            let (from, to) = (format!("a/{}", path.display()), format!("b/{}", path.display()));
            let diff = TextDiff::from_lines(before.as_str(), after.as_str());
            all.push_str(&diff.unified_diff().context_radius(3).header(&from, &to).to_string());
        }
    }
    all
}
