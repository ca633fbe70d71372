//! Objects of one kind by id, with ids that are never used twice.

use std::collections::BTreeMap;

/// Objects by id, in the order of their ids.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: BTreeMap<u64, T>,
    next: u64,
}

impl<T> Table<T> {
    /// An empty table whose first id is `first`.
    pub(crate) fn from_id(first: u64) -> Self {
        Self { rows: BTreeMap::new(), next: first }
    }

    /// Adds the object that `make` builds for its id, and answers the id.
    pub(crate) fn add(&mut self, make: impl FnOnce(u64) -> T) -> u64 {
        let id = self.next;
        self.next += 1;
        self.rows.insert(id, make(id));
        id
    }

    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        self.rows.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.rows.get_mut(&id)
    }

    /// Puts an object back under the id that it had.
    pub(crate) fn put_back(&mut self, id: u64, row: T) {
        self.rows.insert(id, row);
    }

    pub(crate) fn remove(&mut self, id: u64) -> Option<T> {
        self.rows.remove(&id)
    }

    pub(crate) fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.rows.iter().map(|(id, row)| (*id, row))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut T)> {
        self.rows.iter_mut().map(|(id, row)| (*id, row))
    }
}
