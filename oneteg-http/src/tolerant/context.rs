//! What the second pass knows apart from the document: its place, its repairs, and how much it may still read.

use std::{
    cell::{Cell, RefCell},
    fmt::Write as _,
};

use super::{RepairKind, failure::Failure, node::Node, repair::Repairs};

/// How often a value may be read on average. A value that can be read, or repaired in place, is read once or twice.
/// An object is read again if two of its members are spellings of one, at most once for each alias of its type, and
/// a document may nest such objects.
const MAX_READS_PER_VALUE: usize = 32;

pub(super) struct ReadContext<'t> {
    path: RefCell<Vec<PathStep<'t>>>,
    repairs: RefCell<Repairs>,
    reads_left: Cell<usize>,
    has_repaired: Cell<bool>,
    required: &'t [&'static str],
}

#[derive(Clone, Copy)]
pub(super) enum PathStep<'t> {
    Member(&'t str),
    Item(usize),
}

impl<'t> ReadContext<'t> {
    pub(super) fn new(tree: &Node<'_>, required: &'t [&'static str]) -> Self {
        Self {
            path: RefCell::default(),
            repairs: RefCell::default(),
            reads_left: Cell::new(tree.count().saturating_mul(MAX_READS_PER_VALUE)),
            has_repaired: Cell::new(false),
            required,
        }
    }

    /// Counts a read.
    ///
    /// # Errors
    /// If the limit is reached.
    pub(super) fn begin_read(&self) -> Result<(), Failure> {
        let left = self.reads_left.get().checked_sub(1);
        self.reads_left.set(left.ok_or_else(|| Failure::new("it takes too long to repair"))?);
        Ok(())
    }

    /// Whether the limit of reads is reached: the pass has failed.
    pub(super) fn is_exhausted(&self) -> bool {
        self.reads_left.get() == 0
    }

    pub(super) fn within<R>(&self, step: PathStep<'t>, read: impl FnOnce() -> R) -> R {
        self.path.borrow_mut().push(step);
        let result = read();
        self.path.borrow_mut().pop();
        result
    }

    /// The place being read: `results[3].size`.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in self.path.borrow().iter() {
            // Writing to a `String` does not fail.
            let _ = match step {
                PathStep::Member(name) if path.is_empty() => write!(path, "{name}"),
                PathStep::Member(name) => write!(path, ".{name}"),
                PathStep::Item(index) => write!(path, "[{index}]"),
            };
        }
        path
    }

    /// Whether the place is a member that is required whatever its type, or leads to one.
    pub(super) fn is_required(&self) -> bool {
        let path = self.path.borrow();
        self.required.iter().any(|required| {
            let mut segments = required.split('.');
            path.iter().all(|step| match (step, segments.next()) {
                (PathStep::Member(name), Some(segment)) => is_spelling_of(name, segment),
                _ => false,
            })
        })
    }

    /// Records a repair at the current place.
    pub(super) fn record(&self, kind: RepairKind) {
        self.has_repaired.set(true);
        self.record_tentatively(kind);
    }

    /// Records what may not become a repair: a member is left out to see whether its type has a default.
    pub(super) fn record_tentatively(&self, kind: RepairKind) {
        self.repairs.borrow_mut().push(kind, || self.path());
    }

    /// Whether anything was repaired so far, perhaps in a value that could not be read in the end.
    pub(super) fn has_repaired(&self) -> bool {
        self.has_repaired.get()
    }

    pub(super) fn mark(&self) -> (usize, usize) {
        self.repairs.borrow().mark()
    }

    pub(super) fn roll_back(&self, mark: (usize, usize)) {
        self.repairs.borrow_mut().roll_back(mark);
    }

    pub(super) fn discard(&self, from: (usize, usize), to: (usize, usize)) {
        self.repairs.borrow_mut().discard(from, to);
    }

    pub(super) fn take_repairs(&self) -> Repairs {
        self.repairs.take()
    }
}

/// Whether two names differ in case and underscores only.
fn is_spelling_of(name: &str, other: &str) -> bool {
    let normalize = |name: &'_ str| {
        name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect::<String>()
    };
    name == other || normalize(name) == normalize(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_members_and_what_leads_to_them() {
        let tree = Node::parse(b"{}").unwrap();
        let context = ReadContext::new(&tree, &["content.nb_files"]);
        let required = |steps: &[PathStep<'static>]| {
            context.path.replace(steps.to_vec());
            context.is_required()
        };
        let member = PathStep::Member;
        assert!(required(&[member("content")]));
        assert!(required(&[member("Content"), member("nbFiles")]));
        assert!(!required(&[member("content"), member("files")]));
        assert!(!required(&[member("content"), member("nb_files"), member("x")]));
        assert!(!required(&[member("content"), PathStep::Item(0)]));
        assert_eq!(context.path(), "content[0]");
    }

    #[test]
    fn reads_are_limited() {
        let tree = Node::parse(b"[1]").unwrap();
        let context = ReadContext::new(&tree, &[]);
        for _ in 0..2 * MAX_READS_PER_VALUE {
            assert!(!context.is_exhausted() && context.begin_read().is_ok());
        }
        assert!(context.is_exhausted() && context.begin_read().is_err());
    }
}
