//! What a soak creates on a server, and what the server holds afterwards.

use std::collections::{BTreeMap, BTreeSet};

/// One class of items that a soak creates, such as folders or uploads.
#[derive(Debug, Clone, Copy)]
pub struct CreatedItems<K: 'static> {
    /// The plural used in reports ("12 folders") and as the key in [`Inventory`].
    pub label: &'static str,
    /// The kinds of calls that create them.
    pub kinds: &'static [K],
    /// The operations whose writes the server counts for them.
    pub operations: &'static [&'static str],
}

/// How often a server holds each item that the soak created, by label and item name.
#[derive(Debug, Default)]
pub struct Inventory(BTreeMap<&'static str, BTreeMap<String, u64>>);

impl Inventory {
    /// Adds `count` copies of an item.
    pub fn add(&mut self, label: &'static str, name: String, count: u64) {
        *self.0.entry(label).or_default().entry(name).or_default() += count;
    }

    /// Whether any item with this label exists more than once.
    pub fn has_duplicates(&self, label: &str) -> bool {
        self.0.get(label).is_some_and(|items| items.values().any(|count| *count > 1))
    }

    /// The names of all items that exist more than once.
    pub(super) fn duplicates(&self) -> Vec<&String> {
        let all = self.0.values().flatten();
        all.filter(|(_, count)| **count > 1).map(|(name, _)| name).collect()
    }

    /// The names of the items with this label.
    pub(super) fn names(&self, label: &str) -> BTreeSet<String> {
        self.0.get(label).into_iter().flat_map(BTreeMap::keys).cloned().collect()
    }
}
