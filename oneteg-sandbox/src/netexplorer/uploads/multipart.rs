//! The multipart form of an upload, read part by part within limits.

use std::collections::BTreeMap;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use bytes::{Bytes, BytesMut};

use crate::netexplorer::request::RequestFields;
use crate::netexplorer::response::ApiError;

/// The longest part that is not the file, in bytes.
const FIELD_LIMIT: usize = 64 << 10;

/// The largest number of parts that are not the file.
const MAX_FIELDS: usize = 32;

/// A form with one file.
pub(super) struct UploadForm {
    pub(super) fields: RequestFields,
    pub(super) file_name: String,
    pub(super) content: Bytes,
}

fn malformed(error: MultipartError) -> ApiError {
    ApiError::bad_request(error.body_text())
}

impl UploadForm {
    /// Reads a form whose file is in the part `file_part`.
    pub(super) async fn read(
        request: Request,
        file_part: &str,
        file_limit: usize,
    ) -> Result<Self, ApiError> {
        let form = Multipart::from_request(request, &()).await;
        let mut form = form.map_err(|error| ApiError::bad_request(error.body_text()))?;
        let (mut fields, mut file) = (BTreeMap::new(), None);
        while let Some(field) = form.next_field().await.map_err(malformed)? {
            if fields.len() == MAX_FIELDS {
                return Err(ApiError::bad_request("trop de parties dans le formulaire"));
            }
            let name = field.name().unwrap_or_default().to_owned();
            let duplicate = || ApiError::bad_request(format!("la partie « {name} » est en double"));
            if name == file_part {
                let file_name = field.file_name().unwrap_or_default().to_owned();
                let content = read_part(field, file_limit).await?;
                if file.replace((file_name, content)).is_some() {
                    return Err(duplicate());
                }
            } else {
                let value = read_part(field, FIELD_LIMIT).await?;
                let value = String::from_utf8(value.to_vec())
                    .map_err(|_| ApiError::bad_request(format!("« {name} » doit être en UTF-8")))?;
                if fields.insert(name.clone(), value).is_some() {
                    return Err(duplicate());
                }
            }
        }
        let (file_name, content) = RequestFields::required(file_part, file)?;
        Ok(Self { fields: RequestFields::from_pairs(fields.into_iter()), file_name, content })
    }

    /// A number, which is a string in a form.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, ApiError> {
        let parse = |value: &str| {
            let error = || ApiError::bad_request(format!("« {name} » doit être un nombre"));
            value.parse().map_err(|_| error())
        };
        self.fields.string(name)?.map(parse).transpose()
    }
}

async fn read_part(mut field: Field<'_>, limit: usize) -> Result<Bytes, ApiError> {
    let mut content = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(malformed)? {
        if content.len() + chunk.len() > limit {
            return Err(ApiError::too_large(limit));
        }
        content.extend_from_slice(&chunk);
    }
    Ok(content.freeze())
}
