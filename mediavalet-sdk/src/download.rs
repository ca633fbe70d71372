//! Downloads of an asset's files: to a file in ranges, or as a stream.
//!
//! The bytes come from a storage host through a signed link, which may expire during the download. Each range
//! is read as follows:
//!
//! | State | Action | Next state |
//! |---|---|---|
//! | no link, or the link has expired | request one from MediaValet; concurrent readers wait for it | link |
//! | link | request the range from the storage host | done, or refused (401, 403), or failed |
//! | refused | request a newer link, unless another reader has just done so | newer link, or the same link |
//! | newer link | request the range once more | done, or failed |
//! | same link | report the refusal; [`StorageError`](crate::StorageError) has the reason | failed |
//!
//! Resuming after a broken connection and the check that all bytes are of one version are implemented in
//! [`oneteg_http::transfer`].

use std::{path::PathBuf, sync::Arc, time::Duration};

use oneteg_http::{
    ByteStream, Error, ErrorKind, RangeRequest, RangedDownload, RangedStream, ResponseValue,
};
use tokio::sync::Mutex;

use crate::{
    Client,
    storage::{self, Link},
    types::{AssetMedia, AssetRenditionByKind},
};

/// One of an asset's files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rendition {
    /// The uploaded file.
    Original,
    /// The file that MediaValet offers for downloading, possibly with a watermark.
    Download,
    /// A large preview image.
    Large,
    /// A medium preview image.
    Medium,
    /// A small preview image.
    Small,
    /// A thumbnail.
    Thumb,
    /// The rendition of the kind with this id.
    Kind(String),
}

impl Rendition {
    fn name(&self) -> &str {
        match self {
            Self::Original => "original",
            Self::Download => "download",
            Self::Large => "large",
            Self::Medium => "medium",
            Self::Small => "small",
            Self::Thumb => "thumb",
            Self::Kind(kind) => kind,
        }
    }

    /// The link to this rendition among those that come with an asset. A [`Kind`](Self::Kind) is not among
    /// them: another operation returns it.
    fn link_in(&self, media: AssetMedia) -> Option<String> {
        match self {
            Self::Original => media.original,
            Self::Download => media.download,
            Self::Large => media.large,
            Self::Medium => media.medium,
            Self::Small => media.small,
            Self::Thumb => media.thumb,
            Self::Kind(_) => None,
        }
    }
}

impl Client {
    /// Returns a builder for a download of one of an asset's files.
    ///
    /// The bytes come from a storage host, through a signed link from MediaValet and without MediaValet's
    /// credentials. If the link expires, the download requests another one and resumes, provided that the file
    /// is unchanged. The file on disk gets its name only once all bytes of one version are there: see
    /// [`RangedDownload`].
    ///
    /// ```no_run
    /// # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
    /// use mediavalet_sdk::download::Rendition;
    ///
    /// let asset = "2c6b34da-c2fd-41ea-84ee-3ab32219b591";
    /// let bytes = client.download(asset, Rendition::Original).to_file("harbour.jpg").send().await?;
    /// let thumb = client.download(asset, Rendition::Thumb).stream().await?.collect(1 << 20).await?;
    /// # let _ = (bytes, thumb); Ok(()) }
    /// ```
    pub fn download(&self, asset_id: impl Into<String>, rendition: Rendition) -> DownloadRequest {
        let (client, asset_id) = (self.clone(), asset_id.into());
        DownloadRequest {
            links: Arc::new(LinkSource { client, asset_id, rendition, link: Mutex::new(None) }),
        }
    }
}

/// Builder for a download. Made by [`Client::download`].
#[derive(Debug)]
#[must_use = "call `to_file` or `stream` to choose where the bytes go"]
pub struct DownloadRequest {
    links: Arc<LinkSource>,
}

impl DownloadRequest {
    /// Downloads to a file, in ranges. Returns a builder with settings, such as a
    /// [checksum](RangedDownload::checksum) (`md5` of the asset's file is one) and a
    /// [state file](RangedDownload::state_file); [`send`](RangedDownload::send) or
    /// [`start`](RangedDownload::start) begins the download.
    pub fn to_file(self, path: impl Into<PathBuf>) -> RangedDownload {
        let links = self.links;
        RangedDownload::new(path, move |range| Arc::clone(&links).read_range(range))
    }

    /// Opens the file as a stream, which resumes by itself after a broken connection.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if the asset or its rendition does not exist, and those of every call.
    pub async fn stream(self) -> Result<RangedStream, Error> {
        let links = self.links;
        RangedStream::open(move |range| Arc::clone(&links).read_range(range)).await
    }
}

/// Provides the current link to one file.
#[derive(Debug)]
struct LinkSource {
    client: Client,
    asset_id: String,
    rendition: Rendition,
    link: Mutex<Option<Link>>,
}

impl LinkSource {
    async fn read_range(
        self: Arc<Self>,
        range: RangeRequest,
    ) -> Result<ResponseValue<ByteStream>, Error> {
        let link = self.link(None).await?;
        let runtime = self.client.runtime();
        let error = match storage::get(runtime, &link, range.clone()).await {
            Err(error) if storage::is_refusal(&error) => error,
            result => return result,
        };
        let newer = self.link(Some(&link)).await?;
        if newer == link {
            return Err(link.explain(error));
        }
        storage::get(runtime, &newer, range).await.map_err(|error| newer.explain(error))
    }

    /// Returns the current link, or a newer one than `refused`.
    async fn link(&self, refused: Option<&Link>) -> Result<Link, Error> {
        // Held during the request, so that concurrent readers share its result.
        let mut current = self.link.lock().await;
        if let Some(link) = &*current
            && refused != Some(link)
            && !link.has_expired()
        {
            return Ok(link.clone());
        }
        let link = self.request_link().await?;
        *current = Some(link.clone());
        Ok(link)
    }

    async fn request_link(&self) -> Result<Link, Error> {
        let id = &*self.asset_id;
        let (link, lifetime) = if let Rendition::Kind(kind) = &self.rendition {
            let rendition = self.client.get_asset_rendition(id, kind).send().await?.into_inner();
            let lifetime = rendition.link_lifetime();
            (rendition.rendition_url, lifetime)
        } else {
            let media = self.client.get_asset(id).send().await?.into_inner().media;
            let media = media.unwrap_or_default();
            let lifetime = media.link_lifetime();
            (self.rendition.link_in(media), lifetime)
        };
        let link = link.filter(|link| !link.is_empty()).ok_or_else(|| {
            let name = self.rendition.name();
            let message = format!("the asset has no link to its `{name}` rendition, or not yet");
            Error::new(ErrorKind::NotFound, message)
        })?;
        Ok(Link::parse(&link, self.client.runtime())?.with_lifetime(lifetime))
    }
}

/// Reads a lifetime in milliseconds, as in `sasExpiry`; `None` if it is not positive.
fn lifetime(milliseconds: Option<i64>) -> Option<Duration> {
    let milliseconds = u64::try_from(milliseconds?).ok().filter(|number| *number > 0)?;
    Some(Duration::from_millis(milliseconds))
}

impl AssetMedia {
    /// How long the links are valid after MediaValet made them, from `sasExpiry`, which is a duration in
    /// milliseconds and not a point in time. `None` if it is missing.
    pub fn link_lifetime(&self) -> Option<Duration> {
        lifetime(self.sas_expiry)
    }
}

impl AssetRenditionByKind {
    /// How long the links are valid; see [`AssetMedia::link_lifetime`].
    pub fn link_lifetime(&self) -> Option<Duration> {
        lifetime(self.sas_expiry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lifetime_of_links_is_in_milliseconds() {
        let media = |sas_expiry| AssetMedia { sas_expiry, ..AssetMedia::default() };
        // From a recorded response: ten years, which needs more than 32 bits.
        let recorded = media(Some(315_569_260_000)).link_lifetime();
        assert_eq!(recorded, Some(Duration::from_secs(315_569_260)));
        for none in [None, Some(0), Some(-1)] {
            assert_eq!(media(none).link_lifetime(), None);
        }
        let rendition = AssetRenditionByKind { sas_expiry: Some(1500), ..Default::default() };
        assert_eq!(rendition.link_lifetime(), Some(Duration::from_millis(1500)));
    }
    #[test]
    fn each_rendition_has_its_link() {
        let link = |name: &str| Some(name.to_owned());
        let media = AssetMedia {
            original: link("original"),
            download: link("download"),
            large: link("large"),
            medium: link("medium"),
            small: link("small"),
            thumb: link("thumb"),
            ..AssetMedia::default()
        };
        for rendition in [
            Rendition::Original,
            Rendition::Download,
            Rendition::Large,
            Rendition::Medium,
            Rendition::Small,
            Rendition::Thumb,
        ] {
            assert_eq!(rendition.link_in(media.clone()).as_deref(), Some(rendition.name()));
        }
        assert_eq!(Rendition::Kind("original".to_owned()).link_in(media), None);
    }
}
