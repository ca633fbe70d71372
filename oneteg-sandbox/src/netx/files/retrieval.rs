//! File retrieval: originals, renditions and views.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::common::content::{FileContent, md5_hex, media_type};
use crate::netx::request::as_id;
use crate::netx::response::HttpError;
use crate::netx::state::{Rendition, ServerState, StoredFile};

/// The path parameters of a file. Each route has some of them.
#[derive(Debug, Deserialize)]
pub(crate) struct FilePath {
    asset: String,
    view: Option<String>,
    kind: Option<String>,
    file_name: Option<String>,
}

/// `GET /api/file/asset/{id}`, optionally followed by any file name.
pub(crate) async fn original(
    State(state): State<Arc<ServerState>>,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let file = asset_file(&state, &headers, &path.asset)?;
    Ok(original_content(&file).into_response(&headers))
}

/// `GET /api/file/asset/{id}/thumbnail`. Always a PNG, whatever the extension in the path.
pub(crate) async fn thumbnail(
    State(state): State<Arc<ServerState>>,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let file = asset_file(&state, &headers, &path.asset)?;
    Ok(rendition_content(file, Rendition::Thumbnail).await?.into_response(&headers))
}

/// `GET /api/file/asset/{id}/preview`. Always a PNG, whatever the extension in the path.
pub(crate) async fn preview(
    State(state): State<Arc<ServerState>>,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let file = asset_file(&state, &headers, &path.asset)?;
    Ok(rendition_content(file, Rendition::Preview).await?.into_response(&headers))
}

/// `GET /api/file/asset/{id}/view/{viewId}`.
pub(crate) async fn view(
    State(state): State<Arc<ServerState>>,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    state.authorize(&headers)?;
    let asset = parse_id(&path.asset)?;
    let view = parse_id(path.view.as_deref().unwrap_or_default())?;
    let file = {
        let store = state.store();
        store.asset(asset)?;
        let found = store.views.get(view).filter(|view| view.asset == asset);
        found.map(|view| view.file.clone())
    };
    let not_found = || HttpError::not_found(format!("Asset {asset} has no view {view}"));
    let file: Arc<StoredFile> = file.ok_or_else(not_found)?;
    Ok(original_content(&file).into_response(&headers))
}

/// `GET /file/asset/{id}/{kind}`, the older form, which the URLs of proxies have. It is optionally followed by
/// `/attachment` or a file name.
pub(crate) async fn legacy(
    State(state): State<Arc<ServerState>>,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    let file = asset_file(&state, &headers, &path.asset)?;
    let kind = path.kind.as_deref().unwrap_or_default();
    let rendition = Rendition::ALL.into_iter().find(|rendition| rendition.legacy_kind() == kind);
    let mut content = match rendition {
        Some(rendition) => rendition_content(file, rendition).await?,
        None if kind == "original" => original_content(&file),
        None => return Err(HttpError::not_found(format!("There is no file of kind `{kind}`"))),
    };
    content.attachment = path.file_name.as_deref() == Some("attachment");
    Ok(content.into_response(&headers))
}

fn parse_id(value: &str) -> Result<u64, HttpError> {
    as_id(&value.into()).ok_or_else(|| HttpError::not_found(format!("`{value}` is not an id")))
}

fn asset_file(
    state: &ServerState,
    headers: &HeaderMap,
    asset: &str,
) -> Result<Arc<StoredFile>, HttpError> {
    state.authorize(headers)?;
    Ok(state.store().asset(parse_id(asset)?)?.file.clone())
}

fn original_content(file: &StoredFile) -> FileContent {
    FileContent {
        bytes: file.bytes.clone(),
        checksum: file.checksum.clone(),
        content_type: media_type(&file.name),
        name: file.name.clone(),
        attachment: false,
    }
}

async fn rendition_content(
    file: Arc<StoredFile>,
    rendition: Rendition,
) -> Result<FileContent, HttpError> {
    let name = match file.name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => format!("{stem}.png"),
        _ => format!("{}.png", file.name),
    };
    // Scaling takes long enough to hold up other requests on the same thread.
    let scaled = tokio::task::spawn_blocking(move || file.rendition(rendition)).await;
    let bytes = scaled.ok().flatten().ok_or_else(|| {
        let kind = rendition.name().to_lowercase();
        HttpError::not_found(format!("There is no {kind}: the file is not a readable picture"))
    })?;
    Ok(FileContent {
        checksum: md5_hex(&bytes),
        bytes,
        content_type: "image/png".into(),
        name,
        attachment: false,
    })
}
