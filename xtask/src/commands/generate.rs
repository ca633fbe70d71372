//! `cargo xtask generate`: runs the pipeline, and writes its output or compares it with the committed
//! files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use similar::TextDiff;

use crate::{
    bundle, catalog,
    connection::{self, Profile},
    diagnostic::{Diagnostic, Diagnostics},
    emit::{self, Emitted, GeneratedFile},
    grouped::grouped,
    normalise,
    spec::{BUNDLE_FILE, Source, Spec},
    stdout::out,
    vet,
    workspace::{self, Vendor},
};

/// Generates the SDKs of the named vendors, or of all; with `check`, compares instead of writing.
///
/// # Errors
/// [`Diagnostics`] of an invalid specification; with `check`, if a file differs.
pub fn run(vendors: &[String], check: bool) -> anyhow::Result<()> {
    let (lines, differences) = generate(vendors, check)?;
    for line in lines {
        out!("{line}");
    }
    if !differences.is_empty() {
        out!("{differences}");
        bail!("the generated code is out of date; run `cargo xtask generate` and commit it");
    }
    Ok(())
}

/// Does the same without printing the result: a line for each vendor, and the differences.
///
/// # Errors
/// [`Diagnostics`] of an invalid specification.
pub fn generate(vendors: &[String], check: bool) -> anyhow::Result<(Vec<String>, String)> {
    let root = workspace::root();
    let mut lines = Vec::new();
    let mut differences = connections(&root, check)?;
    let vendors = workspace::vendors(&root, vendors)?;
    differences.push_str(&catalog::update(&root, &vendors, check)?);
    for vendor in vendors {
        let (generated, warnings) = generated_files(&root, &vendor)?;
        if !warnings.is_empty() {
            eprintln!("{}\n", grouped(&warnings));
        }
        let committed = committed_files(&root, &vendor)?;
        if check {
            differences.push_str(&diff(&committed, &generated));
        } else {
            let changed = write(&root, &committed, &generated)?;
            lines.push(format!("{}: {} files, {changed} changed", vendor.name, generated.len()));
        }
    }
    Ok((lines, differences))
}

/// Writes the profiles of the connections of all vendors with an SDK for `oneteg-auth`. With `check`, returns the
/// difference instead.
fn connections(root: &Path, check: bool) -> anyhow::Result<String> {
    let mut profiles = Vec::new();
    for vendor in workspace::vendors(root, &[])? {
        // A specification that was imported only may still be worked on.
        if root.join(vendor.sdk()).join("Cargo.toml").is_file() {
            let (spec, _) = normalise::normalise(Spec::read(root, &vendor.specs())?.0);
            profiles.push(Profile::of(&vendor.name, &spec.root));
        }
    }
    let generated =
        connection::files(&profiles).into_iter().map(|file| (file.path, file.text)).collect();
    let mut committed = BTreeMap::new();
    collect(root, vec![connection::FOLDER.into()], &mut committed)?;
    if check {
        return Ok(diff(&committed, &generated));
    }
    write(root, &committed, &generated)?;
    Ok(String::new())
}

/// What the pipeline makes of a specification.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The files, relative to the crate of the SDK.
    pub files: Vec<GeneratedFile>,
    /// The features of the tags.
    pub features: BTreeSet<String>,
    /// What was left out or read as something else.
    pub warnings: Vec<Diagnostic>,
}

/// Runs the pipeline on the files of a specification.
///
/// # Errors
/// [`Diagnostics`] with every error that was found.
pub fn pipeline(sources: &[Source]) -> Result<Generated, Diagnostics> {
    let (spec, warnings) = normalise::normalise(Spec::from_sources(sources)?);
    vet::vet(&spec)?;
    let Emitted { files, features, .. } = emit::of_vetted(&spec, sources)?;
    Ok(Generated { files, features, warnings })
}

/// The files of a vendor's SDK that the generator writes, by path, including the manifest; and the warnings.
fn generated_files(
    root: &Path,
    vendor: &Vendor,
) -> anyhow::Result<(BTreeMap<PathBuf, String>, Vec<Diagnostic>)> {
    let (spec, sources) = Spec::read(root, &vendor.specs())?;
    let Generated { files, features, warnings } = pipeline(&sources)?;
    let mut generated: BTreeMap<PathBuf, String> =
        files.into_iter().map(|file| (vendor.sdk().join(file.path), file.text)).collect();
    let path = vendor.sdk().join("Cargo.toml");
    let manifest = fs::read_to_string(root.join(&path)).with_context(|| {
        format!(
            "{} cannot be read; `cargo xtask new-vendor {}` creates the crate of the SDK",
            path.display(),
            vendor.name
        )
    })?;
    let manifest = emit::with_features(&manifest, &features)
        .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    generated.insert(path, manifest);
    generated.insert(vendor.specs().join(BUNDLE_FILE), bundle::bundle(&spec));
    Ok((generated, warnings))
}

/// The files that exist where the generator writes, by path, including the manifest.
fn committed_files(root: &Path, vendor: &Vendor) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let mut files = BTreeMap::new();
    collect(root, vec![vendor.generated(), vendor.sdk().join(emit::TESTS)], &mut files)?;
    let of_sdk = ["Cargo.toml", emit::REFERENCE, emit::LLMS].map(|name| vendor.sdk().join(name));
    for path in of_sdk.into_iter().chain([vendor.specs().join(BUNDLE_FILE)]) {
        if let Ok(content) = fs::read_to_string(root.join(&path)) {
            files.insert(path, content);
        }
    }
    Ok(files)
}

/// Adds the files in these folders, by path.
fn collect(
    root: &Path,
    mut folders: Vec<PathBuf>,
    files: &mut BTreeMap<PathBuf, String>,
) -> anyhow::Result<()> {
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                // A file that is not UTF-8 was not generated; read as empty, it counts as changed.
                files.insert(path, fs::read_to_string(entry.path()).unwrap_or_default());
            }
        }
    }
    Ok(())
}

/// Writes the files that differ and removes those that are no longer generated. Returns how many changed.
fn write(
    root: &Path,
    committed: &BTreeMap<PathBuf, String>,
    generated: &BTreeMap<PathBuf, String>,
) -> anyhow::Result<usize> {
    let mut changed = 0;
    let differing =
        generated.iter().filter(|(path, content)| committed.get(*path) != Some(*content));
    for (path, content) in differing {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, content)
            .with_context(|| format!("{} cannot be written", path.display()))?;
        changed += 1;
    }
    for path in committed.keys().filter(|path| !generated.contains_key(*path)) {
        fs::remove_file(root.join(path))?;
        changed += 1;
    }
    Ok(changed)
}

/// A unified diff from the committed to the generated files; empty if they are equal.
pub fn diff(
    committed: &BTreeMap<PathBuf, String>,
    generated: &BTreeMap<PathBuf, String>,
) -> String {
    let empty = String::new();
    let paths: BTreeSet<&PathBuf> = committed.keys().chain(generated.keys()).collect();
    let mut diffs = String::new();
    for path in paths {
        let before = committed.get(path).unwrap_or(&empty);
        let after = generated.get(path).unwrap_or(&empty);
        if before != after {
            let (from, to) = (format!("a/{}", path.display()), format!("b/{}", path.display()));
            let diff = TextDiff::from_lines(before.as_str(), after.as_str());
            diffs.push_str(&diff.unified_diff().context_radius(3).header(&from, &to).to_string());
        }
    }
    diffs
}
