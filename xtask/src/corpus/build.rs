//! Compiles the generated crates in one workspace, so that their dependencies compile once, and runs their tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::Value;

use super::{Build, Row, Settings, vendor};
use crate::workspace;

/// How many errors of one crate are kept.
const MOST_ERRORS: usize = 400;
/// A message is cut after this many characters.
const LONGEST: usize = 300;
/// A test that takes longer hangs.
const TEST_LIMIT: Duration = Duration::from_secs(300);

/// Compiles and tests the crates of all rows that were generated.
///
/// # Errors
/// If cargo cannot be run, or the workspace cannot be written.
pub(super) fn run(rows: &mut [Row], settings: &Settings) -> anyhow::Result<()> {
    let crates: BTreeMap<String, usize> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.generated > 0)
        .map(|(index, row)| (format!("{}_sdk", vendor(&row.file)), index))
        .collect();
    if crates.is_empty() {
        return Ok(());
    }
    write_workspace(crates.keys(), settings)?;
    let mut builds: BTreeMap<usize, Build> =
        crates.values().map(|index| (*index, Build::default())).collect();
    let mut tests: Vec<(usize, String, PathBuf)> = Vec::new();
    // The crates whose library was compiled. An error in a dependency is in no crate.
    let mut compiled: BTreeSet<usize> = BTreeSet::new();
    compile(settings, &mut |message| {
        let Some(index) = message["target"]["src_path"].as_str().and_then(|path| {
            let inside = Path::new(path).strip_prefix(settings.output.join("crates")).ok()?;
            crates.get(inside.components().next()?.as_os_str().to_str()?)
        }) else {
            return;
        };
        let Some(build) = builds.get_mut(index) else { return };
        if message["reason"] == "compiler-message" && message["message"]["level"] == "error" {
            if build.errors.len() < MOST_ERRORS {
                build.errors.push(compiler_error(&message["message"], settings));
            }
        } else if let Some(program) = message["executable"].as_str()
            && let Some(name) = message["target"]["name"].as_str()
        {
            tests.push((*index, name.to_owned(), program.into()));
        } else if message["reason"] == "compiler-artifact" && message["profile"]["test"] == false {
            compiled.insert(*index);
        }
    })?;
    for (index, build) in &mut builds {
        if build.errors.is_empty() && !compiled.contains(index) {
            build
                .errors
                .push("error: not compiled, because of a dependency; see `cargo.log`".to_owned());
        }
    }
    for (index, name, program) in tests {
        let Some(build) = builds.get_mut(&index) else { continue };
        let (passed, failures) = run_test(&program, settings);
        let counts = (passed, passed + failures.len());
        match name.as_str() {
            "generated_calls" => build.calls = counts,
            "generated_samples" => build.samples = counts,
            _ => continue,
        }
        build.failures.extend(failures.into_iter().map(|failure| format!("{name}: {failure}")));
    }
    for (index, mut build) in builds {
        // rustc repeats an error for the library and for its tests.
        build.errors.sort();
        build.errors.dedup();
        rows[index].build = Some(build);
    }
    Ok(())
}

/// A workspace of the crates, with the versions and the profile of ours.
fn write_workspace<'a>(
    crates: impl Iterator<Item = &'a String>,
    settings: &Settings,
) -> anyhow::Result<()> {
    let members: Vec<String> = crates.map(|name| format!("    \"crates/{name}\",\n")).collect();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\n{}]\n\n[profile.dev]\ndebug = false\nincremental = false\n\n\
         [profile.dev.package.\"*\"]\ndebug = false\n",
        members.concat()
    );
    let write = |name: &str, text: &str| {
        let path = settings.output.join(name);
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
    };
    write("Cargo.toml", &manifest)?;
    // With our lock file, cargo needs no registry and reuses what is compiled.
    let lock = fs::read_to_string(workspace::root().join("Cargo.lock")).unwrap_or_default();
    write("Cargo.lock", &lock)
}

/// Compiles everything, and passes each of cargo's messages on.
fn compile(settings: &Settings, on_message: &mut dyn FnMut(&Value)) -> anyhow::Result<()> {
    let log = fs::File::create(settings.output.join("cargo.log"))?;
    let mut process = Command::new("cargo")
        .args(["build", "--workspace", "--tests", "--lib", "--keep-going", "--offline"])
        .args(["--message-format", "json", "--jobs", &settings.jobs.to_string(), "--target-dir"])
        .arg(workspace::root().join("target"))
        .current_dir(&settings.output)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .context("cargo cannot be started")?;
    let output = process.stdout.take().context("cargo has no output")?;
    let mut messages = 0;
    for line in BufReader::new(output).lines() {
        if let Ok(message) = serde_json::from_str::<Value>(&line?) {
            messages += 1;
            on_message(&message);
        }
    }
    process.wait()?;
    let log = settings.output.join("cargo.log");
    anyhow::ensure!(
        messages > 1,
        "cargo cannot build the crates: {}",
        fs::read_to_string(log).unwrap_or_default().trim()
    );
    Ok(())
}

/// An error on one line: its message, and the file without the name of the crate.
fn compiler_error(message: &Value, settings: &Settings) -> String {
    let text = message["message"].as_str().unwrap_or_default();
    let code = message["code"]["code"].as_str().unwrap_or("error");
    let spans = message["spans"].as_array().into_iter().flatten();
    let place = spans.filter(|span| span["is_primary"] == true).find_map(|span| {
        let file = span["file_name"].as_str()?;
        let file = file.strip_prefix(&*settings.output.to_string_lossy()).unwrap_or(file);
        let inside = file.split_once("_sdk/").map_or(file, |(_, inside)| inside);
        Some(format!(" at {inside}:{}", span["line_start"]))
    });
    cut(&format!("{code}: {text}{}", place.unwrap_or_default()))
}

/// Runs a test program, and returns how many cases passed and what failed.
fn run_test(program: &Path, settings: &Settings) -> (usize, Vec<String>) {
    let log = settings.output.join("test.log");
    let started = fs::File::create(&log).and_then(|output| {
        let errors = output.try_clone()?;
        let mut command = Command::new(program);
        // A panic prints its message; the location and the backtrace are noise.
        command.args(["--nocapture", "--test-threads=1"]).env("RUST_BACKTRACE", "0");
        command.stdin(Stdio::null()).stdout(output).stderr(errors).spawn()
    });
    let mut process = match started {
        Ok(process) => process,
        Err(error) => return (0, vec![format!("cannot be started: {error}")]),
    };
    let start = Instant::now();
    let mut hangs = false;
    while let Ok(None) = process.try_wait() {
        if start.elapsed() > TEST_LIMIT {
            hangs = true;
            let _ = process.kill();
        }
        thread::sleep(Duration::from_millis(20));
    }
    let succeeded = process.wait().is_ok_and(|status| status.success());
    let output = fs::read(&log).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    let passed = output.lines().filter(|line| line.starts_with("passed ")).count();
    let failed = output.lines().filter_map(|line| line.strip_prefix("failed "));
    let mut failures: Vec<String> = failed.map(cut).collect();
    if hangs {
        failures.push(format!("not finished after {} s", TEST_LIMIT.as_secs()));
    } else if !succeeded && failures.is_empty() {
        let last: Vec<&str> = output.lines().rev().take(3).collect();
        failures.push(cut(&last.join(" ")));
    }
    (passed, failures)
}

fn cut(text: &str) -> String {
    let line = text.replace('\n', " ");
    line.chars().take(LONGEST).collect()
}
