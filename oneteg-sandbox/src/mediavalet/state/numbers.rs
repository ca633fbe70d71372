//! Sets of numbers as ranges, so that a million of them take no space.

use std::collections::BTreeSet;

/// A set of numbers: disjoint ranges in ascending order, both ends included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Numbers(Vec<(u64, u64)>);

impl Numbers {
    /// The numbers from `first` to `last`; none if `first` is larger.
    pub(crate) fn range(first: u64, last: u64) -> Self {
        if first <= last { Self(vec![(first, last)]) } else { Self::default() }
    }

    /// The set of numbers that ascend.
    pub(crate) fn collect(ascending: impl Iterator<Item = u64>) -> Self {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for number in ascending {
            match ranges.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
                _ => ranges.push((number, number)),
            }
        }
        Self(ranges)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().flat_map(|(first, last)| *first..=*last)
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// The number at a position in ascending order, counted from 0.
    pub(crate) fn nth(&self, mut position: u64) -> Option<u64> {
        for (first, last) in &self.0 {
            let length = last - first + 1;
            if position < length {
                return Some(first + position);
            }
            position -= length;
        }
        None
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        for (first, last) in &self.0 {
            for (other_first, other_last) in &other.0 {
                let (first, last) = (*first.max(other_first), *last.min(other_last));
                if first <= last {
                    ranges.push((first, last));
                }
            }
        }
        Self(ranges)
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut all: Vec<(u64, u64)> = self.0.iter().chain(&other.0).copied().collect();
        all.sort_unstable();
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for (first, last) in all {
            match ranges.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => ranges.push((first, last)),
            }
        }
        Self(ranges)
    }

    /// The set without some of its numbers.
    pub(crate) fn without(&self, excluded: &BTreeSet<u64>) -> Self {
        let mut ranges = Vec::new();
        for (first, last) in &self.0 {
            let mut next = *first;
            for excluded in excluded.range(*first..=*last) {
                if next < *excluded {
                    ranges.push((next, excluded - 1));
                }
                next = excluded + 1;
            }
            if next <= *last {
                ranges.push((next, *last));
            }
        }
        Self(ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every subset of 1 to 6.
    fn subsets() -> impl Iterator<Item = BTreeSet<u64>> {
        (0..64u32).map(|bits| (1..=6).filter(|n| bits & (1 << (n - 1)) != 0).collect())
    }

    #[test]
    fn the_operations_are_those_of_sets() {
        let set = |numbers: &BTreeSet<u64>| Numbers::collect(numbers.iter().copied());
        for a in subsets() {
            assert_eq!(set(&a).len(), a.len() as u64);
            assert!(set(&a).iter().eq(a.iter().copied()));
            for (position, number) in (0..).zip(&a) {
                assert_eq!(set(&a).nth(position), Some(*number));
            }
            assert_eq!(set(&a).nth(a.len() as u64), None);
            for b in subsets() {
                let common: BTreeSet<u64> = a.intersection(&b).copied().collect();
                assert_eq!(set(&a).intersection(&set(&b)), set(&common));
                assert_eq!(set(&a).union(&set(&b)), set(&a.union(&b).copied().collect()));
                assert_eq!(set(&a).without(&b), set(&a.difference(&b).copied().collect()));
            }
        }
        assert_eq!(Numbers::range(2, 1).len(), 0);
        assert_eq!(Numbers::range(1, 1_000_000).nth(999_999), Some(1_000_000));
    }
}
