//! Detects a listing that would never end.
//!
//! | Received | Meaning |
//! |---|---|
//! | a cursor that was seen before | the listing would never end |
//! | a page shorter than requested, the same as one before | the server ignores the position: a list with short pages is not cut at the same items twice |
//! | a full page, the same as one before | nothing yet: an item inserted at the top moves all others, and values repeat |
//! | the third such page in a row | doubt: a page far beyond any end is requested |
//! | items there | the server ignores the position |
//! | no items there, or a refusal | the list has such pages; the next doubt takes twice as many of them |
//!
//! A cursor has no position to request; there [`MAX_REPEATED_BY_CURSOR`] such pages in a row count as a cycle.

use std::collections::HashSet;

/// The number of repeated pages in a row that causes the first doubt.
const FIRST_DOUBT: u32 = 3;
/// The number of repeated pages in a row that count as a cycle, in a listing by cursor.
const MAX_REPEATED_BY_CURSOR: u32 = 16;
/// The number of repeated pages in a row that count as a cycle even if the server refuses far positions.
const MAX_REPEATED: u32 = 1024;

/// What a page shows about the listing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CycleVerdict {
    Progress,
    /// A page far beyond the end must decide.
    Doubt,
    Cycle,
}

/// How a page was requested, as far as it matters for cycles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageKind {
    /// By position, and as long as requested.
    Full,
    /// By position, and shorter.
    Short,
    /// By a cursor.
    Cursor,
}

/// The fingerprints of all pages so far.
pub(super) struct CycleGuard {
    seen: HashSet<u64>,
    /// The number of pages in a row that were seen before.
    repeated: u32,
    next_doubt: u32,
}

impl CycleGuard {
    pub(super) fn new() -> Self {
        Self { seen: HashSet::new(), repeated: 0, next_doubt: FIRST_DOUBT }
    }

    pub(super) fn remember(&mut self, fingerprint: u64) {
        self.seen.insert(fingerprint);
    }

    pub(super) fn has_seen(&self, fingerprint: u64) -> bool {
        self.seen.contains(&fingerprint)
    }

    /// Whether the last page was a repetition.
    pub(super) fn is_repeating(&self) -> bool {
        self.repeated > 0
    }

    /// Judges a page before its items are yielded.
    pub(super) fn judge(&mut self, fingerprint: u64, kind: PageKind) -> CycleVerdict {
        if self.seen.insert(fingerprint) {
            self.repeated = 0;
            self.next_doubt = FIRST_DOUBT;
            return CycleVerdict::Progress;
        }
        self.repeated += 1;
        match kind {
            PageKind::Short => CycleVerdict::Cycle,
            PageKind::Cursor if self.repeated >= MAX_REPEATED_BY_CURSOR => CycleVerdict::Cycle,
            PageKind::Full if self.repeated >= MAX_REPEATED => CycleVerdict::Cycle,
            PageKind::Full if self.repeated >= self.next_doubt => {
                self.next_doubt *= 2;
                CycleVerdict::Doubt
            }
            PageKind::Full | PageKind::Cursor => CycleVerdict::Progress,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_comes_with_repetition_and_goes_with_a_new_page() {
        let mut guard = CycleGuard::new();
        let mut judged = |page| guard.judge(page, PageKind::Full);
        let verdicts: Vec<CycleVerdict> = [1, 2, 1, 1, 3, 1, 2, 3].map(&mut judged).into();
        assert!(
            verdicts[..7].iter().all(|verdict| *verdict == CycleVerdict::Progress),
            "{verdicts:?}"
        );
        assert_eq!(verdicts[7], CycleVerdict::Doubt);
        let doubts = (4..=24).filter(|_| judged(1) == CycleVerdict::Doubt).count();
        assert_eq!(doubts, 3, "after 6, 12 and 24 in a row");
    }

    #[test]
    fn short_pages_and_cursors_are_not_doubted_but_judged() {
        let mut guard = CycleGuard::new();
        guard.remember(1);
        assert_eq!(guard.judge(1, PageKind::Short), CycleVerdict::Cycle);
        let mut guard = CycleGuard::new();
        let ends = (0..).position(|_| guard.judge(1, PageKind::Cursor) == CycleVerdict::Cycle);
        assert_eq!(ends, Some(MAX_REPEATED_BY_CURSOR as usize));
        let mut guard = CycleGuard::new();
        let ends = (0..).position(|_| guard.judge(1, PageKind::Full) == CycleVerdict::Cycle);
        assert_eq!(ends, Some(MAX_REPEATED as usize));
    }
}
