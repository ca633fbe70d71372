//! Generated assets: an account with many of them costs no memory, because each is computed when it is read.
//!
//! They have consecutive ids from [`FIRST_GENERATED_ASSET`], one folder and one file in common, and names and dates that
//! grow with the id. One that a client changes becomes a stored asset under the same id.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use super::objects::Asset;

/// The id of the first generated asset.
pub(crate) const FIRST_GENERATED_ASSET: u64 = 1_000_001;

/// The creation date of the first one: 13 September 2020, in milliseconds since the epoch.
const FIRST_DATE: i64 = 1_600_000_000_000;

/// The time between the creation dates of two, in milliseconds.
const INTERVAL: i64 = 1_000;

/// The generated assets of an account.
#[derive(Debug)]
pub(crate) struct GeneratedAssets {
    count: u64,
    /// What they have in common. The rest is set by [`GeneratedAssets::become_asset`].
    template: Asset,
    /// The ids of those that were changed or deleted.
    replaced: BTreeSet<u64>,
}

impl GeneratedAssets {
    pub(crate) fn new(count: u64, template: Asset) -> Self {
        Self { count, template, replaced: BTreeSet::new() }
    }

    fn range(&self) -> Range<u64> {
        FIRST_GENERATED_ASSET..FIRST_GENERATED_ASSET.saturating_add(self.count)
    }

    pub(crate) fn contains(&self, id: u64) -> bool {
        self.range().contains(&id) && !self.replaced.contains(&id)
    }

    /// An asset to pass to [`GeneratedAssets::become_asset`].
    pub(crate) fn template(&self) -> Asset {
        self.template.clone()
    }

    /// Turns a copy of the template, or any other generated asset, into the one with this id.
    pub(crate) fn become_asset(id: u64, asset: &mut Asset) {
        let number = id - FIRST_GENERATED_ASSET + 1;
        asset.name.clear();
        // Writing to a string cannot fail.
        let _ = write!(asset.name, "Generated {number:07}");
        let offset = i64::try_from(number - 1).unwrap_or(i64::MAX).saturating_mul(INTERVAL);
        let date = FIRST_DATE.saturating_add(offset);
        (asset.creation_date, asset.import_date, asset.mod_date) = (date, date, date);
    }

    /// The asset with this id, if it is still generated.
    pub(crate) fn get(&self, id: u64) -> Option<Asset> {
        self.contains(id).then(|| {
            let mut asset = self.template();
            Self::become_asset(id, &mut asset);
            asset
        })
    }

    /// Marks an asset as changed or deleted. Returns whether it was generated until now.
    pub(crate) fn replace(&mut self, id: u64) -> bool {
        self.range().contains(&id) && self.replaced.insert(id)
    }

    /// The ids of all that are still generated.
    pub(crate) fn ids(&self) -> GeneratedIds {
        GeneratedIds::Range { ids: self.range(), without: self.replaced.iter().copied().collect() }
    }
}

/// Ids of generated assets, in ascending order.
#[derive(Debug)]
pub(crate) enum GeneratedIds {
    /// All ids of a range without some of them, which are sorted.
    Range {
        ids: Range<u64>,
        without: Vec<u64>,
    },
    Some(Vec<u64>),
}

impl GeneratedIds {
    pub(crate) const NONE: Self = Self::Some(Vec::new());

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Range { ids, without } => {
                usize::try_from(ids.end - ids.start).unwrap_or(usize::MAX) - without.len()
            }
            Self::Some(ids) => ids.len(),
        }
    }

    /// The id at a position, which must be below the length.
    pub(crate) fn at(&self, position: usize) -> u64 {
        match self {
            Self::Range { ids, without } => {
                let mut id = ids.start.saturating_add(position as u64);
                for skipped in without {
                    if *skipped > id {
                        break;
                    }
                    id += 1;
                }
                id
            }
            Self::Some(ids) => ids.get(position).copied().unwrap_or_default(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> {
        (0..self.len()).map(|position| self.at(position))
    }
}

#[cfg(test)]
mod tests {
    use super::GeneratedIds;

    #[test]
    fn ids_that_are_left_out_are_skipped() {
        let ids = GeneratedIds::Range { ids: 1..9, without: vec![1, 4, 5, 8] };
        assert_eq!(ids.len(), 4);
        assert_eq!(ids.iter().collect::<Vec<_>>(), [2, 3, 6, 7]);
        assert_eq!(GeneratedIds::NONE.iter().count(), 0);
    }
}
