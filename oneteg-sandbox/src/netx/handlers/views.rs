//! Views: alternative files of an asset.

use serde_json::Value;

use crate::netx::errors::RpcFailure;
use crate::netx::params::Params;
use crate::netx::render;
use crate::netx::state::Store;

/// A page. Whether the vendor answers a page or a bare array is not known.
pub(crate) fn get_views_by_asset(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    let asset = store.asset(params.id(0)?)?;
    let options = params.options(1)?;
    let parts = render::view_parts(&options)?;
    let views = asset.views.iter().filter_map(|id| Some((*id, store.views.get(*id)?)));
    Ok(options.page_of(views.collect(), |(id, view)| render::view(id, view, &parts)))
}
