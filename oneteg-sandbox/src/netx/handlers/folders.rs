//! Folders: listed, looked up and created by path.

use serde_json::Value;

use crate::netx::errors::RpcFailure;
use crate::netx::options::Options;
use crate::netx::params::Params;
use crate::netx::render;
use crate::netx::state::{Folder, ROOT, Store};

fn folder_page(
    store: &Store,
    found: Vec<(u64, &Folder)>,
    options: &Options,
) -> Result<Value, RpcFailure> {
    let parts = render::folder_parts(options)?;
    Ok(options.page_of(found, |(id, folder)| render::folder(store, id, folder, &parts)))
}

pub(crate) fn get_folders_by_parent(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    let parent = params.id(0)?;
    let options = params.options(1)?;
    store.folder(parent)?;
    folder_page(store, store.child_folders(parent).collect(), &options)
}

/// Folders whose name contains the text, in any case (the sandbox's own choice); the root is left out.
pub(crate) fn get_folders_by_name_filter(
    store: &Store,
    params: &Params,
) -> Result<Value, RpcFailure> {
    let wanted = params.text(0)?.to_lowercase();
    let options = params.options(1)?;
    let found = store
        .folders
        .iter()
        .filter(|(id, folder)| *id != ROOT && folder.name.to_lowercase().contains(&wanted));
    folder_page(store, found.collect(), &options)
}

/// The names along a path. A leading and a trailing slash are tolerated.
fn segments(path: &str) -> Vec<&str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() { Vec::new() } else { path.split('/').collect() }
}

/// A path without a folder answers null.
pub(crate) fn get_folder_by_path(store: &Store, params: &Params) -> Result<Value, RpcFailure> {
    let path = params.text(0)?;
    let options = params.options(1)?;
    let parts = render::folder_parts(&options)?;
    let Some(id) = store.folder_at(segments(path)) else { return Ok(Value::Null) };
    Ok(render::folder(store, id, store.folder(id)?, &parts))
}

/// Creates what is missing along the path; a path that exists answers its folder.
pub(crate) fn create_folder_from_path(
    store: &mut Store,
    params: &Params,
) -> Result<Value, RpcFailure> {
    let segments = segments(params.text(0)?);
    let options = params.options(1)?;
    let parts = render::folder_parts(&options)?;
    if segments.is_empty() || segments.iter().any(|name| name.trim().is_empty()) {
        return Err(RpcFailure::params(
            "`path` must be names joined by slashes, none of them empty",
        ));
    }
    store.tick();
    let mut folder = ROOT;
    for name in segments {
        folder = match store.child_named(folder, name) {
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
    fn slashes_around_a_path_are_tolerated_inside_they_count() {
        assert_eq!(segments("a/b"), ["a", "b"]);
        assert_eq!(segments("/a/b/"), ["a", "b"]);
        assert_eq!(segments("a//b"), ["a", "", "b"]);
        assert!(segments("/").is_empty());
    }
}
