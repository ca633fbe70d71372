//! `cargo xtask new-vendor`: from a specification to a crate of the workspace.
//!
//! Everything is worked out before the first file is written. Files that exist are kept, so a second run only adds what
//! is missing.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail, ensure};
use serde_json::json;

use super::{Output, coverage, generate};
use crate::{
    connection::Profile,
    emit, model,
    new_vendor::{self, Place},
    normalise,
    spec::Spec,
    surface,
    workspace::{self, Vendor},
};

/// Writes the crate of a vendor whose specification exists, enters it into the workspace, and generates it. With
/// `build`, tests it, which records the snapshots of its requests.
///
/// # Errors
/// If the specification is invalid, a file cannot be written, or the tests of the crate fail.
pub fn run(vendor: &str, build: bool) -> anyhow::Result<Output> {
    let root = workspace::root();
    check_name(vendor)?;
    let vendor = workspace::vendors(&root, &[vendor.to_owned()])?.remove(0);
    let planned = plan(&root, &vendor)?;
    let created = write_missing(&root, &planned.files)?;
    generate::generate(std::slice::from_ref(&vendor.name), false)?;
    write_surface(&root, &vendor)?;
    cargo(&root, &["fmt", "-p", &vendor.sdk().display().to_string()], &[])?;
    if build {
        test(&root, &vendor)?;
    }
    // It counts the snapshots that the tests recorded.
    coverage::run(&[], true, false)?;
    let sdk = vendor.sdk();
    let mut text = match created.len() {
        0 => format!("`{}` was complete already\n", sdk.display()),
        count => format!("`{}`: {count} files written, now yours to edit\n", sdk.display()),
    };
    for note in &planned.notes {
        text.push_str(&format!("to decide: {note}\n"));
    }
    if !build {
        text.push_str(&format!(
            "next: `INSTA_UPDATE=always cargo test -p {}`, and review `tests/snapshots`; \
             `UPDATE_SCHEMAS=1 cargo test -p oneteg-auth --test connection_schema`\n",
            sdk.display()
        ));
    }
    let json = json!({ "crate": sdk, "created": created, "to_decide": planned.notes });
    Ok(Output { text, json, success: true })
}

/// A name that is a folder, a crate and a part of identifiers.
fn check_name(vendor: &str) -> anyhow::Result<()> {
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let is_name = vendor.split('-').all(is_word)
        && vendor.starts_with(|first: char| first.is_ascii_lowercase());
    ensure!(
        is_name,
        "`{vendor}` cannot be the name of a crate; use lower-case letters and digits, with hyphens between words"
    );
    Ok(())
}

struct Plan {
    /// Paths relative to the workspace, with their content.
    files: BTreeMap<PathBuf, String>,
    notes: Vec<String>,
}

fn plan(root: &Path, vendor: &Vendor) -> anyhow::Result<Plan> {
    let (spec, sources) = Spec::read(root, &vendor.specs())?;
    let features = generate::pipeline(&sources)?.features;
    let (spec, _) = normalise::normalise(spec);
    let profile = Profile::of(&vendor.name, &spec.root);
    let operations = model::operations(&spec);
    let mut files = BTreeMap::new();
    for file in new_vendor::files(&profile, &operations, Place::Workspace) {
        let text = match file.path == Path::new("Cargo.toml") {
            true => emit::with_features(&file.text, &features).map_err(anyhow::Error::msg)?,
            false => file.text,
        };
        files.insert(vendor.sdk().join(file.path), text);
    }
    let read = |path: &str| {
        fs::read_to_string(root.join(path)).with_context(|| format!("{path} cannot be read"))
    };
    let manifest = new_vendor::with_member(&read("Cargo.toml")?, &vendor.name);
    files.insert("Cargo.toml".into(), manifest.context("Cargo.toml")?);
    let row = format!(
        "| {} | [`{sdk}`]({sdk}/README.md) | {} | none yet |",
        profile.name,
        operations.len(),
        sdk = vendor.sdk().display()
    );
    files.insert("README.md".into(), with_row(&read("README.md")?, vendor, &row));
    Ok(Plan { files, notes: profile.notes })
}

/// The README with a row for the SDK below those of the others.
fn with_row(readme: &str, vendor: &Vendor, row: &str) -> String {
    let link = format!("]({}/README.md)", vendor.sdk().display());
    let is_row = |line: &str| line.starts_with('|') && line.contains("-sdk/README.md)");
    let mut lines: Vec<&str> = readme.lines().collect();
    let Some(last) = lines.iter().rposition(|line| is_row(line)) else { return readme.to_owned() };
    if lines.iter().any(|line| line.contains(&link)) {
        return readme.to_owned();
    }
    lines.insert(last + 1, row);
    lines.join("\n") + "\n"
}

/// Writes what is missing, and the files of the workspace that change. Returns the new paths. If one cannot be
/// written, those before it are removed or restored.
fn write_missing(root: &Path, files: &BTreeMap<PathBuf, String>) -> anyhow::Result<Vec<PathBuf>> {
    let mut created = Vec::new();
    let mut restored: Vec<(PathBuf, Option<String>)> = Vec::new();
    for (path, text) in files {
        let absolute = root.join(path);
        let before = fs::read_to_string(&absolute).ok();
        let is_shared = path.components().count() == 1;
        if before.as_ref() == Some(text) || (before.is_some() && !is_shared) {
            continue;
        }
        restored.push((absolute.clone(), before.clone()));
        let folder = absolute.parent().map_or(Ok(()), fs::create_dir_all);
        if let Err(error) = folder.and_then(|()| fs::write(&absolute, text)) {
            for (path, before) in restored {
                // What cannot be undone either is named by the error below.
                let _ = match before {
                    Some(before) => fs::write(path, before),
                    None => fs::remove_file(path),
                };
            }
            bail!("{} cannot be written: {error}", path.display());
        }
        if before.is_none() {
            created.push(path.clone());
        }
    }
    Ok(created)
}

/// The snapshot of the public items, which `xtask/tests/surface.rs` compares with the code.
fn write_surface(root: &Path, vendor: &Vendor) -> anyhow::Result<()> {
    let path = root.join(format!("xtask/tests/snapshots/surface_{}.snap", vendor.name));
    if !path.exists() {
        let surface = surface::surface(root, vendor)?;
        fs::write(path, format!("---\nsource: xtask/tests/surface.rs\n---\n{surface}\n"))?;
    }
    Ok(())
}

/// Records its snapshots and runs its tests; and writes the schema of the connection form.
fn test(root: &Path, vendor: &Vendor) -> anyhow::Result<()> {
    let sdk = vendor.sdk().display().to_string();
    let features = format!("{sdk}/mock");
    let test = ["test", "-p", &sdk, "--features", &features];
    // The tests that record snapshots also fail for their absence, until the next run.
    let record = [&test[..], &["--test", "wire", "--test", "samples", "--no-fail-fast"]].concat();
    let _ = cargo(root, &record, &[("INSTA_UPDATE", "always")]);
    let all = [&test[..], &["--tests", "--examples"]].concat();
    cargo(root, &all, &[("INSTA_UPDATE", "no")])?;
    cargo(root, &[&test[..], &["--doc"]].concat(), &[])?;
    let schema = ["test", "-p", "oneteg-auth", "--test", "connection_schema"];
    cargo(root, &schema, &[("UPDATE_SCHEMAS", "1")])
}

fn cargo(root: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<()> {
    eprintln!("cargo {}", arguments.join(" "));
    let output = Command::new("cargo")
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(root)
        .output()
        .context("cargo cannot be started")?;
    // The output of this command is its own; that of cargo is for people who look for a reason.
    if !output.status.success() {
        bail!(
            "`cargo {}` failed:\n{}{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_with_hyphens() {
        for name in ["acme", "acme-dam", "b2"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "Acme", "acme_dam", "2b", "a--b", "../a", "a-"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn existing_files_are_kept_and_a_failure_undoes_the_rest() {
        let folder = std::env::temp_dir().join(format!("new-vendor-{}", std::process::id()));
        fs::create_dir_all(folder.join("a-sdk")).unwrap();
        fs::write(folder.join("README.md"), "before").unwrap();
        fs::write(folder.join("a-sdk/own.rs"), "edited").unwrap();
        let files = |last: &str| -> BTreeMap<PathBuf, String> {
            ["README.md", "a-sdk/own.rs", "a-sdk/new.rs", last]
                .map(|path| (PathBuf::from(path), "written".to_owned()))
                .into()
        };
        let read = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
        // `own.rs` is a file, so nothing can be written below it.
        let error = write_missing(&folder, &files("a-sdk/own.rs/below")).unwrap_err().to_string();
        assert!(error.contains("a-sdk/own.rs/below cannot be written"), "{error}");
        assert_eq!(read("README.md"), "before");
        assert!(!folder.join("a-sdk/new.rs").exists());
        let created = write_missing(&folder, &files("a-sdk/newer.rs")).unwrap();
        assert_eq!(created, [PathBuf::from("a-sdk/new.rs"), "a-sdk/newer.rs".into()]);
        assert_eq!((read("README.md"), read("a-sdk/own.rs")), ("written".into(), "edited".into()));
        assert!(write_missing(&folder, &files("a-sdk/newer.rs")).unwrap().is_empty());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_row_is_added_once() {
        let readme = "| a |\n|---|\n| A | [`a-sdk`](a-sdk/README.md) |\n\nText.\n";
        let vendor = Vendor { name: "b".to_owned() };
        let row = "| B | [`b-sdk`](b-sdk/README.md) |";
        let written = with_row(readme, &vendor, row);
        assert!(written.contains("(a-sdk/README.md) |\n| B | [`b-sdk`]"), "{written}");
        assert_eq!(with_row(&written, &vendor, row), written);
    }
}
