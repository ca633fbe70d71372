//! The calls that the old release generated, compiled against the new code.
//!
//! The generated calls name every operation, every argument and every setter, so the compiler finds what stops users
//! from calling. Only this file is compiled: `cargo check` prints where the metadata of the SDK and of what it needs
//! are, and `rustc` checks the calls against them, which takes seconds.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};
use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    api::Files,
    revision::{Part, Revision},
};

/// A compiler error of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallError {
    /// The operation that is called.
    pub operation: String,
    /// The code of the error, such as `E0061`.
    pub code: String,
    /// The message of the compiler.
    pub message: String,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the call of `{}`: {} ({})", self.operation, self.message, self.code)
    }
}

/// Compiles the generated calls of an old release against the new code. Returns the compiler's errors.
///
/// # Errors
/// If the new code itself does not compile, or cargo cannot be started.
pub fn compile_calls(
    workspace: &Path,
    package: &str,
    calls: &Files,
    new: &Revision,
) -> anyhow::Result<Vec<CallError>> {
    // A git revision needs all of its crates; the working tree has them.
    let complete = match new.root == workspace {
        true => None,
        false if new.root.join("oneteg-test-kit/Cargo.toml").is_file() => None,
        false => Some(Revision::open(workspace, &new.label, Part::All)?),
    };
    let root = complete.as_ref().map_or(new.root.as_path(), |complete| complete.root.as_path());
    // Another checkout has its own build folder: its crates have the same names.
    let target = workspace.join(if root == workspace { "target" } else { "target/semver" });
    calls_against(root, &target, &[package, "oneteg-test-kit"], calls)
}

/// The same against the workspace in a folder, of which some packages need everything that the calls need.
///
/// # Errors
/// As [`compile_calls`].
pub(super) fn calls_against(
    root: &Path,
    target: &Path,
    packages: &[&str],
    calls: &Files,
) -> anyhow::Result<Vec<CallError>> {
    let libraries = libraries(root, target, packages)?;
    let folder = TempDir::new()?;
    for (name, text) in calls {
        fs::write(folder.path().join(name), text)?;
    }
    let source = folder.path().join("calls.rs");
    let text = calls.get(Path::new("calls.rs")).map(String::as_str).unwrap_or_default();
    compile(&libraries, &source, text, folder.path(), root)
}

/// The metadata of crates and of everything they need, by the names that Rust knows.
type Libraries = BTreeMap<String, PathBuf>;

fn libraries(root: &Path, target: &Path, packages: &[&str]) -> anyhow::Result<Libraries> {
    let mut command = Command::new("cargo");
    command
        .args(["check", "--quiet", "--lib", "--message-format=json", "--target-dir"])
        .arg(target);
    for package in packages {
        command.args(["-p", package]);
    }
    let output = command.current_dir(root).output().context("cargo cannot be started")?;
    let mut found = Libraries::new();
    let mut errors = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        if message["reason"] == "compiler-message" && message["message"]["level"] == "error" {
            errors.push(message["message"]["message"].as_str().unwrap_or_default().to_owned());
        }
        let is_library = message["target"]["kind"]
            .as_array()
            .is_some_and(|kinds| kinds.iter().any(|kind| kind == "lib" || kind == "proc-macro"));
        let files = message["filenames"].as_array().filter(|_| is_library).into_iter().flatten();
        let metadata = files.filter_map(Value::as_str).find(|file| {
            [".rmeta", ".so", ".dylib", ".dll"].iter().any(|extension| file.ends_with(extension))
        });
        if let (Some(file), Some(name)) = (metadata, message["target"]["name"].as_str()) {
            found.insert(name.replace('-', "_"), PathBuf::from(file));
        }
    }
    if !output.status.success() {
        let first = errors.into_iter().next().unwrap_or_else(|| {
            String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned()
        });
        bail!("`cargo check` of the new code fails: {first}");
    }
    Ok(found)
}

fn compile(
    libraries: &Libraries,
    source: &Path,
    text: &str,
    folder: &Path,
    root: &Path,
) -> anyhow::Result<Vec<CallError>> {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--crate-name",
            "calls",
            "--emit",
            "metadata",
        ])
        .args(["--error-format", "json", "-A", "warnings", "--out-dir"])
        .arg(folder)
        .arg(source)
        .current_dir(root);
    let folders: std::collections::BTreeSet<&Path> =
        libraries.values().filter_map(|file| file.parent()).collect();
    for folder in folders {
        rustc.arg("-L").arg(format!("dependency={}", folder.display()));
    }
    for (name, file) in libraries.iter().filter(|(name, _)| text.contains(&format!("{name}::"))) {
        rustc.arg("--extern").arg(format!("{name}={}", file.display()));
    }
    let output = rustc.output().context("rustc cannot be started")?;
    let errors = errors(&String::from_utf8_lossy(&output.stderr), text);
    if !output.status.success() && errors.is_empty() {
        bail!("rustc failed without an error");
    }
    Ok(errors)
}

/// The errors of the compiler's JSON, each with the operation in whose call it is.
fn errors(json: &str, text: &str) -> Vec<CallError> {
    let lines: Vec<&str> = text.lines().collect();
    let operation_at = |line: usize| -> String {
        let before = lines.iter().take(line).rev();
        let named = before.filter_map(|line| line.trim().strip_prefix("operation: \""));
        let name = named.map(|rest| rest.split('"').next().unwrap_or_default()).next();
        name.unwrap_or("all operations").to_owned()
    };
    let mut found = Vec::new();
    for line in json.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let Some(code) = message["code"]["code"].as_str().filter(|_| message["level"] == "error")
        else {
            continue;
        };
        let spans = message["spans"].as_array().into_iter().flatten();
        let span = spans.into_iter().find(|span| span["is_primary"] == true);
        let line = span.and_then(|span| span["line_start"].as_u64()).unwrap_or_default();
        let line = usize::try_from(line).unwrap_or_default();
        found.push(CallError {
            operation: operation_at(line),
            code: code.to_owned(),
            message: message["message"].as_str().unwrap_or_default().to_owned(),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_operation_around_it() {
        let text = "Case {\n    operation: \"get_a\",\n    call: x,\n},\nCase {\n    operation: \"get_b\",\n    \
                    call: y,\n}\n";
        let error = |line: usize| {
            format!(
                r#"{{"level":"error","message":"wrong","code":{{"code":"E0061"}},"spans":[{{"is_primary":true,"line_start":{line}}}]}}"#
            )
        };
        let json = format!("{}\n{}\nnot json\n", error(3), error(7));
        let found: Vec<String> =
            errors(&json, text).into_iter().map(|error| error.operation).collect();
        assert_eq!(found, ["get_a", "get_b"]);
    }
}
