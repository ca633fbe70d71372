//! What it costs to build a program of two calls with our clients and with others: each in a separate folder, from
//! nothing, with the versions of this workspace.

mod openapi_generator;
mod subjects;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};

pub use subjects::Subject;

use super::{
    process::{Cost, measure as cost},
    results::Build,
};
use crate::stdout::out;

/// Where the programs are built, relative to the workspace.
const FOLDER: &str = "target/bench";

/// Builds every subject.
///
/// # Errors
/// If one cannot be built.
pub(super) fn measure(root: &Path, release: bool) -> anyhow::Result<Vec<Build>> {
    let mut rows = Vec::new();
    let generated = openapi_generator::subject(root)?;
    for subject in subjects::all(root).into_iter().chain(generated) {
        out!("== build of {}", subject.name);
        let row = build(root, &subject, release)?;
        out!("{:.1} s of processor time, {} crates", row.check.processor, row.crates);
        rows.push(row);
    }
    Ok(rows)
}

fn build(root: &Path, subject: &Subject, release: bool) -> anyhow::Result<Build> {
    let folder = write(root, subject)?;
    cargo(&folder, &["fetch", "--quiet"])?;
    let crates = crates(&folder)?;
    let lines = match &subject.sources {
        Some(sources) => Some(lines(sources)?),
        None => match subject.package {
            Some(package) => Some(lines(&registry_sources(&folder, package)?)?),
            None => None,
        },
    };
    let check = clean_build(&folder, &["check"])?;
    let (release, size) = match release {
        true => {
            let cost = clean_build(&folder, &["build", "--release"])?;
            let program = folder.join("target/release/two-calls");
            (Some(cost), Some(fs::metadata(program)?.len()))
        }
        false => (None, None),
    };
    let _ = fs::remove_dir_all(folder.join("target"));
    Ok(Build { name: subject.name.clone(), crates, lines, check, release, size })
}

/// Writes the program, with the lock file of this workspace, which decides all versions that both have.
fn write(root: &Path, subject: &Subject) -> anyhow::Result<PathBuf> {
    let folder = root.join(FOLDER).join(&subject.folder);
    fs::create_dir_all(folder.join("src"))?;
    let manifest = format!(
        "[workspace]\n\n[package]\nname = \"two-calls\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [profile.release]\nstrip = true\n\n[dependencies]\n{}\n",
        subject.dependencies
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/main.rs"), &subject.program)?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(folder)
}

fn clean_build(folder: &Path, arguments: &[&str]) -> anyhow::Result<Cost> {
    let _ = fs::remove_dir_all(folder.join("target"));
    cost(
        cargo_command(folder)
            .args(arguments)
            .args(["--quiet", "--offline"])
            .env("CARGO_INCREMENTAL", "0"),
    )
}

fn cargo_command(folder: &Path) -> Command {
    let mut command = Command::new("cargo");
    // The settings of this workspace's cargo do not count: a user has none.
    command
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS");
    command
}

fn cargo(folder: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output =
        cargo_command(folder).args(arguments).output().context("cargo cannot be started")?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("`cargo {}` failed in {}: {message}", arguments.join(" "), folder.display());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The number of crates that are compiled, build scripts and macros included.
fn crates(folder: &Path) -> anyhow::Result<usize> {
    let tree =
        cargo(folder, &["tree", "--offline", "--edges", "normal,build", "--prefix", "none"])?;
    // A crate that is listed again is marked with a star.
    let names: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect();
    Ok(names.len())
}

/// The sources of a dependency from the registry.
fn registry_sources(folder: &Path, package: &str) -> anyhow::Result<PathBuf> {
    let metadata = cargo(folder, &["metadata", "--offline", "--format-version", "1"])?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let manifest = packages
        .filter(|found| found["name"] == package)
        .find_map(|found| found["manifest_path"].as_str().map(PathBuf::from))
        .with_context(|| format!("{package} is not a dependency of {}", folder.display()))?;
    Ok(manifest.parent().context("a manifest is in a folder")?.join("src"))
}

/// Lines of all Rust files below a folder.
fn lines(folder: &Path) -> anyhow::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("{} is missing", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            count += lines(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            count += fs::read_to_string(&path)?.lines().count();
        }
    }
    Ok(count)
}
