//! File retrieval: originals, renditions and views, with conditional and partial requests.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::checksum;
use super::errors::PlainFailure;
use super::params::as_id;
use super::room::Room;
use super::state::{Rendition, StoredFile};

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
    Ok(Served::original(&file).respond(&headers))
}

/// `GET /api/file/asset/{id}/thumbnail`. Always a PNG, whatever extension is asked for.
pub(crate) async fn thumbnail(
    State(room): Shared,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, PlainFailure> {
    let file = asset_file(&room, &headers, &path.asset)?;
    Ok(Served::rendition(file, Rendition::Thumbnail).await?.respond(&headers))
}

/// `GET /api/file/asset/{id}/preview`. Always a PNG, whatever extension is asked for.
pub(crate) async fn preview(
    State(room): Shared,
    Path(path): Path<FilePath>,
    headers: HeaderMap,
) -> Result<Response, PlainFailure> {
    let file = asset_file(&room, &headers, &path.asset)?;
    Ok(Served::rendition(file, Rendition::Preview).await?.respond(&headers))
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
    Ok(Served::original(&file).respond(&headers))
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
        Some(rendition) => Served::rendition(file, rendition).await?,
        None if kind == "original" => Served::original(&file),
        None => return Err(PlainFailure::not_found(format!("No file of kind `{kind}`"))),
    };
    served.attachment = path.file_name.as_deref() == Some("attachment");
    Ok(served.respond(&headers))
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

/// Bytes on their way out, with what the headers say of them.
struct Served {
    bytes: Bytes,
    checksum: String,
    content_type: String,
    name: String,
    attachment: bool,
}

impl Served {
    fn original(file: &StoredFile) -> Self {
        Self {
            bytes: file.bytes.clone(),
            checksum: file.checksum.clone(),
            content_type: mime_guess::from_path(&file.name).first_or_octet_stream().to_string(),
            name: file.name.clone(),
            attachment: false,
        }
    }

    async fn rendition(file: Arc<StoredFile>, rendition: Rendition) -> Result<Self, PlainFailure> {
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
        Ok(Self {
            checksum: checksum(&bytes),
            bytes,
            content_type: "image/png".into(),
            name,
            attachment: false,
        })
    }

    /// The whole, or the one range asked for (RFC 9110, sections 13.1.5 and 14). Several ranges, other
    /// units and malformed ranges are answered with the whole.
    fn respond(self, request: &HeaderMap) -> Response {
        let etag = format!("\"{}\"", self.checksum);
        let total = self.bytes.len();
        let asked = match range(request, &etag) {
            Some(parsed) => parsed.validate(total as u64),
            None => Ok(Vec::new()),
        };
        let (status, bytes, content_range) = match asked.as_deref() {
            Err(_) => {
                let unsatisfied = format!("bytes */{total}");
                (StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new(), Some(unsatisfied))
            }
            Ok([one]) => {
                let first = usize::try_from(*one.start()).unwrap_or(total).min(total);
                let after =
                    usize::try_from(*one.end()).unwrap_or(total).saturating_add(1).min(total);
                let part = format!("bytes {}-{}/{total}", one.start(), one.end());
                (StatusCode::PARTIAL_CONTENT, self.bytes.slice(first..after), Some(part))
            }
            Ok(_) => (StatusCode::OK, self.bytes.clone(), None),
        };
        let length = bytes.len();
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(ETAG, &etag);
        set(CONTENT_TYPE, &self.content_type);
        set(CONTENT_DISPOSITION, &disposition(self.attachment, &self.name));
        if let Some(content_range) = content_range {
            set(CONTENT_RANGE, &content_range);
        }
        response
    }
}

/// The range asked for, unless `If-Range` names another state of the file.
fn range(request: &HeaderMap, etag: &str) -> Option<http_range_header::ParsedRanges> {
    if request.get(IF_RANGE).is_some_and(|wanted| wanted.as_bytes() != etag.as_bytes()) {
        return None;
    }
    http_range_header::parse_range_header(request.get(RANGE)?.to_str().ok()?).ok()
}

/// What may stand unescaped in `filename*` (RFC 8187, section 3.2.1).
const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `Content-Disposition` with the name as ASCII, and exactly (RFC 6266).
fn disposition(attachment: bool, name: &str) -> String {
    let kind = if attachment { "attachment" } else { "inline" };
    let plain: String =
        name.chars()
            .map(|c| {
                if (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\') { c } else { '_' }
            })
            .collect();
    let exact = utf8_percent_encode(name, ATTR_CHAR);
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        let header = disposition(true, "a\"; x=\r\nSet-Cookie: é.png");
        assert_eq!(
            header,
            "attachment; filename=\"a_; x=__Set-Cookie: _.png\"; \
             filename*=UTF-8''a%22%3B%20x%3D%0D%0ASet-Cookie%3A%20%C3%A9.png"
        );
    }
}
