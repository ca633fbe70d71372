//! `cargo xtask release`: whether the crates can be published, and the bill of materials.
//!
//! Tools that others wrote are used where they are installed (`.ci/requirements.txt`, or `cargo install`); without one, its
//! step prints `SKIPPED`, or fails with `--all-tools`.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use anyhow::{Context, bail, ensure};

use super::steps::Steps;
use crate::{
    release::{tools::Tool, workspace as release},
    stdout::out,
    workspace,
};

/// What `release check` runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Compiles nothing.
    pub no_build: bool,
    /// Fails without a tool.
    pub all_tools: bool,
    /// Also fetches the database of advisories and checks the dependencies against it.
    pub advisories: bool,
    /// Also compiles every pair of features of the libraries, and each tag of the SDKs alone.
    pub features: bool,
    /// Accepts changes that are not committed.
    pub allow_dirty: bool,
}

/// Checks everything that a release needs, the quick things first.
///
/// # Errors
/// If a step fails; the steps after it are not run.
pub fn check(options: Options) -> anyhow::Result<()> {
    let root = workspace::root();
    let mut steps = Steps::new(false);
    let report = release::check_manifests(&root)?;
    steps.run("manifests", || {
        for undecided in &report.undecided {
            out!("to decide: {undecided}");
        }
        out!("order: {}", report.order.join(", "));
        ensure!(report.findings.is_empty(), "{}", report.findings.join("\n"));
        Ok(())
    })?;
    steps.run("interfaces", || {
        let findings = release::check_interfaces(&root)?;
        ensure!(findings.is_empty(), "{}", findings.join("\n"));
        Ok(())
    })?;
    let tools = Tools { root: &root, are_needed: options.all_tools };
    let deny = ["check", "--hide-inclusion-graph", "licenses", "bans", "sources"];
    steps.run("licences, bans and sources", || tools.run(&["deny"], |_| &deny))?;
    if options.advisories {
        let deny = ["check", "--hide-inclusion-graph", "advisories"];
        steps.run("advisories", || tools.run(&["deny"], |_| &deny))?;
    }
    // Each of the two finds dependencies that no source file names. `machete` needs metadata for libraries whose name is not
    // that of their package, and searches excluded workspaces too unless it gets folders.
    let machete: Vec<&str> =
        ["--with-metadata"].into_iter().chain(report.order.iter().map(String::as_str)).collect();
    steps.run("unused dependencies", || {
        tools.run(&["machete", "shear"], |tool| if tool == "machete" { &machete } else { &[] })
    })?;
    if options.no_build {
        steps.print_times();
        return Ok(());
    }
    if options.features {
        features(&mut steps, &tools, &report.order)?;
    }
    // Packs all published crates, compiles each from its packed form, and does what publishing does up to the upload. The
    // packed crates find each other, although none of them is in the registry.
    let mut publish = vec!["publish", "--workspace", "--dry-run", "--locked"];
    if options.allow_dirty {
        publish.push("--allow-dirty");
    }
    steps.cargo("packages", &publish)?;
    steps.print_times();
    Ok(())
}

/// Compiles the libraries with every pair of features, and the SDKs with every tag alone.
fn features(steps: &mut Steps, tools: &Tools<'_>, published: &[String]) -> anyhow::Result<()> {
    for package in published {
        let check = ["check", "--package", package.as_str(), "--no-dev-deps", "--keep-going"];
        let pairs = [&check[..], &["--feature-powerset", "--depth", "2"]].concat();
        if !package.ends_with("-sdk") {
            steps.run(&format!("features of {package}"), || tools.run(&["hack"], |_| &pairs))?;
            continue;
        }
        let one = [&check[..], &["--each-feature", "--exclude-no-default-features"]].concat();
        steps.run(&format!("each tag of {package}"), || tools.run(&["hack"], |_| &one))?;
        let manifest = fs::read_to_string(tools.root.join(package).join("Cargo.toml"))?;
        let others = features_but_tags(&manifest)
            .with_context(|| format!("the features of {package} cannot be read"))?;
        let pairs = [&pairs[..], &["--include-features", &others]].concat();
        steps.run(&format!("features of {package}"), || tools.run(&["hack"], |_| &pairs))?;
    }
    Ok(())
}

/// The features in a manifest that are neither the default nor tags, which are those of `full`.
fn features_but_tags(manifest: &str) -> anyhow::Result<String> {
    #[derive(serde::Deserialize)]
    struct Manifest {
        #[serde(default)]
        features: BTreeMap<String, Vec<String>>,
    }
    let Manifest { features } = toml::from_str(manifest)?;
    let tags = features.get("full").map_or(&[][..], Vec::as_slice);
    let others = features.keys().filter(|name| *name != "default" && !tags.contains(name));
    Ok(others.map(String::as_str).collect::<Vec<_>>().join(","))
}

/// Writes a bill of materials (CycloneDX, JSON) of each published program and library into a folder.
///
/// # Errors
/// If `cargo cyclonedx` is not installed or fails.
pub fn sbom(output: &Path) -> anyhow::Result<()> {
    let root = workspace::root();
    let tool = Tool::first(&root, &["cyclonedx"]).context(
        "cargo-cyclonedx is not installed; run `cargo install --locked cargo-cyclonedx`",
    )?;
    fs::create_dir_all(output)?;
    let published = release::check_manifests(&root)?.order;
    let mut command = tool.command(&root)?;
    // Next to each manifest of the workspace; there is no option for another folder.
    let arguments =
        ["--format", "json", "--spec-version", "1.5", "--all", "--override-filename", NAME];
    run(command.args(arguments))?;
    let members = fs::read_dir(&root)?.filter_map(Result::ok).map(|entry| entry.path());
    for member in members.filter(|path| path.is_dir()) {
        let written = member.join(format!("{NAME}.json"));
        let Ok(content) = fs::read(&written) else { continue };
        fs::remove_file(&written)?;
        let name = member.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if published.contains(&name) {
            let target = output.join(format!("{name}.cdx.json"));
            fs::write(&target, content)?;
            out!("{}", target.display());
        }
    }
    Ok(())
}

const NAME: &str = "oneteg.cdx";

struct Tools<'a> {
    root: &'a Path,
    are_needed: bool,
}

impl Tools<'_> {
    /// Runs the first of the tools that is installed.
    fn run<'b>(
        &self,
        names: &[&'static str],
        arguments: impl FnOnce(&str) -> &'b [&'b str],
    ) -> anyhow::Result<()> {
        let Some(tool) = Tool::first(self.root, names) else {
            let missing = format!(
                "cargo-{} is not installed; run `cargo install --locked cargo-{}`",
                names.join(" or cargo-"),
                names[0]
            );
            ensure!(!self.are_needed, "{missing}");
            out!("SKIPPED: {missing}");
            return Ok(());
        };
        run(tool.command(self.root)?.args(arguments(tool.name)))
    }
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let arguments: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    let shown = format!("`cargo {}`", arguments.join(" "));
    let status = command.status().with_context(|| format!("{shown} cannot be started"))?;
    if !status.success() {
        bail!("{shown} failed: {status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_that_are_neither_tags_nor_the_default_are_combined() {
        let manifest = "[features]\ndefault = ['full']\nfull = ['assets', 'users']\nassets = []\n\
                        users = ['assets']\noauth = ['a/oauth']\ncrc64 = []\n";
        assert_eq!(features_but_tags(manifest).unwrap(), "crc64,full,oauth");
        assert_eq!(features_but_tags("[package]\nname = 'a'").unwrap(), "");
        let sdk = fs::read_to_string(workspace::root().join("mediavalet-sdk/Cargo.toml")).unwrap();
        let others = features_but_tags(&sdk).unwrap();
        assert!(others.contains("profiles") && others.contains("crc64"), "{others}");
        assert!(!others.contains("assets"), "{others}");
    }
}
