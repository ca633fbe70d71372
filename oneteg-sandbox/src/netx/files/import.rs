//! Import: multipart uploads that create assets, versions and views.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde_json::Value;

use super::form::{Form, FormExtractor};
use crate::netx::render;
use crate::netx::request::as_id;
use crate::netx::response::HttpError;
use crate::netx::state::{Asset, ServerState, Store, StoredFile, View};

/// The longest description of a view, in characters.
const DESCRIPTION_LIMIT: usize = 255;

type ImportResult = Result<Json<Value>, HttpError>;

/// `POST /api/import/asset`: returns the new asset with all its parts. The asset gets the name of its file.
pub(crate) async fn asset(
    State(state): State<Arc<ServerState>>,
    headers: HeaderMap,
    form: FormExtractor,
) -> ImportResult {
    state.authorize(&headers)?;
    let mut form = Form::read(form, state.settings.import_limit).await?;
    let folder_id = form.required("folderId")?;
    let folder = as_id(&folder_id.as_str().into())
        .ok_or_else(|| HttpError::bad_request("The part `folderId` must be an id"))?;
    let file_name = form.required("fileName")?;
    let file = Arc::new(StoredFile::new(file_name, form.file()?));
    state.write("importAsset", |store| {
        if store.folders.get(folder).is_none() {
            return Err(HttpError::bad_request(format!("There is no folder with id {folder}")));
        }
        let now = store.tick();
        let id = store.assets.add(|_| Asset {
            name: file.name.clone(),
            file,
            earlier: Vec::new(),
            creation_date: now,
            import_date: now,
            mod_date: now,
            attributes: BTreeMap::new(),
            folders: BTreeSet::from([folder]),
            views: Vec::new(),
            related: Vec::new(),
            restricted: false,
        });
        whole_asset(store, id)
    })
}

/// `PUT /api/import/asset/{id}`: the file replaces the current one.
pub(crate) async fn reimport(
    State(state): State<Arc<ServerState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: FormExtractor,
) -> ImportResult {
    replace_file(&state, "reimportAsset", &id, &headers, form, false).await
}

/// `POST /api/import/asset/{id}/version`: like a re-import, but the current file is kept as a version.
pub(crate) async fn version(
    State(state): State<Arc<ServerState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: FormExtractor,
) -> ImportResult {
    replace_file(&state, "importVersion", &id, &headers, form, true).await
}

/// Without a `fileName` part the file keeps its name.
async fn replace_file(
    state: &ServerState,
    operation: &'static str,
    id: &str,
    headers: &HeaderMap,
    form: FormExtractor,
    keep_version: bool,
) -> ImportResult {
    let id = accessible_asset(state, headers, id)?;
    let mut form = Form::read(form, state.settings.import_limit).await?;
    let bytes = form.file()?;
    let name = form.string("fileName")?;
    // Hashed before the data is locked.
    let unnamed = StoredFile::new("", bytes);
    state.write(operation, |store| {
        // Looked up again, because the asset may have been deleted during the upload.
        let name = name.unwrap_or(store.asset(id)?.file.name.clone());
        let now = store.tick();
        let asset = store.asset_mut(id)?;
        let before = std::mem::replace(&mut asset.file, Arc::new(unnamed.renamed(name)));
        if keep_version {
            asset.earlier.push(before);
        }
        asset.mod_date = now;
        whole_asset(store, id)
    })
}

/// `POST /api/import/asset/{id}/view`: returns the new view. Without a `viewName` part it gets the name of its
/// file.
pub(crate) async fn view(
    State(state): State<Arc<ServerState>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: FormExtractor,
) -> ImportResult {
    let id = accessible_asset(&state, &headers, &id)?;
    let mut form = Form::read(form, state.settings.import_limit).await?;
    let bytes = form.file()?;
    let file_name = form.required("fileName")?;
    let name = form.string("viewName")?.unwrap_or_else(|| file_name.clone());
    let description = form.string("description")?.unwrap_or_default();
    if description.chars().count() > DESCRIPTION_LIMIT {
        let message = format!("A description may have at most {DESCRIPTION_LIMIT} characters");
        return Err(HttpError::bad_request(message));
    }
    let file = Arc::new(StoredFile::new(file_name, bytes));
    state.write("importView", |store| {
        store.asset(id)?;
        let now = store.tick();
        let view = store.views.add(|_| View { asset: id, name, description, file });
        let asset = store.asset_mut(id)?;
        asset.views.push(view);
        asset.mod_date = now;
        let created = store
            .views
            .get(view)
            .map(|created| render::view(view, created, &render::all_view_parts()));
        Ok(Json(created.unwrap_or_default()))
    })
}

fn whole_asset(store: &Store, id: u64) -> ImportResult {
    Ok(Json(render::asset(store, id, &*store.asset(id)?, &render::all_asset_parts())))
}

/// The id of an asset that the caller may use. It is checked before the form is read: no file is uploaded
/// that would then be refused.
fn accessible_asset(state: &ServerState, headers: &HeaderMap, id: &str) -> Result<u64, HttpError> {
    state.authorize(headers)?;
    let id =
        as_id(&id.into()).ok_or_else(|| HttpError::not_found(format!("`{id}` is not an id")))?;
    state.store().asset(id)?;
    Ok(id)
}
