//! Objects of one kind by numeric id. Ids are never reused.

use std::collections::BTreeMap;

/// Rows in the order of their ids.
#[derive(Debug)]
pub(crate) struct IdTable<T> {
    rows: BTreeMap<u64, T>,
    next_id: u64,
}

impl<T> IdTable<T> {
    /// An empty table whose first id is `first`.
    pub(crate) fn from_id(first: u64) -> Self {
        Self { rows: BTreeMap::new(), next_id: first }
    }

    /// Adds the row that `build` returns for its id, and returns the id.
    pub(crate) fn add(&mut self, build: impl FnOnce(u64) -> T) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.rows.insert(id, build(id));
        id
    }

    pub(crate) fn get(&self, id: u64) -> Option<&T> {
        self.rows.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.rows.get_mut(&id)
    }

    /// Stores a row under an id that [`IdTable::add`] returned before: replaces it, or restores it
    /// after removal.
    pub(crate) fn insert(&mut self, id: u64, row: T) {
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

#[cfg(test)]
mod tests {
    use super::IdTable;

    #[test]
    fn an_id_is_not_reused_after_removal() {
        let mut table = IdTable::from_id(7);
        let first = table.add(|id| id * 10);
        assert_eq!((first, table.get(first)), (7, Some(&70)));
        assert_eq!(table.remove(first), Some(70));
        assert_eq!(table.add(|id| id), 8, "the id of the removed row is gone for good");
    }
}
