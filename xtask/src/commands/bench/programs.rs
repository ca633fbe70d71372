//! The benchmarks of the crates. They print their figures as lines of JSON; see `oneteg_test_kit::figure`.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, bail};
use serde::de::DeserializeOwned;

use super::results::{Figure, Point};
use crate::stdout::out;

/// The benchmarks with figures next to those of a baseline.
const FIGURES: [&[&str]; 8] = [
    &["bench", "-p", "netx-sdk", "--bench", "per_call"],
    &["bench", "-p", "oneteg-http", "--bench", "calls"],
    &["bench", "-p", "mediavalet-sdk", "--bench", "page"],
    &["bench", "-p", "oneteg-http", "--bench", "decode"],
    &["bench", "-p", "oneteg-auth", "--bench", "warm_header"],
    &["bench", "-p", "oneteg-auth", "--bench", "refresh"],
    &["bench", "-p", "netexplorer-sdk", "--bench", "tus"],
    &["run", "--release", "--manifest-path", "benches/object-store/Cargo.toml"],
];
/// The greatest file of the full run, in MiB.
const GREATEST: &str = "4096";

/// Runs the benchmarks with figures.
///
/// # Errors
/// If one fails.
pub(super) fn figures(root: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut all = Vec::new();
    for arguments in FIGURES {
        all.extend(lines(root, arguments, "figure ")?);
    }
    Ok(all)
}

/// Runs the benchmark of growth.
///
/// # Errors
/// If it fails.
pub(super) fn points(root: &Path, full: bool) -> anyhow::Result<Vec<Point>> {
    let mut arguments = vec!["bench", "-p", "oneteg-sandbox", "--bench", "growth"];
    if full {
        arguments.extend(["--", GREATEST]);
    }
    lines(root, &arguments, "point ")
}

/// Runs the benchmark of the token stores, which writes its table itself.
///
/// # Errors
/// If it fails.
pub(super) fn stores(root: &Path) -> anyhow::Result<()> {
    let arguments =
        ["bench", "-p", "oneteg-auth", "--features", "redis,postgres", "--bench", "stores"];
    lines::<Point>(root, &[&arguments[..], &["--", "--write"]].concat(), "point ").map(drop)
}

/// Runs cargo, shows what it prints, and reads the lines that begin with a word.
fn lines<T: DeserializeOwned>(
    root: &Path,
    arguments: &[&str],
    word: &str,
) -> anyhow::Result<Vec<T>> {
    let name = arguments.join(" ");
    out!("== cargo {name}");
    let mut child = Command::new("cargo")
        .args(arguments)
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo cannot be started")?;
    let output = child.stdout.take().context("the output is not a pipe")?;
    let mut read = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line?;
        match line.strip_prefix(word) {
            Some(json) => read.push(
                serde_json::from_str(json)
                    .with_context(|| format!("`cargo {name}` printed a damaged figure: {line}"))?,
            ),
            None => out!("{line}"),
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`cargo {name}` failed: {status}");
    }
    Ok(read)
}
