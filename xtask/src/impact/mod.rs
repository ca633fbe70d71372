//! What a change of a specification does to programs: the Rust items that it changes, and the compiler errors that
//! their users meet.
//!
//! Both specifications are generated, and the interfaces of the results compared. A change whose Rust items differ in a
//! way that stops programs from compiling is breaking, whatever its rule supposes; one that the rule supposes to be
//! breaking and that leaves the interface as it was is risky. If one of the two cannot be generated, the rule decides.

mod link;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::{
    api::{Api, Finding, Step, compare},
    change::{self, Change, Class},
    normalise,
    revision::{Kind, Revision},
    spec::{Source, Spec},
};

/// The changes of one vendor.
#[derive(Debug, Clone)]
pub struct Impact {
    /// The vendor, as in `specs/<vendor>`.
    pub vendor: String,
    /// The changes, the worst first, each with the Rust items that it changes.
    pub changes: Vec<(Change, Vec<Finding>)>,
    /// Differences of the generated interface that no change explains.
    pub unexplained: Vec<Finding>,
    /// The part of the version that the generated interface increments; `None` if it was not compared.
    pub interface: Option<Step>,
    /// Why the generated code could not be compared; empty if it was.
    pub notes: Vec<String>,
}

/// How many changes are of each class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Changes that stop programs from compiling.
    pub breaking: usize,
    /// Changes that programs may notice.
    pub risky: usize,
    /// All others.
    pub safe: usize,
}

impl Impact {
    /// Compares two specifications.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn of(
        vendor: &str,
        old: &[Source],
        new: &[Source],
        generate: Generate,
    ) -> anyhow::Result<Self> {
        let is_equal = old.len() == new.len()
            && old
                .iter()
                .zip(new)
                .all(|(old, new)| (&old.path, &old.text) == (&new.path, &new.text));
        if is_equal {
            return Ok(Self {
                vendor: vendor.to_owned(),
                changes: Vec::new(),
                unexplained: Vec::new(),
                interface: Some(Step::None),
                notes: Vec::new(),
            });
        }
        let (before, _) = normalise::normalise(Spec::from_sources(old)?);
        let (after, _) = normalise::normalise(Spec::from_sources(new)?);
        let changes = change::compare(&before, &after);
        let mut impact = Self {
            vendor: vendor.to_owned(),
            changes: changes.into_iter().map(|change| (change, Vec::new())).collect(),
            unexplained: Vec::new(),
            interface: None,
            notes: Vec::new(),
        };
        if impact.changes.is_empty() {
            return Ok(impact);
        }
        let apis = [("old", old), ("new", new)].map(|(which, sources)| {
            generate(sources).map_err(|error| {
                format!("the {which} specification cannot be generated, so the classes are those of the rules: {error}")
            })
        });
        match apis {
            [Ok(before), Ok(after)] => {
                let schemas = link::schema_types(&[old, new]);
                let findings = compare(&before, &after);
                impact.interface =
                    Some(findings.iter().map(|finding| finding.step).max().unwrap_or_default());
                link::link(&mut impact, findings, &schemas);
            }
            [before, after] => {
                impact.notes.extend([before.err(), after.err()].into_iter().flatten());
            }
        }
        Ok(impact)
    }

    /// Adds the Rust items of specifications that had to be imported before they could be generated. The classes stay
    /// those of the rules, since an import may name things differently.
    pub fn add_items(&mut self, sources: [&[Source]; 2], interfaces: [&Api; 2]) {
        let [old, new] = interfaces;
        let schemas = link::schema_types(&sources);
        link::attach(self, compare(old, new), &schemas);
        self.notes = vec![
            "the files were imported to find the Rust items; the classes are those of the rules"
                .to_owned(),
        ];
    }

    /// How many changes are of each class.
    pub fn counts(&self) -> Counts {
        let count = |class| self.changes.iter().filter(|(change, _)| change.class == class).count();
        Counts {
            breaking: count(Class::Breaking),
            risky: count(Class::Risky),
            safe: count(Class::Safe),
        }
    }

    /// The part of the version that the changes increment, of the specification and of the interface.
    pub fn worst_step(&self) -> Step {
        self.step().max(self.interface.unwrap_or_default())
    }

    /// The part of the version that the changes of the specification increment.
    ///
    /// What the vendor does to all versions of the SDK alike, such as a new scope, needs no more than a patch.
    pub fn step(&self) -> Step {
        let step = |change: &Change| match change.class {
            Class::Breaking => Step::Major,
            _ if change.rule.ends_with("-added") && !change.rule.starts_with("scope") => {
                Step::Minor
            }
            _ => Step::Patch,
        };
        self.changes.iter().map(|(change, _)| step(change)).max().unwrap_or_default()
    }
}

/// Generates a specification and reads the interface of the result. The error has the first cause.
pub type Generate = fn(&[Source]) -> Result<Api, String>;

/// A vendor, and its specification in two revisions; `None` where there is none.
pub type Pair = (String, Option<Vec<Source>>, Option<Vec<Source>>);

/// The vendors to compare, with the specification of each in both revisions; `None` where there is none.
///
/// # Errors
/// If a specification cannot be read, or the revisions have none.
pub fn pairs(old: &Revision, new: &Revision, only: &[String]) -> anyhow::Result<Vec<Pair>> {
    let mut names: Vec<String> = old.vendors().into_iter().chain(new.vendors()).collect();
    names.sort();
    names.dedup();
    match (old.kind, new.kind) {
        (Kind::Workspace, Kind::Workspace) => {
            if let Some(unknown) = only.iter().find(|name| !names.contains(name)) {
                anyhow::bail!("unknown vendor `{unknown}`; known vendors: {}", names.join(", "));
            }
            names.retain(|name| only.is_empty() || only.contains(name));
        }
        // A folder or file is compared with the vendor that it names.
        (kind_of_old, kind_of_new) => {
            let single = if kind_of_new == Kind::Workspace { old } else { new };
            let named = only.first().cloned().or_else(|| vendor_of(single));
            let needs_name = kind_of_old == Kind::Workspace || kind_of_new == Kind::Workspace;
            match named {
                Some(name) if !needs_name || names.contains(&name) => names = vec![name],
                Some(name) => {
                    anyhow::bail!(
                        "there is no vendor `{name}`; give one with `--vendor`: {}",
                        names.join(", ")
                    )
                }
                None if needs_name => {
                    anyhow::bail!(
                        "the specification names no vendor; give one with `--vendor`: {}",
                        names.join(", ")
                    )
                }
                None => names = vec!["api".to_owned()],
            }
        }
    }
    let read = |revision: &Revision, name: &str| -> anyhow::Result<Option<Vec<Source>>> {
        if revision.kind == Kind::Workspace && !revision.root.join("specs").join(name).is_dir() {
            return Ok(None);
        }
        revision.sources(name).map(Some)
    };
    names.into_iter().map(|name| Ok((name.clone(), read(old, &name)?, read(new, &name)?))).collect()
}

/// The vendor that a single specification names: by `x-vendor`, or by the name of its folder.
fn vendor_of(revision: &Revision) -> Option<String> {
    let sources = revision.sources("").ok()?;
    let spec = Spec::from_sources(&sources).ok()?;
    let named = spec.root["x-vendor"].as_str().map(str::to_owned);
    named.or_else(|| {
        let folder =
            if revision.kind == Kind::Folder { Some(revision.root.as_path()) } else { None };
        folder.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned())
    })
}

/// The folder of a vendor's SDK.
pub fn sdk_of(vendor: &str) -> PathBuf {
    PathBuf::from(format!("{vendor}-sdk"))
}
