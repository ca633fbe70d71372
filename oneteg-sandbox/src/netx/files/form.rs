//! A multipart form, read part by part so that each part has its own limit.

use std::collections::BTreeMap;

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartRejection};
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};

use crate::netx::response::HttpError;

/// The largest part that is not the file, in bytes.
const STRING_LIMIT: usize = 64 << 10;

/// The maximum number of parts.
const MAX_PARTS: usize = 32;

/// The form as axum extracts it from a request.
pub(super) type FormExtractor = Result<Multipart, MultipartRejection>;

/// The parts of a form, by name.
pub(super) struct Form(BTreeMap<String, Bytes>);

impl Form {
    /// Reads the form. `file_limit` is the largest `file` part, in bytes.
    pub(super) async fn read(form: FormExtractor, file_limit: usize) -> Result<Self, HttpError> {
        let mut form = form.map_err(|error| HttpError::bad_request(error.body_text()))?;
        let mut parts = BTreeMap::new();
        while let Some(field) =
            form.next_field().await.map_err(|error| HttpError::bad_request(error.body_text()))?
        {
            if parts.len() == MAX_PARTS {
                let message = format!("A form may have at most {MAX_PARTS} parts");
                return Err(HttpError::bad_request(message));
            }
            let name = field.name().unwrap_or_default().to_owned();
            let limit = if name == "file" { file_limit } else { STRING_LIMIT };
            let bytes = read_part(field, &name, limit).await?;
            if parts.insert(name.clone(), bytes).is_some() {
                let message = format!("The form has the part `{name}` twice");
                return Err(HttpError::bad_request(message));
            }
        }
        Ok(Self(parts))
    }

    /// Takes the file out of the form.
    pub(super) fn file(&mut self) -> Result<Bytes, HttpError> {
        self.0.remove("file").ok_or_else(|| missing("file"))
    }

    /// Takes a string out of the form. An empty one counts as missing.
    pub(super) fn string(&mut self, name: &str) -> Result<Option<String>, HttpError> {
        let Some(bytes) = self.0.remove(name) else { return Ok(None) };
        let value = std::str::from_utf8(&bytes)
            .map_err(|_| HttpError::bad_request(format!("The part `{name}` must be UTF-8")))?;
        Ok(Some(value.to_owned()).filter(|value| !value.is_empty()))
    }

    /// As [`Form::string`], but a missing string is an error.
    pub(super) fn required(&mut self, name: &str) -> Result<String, HttpError> {
        self.string(name)?.ok_or_else(|| missing(name))
    }
}

fn missing(part: &str) -> HttpError {
    HttpError::bad_request(format!("The part `{part}` is missing"))
}

async fn read_part(mut field: Field<'_>, name: &str, limit: usize) -> Result<Bytes, HttpError> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) =
        field.chunk().await.map_err(|error| HttpError::bad_request(error.body_text()))?
    {
        if bytes.len() + chunk.len() > limit {
            let message = format!("The part `{name}` may have at most {limit} bytes");
            return Err(HttpError::new(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}
