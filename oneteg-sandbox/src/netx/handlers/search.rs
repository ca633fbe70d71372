//! The search.

use serde_json::Value;

use super::assets::asset_page;
use crate::netx::errors::RpcFailure;
use crate::netx::params::Params;
use crate::netx::query::Query;
use crate::netx::state::Store;

/// `[query, options]`; `[query, null, options]`, which one client sends, is taken too.
pub(crate) fn get_assets_by_query(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    let query = Query::prepare(params.object(0)?, store)?;
    let options = match (params.get(1), params.get(2)) {
        (Some(_), Some(_)) => return Err(RpcFailure::params("options are given twice")),
        (None, Some(_)) => params.options(2)?,
        (_, None) => params.options(1)?,
    };
    let found = store.visible_assets().filter(|(id, asset)| query.matches(*id, asset)).collect();
    asset_page(store, found, &options)
}
