//! The journal: what was changed, by whom and when. Activities, timelines and the platform's log are views of it.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

/// The largest number of entries. The oldest ones are dropped.
const CAPACITY: usize = 10_000;

/// The file or folder that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedObject {
    /// The id of the version or folder.
    pub(crate) id: u64,
    pub(crate) name: String,
    /// The key of the file; `None` for a folder.
    pub(crate) file: Option<u64>,
    /// The folder that the object is in; for a folder, the folder itself.
    pub(crate) folder: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct JournalEntry {
    pub(crate) id: u64,
    pub(crate) date: DateTime<Utc>,
    pub(crate) user: u64,
    /// The name of the operation.
    pub(crate) operation: &'static str,
    pub(crate) object: Option<ChangedObject>,
    pub(crate) user_agent: String,
}

#[derive(Debug)]
pub(crate) struct Journal {
    entries: VecDeque<JournalEntry>,
    next_id: u64,
}

impl Journal {
    pub(crate) fn from_id(first: u64) -> Self {
        Self { entries: VecDeque::new(), next_id: first }
    }

    /// Adds an entry; its id is set here.
    pub(crate) fn add(&mut self, entry: JournalEntry) {
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(JournalEntry { id: self.next_id, ..entry });
        self.next_id += 1;
    }

    /// All entries, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &JournalEntry> {
        self.entries.iter().rev()
    }

    pub(crate) fn get(&self, id: u64) -> Option<&JournalEntry> {
        self.entries.iter().find(|entry| entry.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entries_are_dropped() {
        let mut journal = Journal::from_id(5);
        for _ in 0..=CAPACITY {
            journal.add(JournalEntry {
                id: 0,
                date: DateTime::default(),
                user: 1,
                operation: "deleteFile",
                object: None,
                user_agent: String::new(),
            });
        }
        assert_eq!(journal.newest_first().count(), CAPACITY);
        assert!(journal.get(5).is_none());
        assert!(journal.get(6).is_some());
    }
}
