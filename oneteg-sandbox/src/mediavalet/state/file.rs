//! A version's file, and the smaller pictures that are made of it.

use std::sync::{Arc, OnceLock};

use super::super::blobs::Blob;
use super::{id, kinds};
use crate::netx::pictures::{self, PictureSize};

/// A smaller copy of a picture. That there are these is the vendor's, their edges are the sandbox's own
/// choice.
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
            Self::Thumb => 150,
            Self::Small => 320,
            Self::Medium => 640,
            Self::Large => 1280,
        }
    }

    /// The id of the kind.
    pub(crate) fn id(self) -> String {
        id(kinds::RENDITION, self as u64 + 1)
    }
}

/// A file. Never changed once stored: a new version is a new `MediaFile`.
#[derive(Debug)]
pub(crate) struct MediaFile {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The name in the storage.
    pub(crate) blob_name: String,
    pub(crate) blob: Arc<Blob>,
    pub(crate) uploaded: i64,
    /// Only for PNG pictures.
    pub(crate) picture: Option<PictureSize>,
    renditions: Arc<[OnceLock<Option<Arc<Blob>>>; 4]>,
}

/// The largest file that is looked into for a picture, in bytes.
const PICTURE_LIMIT: u64 = 32 << 20;

impl MediaFile {
    pub(crate) fn new(
        id: String,
        name: &str,
        blob_name: &str,
        blob: Arc<Blob>,
        uploaded: i64,
    ) -> Self {
        let small = blob.length <= PICTURE_LIMIT;
        let picture = small.then(|| pictures::size(&blob.bytes())).flatten();
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

    /// The file name's extension in lower case; empty without one.
    pub(crate) fn extension(&self) -> String {
        match self.name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => extension.to_lowercase(),
            _ => String::new(),
        }
    }

    pub(crate) fn mime_type(&self) -> String {
        mime_guess::from_path(&self.name).first_or_octet_stream().to_string()
    }

    /// The `AssetType`.
    pub(crate) fn kind(&self) -> &'static str {
        let mime = self.mime_type();
        match (mime.split('/').next().unwrap_or_default(), self.extension().as_str()) {
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

    /// The name in the storage of a smaller copy; none for what is no picture.
    pub(crate) fn rendition(&self, rendition: Rendition) -> Option<String> {
        self.picture.map(|_| format!("renditions/{}/{}", self.id, rendition.file_name()))
    }

    /// The scaled copy as PNG. Computed once.
    pub(crate) fn scaled(&self, rendition: Rendition) -> Option<Arc<Blob>> {
        let slot = self.renditions.get(rendition as usize)?;
        let make = || {
            let scaled = pictures::scaled_down(&self.blob.bytes(), rendition.longest_edge())?;
            let etag = format!("\"{}-{}\"", self.id, rendition.name());
            let mut blob = Blob::of(scaled, etag);
            blob.content_type = Some("image/png".into());
            Some(Arc::new(blob))
        };
        slot.get_or_init(make).clone()
    }
}
