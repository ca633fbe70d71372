//! A stored file: its bytes, its properties and its renditions.

use std::sync::OnceLock;

use bytes::Bytes;

use crate::choices::netx as choices;
use crate::common::content::md5_hex;
use crate::common::pictures::{self, PictureSize};

/// A smaller copy of a picture. The preview's edge is the vendor's (500 px).
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
            Self::Thumbnail => choices::THUMBNAIL_EDGE.get(),
            Self::Preview => 500,
            Self::Zoom => choices::ZOOM_EDGE.get(),
        }
    }

    /// The name of the proxy.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Thumbnail => "Thumbnail",
            Self::Preview => "Preview",
            Self::Zoom => "Zoom",
        }
    }

    /// The name of the kind in the older file URLs.
    pub(crate) fn legacy_kind(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumb",
            Self::Preview => "preview",
            Self::Zoom => "zoom",
        }
    }
}

/// A stored file. It is immutable: a new version is a new `StoredFile`.
#[derive(Debug)]
pub(crate) struct StoredFile {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
    /// MD5, in lower-case hexadecimal.
    pub(crate) checksum: String,
    /// Set for PNG pictures only.
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

    /// The extension of the file name in lower case; empty if there is none.
    pub(crate) fn extension(&self) -> String {
        match self.name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => extension.to_lowercase(),
            _ => String::new(),
        }
    }

    /// The scaled copy as PNG, computed once; `None` if the file is not a readable PNG.
    pub(crate) fn rendition(&self, rendition: Rendition) -> Option<Bytes> {
        let slot = self.renditions.get(rendition as usize)?;
        slot.get_or_init(|| pictures::scaled_down(&self.bytes, rendition.longest_edge())).clone()
    }
}
