use std::collections::{BTreeMap, BTreeSet};

use super::{VendorSoak, name};

/// Things that the calls of some kinds make.
#[derive(Debug, Clone, Copy)]
pub struct Made<K: 'static> {
    /// What they are, as in "12 folders": the things of [`Held`].
    pub things: &'static str,
    /// The kinds of calls that make them.
    pub by: &'static [K],
    /// The operations whose writes the server counts for them.
    pub operations: &'static [&'static str],
}

impl<K: Copy + PartialEq> Made<K> {
    pub(super) fn written<V: VendorSoak>(&self, vendor: &V) -> u64 {
        self.operations.iter().map(|operation| vendor.writes_of(operation)).sum()
    }

    /// The names of what these calls make.
    pub(super) fn names<V: VendorSoak<Kind = K>>(
        &self,
        calls: impl Iterator<Item = u64>,
    ) -> BTreeSet<String> {
        calls.filter(|n| self.by.contains(&V::kind(*n))).map(name).collect()
    }
}

/// How often a server holds each thing that the soak made, by what it is and its [`name`].
#[derive(Debug, Default)]
pub struct Held(BTreeMap<&'static str, BTreeMap<String, u64>>);

impl Held {
    /// Counts a thing.
    pub fn add(&mut self, things: &'static str, name: String, times: u64) {
        *self.0.entry(things).or_default().entry(name).or_default() += times;
    }

    /// Whether one of these things is there more than once.
    pub fn has_twice(&self, things: &str) -> bool {
        self.0.get(things).is_some_and(|held| held.values().any(|times| *times > 1))
    }

    pub(super) fn twice(&self) -> Vec<&String> {
        let all = self.0.values().flatten();
        all.filter(|(_, times)| **times > 1).map(|(name, _)| name).collect()
    }

    pub(super) fn names(&self, things: &str) -> BTreeSet<String> {
        self.0.get(things).into_iter().flat_map(BTreeMap::keys).cloned().collect()
    }
}
