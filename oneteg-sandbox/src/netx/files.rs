//! File retrieval: originals, renditions and views.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::errors::PlainFailure;
use super::params::as_id;
use super::room::Room;
use super::state::{Rendition, StoredFile};
use crate::common::content::{FileContent, md5_hex, media_type};

type Shared = State<Arc<Room>>;

/// The path of a file; only what its route has is there.
#[derive(Debug, Deserialize)]
pub(crate) struct FilePath {
    asset: String,
    view: Option<String>,
    kind: Option<String>,
    file_name: Option<String>,
}

/// `GET /api/file/asset/{id}`, with any file name after it.
pub(crate) async fn original(
    State(room): Shared,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, PlainFailure> {
    let file = asset_file(&room, &headers, &path.asset)?;
    Ok(original_of(&file).into_response(&headers))
}

/// `GET /api/file/asset/{id}/thumbnail`. Always a PNG, whatever extension is asked for.
pub(crate) async fn thumbnail(
    State(room): Shared,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, PlainFailure> {
    let file = asset_file(&room, &headers, &path.asset)?;
    Ok(rendition_of(file, Rendition::Thumbnail).await?.into_response(&headers))
}

/// `GET /api/file/asset/{id}/preview`. Always a PNG, whatever extension is asked for.
pub(crate) async fn preview(
    State(room): Shared,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, PlainFailure> {
    let file = asset_file(&room, &headers, &path.asset)?;
    Ok(rendition_of(file, Rendition::Preview).await?.into_response(&headers))
}

/// `GET /api/file/asset/{id}/view/{viewId}`.
pub(crate) async fn view(
    State(room): Shared,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, PlainFailure> {
    room.authorize(&headers)?;
    let asset = id(&path.asset)?;
    let wanted = id(path.view.as_deref().unwrap_or_default())?;
    let file = {
        let store = room.store();
        store.asset(asset)?;
        let found = store.views.get(wanted).filter(|view| view.asset == asset);
        found.map(|view| view.file.clone())
    };
    let missing = || PlainFailure::not_found(format!("Asset {asset} has no view {wanted}"));
    let file = file.ok_or_else(missing)?;
    Ok(original_of(&file).into_response(&headers))
}

/// `GET /file/asset/{id}/{kind}`, the older form that proxy URLs have, with `/attachment` or a file name
/// after it.
pub(crate) async fn older(
    State(room): Shared,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, PlainFailure> {
    let file = asset_file(&room, &headers, &path.asset)?;
    let kind = path.kind.as_deref().unwrap_or_default();
    let rendition = Rendition::ALL.into_iter().find(|rendition| rendition.legacy_kind() == kind);
    let mut served = match rendition {
        Some(rendition) => rendition_of(file, rendition).await?,
        None if kind == "original" => original_of(&file),
        None => return Err(PlainFailure::not_found(format!("No file of kind `{kind}`"))),
    };
    served.attachment = path.file_name.as_deref() == Some("attachment");
    Ok(served.into_response(&headers))
}

fn id(text: &str) -> Result<u64, PlainFailure> {
    as_id(&text.into()).ok_or_else(|| PlainFailure::not_found(format!("`{text}` is no id")))
}

fn asset_file(
    room: &Room,
    headers: &HeaderMap,
    asset: &str,
) -> Result<Arc<StoredFile>, PlainFailure> {
    room.authorize(headers)?;
    Ok(room.store().asset(id(asset)?)?.file.clone())
}

fn original_of(file: &StoredFile) -> FileContent {
    FileContent {
        bytes: file.bytes.clone(),
        checksum: file.checksum.clone(),
        content_type: media_type(&file.name),
        name: file.name.clone(),
        attachment: false,
    }
}

async fn rendition_of(
    file: Arc<StoredFile>,
    rendition: Rendition,
) -> Result<FileContent, PlainFailure> {
    let name = match file.name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => format!("{stem}.png"),
        _ => format!("{}.png", file.name),
    };
    // Scaling takes a while; other requests go on meanwhile.
    let scaled = tokio::task::spawn_blocking(move || file.rendition(rendition)).await;
    let bytes = scaled.ok().flatten().ok_or_else(|| {
        let kind = rendition.name().to_lowercase();
        PlainFailure::not_found(format!("There is no {kind}: the file is no readable picture"))
    })?;
    Ok(FileContent {
        checksum: md5_hex(&bytes),
        bytes,
        content_type: "image/png".into(),
        name,
        attachment: false,
    })
}
