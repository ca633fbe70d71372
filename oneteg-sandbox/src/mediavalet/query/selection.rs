//! A page of the selected assets, in order. Generated assets are only computed if they are on the page, or compared
//! with a stored one.

use std::cmp::Ordering;

use crate::mediavalet::envelope::RecordCount;
use crate::mediavalet::pages::Page;
use crate::mediavalet::state::{Asset, AssetRef, Assets, Numbers, Store};

/// The assets that a list contains.
pub(crate) struct Selection<'s> {
    /// In order of creation.
    pub(crate) stored: Vec<&'s Asset>,
    /// The numbers of the generated ones.
    pub(crate) generated: Numbers,
}

/// How two assets compare. Among generated assets, the order must be that of their numbers.
pub(crate) struct Order<'o> {
    pub(crate) compare: &'o dyn Fn(&Asset, &Asset) -> Ordering,
    pub(crate) descending: bool,
}

impl<'s> Selection<'s> {
    /// The listed assets that are directly in a category.
    pub(crate) fn of_category(store: &'s Store, category: &str) -> Self {
        let inside = |asset: &&Asset| asset.categories.iter().any(|id| id == category);
        let mut all = Self::of_all(store);
        all.stored.retain(inside);
        // All generated assets are in the same categories.
        let first = all.generated.nth(0).map(|number| store.assets.generated(number));
        if !first.is_some_and(|asset| inside(&&*asset)) {
            all.generated = Numbers::default();
        }
        all
    }

    /// All listed assets.
    pub(crate) fn of_all(store: &'s Store) -> Self {
        let stored = store.listed_assets(false).map(|(_, asset)| asset).collect();
        Self { stored, generated: store.assets.generated_numbers() }
    }

    /// The assets on a page. Without an order, the generated ones come first; they are also the oldest.
    pub(crate) fn page(
        mut self,
        assets: &'s Assets,
        page: Page,
        order: Option<&Order<'_>>,
    ) -> (Vec<AssetRef<'s>>, RecordCount) {
        let generated_len = usize::try_from(self.generated.len()).unwrap_or(usize::MAX);
        // The position of each stored asset among the generated ones.
        let positions: Vec<usize> = match order {
            None => vec![generated_len; self.stored.len()],
            Some(order) => {
                let compare = |a: &Asset, b: &Asset| {
                    let ordering = (order.compare)(a, b);
                    if order.descending { ordering.reverse() } else { ordering }
                };
                self.stored.sort_by(|a, b| compare(a, b));
                let position = |asset: &&Asset| {
                    let precedes = |position| match self.nth(position, Some(order)) {
                        None => false,
                        Some(number) => compare(&assets.generated(number), asset).is_le(),
                    };
                    partition_point(generated_len, precedes)
                };
                self.stored.iter().map(position).collect()
            }
        };
        let total = generated_len.saturating_add(self.stored.len());
        let on_page = page.range(total);
        let mut found = Vec::new();
        for place in on_page {
            // The stored assets before this place: those whose position, and themselves, come before it.
            let before = partition_point(positions.len(), |n| {
                positions.get(n).is_some_and(|position| position + n < place)
            });
            match (positions.get(before), self.stored.get(before)) {
                (Some(position), Some(asset)) if position + before == place => {
                    found.push(AssetRef::Stored(asset));
                }
                _ => {
                    let number = self.nth(place - before, order);
                    found.extend(number.map(|number| assets.generated(number)));
                }
            }
        }
        let returned = found.len();
        (found, RecordCount { total, start: page.offset(), returned })
    }

    /// The number of the generated asset at a position in the order.
    fn nth(&self, position: usize, order: Option<&Order<'_>>) -> Option<u64> {
        let position = position as u64;
        match order {
            Some(Order { descending: true, .. }) => {
                self.generated.nth((self.generated.len() - 1).checked_sub(position)?)
            }
            _ => self.generated.nth(position),
        }
    }
}

/// The number of places, out of `length`, for which `holds`; it must hold for the first ones only.
pub(super) fn partition_point(length: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
