//! Versions, and which one comes next.

use std::{fmt, path::Path, str::FromStr};

use anyhow::Context;
use serde::{Serialize, Serializer};
use toml_edit::{DocumentMut, Item};

use crate::{api::Step, revision::Revision};

/// A version without pre-release and build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u64,
    pub minor: u64,
    pub patch: u64,
}

impl Version {
    /// The lowest version that may follow, by Cargo's rules: below 1.0 the second number has the part of the first, and
    /// below 0.1 the third has it.
    #[must_use]
    pub fn after(self, step: Step) -> Self {
        let Self { major, minor, patch } = self;
        match (step, major, minor) {
            (Step::None, ..) => self,
            (Step::Major, 1.., _) => Self { major: major + 1, minor: 0, patch: 0 },
            (Step::Major, 0, 1..) | (Step::Minor, 1.., _) => {
                Self { major, minor: minor + 1, patch: 0 }
            }
            _ => Self { major, minor, patch: patch + 1 },
        }
    }

    /// The version of a crate: its own, or the one of the workspace.
    ///
    /// # Errors
    /// If the manifests do not state one.
    pub fn of(revision: &Revision, package: &str) -> anyhow::Result<Self> {
        let of = |text: &str, tables: &[&str]| -> Option<String> {
            let document: DocumentMut = text.parse().ok()?;
            let mut item: &Item = document.as_item();
            for table in tables {
                item = item.get(table)?;
            }
            item.as_str().map(str::to_owned)
        };
        let own =
            of(&revision.file(&Path::new(package).join("Cargo.toml")), &["package", "version"]);
        let root = revision.file(Path::new("Cargo.toml"));
        own.or_else(|| of(&root, &["workspace", "package", "version"]))
            .with_context(|| {
                format!("{}: the manifests state no version of {package}", revision.label)
            })?
            .parse()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let numbers = text.split(['-', '+']).next().unwrap_or_default();
        let mut parts = numbers.split('.').map(str::parse);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) => {
                Ok(Self { major, minor, patch })
            }
            _ => anyhow::bail!("`{text}` is not a version; write three numbers, such as 0.2.0"),
        }
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_one_the_second_number_marks_breaking_changes() {
        for (version, step, next) in [
            ("1.2.3", Step::Major, "2.0.0"),
            ("1.2.3", Step::Minor, "1.3.0"),
            ("1.2.3", Step::Patch, "1.2.4"),
            ("1.2.3", Step::None, "1.2.3"),
            ("0.1.4", Step::Major, "0.2.0"),
            ("0.1.4", Step::Minor, "0.1.5"),
            ("0.1.4", Step::Patch, "0.1.5"),
            ("0.0.4", Step::Major, "0.0.5"),
        ] {
            let version: Version = version.parse().unwrap();
            assert_eq!(version.after(step).to_string(), next, "{version} {step}");
        }
        assert!("1.2".parse::<Version>().is_err());
        assert_eq!("1.2.3-beta.1".parse::<Version>().unwrap().to_string(), "1.2.3");
    }
}
