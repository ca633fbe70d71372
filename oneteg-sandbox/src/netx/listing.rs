//! Lists of assets: stored and generated ones in one order, of which only a page is computed.
//!
//! ```text
//! stored, sorted      a     b  c           positions in the whole list: those before, and the
//! generated, by rule    1 2      3 4       generated ones that come before it by binary search
//! whole list          a 1 2 b  c 3 4
//! ```

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Value, json};

use super::options::RequestOptions;
use super::query::AssetOrder;
use super::render;
use super::response::{RpcError, RpcResult};
use super::state::{Asset, GeneratedAssets, GeneratedIds, Store};

/// Assets to show a page of.
pub(crate) struct AssetList<'a> {
    stored: Vec<(u64, Cow<'a, Asset>)>,
    generated: GeneratedIds,
}

impl<'a> AssetList<'a> {
    /// The assets in the given order, unless the options have another one.
    pub(crate) fn in_order(assets: Vec<(u64, Cow<'a, Asset>)>) -> Self {
        Self { stored: assets, generated: GeneratedIds::NONE }
    }

    /// The visible assets that match, by id. `alike` states that a generated asset matches if any does.
    pub(crate) fn matching(
        store: &'a Store,
        alike: bool,
        matches: impl Fn(u64, &Asset) -> bool,
    ) -> Self {
        let stored = store.visible_assets().filter(|(id, asset)| matches(*id, asset));
        let stored = stored.map(|(id, asset)| (id, Cow::Borrowed(asset))).collect();
        let generated = match &store.generated {
            None => GeneratedIds::NONE,
            Some(generated) => {
                let (ids, mut asset) = (generated.ids(), generated.template());
                if alike {
                    if matches(0, &asset) { ids } else { GeneratedIds::NONE }
                } else {
                    GeneratedIds::Some(
                        ids.iter()
                            .filter(|id| {
                                GeneratedAssets::become_asset(*id, &mut asset);
                                matches(*id, &asset)
                            })
                            .collect(),
                    )
                }
            }
        };
        Self { stored, generated }
    }

    /// `{results, size}` of the requested page, in the requested order.
    pub(crate) fn page(mut self, store: &Store, options: &RequestOptions) -> RpcResult {
        let parts = render::asset_parts(options)?;
        let order = options.sort.as_ref().map(AssetOrder::new).transpose()?;
        if let Some(order) = &order {
            self.stored.sort_by(|(id_a, a), (id_b, b)| order.compare((*id_a, a), (*id_b, b)));
        }
        let positions = self.positions(store, order.as_ref())?;
        let total = self.stored.len() + self.generated.len();
        let page = options.range(total);
        let results = page.map(|position| {
            let before = positions.partition_point(|stored| *stored < position);
            let found =
                self.stored.get(before).filter(|_| positions.get(before) == Some(&position));
            match found {
                Some((id, asset)) => Ok(render::asset(store, *id, asset, &parts)),
                None => {
                    let id = self.generated_at(position - before, order.as_ref());
                    Ok(render::asset(store, id, &*store.asset(id)?, &parts))
                }
            }
        });
        let results: Vec<Value> = results.collect::<Result<_, RpcError>>()?;
        Ok(json!({ "results": results, "size": total }))
    }

    /// The positions of the stored assets in the whole list.
    fn positions(&self, store: &Store, order: Option<&AssetOrder>) -> Result<Vec<usize>, RpcError> {
        let stored = self.stored.iter().enumerate();
        if self.generated.len() == 0 {
            return Ok(stored.map(|(index, _)| index).collect());
        }
        let positions = stored.map(|(index, (id, asset))| {
            let (mut low, mut high) = (0, self.generated.len());
            while low < high {
                let middle = low + (high - low) / 2;
                let generated = self.generated_at(middle, order);
                let by_field = match order {
                    None => Ordering::Equal,
                    Some(order) => {
                        order.compare((generated, &*store.asset(generated)?), (*id, &**asset))
                    }
                };
                if by_field.then(generated.cmp(id)).is_lt() {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            Ok(index + low)
        });
        positions.collect()
    }

    /// The generated asset at a position among all generated ones, in the order of the list.
    fn generated_at(&self, position: usize, order: Option<&AssetOrder>) -> u64 {
        if order.is_some_and(AssetOrder::reverses_generated) {
            self.generated.at(self.generated.len() - 1 - position)
        } else {
            self.generated.at(position)
        }
    }
}
