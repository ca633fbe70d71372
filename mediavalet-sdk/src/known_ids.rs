//! The ids that a client has seen.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

/// Ids of objects that were found. Clones share them. An object that is deleted later stays in here: its use fails
/// with MediaValet's own error.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownIds(Arc<Mutex<HashSet<(&'static str, String)>>>);

impl KnownIds {
    /// Keeps a program that uploads to ever new categories from filling its memory.
    const MAX: usize = 10_000;

    pub(crate) fn contains(&self, kind: &'static str, id: &str) -> bool {
        let ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.contains(&(kind, id.to_owned()))
    }

    pub(crate) fn insert(&self, kind: &'static str, id: &str) {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.len() >= Self::MAX {
            ids.clear();
        }
        ids.insert((kind, id.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_known_by_kind_and_their_number_is_limited() {
        let ids = KnownIds::default();
        ids.insert("category", "a");
        assert!(ids.clone().contains("category", "a"));
        assert!(!ids.contains("lightbox", "a") && !ids.contains("category", "b"));
        for n in 0..=KnownIds::MAX {
            ids.insert("category", &n.to_string());
        }
        assert!(!ids.contains("category", "a"));
        assert!(ids.contains("category", &KnownIds::MAX.to_string()));
    }
}
