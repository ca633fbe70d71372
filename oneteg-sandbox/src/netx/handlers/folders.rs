//! Folders: listed, found by name or path, and created by path.

use serde_json::Value;

use crate::choices::netx as choices;
use crate::netx::options::RequestOptions;
use crate::netx::render;
use crate::netx::request::Params;
use crate::netx::response::{RpcError, RpcResult};
use crate::netx::state::{Folder, ROOT_FOLDER, Store};

fn folder_page(store: &Store, found: Vec<(u64, &Folder)>, options: &RequestOptions) -> RpcResult {
    let parts = render::folder_parts(options)?;
    Ok(options.page_of(found, |(id, folder)| render::folder(store, id, folder, &parts)))
}

pub(crate) fn get_folders_by_parent(store: &Store, params: &Params) -> RpcResult {
    let parent = params.id(0)?;
    let options = params.options(1)?;
    store.folder(parent)?;
    folder_page(store, store.child_folders(parent).collect(), &options)
}

/// The folders whose name contains the filter. The root folder is left out.
pub(crate) fn get_folders_by_name_filter(store: &Store, params: &Params) -> RpcResult {
    let folded = |text: &str| match choices::NAME_FILTER_IGNORES_CASE.get() {
        true => text.to_lowercase(),
        false => text.to_owned(),
    };
    let filter = folded(params.string(0)?);
    let options = params.options(1)?;
    let found = store
        .folders
        .iter()
        .filter(|(id, folder)| *id != ROOT_FOLDER && folded(&folder.name).contains(&filter));
    folder_page(store, found.collect(), &options)
}

/// The names along a path. One leading and one trailing slash are ignored.
fn segments(path: &str) -> Vec<&str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() { Vec::new() } else { path.split('/').collect() }
}

/// Returns null if there is no folder at the path.
pub(crate) fn get_folder_by_path(store: &Store, params: &Params) -> RpcResult {
    let path = params.string(0)?;
    let options = params.options(1)?;
    let parts = render::folder_parts(&options)?;
    let Some(id) = store.folder_at(segments(path)) else { return Ok(Value::Null) };
    Ok(render::folder(store, id, store.folder(id)?, &parts))
}

/// Creates the missing folders along the path, and returns the last one whether or not it is new.
pub(crate) fn create_folder_from_path(store: &mut Store, params: &Params) -> RpcResult {
    let segments = segments(params.string(0)?);
    let options = params.options(1)?;
    let parts = render::folder_parts(&options)?;
    if segments.is_empty() || segments.iter().any(|name| name.trim().is_empty()) {
        return Err(RpcError::invalid_params("`path` must be non-empty names joined by slashes"));
    }
    store.tick();
    let mut folder = ROOT_FOLDER;
    for name in segments {
        folder = match store.child_with_name(folder, name) {
            Some(child) => child,
            None => store.add_folder(folder, name, ""),
        };
    }
    Ok(render::folder(store, folder, store.folder(folder)?, &parts))
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn slashes_around_a_path_are_ignored_and_inside_they_count() {
        assert_eq!(segments("a/b"), ["a", "b"]);
        assert_eq!(segments("/a/b/"), ["a", "b"]);
        assert_eq!(segments("a//b"), ["a", "", "b"]);
        assert!(segments("/").is_empty());
    }
}
