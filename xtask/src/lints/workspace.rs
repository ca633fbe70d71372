//! Applies the rules to the files of this workspace.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::{
    circles::{Circle, circles},
    layers::{Manifest, Misplaced, misplaced},
    modules::CrateModules,
    platforms::{self, Specific},
    prose::{
        Passage, hash, markdown,
        rust::{self, Parts},
        yaml,
    },
    vendors,
    wording::{self, Allowed, Finding, WordList},
};
use crate::revision::text_files;

/// The exceptions from the word list.
pub const EXCEPTIONS: &str = "xtask/tests/data/wording.toml";
/// The files that may contain code for one operating system.
pub const PLATFORMS: &str = "xtask/tests/data/platforms.toml";
/// The document that contains the word list.
pub const CONTRIBUTING: &str = "CONTRIBUTING.md";

/// The import circles of every crate.
///
/// # Errors
/// If a source file cannot be read or is not Rust.
pub fn import_circles(root: &Path) -> anyhow::Result<Vec<Circle>> {
    let mut found = Vec::new();
    for manifest in manifests(root)? {
        let folder = manifest.path.parent().unwrap_or(Path::new("")).join("src");
        for crate_root in ["lib.rs", "main.rs"].map(|name| folder.join(name)) {
            if root.join(&crate_root).is_file() {
                let read = |path: &Path| fs::read_to_string(root.join(path));
                found.extend(circles(&CrateModules::read(&crate_root, &read)?));
            }
        }
    }
    Ok(found)
}

/// The dependencies between crates that break their layers.
///
/// # Errors
/// If a manifest cannot be read.
pub fn misplaced_dependencies(root: &Path) -> anyhow::Result<Vec<Misplaced>> {
    misplaced(&manifests(root)?)
}

/// Code for one operating system in published crates, except in the crate for it, and the exceptions that are not needed.
///
/// # Errors
/// If a file or the exceptions cannot be read.
pub fn platform_code(root: &Path) -> anyhow::Result<(Vec<Specific>, Vec<String>)> {
    let exceptions = platforms::Exceptions::parse(&fs::read_to_string(root.join(PLATFORMS))?)?;
    let mut found = Vec::new();
    for manifest in manifests(root)? {
        let is_published = manifest.source.lines().any(|line| line == "publish = true");
        let folder = manifest.path.parent().unwrap_or(Path::new(""));
        if !is_published
            || [Path::new("oneteg-files"), Path::new("oneteg-test-kit")].contains(&folder)
        {
            continue;
        }
        for (path, source) in text_files(&root.join(folder).join("src"))? {
            let is_generated = path.starts_with("generated");
            if path.extension().is_some_and(|extension| extension == "rs") && !is_generated {
                found.extend(platforms::specific(&folder.join("src").join(path), &source)?);
            }
        }
    }
    let (left, unused) = exceptions.apply(found);
    Ok((left, unused.iter().map(|path| path.display().to_string()).collect()))
}

/// The manifests of the workspace's members.
fn manifests(root: &Path) -> anyhow::Result<Vec<Manifest>> {
    let workspace = fs::read_to_string(root.join("Cargo.toml"))?;
    let workspace = toml_edit::Document::parse(workspace.as_str())?;
    let members = workspace["workspace"]["members"].as_array().context("there are no members")?;
    let paths = members.iter().filter_map(|member| member.as_str());
    paths
        .map(|member| {
            let path = Path::new(member).join("Cargo.toml");
            let source = fs::read_to_string(root.join(&path))
                .with_context(|| format!("{} cannot be read", path.display()))?;
            Ok(Manifest { path, source })
        })
        .collect()
}

/// The phrases of the word list in the prose of the workspace, and the exceptions that are not needed.
///
/// # Errors
/// If the word list or a file cannot be read.
pub fn wording(root: &Path) -> anyhow::Result<(Vec<Finding>, Vec<String>)> {
    let list = WordList::parse(&fs::read_to_string(root.join(CONTRIBUTING))?)?;
    let mut allowed = Allowed::parse(&fs::read_to_string(root.join(EXCEPTIONS))?)?;
    let mut found = Vec::new();
    let vendors = vendors::in_own_words(root)?;
    for path in files(root)?.into_iter().filter(|path| !vendors::is_by(&vendors, path)) {
        for passage in passages(root, &path)? {
            found.extend(list.findings(&path, &passage, &mut allowed));
        }
    }
    Ok((found, allowed.unused().into_iter().map(str::to_owned).collect()))
}

/// The prose of a file.
fn passages(root: &Path, path: &Path) -> anyhow::Result<Vec<Passage>> {
    let in_folder = |name: &str| path.components().any(|part| part.as_os_str() == name);
    let extension = path.extension().and_then(|extension| extension.to_str());
    // Data of tests is often text of a vendor.
    if in_folder("generated") || in_folder("data") {
        return Ok(Vec::new());
    }
    let read = || {
        fs::read_to_string(root.join(path))
            .with_context(|| format!("{} cannot be read", path.display()))
    };
    Ok(match extension {
        Some("rs") => {
            let parts = if in_folder("src") { Parts::CommentsAndLiterals } else { Parts::Comments };
            rust::passages(&read()?, parts)
        }
        Some("md") => {
            let mut document = read()?;
            // The list itself contains the phrases.
            if path == Path::new(CONTRIBUTING)
                && let Some(start) = document.find(wording::HEADING)
            {
                let length =
                    document[start + 1..].find("\n## ").unwrap_or(document.len() - start - 1);
                let lines = document[start..=start + length].matches('\n').count();
                document.replace_range(start..=start + length, &"\n".repeat(lines));
            }
            vec![markdown::passage(&document)]
        }
        Some("toml") => hash::passages(&read()?),
        Some("yaml") if path.starts_with("specs") => {
            let source = read()?;
            let mut passages = yaml::passages(&source)
                .with_context(|| format!("{} cannot be parsed", path.display()))?;
            passages.extend(hash::passages(&source));
            passages
        }
        _ => Vec::new(),
    })
}

/// All files of the workspace, relative to its root, except build outputs and hidden files.
fn files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            let is_skipped = name == "target"
                || name == "node_modules"
                || name.to_string_lossy().starts_with('.');
            if is_skipped {
                continue;
            }
            let path = folder.join(name);
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
