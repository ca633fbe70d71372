//! A stored file: its bytes, what is known of them, and its renditions.

use std::sync::OnceLock;

use bytes::Bytes;

use super::super::pictures::{self, PictureSize};
use crate::common::content::md5_hex;

/// A smaller copy of a picture. The edge of the preview is the vendor's (500 px), that of the zoom one of
/// its two documented values, and that of the thumbnail the sandbox's own choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rendition {
    Thumbnail,
    Preview,
    Zoom,
}

impl Rendition {
    pub(crate) const ALL: [Self; 3] = [Self::Thumbnail, Self::Preview, Self::Zoom];

    /// The longest edge, in pixels. Smaller pictures are not enlarged.
    pub(crate) fn longest_edge(self) -> u32 {
        match self {
            Self::Thumbnail => 150,
            Self::Preview => 500,
            Self::Zoom => 2000,
        }
    }

    /// The proxy's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Thumbnail => "Thumbnail",
            Self::Preview => "Preview",
            Self::Zoom => "Zoom",
        }
    }

    /// The kind's name in the older file URLs.
    pub(crate) fn legacy_kind(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumb",
            Self::Preview => "preview",
            Self::Zoom => "zoom",
        }
    }
}

/// A stored file. Never changed once stored: a new version is a new `StoredFile`.
#[derive(Debug)]
pub(crate) struct StoredFile {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
    /// MD5, in lower-case hexadecimal.
    pub(crate) checksum: String,
    /// Only for PNG pictures.
    pub(crate) picture: Option<PictureSize>,
    renditions: [OnceLock<Option<Bytes>>; 3],
}

impl StoredFile {
    pub(crate) fn new(name: impl Into<String>, bytes: Bytes) -> Self {
        Self {
            name: name.into(),
            checksum: md5_hex(&bytes),
            picture: pictures::size(&bytes),
            bytes,
            renditions: Default::default(),
        }
    }

    /// The same bytes under another name.
    pub(crate) fn renamed(&self, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            bytes: self.bytes.clone(),
            checksum: self.checksum.clone(),
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

    /// The scaled copy as PNG; none for what is no readable PNG. Computed once.
    pub(crate) fn rendition(&self, rendition: Rendition) -> Option<Bytes> {
        let slot = self.renditions.get(rendition as usize)?;
        slot.get_or_init(|| pictures::scaled_down(&self.bytes, rendition.longest_edge())).clone()
    }
}
