//! Whether a listing goes in circles.
//!
//! | Received | Meaning |
//! |---|---|
//! | a cursor that was seen before | the listing would never end |
//! | a page shorter than requested, the same as one before | the server ignores the position: a list whose pages are short is not cut at the same items twice |
//! | a full page, the same as one before | nothing yet: an item that is inserted at the top moves all others, and values repeat |
//! | the third such page in a row | doubt: a page far beyond any end is requested |
//! | known items there | the server ignores the position |
//! | no items there, or a refusal | the list has such pages; the next doubt takes twice as many of them |
//!
//! Cursors have no position to request; there [`MOST_BY_CURSOR`] in a row count as a circle.

use std::collections::HashSet;

/// Pages in a row that were seen before, at which the server is first doubted.
const FIRST_DOUBT: u32 = 3;
/// Such pages in a row, of a listing by cursor, that count as a circle.
const MOST_BY_CURSOR: u32 = 16;
/// Such pages in a row after which a server that refuses far positions is no longer believed.
const MOST: u32 = 1024;

/// What a page shows about the listing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    /// A page far beyond the end must decide.
    Doubt,
    Cycle,
}

/// How a page was requested, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By position, and as long as requested.
    Full,
    /// By position, and shorter.
    Short,
    /// By a cursor.
    Cursor,
}

pub(super) struct Guard {
    seen: HashSet<u64>,
    /// Pages in a row that were seen before.
    repeated: u32,
    next_doubt: u32,
}

impl Guard {
    pub(super) fn new() -> Self {
        Self { seen: HashSet::new(), repeated: 0, next_doubt: FIRST_DOUBT }
    }

    pub(super) fn remember(&mut self, fingerprint: u64) {
        self.seen.insert(fingerprint);
    }

    pub(super) fn has_seen(&self, fingerprint: u64) -> bool {
        self.seen.contains(&fingerprint)
    }

    /// Whether the last page had been seen before.
    pub(super) fn is_repeating(&self) -> bool {
        self.repeated > 0
    }

    /// Judges a page before its items are yielded.
    pub(super) fn judge(&mut self, fingerprint: u64, kind: Kind) -> Verdict {
        if self.seen.insert(fingerprint) {
            self.repeated = 0;
            self.next_doubt = FIRST_DOUBT;
            return Verdict::Fine;
        }
        self.repeated += 1;
        match kind {
            Kind::Short => Verdict::Cycle,
            Kind::Cursor if self.repeated >= MOST_BY_CURSOR => Verdict::Cycle,
            Kind::Full if self.repeated >= MOST => Verdict::Cycle,
            Kind::Full if self.repeated >= self.next_doubt => {
                self.next_doubt *= 2;
                Verdict::Doubt
            }
            Kind::Full | Kind::Cursor => Verdict::Fine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_comes_with_repetition_and_goes_with_a_new_page() {
        let mut guard = Guard::new();
        let mut judged = |page| guard.judge(page, Kind::Full);
        let verdicts: Vec<Verdict> = [1, 2, 1, 1, 3, 1, 2, 3].map(&mut judged).into();
        assert!(verdicts[..7].iter().all(|verdict| *verdict == Verdict::Fine), "{verdicts:?}");
        assert_eq!(verdicts[7], Verdict::Doubt);
        let doubts = (4..=24).filter(|_| judged(1) == Verdict::Doubt).count();
        assert_eq!(doubts, 3, "after 6, 12 and 24 in a row");
    }

    #[test]
    fn short_pages_and_cursors_are_not_doubted_but_judged() {
        let mut guard = Guard::new();
        guard.remember(1);
        assert_eq!(guard.judge(1, Kind::Short), Verdict::Cycle);
        let mut guard = Guard::new();
        let ends = (0..).position(|_| guard.judge(1, Kind::Cursor) == Verdict::Cycle);
        assert_eq!(ends, Some(MOST_BY_CURSOR as usize));
        let mut guard = Guard::new();
        let ends = (0..).position(|_| guard.judge(1, Kind::Full) == Verdict::Cycle);
        assert_eq!(ends, Some(MOST as usize));
    }
}
