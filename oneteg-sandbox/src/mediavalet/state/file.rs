//! The file of a version, and its renditions.

use std::sync::{Arc, OnceLock};

use super::blobs::Blob;
use super::uuid_table::{kinds, uuid};
use crate::choices::mediavalet as choices;
use crate::common::content::media_type;
use crate::common::pictures::{self, PictureSize};

/// A smaller copy of a picture. The kinds are the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rendition {
    Thumb,
    Small,
    Medium,
    Large,
}

impl Rendition {
    pub(crate) const ALL: [Self; 4] = [Self::Thumb, Self::Small, Self::Medium, Self::Large];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Thumb => "thumb",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }

    pub(crate) fn file_name(self) -> String {
        format!("{}.png", self.name())
    }

    /// The longest edge, in pixels. Smaller pictures are not enlarged.
    pub(crate) fn longest_edge(self) -> u32 {
        match self {
            Self::Thumb => choices::THUMB_EDGE.get(),
            Self::Small => choices::SMALL_EDGE.get(),
            Self::Medium => choices::MEDIUM_EDGE.get(),
            Self::Large => choices::LARGE_EDGE.get(),
        }
    }

    /// The id of the kind.
    pub(crate) fn id(self) -> String {
        uuid(kinds::RENDITION, self as u64 + 1)
    }
}

/// A file. It is immutable: a new version is a new `MediaFile`.
#[derive(Debug)]
pub(crate) struct MediaFile {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The name in the blob storage.
    pub(crate) blob_name: String,
    pub(crate) blob: Arc<Blob>,
    pub(crate) uploaded: i64,
    /// Set for PNG pictures only.
    pub(crate) picture: Option<PictureSize>,
    renditions: Arc<[OnceLock<Option<Arc<Blob>>>; 4]>,
}

/// The largest file that is examined for a picture, in bytes.
const PICTURE_LIMIT: u64 = 32 << 20;

impl MediaFile {
    pub(crate) fn new(
        id: String,
        name: &str,
        blob_name: &str,
        blob: Arc<Blob>,
        uploaded: i64,
    ) -> Self {
        let examined = blob.length <= PICTURE_LIMIT;
        let picture = examined.then(|| pictures::size(&blob.bytes())).flatten();
        Self {
            id,
            name: name.to_owned(),
            blob_name: blob_name.to_owned(),
            blob,
            uploaded,
            picture,
            renditions: Arc::default(),
        }
    }

    /// The same file under another name.
    pub(crate) fn renamed(&self, name: &str) -> Self {
        Self {
            id: self.id.clone(),
            name: name.to_owned(),
            blob_name: self.blob_name.clone(),
            blob: self.blob.clone(),
            uploaded: self.uploaded,
            picture: self.picture,
            renditions: self.renditions.clone(),
        }
    }

    /// The extension of the file name in lower case; empty if there is none.
    pub(crate) fn extension(&self) -> String {
        match self.name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => extension.to_lowercase(),
            _ => String::new(),
        }
    }

    pub(crate) fn media_type(&self) -> String {
        media_type(&self.name)
    }

    /// The vendor's `AssetType`.
    pub(crate) fn asset_type(&self) -> &'static str {
        let media_type = self.media_type();
        match (media_type.split('/').next().unwrap_or_default(), self.extension().as_str()) {
            (_, "psd" | "ai" | "indd") => "Adobe",
            ("image", _) => "Image",
            ("video", _) => "Video",
            ("audio", _) => "Audio",
            ("text", _) | (_, "pdf" | "docx" | "xlsx" | "pptx" | "doc" | "xls" | "ppt") => {
                "Document"
            }
            _ => "Other",
        }
    }

    /// The name of a rendition in the blob storage; `None` if the file is not a picture.
    pub(crate) fn rendition_blob_name(&self, rendition: Rendition) -> Option<String> {
        self.picture.map(|_| format!("renditions/{}/{}", self.id, rendition.file_name()))
    }

    /// A rendition as PNG, computed once; `None` if the file is not a readable picture.
    pub(crate) fn rendition(&self, rendition: Rendition) -> Option<Arc<Blob>> {
        let slot = self.renditions.get(rendition as usize)?;
        let scale = || {
            let scaled = pictures::scaled_down(&self.blob.bytes(), rendition.longest_edge())?;
            let etag = format!("\"{}-{}\"", self.id, rendition.name());
            let mut blob = Blob::from_bytes(scaled, etag);
            blob.content_type = Some("image/png".into());
            Some(Arc::new(blob))
        };
        slot.get_or_init(scale).clone()
    }
}
