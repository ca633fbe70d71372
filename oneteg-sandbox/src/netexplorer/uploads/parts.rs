//! A multipart form, read part by part within limits.

use std::collections::BTreeMap;

use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use bytes::{Bytes, BytesMut};

use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;

/// The longest text part, in bytes.
const TEXT_LIMIT: usize = 64 << 10;

/// The most parts that a form may have.
const MOST_PARTS: usize = 32;

/// A form with one file.
pub(super) struct Parts {
    pub(super) texts: Members,
    /// What the file's part calls it.
    pub(super) name: String,
    pub(super) content: Bytes,
}

impl Parts {
    pub(super) async fn read(request: Request, file_limit: usize) -> Result<Self, Failure> {
        let form = Multipart::from_request(request, &()).await;
        let mut form = form.map_err(|error| Failure::invalid(error.body_text()))?;
        let (mut texts, mut file) = (BTreeMap::new(), None);
        while let Some(field) =
            form.next_field().await.map_err(|error| Failure::invalid(error.body_text()))?
        {
            if texts.len() == MOST_PARTS {
                return Err(Failure::invalid("trop de parties dans le formulaire"));
            }
            let part = field.name().unwrap_or_default().to_owned();
            let twice = || Failure::invalid(format!("la partie « {part} » est en double"));
            if part == "targetFile" {
                let name = field.file_name().unwrap_or_default().to_owned();
                let content = read(field, file_limit).await?;
                if file.replace((name, content)).is_some() {
                    return Err(twice());
                }
            } else {
                let text = read(field, TEXT_LIMIT).await?;
                let text = String::from_utf8(text.to_vec())
                    .map_err(|_| Failure::invalid(format!("« {part} » doit être en UTF-8")))?;
                if texts.insert(part.clone(), text).is_some() {
                    return Err(twice());
                }
            }
        }
        let (name, content) = Members::needed("targetFile", file)?;
        Ok(Self { texts: Members::from_pairs(texts.into_iter()), name, content })
    }

    /// A text part that is a number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Failure> {
        let number = |text: &str| {
            text.parse().map_err(|_| Failure::invalid(format!("« {name} » doit être un nombre")))
        };
        self.texts.text(name)?.map(number).transpose()
    }
}

async fn read(mut field: Field<'_>, limit: usize) -> Result<Bytes, Failure> {
    let mut read = BytesMut::new();
    while let Some(chunk) =
        field.chunk().await.map_err(|error| Failure::invalid(error.body_text()))?
    {
        if read.len() + chunk.len() > limit {
            return Err(Failure::too_large(limit));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}
