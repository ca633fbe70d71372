//! `cargo xtask test`: every check that a change must pass, the quick ones first.

use std::process::Command;

use super::{coverage, generate, lint, steps::Steps};

/// The features that are tested. `native-tls` is not among them: it needs the system's TLS headers.
const FEATURES: &str =
    "mediavalet-sdk/mock,netexplorer-sdk/mock,netx-sdk/mock,oneteg-auth/middleware";
/// One tag of each SDK, which must compile without the others.
const ONE_TAG: [(&str, &str); 3] =
    [("mediavalet-sdk", "categories"), ("netexplorer-sdk", "folders"), ("netx-sdk", "assets")];

/// Runs all checks; `full` also sets the heavy tests to their full size.
///
/// # Errors
/// If a step fails; the steps after it are not run.
pub fn run(full: bool) -> anyhow::Result<()> {
    let mut steps = Steps::new(full);
    steps.cargo("format", &["fmt", "--all", "--check"])?;
    steps.run("house rules", || lint::run(&[])?.print(false))?;
    steps.run("generated code", || generate::run(&[], true))?;
    steps.run("coverage", || coverage::run(&[], false, true))?;
    let clippy =
        ["clippy", "--workspace", "--all-targets", "--features", FEATURES, "--", "-D", "warnings"];
    steps.cargo("clippy", &clippy)?;
    // An SDK must compile with no tag at all and without OAuth, and with a single tag.
    for (sdk, tag) in ONE_TAG {
        for features in ["rustls".to_owned(), format!("rustls,oauth,{tag}")] {
            let check = ["check", "-p", sdk, "--no-default-features", "--features", &features];
            steps.cargo(&format!("{sdk} with {features}"), &check)?;
        }
    }
    let runner: &[&str] = if is_nextest_installed() {
        &["nextest", "run", "--no-fail-fast"]
    } else {
        &["test", "--lib", "--bins", "--tests"]
    };
    let workspace = [runner, &["--workspace", "--features", FEATURES]].concat();
    steps.cargo("tests", &workspace)?;
    // With `gzip` the runtime has two HTTP clients, for calls and for files, instead of one.
    let gzip = [runner, &["-p", "oneteg-http", "--features", "gzip"]].concat();
    steps.cargo("oneteg-http with gzip", &gzip)?;
    steps.cargo("doctests", &["test", "--doc", "--workspace", "--features", FEATURES])?;
    let doc = ["doc", "--workspace", "--no-deps", "--features", FEATURES];
    steps.cargo_with("docs", &doc, &[("RUSTDOCFLAGS", "-D warnings")])?;
    steps.print_times();
    Ok(())
}

fn is_nextest_installed() -> bool {
    Command::new("cargo")
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}
