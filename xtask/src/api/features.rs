//! What users depend on in a manifest: the features, and the oldest compiler.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use toml_edit::{DocumentMut, Item};

use super::{Finding, Step};

/// The part of a manifest that users depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The features, and what each enables.
    pub features: BTreeMap<String, BTreeSet<String>>,
    /// The oldest compiler, if the manifest itself states it.
    pub rust_version: Option<String>,
}

impl Manifest {
    /// Reads a `Cargo.toml`; an empty one has no features.
    ///
    /// # Errors
    /// If it is not TOML.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let document: DocumentMut = text.parse().context("the manifest is not valid TOML")?;
        let table = document.get("features").and_then(Item::as_table_like);
        let features = table.into_iter().flat_map(|table| table.iter()).map(|(name, enables)| {
            let enables = enables.as_array().into_iter().flatten();
            let enables = enables.filter_map(|value| value.as_str()).map(str::to_owned).collect();
            (name.to_owned(), enables)
        });
        let rust_version = document
            .get("package")
            .and_then(|package| package.get("rust-version"))
            .and_then(Item::as_str)
            .map(str::to_owned);
        Ok(Self { features: features.collect(), rust_version })
    }

    /// The differences to a newer manifest.
    pub(super) fn compare(&self, new: &Self) -> Vec<Finding> {
        let mut found = Vec::new();
        for (name, enables) in &self.features {
            let item = format!("feature {name}");
            let Some(now) = new.features.get(name) else {
                found.push(Finding {
                    step: Step::Major,
                    ..Finding::new(
                        Step::Major,
                        &item,
                        "is removed; cargo refuses manifests that name it",
                    )
                });
                continue;
            };
            let lost: Vec<&String> = enables.difference(now).collect();
            // A feature that is removed is reported once, not for each feature that enabled it.
            let lost: Vec<&str> = lost
                .into_iter()
                .filter(|lost| new.features.contains_key(*lost) || lost.contains(['/', ':']))
                // A dependency of the crate is its own affair, unless the feature that it enables is ours.
                .filter(|lost| !lost.contains(['/', ':']))
                .map(String::as_str)
                .collect();
            if !lost.is_empty() {
                let message = format!("no longer enables {}", lost.join(", "));
                found.push(Finding::new(Step::Major, &item, message));
            }
            let gained: Vec<&str> = now
                .difference(enables)
                .filter(|gained| self.features.contains_key(*gained))
                .map(String::as_str)
                .collect();
            if !gained.is_empty() {
                let message = format!("enables {} too", gained.join(", "));
                found.push(Finding::new(Step::Minor, &item, message));
            }
        }
        for name in new.features.keys().filter(|name| !self.features.contains_key(*name)) {
            found.push(Finding::new(Step::Minor, &format!("feature {name}"), "is new"));
        }
        if self.rust_version != new.rust_version {
            found.push(Finding::new(Step::Minor, "rust-version", "is another"));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_that_is_gone_or_enables_less_is_major() {
        let old = "[features]\ndefault = [\"full\"]\nfull = [\"a\", \"b\"]\na = []\nb = []\n";
        for (new, step) in [
            (old.to_owned(), None),
            (old.replace("a = []\n", "").replace("\"a\", ", ""), Some(Step::Major)),
            (old.replace("\"a\", ", ""), Some(Step::Major)),
            (old.replace("default = [\"full\"]", "default = []"), Some(Step::Major)),
            (old.replace("\"a\", \"b\"", "\"a\", \"b\", \"c\"") + "c = []\n", Some(Step::Minor)),
            (old.replace("a = []", "a = [\"b\"]"), Some(Step::Minor)),
        ] {
            let (before, after) = (Manifest::parse(old).unwrap(), Manifest::parse(&new).unwrap());
            let worst = before.compare(&after).iter().map(|finding| finding.step).max();
            assert_eq!(worst, step, "{new}");
        }
    }
}
