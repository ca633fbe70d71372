//! Import: multipart uploads, read part by part, that make assets, versions and views.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::{Field, MultipartRejection};
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode};
use bytes::{Bytes, BytesMut};
use serde_json::Value;

use super::errors::PlainFailure;
use super::params::as_id;
use super::render;
use super::room::Room;
use super::state::{Asset, Store, StoredFile, View};

/// The longest text part, in bytes.
const TEXT_LIMIT: usize = 64 << 10;

/// The most parts that a form may have.
const MOST_PARTS: usize = 32;

/// The longest description of a view, in characters.
const DESCRIPTION_LIMIT: usize = 255;

type Shared = State<Arc<Room>>;
type Form = Result<Multipart, MultipartRejection>;
type Answer = Result<Json<Value>, PlainFailure>;

/// `POST /api/import/asset`: answers the new asset with all its parts. It is named after its file.
pub(crate) async fn asset(State(room): Shared, headers: HeaderMap, form: Form) -> Answer {
    room.authorize(&headers)?;
    let mut parts = Parts::read(form, room.import_limit).await?;
    let folder_id = parts.needed("folderId")?;
    let folder = as_id(&folder_id.as_str().into())
        .ok_or_else(|| PlainFailure::bad_request("The part `folderId` must be an id"))?;
    let file_name = parts.needed("fileName")?;
    let file = Arc::new(StoredFile::new(file_name, parts.file()?));
    room.write("importAsset", |store| {
        if store.folders.get(folder).is_none() {
            return Err(PlainFailure::bad_request(format!("There is no folder with id {folder}")));
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
        whole(store, id)
    })
}

/// `PUT /api/import/asset/{id}`: the file takes the place of the present one.
pub(crate) async fn again(
    State(room): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    replaced(&room, "reimportAsset", &id, &headers, form, false).await
}

/// `POST /api/import/asset/{id}/version`: as a re-import, but the file so far is kept as a version.
pub(crate) async fn version(
    State(room): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    replaced(&room, "importVersion", &id, &headers, form, true).await
}

/// Without a `fileName` part the file keeps its name.
async fn replaced(
    room: &Room,
    operation: &'static str,
    id: &str,
    headers: &HeaderMap,
    form: Form,
    keep: bool,
) -> Answer {
    let id = known(room, headers, id)?;
    let mut parts = Parts::read(form, room.import_limit).await?;
    let bytes = parts.file()?;
    let name = parts.text("fileName")?;
    let unnamed = StoredFile::new("", bytes);
    room.write(operation, |store| {
        // Looked up again: it may have been deleted during the upload.
        let name = name.unwrap_or(store.asset(id)?.file.name.clone());
        let now = store.tick();
        let asset = store.asset_mut(id)?;
        let before = std::mem::replace(&mut asset.file, Arc::new(unnamed.renamed(name)));
        if keep {
            asset.earlier.push(before);
        }
        asset.mod_date = now;
        whole(store, id)
    })
}

/// `POST /api/import/asset/{id}/view`: answers the new view. Without a `viewName` part it is named after
/// its file.
pub(crate) async fn view(
    State(room): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Answer {
    let id = known(&room, &headers, &id)?;
    let mut parts = Parts::read(form, room.import_limit).await?;
    let bytes = parts.file()?;
    let file_name = parts.needed("fileName")?;
    let name = parts.text("viewName")?.unwrap_or_else(|| file_name.clone());
    let description = parts.text("description")?.unwrap_or_default();
    if description.chars().count() > DESCRIPTION_LIMIT {
        let message = format!("A description may have {DESCRIPTION_LIMIT} characters at most");
        return Err(PlainFailure::bad_request(message));
    }
    let file = Arc::new(StoredFile::new(file_name, bytes));
    room.write("importView", |store| {
        store.asset(id)?;
        let now = store.tick();
        let view = store.views.add(|_| View { asset: id, name, description, file });
        let asset = store.asset_mut(id)?;
        asset.views.push(view);
        asset.mod_date = now;
        let made =
            store.views.get(view).map(|made| render::view(view, made, &render::every_view_part()));
        Ok(Json(made.unwrap_or_default()))
    })
}

fn whole(store: &Store, id: u64) -> Answer {
    Ok(Json(render::asset(store, id, store.asset(id)?, &render::every_asset_part())))
}

/// The asset's id, if the caller may use it: known before anything is uploaded.
fn known(room: &Room, headers: &HeaderMap, id: &str) -> Result<u64, PlainFailure> {
    room.authorize(headers)?;
    let id =
        as_id(&id.into()).ok_or_else(|| PlainFailure::not_found(format!("`{id}` is no id")))?;
    room.store().asset(id)?;
    Ok(id)
}

/// The parts of a form by name.
struct Parts(BTreeMap<String, Bytes>);

impl Parts {
    async fn read(form: Form, file_limit: usize) -> Result<Self, PlainFailure> {
        let mut form = form.map_err(|error| PlainFailure::bad_request(error.body_text()))?;
        let mut parts = BTreeMap::new();
        while let Some(field) =
            form.next_field().await.map_err(|error| PlainFailure::bad_request(error.body_text()))?
        {
            if parts.len() == MOST_PARTS {
                let message = format!("A form may have {MOST_PARTS} parts at most");
                return Err(PlainFailure::bad_request(message));
            }
            let name = field.name().unwrap_or_default().to_owned();
            let limit = if name == "file" { file_limit } else { TEXT_LIMIT };
            let bytes = read_part(field, &name, limit).await?;
            if parts.insert(name.clone(), bytes).is_some() {
                return Err(PlainFailure::bad_request(format!("The part `{name}` is there twice")));
            }
        }
        Ok(Self(parts))
    }

    fn file(&mut self) -> Result<Bytes, PlainFailure> {
        self.0.remove("file").ok_or_else(|| missing("file"))
    }

    /// A text part; an empty one counts as missing.
    fn text(&mut self, name: &str) -> Result<Option<String>, PlainFailure> {
        let Some(bytes) = self.0.remove(name) else { return Ok(None) };
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| PlainFailure::bad_request(format!("The part `{name}` must be UTF-8")))?;
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }

    fn needed(&mut self, name: &str) -> Result<String, PlainFailure> {
        self.text(name)?.ok_or_else(|| missing(name))
    }
}

fn missing(part: &str) -> PlainFailure {
    PlainFailure::bad_request(format!("The part `{part}` is missing"))
}

async fn read_part(mut field: Field<'_>, name: &str, limit: usize) -> Result<Bytes, PlainFailure> {
    let mut read = BytesMut::new();
    while let Some(chunk) =
        field.chunk().await.map_err(|error| PlainFailure::bad_request(error.body_text()))?
    {
        if read.len() + chunk.len() > limit {
            let message = format!("The part `{name}` may have {limit} bytes at most");
            return Err(PlainFailure::new(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}
