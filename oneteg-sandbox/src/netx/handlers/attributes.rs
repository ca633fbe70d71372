//! Attributes and the values in use.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::netx::errors::RpcFailure;
use crate::netx::params::Params;
use crate::netx::state::Store;

/// Attributes as `{id, name, type}`. Of these members only the id is certain; `type` holds the names of
/// the vendor's user interface.
pub(crate) fn get_attributes(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    let options = params.options(0)?;
    Ok(options.page_of(
        store.attributes.iter().collect(),
        |(id, attribute)| json!({ "id": id, "name": attribute.label, "type": attribute.kind }),
    ))
}

/// The values in use with the number of assets that have them, then those offered for choice that no asset
/// has, without a count.
pub(crate) fn get_values_by_attribute(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    let id = params.id(0)?;
    let options = params.options(1)?;
    let attribute = store.attributes.get(id).ok_or_else(|| RpcFailure::missing("attribute", id))?;
    let mut counts = BTreeMap::<&str, u64>::new();
    for (_, asset) in store.visible_assets() {
        for value in asset.attributes.get(&id).into_iter().flatten() {
            *counts.entry(value).or_default() += 1;
        }
    }
    let unused = attribute.vocabulary.iter().filter(|value| !counts.contains_key(value.as_str()));
    let unused: Vec<_> = unused.map(|value| json!({ "value": value })).collect();
    let used = counts.iter().map(|(value, count)| json!({ "value": value, "count": count }));
    Ok(options.page_of(used.chain(unused).collect(), |value| value))
}
