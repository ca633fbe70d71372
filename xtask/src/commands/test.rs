//! `cargo xtask test`: every check that a change must pass, the quick ones first.

use std::{fs, path::Path, process::Command};

use anyhow::Context;

use super::{coverage, generate, lint, steps::Steps};
use crate::workspace::{self, Vendor};

/// Runs all checks; `full` also sets the heavy tests to their full size.
///
/// # Errors
/// If a step fails; the steps after it are not run.
pub fn run(full: bool) -> anyhow::Result<()> {
    let mut steps = Steps::new(full);
    let root = workspace::root();
    let vendors = workspace::vendors(&root, &[])?;
    let features = features(&vendors);
    let features = features.as_str();
    steps.cargo("format", &["fmt", "--all", "--check"])?;
    steps.run("house rules", || lint::run(&[])?.print(false))?;
    steps.run("generated code", || generate::run(&[], true))?;
    steps.run("coverage", || coverage::run(&[], false, true))?;
    let clippy =
        ["clippy", "--workspace", "--all-targets", "--features", features, "--", "-D", "warnings"];
    steps.cargo("clippy", &clippy)?;
    // An SDK must compile with no tag at all and without OAuth, and with a single tag.
    for vendor in &vendors {
        let sdk = &*vendor.sdk().display().to_string();
        let tag = one_tag(&root, vendor)?;
        for features in ["rustls".to_owned(), format!("rustls,oauth,{tag}")] {
            let check = ["check", "-p", sdk, "--no-default-features", "--features", &features];
            steps.cargo(&format!("{sdk} with {features}"), &check)?;
        }
    }
    // Each store is a separate feature, and the tests have all of them at once.
    for store in ["keyring", "postgres", "redis"] {
        let check = ["check", "-p", "oneteg-auth", "--no-default-features", "--features", store];
        steps.cargo(&format!("oneteg-auth with {store}"), &check)?;
    }
    let runner: &[&str] = if is_nextest_installed() {
        &["nextest", "run", "--no-fail-fast"]
    } else {
        &["test", "--lib", "--bins", "--tests"]
    };
    let workspace = [runner, &["--workspace", "--features", features]].concat();
    steps.cargo("tests", &workspace)?;
    // With `gzip` the runtime has two HTTP clients, for calls and for files, instead of one.
    let gzip = [runner, &["-p", "oneteg-http", "--features", "gzip"]].concat();
    steps.cargo("oneteg-http with gzip", &gzip)?;
    steps.cargo("doctests", &["test", "--doc", "--workspace", "--features", features])?;
    let doc = ["doc", "--workspace", "--no-deps", "--features", features];
    steps.cargo_with("docs", &doc, &[("RUSTDOCFLAGS", "-D warnings")])?;
    steps.print_times();
    Ok(())
}

/// The features that are tested. `native-tls` is not among them: it needs the system's TLS headers.
fn features(vendors: &[Vendor]) -> String {
    let mocks = vendors.iter().map(|vendor| format!("{}/mock", vendor.sdk().display()));
    let auth = ["middleware", "postgres", "redis"].map(|feature| format!("oneteg-auth/{feature}"));
    let cli = ["keyring", "postgres", "redis"].map(|feature| format!("oneteg-cli/{feature}"));
    let sdks = ["mediavalet-sdk/crc64".to_owned()];
    mocks.chain(auth).chain(cli).chain(sdks).collect::<Vec<_>>().join(",")
}

/// The tag that must compile without the others: `package.metadata.oneteg.one-tag` of the SDK's manifest.
fn one_tag(root: &Path, vendor: &Vendor) -> anyhow::Result<String> {
    let path = vendor.sdk().join("Cargo.toml");
    let manifest = fs::read_to_string(root.join(&path))
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let manifest: toml_edit::Document<String> = manifest.parse()?;
    let tag = manifest.get("package").and_then(|package| package.get("metadata"));
    let tag = tag.and_then(|metadata| metadata.get("oneteg")).and_then(|own| own.get("one-tag"));
    tag.and_then(|tag| tag.as_str()).map(str::to_owned).with_context(|| {
        format!("{} has no `one-tag` in `package.metadata.oneteg`; name a tag", path.display())
    })
}

fn is_nextest_installed() -> bool {
    Command::new("cargo")
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}
