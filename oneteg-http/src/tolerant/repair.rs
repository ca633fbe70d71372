use std::fmt;

/// The most repairs of a response that are listed one by one.
const MOST_LISTED: usize = 100;

/// A part of a response that was not as documented, and was read anyway.
///
/// It contains the path and no value, so it can be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    path: String,
    kind: RepairKind,
}

/// How something that was not as documented was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RepairKind {
    /// A scalar of another type was converted (`"12"` for 12, 1 for `true`), a list sent as an object with
    /// numeric names was read in their order, or a time in another notation was read.
    Converted,
    /// An optional member could not be read. It is absent, and its raw value is in `extra`.
    Absent,
    /// A member was sent under two of its names. One is read, and the other is in `extra`.
    TwoSpellings,
    /// A member was sent twice under the same name. The last one that is not `null` is read.
    Repeated,
    /// An entry of a map is `null` although its values cannot be. It is left out.
    NullEntry,
    /// The document has text that is not UTF-8, or that JSON does not allow. What does not encode a character
    /// was read as U+FFFD. The path is empty.
    MalformedText,
}

impl RepairKind {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Converted => "converted to the documented type",
            Self::Absent => "could not be read; the raw value is in `extra`",
            Self::TwoSpellings => "came in two spellings; one is in `extra`",
            Self::Repeated => "came more than once",
            Self::NullEntry => "an entry that is null was left out",
            Self::MalformedText => "broken text was replaced by U+FFFD",
        }
    }
}

impl Repair {
    /// Its path, such as `results[3].size`; empty for the document as a whole.
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
        write!(f, "{path}: {}", self.kind.words())
    }
}

/// The repairs of a response: the first ones, and how many there were.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repairs {
    listed: Vec<Repair>,
    count: usize,
}

impl Repairs {
    pub(super) fn push(&mut self, kind: RepairKind, path: impl FnOnce() -> String) {
        self.count += 1;
        if self.listed.len() < MOST_LISTED {
            self.listed.push(Repair { path: path(), kind });
        }
    }

    pub(super) fn mark(&self) -> (usize, usize) {
        (self.listed.len(), self.count)
    }

    /// Discards those that were noted since a mark.
    pub(super) fn roll_back(&mut self, (listed, count): (usize, usize)) {
        self.listed.truncate(listed);
        self.count = count;
    }

    /// Discards those that were noted between two marks.
    pub(super) fn forget(&mut self, from: (usize, usize), to: (usize, usize)) {
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
