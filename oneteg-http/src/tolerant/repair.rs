//! What was repaired in a response.

use std::fmt;

/// The number of repairs of a response that are listed; further ones are only counted.
const MAX_LISTED: usize = 100;

/// A part of a response that was not as documented and was read anyway.
///
/// It contains the path but no value, so it can be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    path: String,
    kind: RepairKind,
}

/// How a part of a response that was not as documented was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RepairKind {
    /// A scalar of another type was converted (`"12"` to 12, 1 to `true`), a list sent as an object with numeric
    /// names was read in their order, or a time in another notation was read.
    Converted,
    /// An optional member could not be read. It is absent, and its raw value is in `extra`.
    Absent,
    /// A member was sent under two of its names. One is read, and the other is in `extra`.
    TwoSpellings,
    /// A member was sent twice under the same name. The last one that is not `null` is read.
    Repeated,
    /// An entry of a map was `null` although its values cannot be. It is left out.
    NullEntry,
    /// The document had text that is not UTF-8, or that JSON does not allow. What does not encode a character was
    /// read as U+FFFD. The path is empty.
    MalformedText,
}

impl RepairKind {
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Converted => "converted to the documented type",
            Self::Absent => "could not be read; the raw value is in `extra`",
            Self::TwoSpellings => "sent in two spellings; one is in `extra`",
            Self::Repeated => "sent more than once",
            Self::NullEntry => "a null entry was left out",
            Self::MalformedText => "invalid text was replaced by U+FFFD",
        }
    }
}

impl Repair {
    /// The path, such as `results[3].size`; empty for the document as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How it was read.
    pub fn kind(&self) -> RepairKind {
        self.kind
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "." } else { &self.path };
        write!(f, "{path}: {}", self.kind.description())
    }
}

/// The repairs of a response: the first ones, and the number of all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repairs {
    listed: Vec<Repair>,
    count: usize,
}

impl Repairs {
    pub(super) fn push(&mut self, kind: RepairKind, path: impl FnOnce() -> String) {
        self.count += 1;
        if self.listed.len() < MAX_LISTED {
            self.listed.push(Repair { path: path(), kind });
        }
    }

    pub(super) fn mark(&self) -> (usize, usize) {
        (self.listed.len(), self.count)
    }

    /// Discards the repairs since a mark.
    pub(super) fn roll_back(&mut self, (listed, count): (usize, usize)) {
        self.listed.truncate(listed);
        self.count = count;
    }

    /// Discards the repairs between two marks.
    pub(super) fn discard(&mut self, from: (usize, usize), to: (usize, usize)) {
        self.listed.drain(from.0..to.0);
        self.count -= to.1 - from.1;
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn list(&self) -> &[Repair] {
        &self.listed
    }

    pub(crate) fn into_list(self) -> Vec<Repair> {
        self.listed
    }
}
