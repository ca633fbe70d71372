//! Attributes and the values in use.

use std::collections::BTreeSet;

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

/// The values in use in their order, then those offered for choice that no asset has. How often a value is in
/// use is not told, as programs found out.
pub(crate) fn get_values_by_attribute(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    let id = params.id(0)?;
    let options = params.options(1)?;
    let attribute = store.attributes.get(id).ok_or_else(|| RpcFailure::missing("attribute", id))?;
    let assets = store.visible_assets();
    let used: BTreeSet<&str> = assets
        .flat_map(|(_, asset)| asset.attributes.get(&id).into_iter().flatten())
        .map(String::as_str)
        .collect();
    let offered = attribute.vocabulary.iter().map(String::as_str);
    let values = used.iter().copied().chain(offered.filter(|value| !used.contains(value)));
    Ok(options.page_of(values.collect(), |value| json!({ "value": value })))
}
