//! Objects of one kind by id, in the order of their making.

use std::collections::BTreeMap;

/// An id: a UUID made of the kind and a number, so that ids sort as they were made.
pub(crate) fn id(kind: u32, number: u64) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

#[derive(Debug)]
pub(crate) struct Table<T> {
    kind: u32,
    rows: BTreeMap<String, T>,
    made: u64,
}

impl<T> Table<T> {
    pub(crate) fn new(kind: u32) -> Self {
        Self { kind, rows: BTreeMap::new(), made: 0 }
    }

    /// An id that is never given again.
    pub(crate) fn next_id(&mut self) -> String {
        self.made += 1;
        id(self.kind, self.made)
    }

    pub(crate) fn add(&mut self, row: T) -> String {
        let id = self.next_id();
        self.rows.insert(id.clone(), row);
        id
    }

    pub(crate) fn insert(&mut self, id: &str, row: T) {
        self.rows.insert(id.to_owned(), row);
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.rows.get_mut(id)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        self.rows.remove(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.rows.iter().map(|(id, row)| (id.as_str(), row))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut T)> {
        self.rows.iter_mut().map(|(id, row)| (id.as_str(), row))
    }
}
