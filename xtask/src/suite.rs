//! `cargo xtask test`: everything that must hold, in the order that fails soonest, and `cargo xtask
//! demo`.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use crate::{coverage, generate, workspace};

/// The features that are tested. `native-tls` is not: it needs the system's TLS headers.
const FEATURES: &str =
    "mediavalet-sdk/mock,netexplorer-sdk/mock,netx-sdk/mock,oneteg-auth/middleware";
/// A tag of each SDK, to be compiled alone.
const ONE_TAG: [(&str, &str); 3] =
    [("mediavalet-sdk", "categories"), ("netexplorer-sdk", "folders"), ("netx-sdk", "assets")];

/// Runs everything; `full` runs the heavy sizes as well.
///
/// # Errors
/// When a step fails; the others are not run then.
pub fn test(full: bool) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut steps = Steps { full, done: Vec::new() };
    steps.cargo("format", &["fmt", "--all", "--check"])?;
    steps.step("generated code", || generate::run(&[], true))?;
    steps.step("coverage", || coverage::run(&[], false, true))?;
    let lint =
        ["clippy", "--workspace", "--all-targets", "--features", FEATURES, "--", "-D", "warnings"];
    steps.cargo("clippy", &lint)?;
    // An SDK must compile with no tag, and with one.
    for (sdk, tag) in ONE_TAG {
        for features in ["rustls".to_owned(), format!("rustls,{tag}")] {
            let check = ["check", "-p", sdk, "--no-default-features", "--features", &features];
            steps.cargo(&format!("{sdk} with {features}"), &check)?;
        }
    }
    let runner: &[&str] = if has_nextest() {
        &["nextest", "run", "--no-fail-fast"]
    } else {
        &["test", "--lib", "--bins", "--tests"]
    };
    let tests = [runner, &["--workspace", "--features", FEATURES]].concat();
    steps.cargo("tests", &tests)?;
    steps.cargo("doctests", &["test", "--doc", "--workspace", "--features", FEATURES])?;
    steps.docs()?;
    for (name, time) in &steps.done {
        println!("{:>7.1} s  {name}", time.as_secs_f64());
    }
    println!("all passed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs each vendor's main job against the sandbox, or NetX's read-only part against a real instance.
///
/// # Errors
/// When a step of it fails.
pub fn demo() -> anyhow::Result<()> {
    let mut steps = Steps { full: false, done: Vec::new() };
    for example in ["netx_demo", "mediavalet_demo", "netexplorer_demo"] {
        let run = ["run", "--quiet", "-p", "oneteg-sandbox", "--example", example];
        steps.cargo(example, &run)?;
    }
    Ok(())
}

fn has_nextest() -> bool {
    Command::new("cargo")
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|out| out.status.success())
}

struct Steps {
    full: bool,
    done: Vec<(String, Duration)>,
}

impl Steps {
    fn step(&mut self, name: &str, run: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        println!("== {name}");
        let start = Instant::now();
        run()?;
        self.done.push((name.to_owned(), start.elapsed()));
        Ok(())
    }

    fn cargo(&mut self, name: &str, arguments: &[&str]) -> anyhow::Result<()> {
        self.run(name, arguments, &[])
    }

    fn docs(&mut self) -> anyhow::Result<()> {
        let document = ["doc", "--workspace", "--no-deps", "--features", FEATURES];
        self.run("docs", &document, &[("RUSTDOCFLAGS", "-D warnings")])
    }

    fn run(&mut self, name: &str, arguments: &[&str], set: &[(&str, &str)]) -> anyhow::Result<()> {
        let mut command = Command::new("cargo");
        command.args(arguments).envs(set.iter().copied()).current_dir(workspace::root());
        if self.full {
            command.env("ONETEG_TEST_FULL", "1");
        }
        // Snapshots are accepted by people.
        command.env("INSTA_UPDATE", "no");
        self.step(name, || {
            let status = command.status().context("cargo cannot be started")?;
            if !status.success() {
                bail!("`cargo {}` failed", arguments.join(" "));
            }
            Ok(())
        })
    }
}
