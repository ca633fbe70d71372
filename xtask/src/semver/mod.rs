//! The version that a release needs: the worst of what four sources find.
//!
//! | Source | What it compares |
//! |---|---|
//! | specification | the two specifications, with the interface that is generated from each |
//! | code | the public interface of the committed sources, hand-written ones too |
//! | calls | the old `tests/generated/calls.rs`, compiled against the new code |
//! | cargo-semver-checks | the documentation of both crates, where that tool is installed |

mod calls;
mod checks;
mod elsewhere;
mod version;

use std::path::Path;

use serde::Serialize;

pub use calls::{CallError, compile_calls};
pub use checks::step_of_output;
pub use elsewhere::{Elsewhere, with_generated};
pub use version::Version;

use crate::{
    api::{Api, Files, Finding, Step, compare},
    impact::{self, Generate, Impact},
    revision::{RUNTIME, Revision},
};

/// The judgement of one crate.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// The name of the crate.
    pub package: String,
    /// The worst step of all sources.
    pub step: Step,
    /// What each source found.
    pub sources: Vec<Judged>,
    /// The version of the old revision.
    pub old_version: Version,
    /// The lowest version that the new revision may have.
    pub needed: Version,
    /// The version that the new revision has.
    pub version: Version,
}

/// What a source found.
#[derive(Debug, Clone, Serialize)]
pub struct Judged {
    /// The source.
    pub source: &'static str,
    /// The step that it asks for; `None` if it was not asked.
    pub step: Option<Step>,
    /// The worst that it found, or why it was not asked.
    pub reason: String,
    /// Differences of the interface.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Compiler errors of the old calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<CallError>,
}

impl Judged {
    fn new(source: &'static str, step: Option<Step>, reason: impl Into<String>) -> Self {
        Self { source, step, reason: reason.into(), findings: Vec::new(), errors: Vec::new() }
    }
}

/// What the sources may do.
#[derive(Clone, Copy)]
pub struct Options {
    /// Whether the compiler may be started.
    pub build: bool,
    /// How a specification is generated.
    pub generate: Generate,
}

/// The crates that users depend on: the SDKs of both revisions, and the runtime.
pub fn packages(old: &Revision, new: &Revision) -> Vec<String> {
    let mut all: Vec<String> = old.vendors().into_iter().chain(new.vendors()).collect();
    all = all.into_iter().map(|vendor| format!("{vendor}-sdk")).collect();
    all.extend(RUNTIME.map(str::to_owned));
    all.sort();
    all.dedup();
    let has_source = |revision: &Revision, package: &str| {
        revision.root.join(package).join("src/lib.rs").is_file()
    };
    all.retain(|package| has_source(old, package) || has_source(new, package));
    all
}

/// Judges a crate.
///
/// # Errors
/// If a source or a specification cannot be read.
pub fn judge(
    workspace: &Path,
    package: &str,
    old: &Revision,
    new: &Revision,
    options: Options,
) -> anyhow::Result<Verdict> {
    let old_version = Version::of(old, package)?;
    let version = Version::of(new, package)?;
    let mut sources = Vec::new();
    let vendor = package.strip_suffix("-sdk").unwrap_or_default();
    let vendor = if RUNTIME.contains(&package) { "" } else { vendor };
    let exists = |revision: &Revision| revision.root.join(package).join("src/lib.rs").is_file();
    if !exists(old) || !exists(new) {
        let (step, reason) = match exists(new) {
            true => (Step::Minor, "the crate is new"),
            false => (Step::Major, "the crate is removed"),
        };
        sources.push(Judged::new("code", Some(step), reason));
    } else {
        if !vendor.is_empty() {
            sources.push(specification(vendor, old, new, options.generate)?);
        }
        let code = code(package, old, new)?;
        let is_changed = code.step > Some(Step::None)
            || sources.iter().any(|judged| judged.step > Some(Step::None));
        sources.push(code);
        if !vendor.is_empty() {
            sources.push(match (options.build, is_changed) {
                (true, true) => calls(workspace, package, old, new)?,
                (true, false) => Judged::new("calls", Some(Step::None), "nothing changed"),
                (false, _) => Judged::new("calls", None, "not compiled"),
            });
        }
        if options.build && is_changed {
            sources.push(checks::judge(workspace, package, old));
        }
    }
    let step = sources.iter().filter_map(|judged| judged.step).max().unwrap_or_default();
    let needed = old_version.after(step);
    Ok(Verdict { package: package.to_owned(), step, sources, old_version, needed, version })
}

fn specification(
    vendor: &str,
    old: &Revision,
    new: &Revision,
    generate: Generate,
) -> anyhow::Result<Judged> {
    let impact = Impact::of(vendor, &old.sources(vendor)?, &new.sources(vendor)?, generate)?;
    let counts = impact.counts();
    let reason = match impact.changes.first() {
        None => "nothing changed".to_owned(),
        Some((worst, _)) => format!(
            "{} breaking, {} risky, {} safe; first: {}: {}",
            counts.breaking, counts.risky, counts.safe, worst.subject, worst.message
        ),
    };
    Ok(Judged::new("specification", Some(impact.worst_step()), reason))
}

/// The source files of a crate, and its manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Sources {
    /// The files, relative to `src`.
    pub files: Files,
    /// The text of `Cargo.toml`.
    pub manifest: String,
}

impl Sources {
    /// Those of a package.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn of(revision: &Revision, package: &str) -> anyhow::Result<Self> {
        let folder = Path::new(package);
        let (files, manifest) =
            (revision.files(&folder.join("src"))?, revision.file(&folder.join("Cargo.toml")));
        Ok(Self { files, manifest })
    }

    /// The step to newer sources, and the differences of the interface.
    ///
    /// # Errors
    /// If a file is not Rust, or a manifest is not TOML.
    pub fn step_to(&self, new: &Self) -> anyhow::Result<(Step, Vec<Finding>)> {
        new.step_from(&Api::read(&self.files, &self.manifest)?, self != new)
    }

    /// The step from an older interface, and the differences. `is_changed` is whether any file differs.
    ///
    /// # Errors
    /// If a file is not Rust, or the manifest is not TOML.
    pub fn step_from(&self, old: &Api, is_changed: bool) -> anyhow::Result<(Step, Vec<Finding>)> {
        let findings = compare(old, &Api::read(&self.files, &self.manifest)?);
        let least = if is_changed { Step::Patch } else { Step::None };
        let worst = findings.iter().map(|finding| finding.step).max().unwrap_or_default();
        Ok((worst.max(least), findings))
    }
}

/// Compares the committed sources.
fn code(package: &str, old: &Revision, new: &Revision) -> anyhow::Result<Judged> {
    let (step, findings) = Sources::of(old, package)?.step_to(&Sources::of(new, package)?)?;
    let reason = match (findings.as_slice(), step) {
        ([], Step::None) => "nothing changed".to_owned(),
        ([], _) => "the interface is unchanged".to_owned(),
        ([only], _) => only.to_string(),
        ([first, rest @ ..], _) => format!("{first}; {} more", rest.len()),
    };
    Ok(Judged { findings, ..Judged::new("code", Some(step), reason) })
}

fn calls(
    workspace: &Path,
    package: &str,
    old: &Revision,
    new: &Revision,
) -> anyhow::Result<Judged> {
    let folder = Path::new(package).join("tests/generated");
    let files = old.files(&folder)?;
    if !files.contains_key(Path::new("calls.rs")) {
        return Ok(Judged::new("calls", None, "the old revision has no generated calls"));
    }
    let errors = match compile_calls(workspace, package, &files, new) {
        Ok(errors) => errors,
        Err(error) => {
            let reason =
                format!("the new code does not compile, so the calls cannot be judged: {error:#}");
            return Ok(Judged::new("calls", None, reason));
        }
    };
    let (step, reason) = match errors.as_slice() {
        [] => (Step::Patch, "all compile".to_owned()),
        [first, rest @ ..] => (Step::Major, format!("{first}; {} more", rest.len())),
    };
    Ok(Judged { errors, ..Judged::new("calls", Some(step), reason) })
}

/// The vendor of an SDK.
pub fn vendor_of(package: &str) -> Option<&str> {
    package.strip_suffix("-sdk")
}

/// Whether a package is the SDK of one of these vendors; any package if there are none.
pub fn is_of(package: &str, vendors: &[String]) -> bool {
    vendors.is_empty() || vendors.iter().any(|vendor| Path::new(package) == impact::sdk_of(vendor))
}
