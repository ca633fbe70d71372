//! What the second pass knows besides the document: where it is, what it repaired, and how much it may still do.

use std::{
    cell::{Cell, RefCell},
    fmt::Write as _,
};

use super::{RepairKind, failure::Failure, node::Node, repair::Repairs};

/// How often a value may be read on average. A value that can be read, or repaired in place, is read once or
/// twice; an object is read again when two of its members are spellings of one, at most once for each alias of
/// its type, and a document may nest such objects.
const MOST_READS: usize = 32;

pub(super) struct Context<'t> {
    path: RefCell<Vec<Step<'t>>>,
    repairs: RefCell<Repairs>,
    reads_left: Cell<usize>,
    met_oddities: Cell<bool>,
    needed: &'t [&'static str],
}

#[derive(Clone, Copy)]
pub(super) enum Step<'t> {
    Name(&'t str),
    Item(usize),
}

impl<'t> Context<'t> {
    pub(super) fn new(tree: &Node<'_>, needed: &'t [&'static str]) -> Self {
        Self {
            path: RefCell::default(),
            repairs: RefCell::default(),
            reads_left: Cell::new(tree.count().saturating_mul(MOST_READS)),
            met_oddities: Cell::new(false),
            needed,
        }
    }

    /// Counts that something is read.
    pub(super) fn begin_read(&self) -> Result<(), Failure> {
        let left = self.reads_left.get().checked_sub(1);
        self.reads_left.set(left.ok_or_else(|| Failure::new("it takes too long to repair"))?);
        Ok(())
    }

    /// Whether nothing more may be read: the pass has failed.
    pub(super) fn is_spent(&self) -> bool {
        self.reads_left.get() == 0
    }

    pub(super) fn within<R>(&self, step: Step<'t>, read: impl FnOnce() -> R) -> R {
        self.path.borrow_mut().push(step);
        let result = read();
        self.path.borrow_mut().pop();
        result
    }

    /// The place that is read: `results[3].size`.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in self.path.borrow().iter() {
            // Writing to a `String` does not fail.
            let _ = match step {
                Step::Name(name) if path.is_empty() => write!(path, "{name}"),
                Step::Name(name) => write!(path, ".{name}"),
                Step::Item(index) => write!(path, "[{index}]"),
            };
        }
        path
    }

    /// Whether the place is a member that is not optional whatever its type says, or leads to one.
    pub(super) fn is_needed(&self) -> bool {
        let path = self.path.borrow();
        self.needed.iter().any(|needed| {
            let mut segments = needed.split('.');
            path.iter().all(|step| match (step, segments.next()) {
                (Step::Name(name), Some(segment)) => is_spelling(name, segment),
                _ => false,
            })
        })
    }

    pub(super) fn note(&self, kind: RepairKind) {
        self.met_oddities.set(true);
        self.note_attempt(kind);
    }

    /// Notes what may be no repair in the end: a member is left out to see whether its type has a default.
    pub(super) fn note_attempt(&self, kind: RepairKind) {
        self.repairs.borrow_mut().push(kind, || self.path());
    }

    /// Whether anything was repaired so far, perhaps in something that could not be read in the end.
    pub(super) fn met_oddities(&self) -> bool {
        self.met_oddities.get()
    }

    pub(super) fn mark(&self) -> (usize, usize) {
        self.repairs.borrow().mark()
    }

    pub(super) fn roll_back(&self, mark: (usize, usize)) {
        self.repairs.borrow_mut().roll_back(mark);
    }

    pub(super) fn forget(&self, from: (usize, usize), to: (usize, usize)) {
        self.repairs.borrow_mut().forget(from, to);
    }

    pub(super) fn take_repairs(&self) -> Repairs {
        self.repairs.take()
    }
}

/// Whether two names are the same but for case and underscores.
fn is_spelling(name: &str, other: &str) -> bool {
    let plain = |name: &'_ str| {
        name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect::<String>()
    };
    name == other || plain(name) == plain(other)
}
