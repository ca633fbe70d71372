//! Compiles the types of a revision with a small program around its generated readers, and runs it on payloads.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::{compare::Outcome, payloads::Payload};

/// The program. `samples.rs` of an SDK lists the readers of its operations.
const MAIN: &str = r#"
use serde_json::{Value, json};

#[path = "@SAMPLES@"]
#[allow(warnings)]
mod samples;

fn outcome((operation, is_request, text): &(String, bool, String)) -> Value {
    let readers = if *is_request { samples::BODIES } else { samples::RESPONSES };
    let Some((_, read)) = readers.iter().find(|(name, _)| name == operation) else { return json!("absent") };
    match read(text.as_bytes()) {
        Ok(found) => {
            let repairs: Vec<String> = found.repairs.iter().map(ToString::to_string).collect();
            let json: Value = serde_json::from_str(&found.json).unwrap_or_default();
            json!({ "read": { "json": json, "repairs": repairs } })
        }
        Err(error) => json!({ "failed": error.to_string() }),
    }
}

fn main() {
    let payloads: Vec<(String, bool, String)> =
        serde_json::from_reader(std::io::stdin()).expect("payloads");
    println!("{}", Value::Array(payloads.iter().map(outcome).collect()));
}
"#;

const MANIFEST: &str = r#"[package]
name = "replay"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
@SDK@ = { path = "@ROOT@/@SDK@", features = ["full"] }
oneteg-test-kit = { path = "@ROOT@/oneteg-test-kit" }
serde_json = "1"

[profile.dev]
debug = 0
"#;

/// Makes a folder equal to another one. Files that do not differ keep their times, so cargo does not compile them again.
///
/// # Errors
/// If a file cannot be read or written.
pub fn synchronise(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    let names = |folder: &Path| -> anyhow::Result<BTreeSet<OsString>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    };
    let wanted = names(from)?;
    for name in names(to)?.difference(&wanted) {
        let path = to.join(name);
        if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
    }
    for name in wanted {
        let (source, target) = (from.join(&name), to.join(&name));
        if source.is_dir() {
            if target.is_file() {
                fs::remove_file(&target)?;
            }
            synchronise(&source, &target)?;
        } else {
            let content = fs::read(&source)?;
            if target.is_dir() {
                fs::remove_dir_all(&target)?;
            }
            if fs::read(&target).ok().as_ref() != Some(&content) {
                fs::write(&target, content)?;
            }
        }
    }
    Ok(())
}

/// Reads payloads with the types in a checkout. `target` is a build folder that checkouts share.
///
/// # Errors
/// If the checkout does not compile.
pub fn run(
    root: &Path,
    sdk: &str,
    target: &Path,
    payloads: &[Payload],
) -> anyhow::Result<Vec<Outcome>> {
    let samples = root.join(sdk).join("tests/generated/samples.rs");
    ensure!(
        samples.is_file(),
        "there is no {sdk} with generated readers in this revision; choose a newer one"
    );
    let program = TempDir::new()?;
    let fill = |template: &str| {
        template
            .replace("@SAMPLES@", &samples.display().to_string())
            .replace("@ROOT@", &root.display().to_string())
            .replace("@SDK@", sdk)
    };
    fs::create_dir(program.path().join("src"))?;
    fs::write(program.path().join("src/main.rs"), fill(MAIN))?;
    fs::write(program.path().join("Cargo.toml"), fill(MANIFEST))?;
    // The same versions as the SDK is tested with, which are on this machine.
    fs::copy(root.join("Cargo.lock"), program.path().join("Cargo.lock"))
        .context("the revision has no Cargo.lock")?;
    let mut cargo = Command::new("cargo")
        .args(["run", "--quiet", "--offline", "--target-dir"])
        .arg(target)
        .current_dir(program.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo cannot be started")?;
    let input: Vec<(&str, bool, &str)> = payloads
        .iter()
        .map(|payload| (payload.operation.as_str(), payload.is_request, payload.json.as_str()))
        .collect();
    let input = serde_json::to_vec(&input)?;
    // Written from another thread: the program begins to read only when it is compiled.
    let stdin = cargo.stdin.take();
    let writer = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    let output = cargo.wait_with_output()?;
    let _ = writer.join();
    if !output.status.success() {
        bail!(
            "the types of {sdk} cannot be compiled in this revision; the compiler's errors are above"
        );
    }
    let outcomes: Vec<Value> =
        serde_json::from_slice(&output.stdout).context("the program printed something else")?;
    outcomes.into_iter().map(|outcome| Ok(serde_json::from_value(outcome)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_become_equal_and_equal_files_keep_their_times() {
        let (from, to) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let write = |folder: &TempDir, name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for (name, text) in [("a/b.rs", "1"), ("a/c.rs", "2"), ("d", "3"), ("e/f", "4")] {
            write(&from, name, text);
        }
        for (name, text) in
            [("a/b.rs", "1"), ("a/c.rs", "old"), ("d/was/a/folder", ""), ("e", ""), ("gone", "")]
        {
            write(&to, name, text);
        }
        let time = || fs::metadata(to.path().join("a/b.rs")).unwrap().modified().unwrap();
        let before = time();
        synchronise(from.path(), to.path()).unwrap();
        for (name, text) in [("a/b.rs", "1"), ("a/c.rs", "2"), ("d", "3"), ("e/f", "4")] {
            assert_eq!(fs::read_to_string(to.path().join(name)).unwrap(), text);
        }
        assert!(!to.path().join("gone").exists());
        assert_eq!(time(), before);
    }
}
