//! Downloads of assets: to a file in ranges, or as a stream, over signed links that are renewed.

use std::{path::PathBuf, sync::Arc, time::Duration};

use oneteg_http::{
    ByteStream, Checksum, Error, ErrorKind, RangeRequest, RangedDownload, RangedStream,
    ResponseValue, Transfer, TransferState,
};
use tokio::sync::Mutex;

use crate::{
    Client,
    storage::{self, Link},
    types::{AssetMedia, AssetRenditionByKind},
};

/// Which file of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rendition {
    /// The file that was uploaded.
    Original,
    /// What MediaValet offers for downloading; with a watermark, perhaps.
    Download,
    /// A large picture.
    Large,
    /// A medium picture.
    Medium,
    /// A small picture.
    Small,
    /// A thumbnail.
    Thumb,
    /// The rendition of a kind, by the kind's id.
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
}

impl Client {
    /// Begins the download of one of an asset's files.
    ///
    /// MediaValet gives a signed link for it that ends after a while. The bytes come from there, without any
    /// credential of MediaValet; when the link has expired, another one is requested, and the download
    /// resumes where it was, if the file is unchanged. What gets a file's name is the whole file of one
    /// version, or nothing: see [`RangedDownload`].
    ///
    /// ```no_run
    /// # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
    /// use mediavalet_sdk::download::Rendition;
    ///
    /// let asset = "2c6b34da-c2fd-41ea-84ee-3ab32219b591";
    /// let bytes = client.download(asset, Rendition::Original).to_file("harbour.jpg").wait().await?;
    /// let thumb = client.download(asset, Rendition::Thumb).stream().await?.collect(1 << 20).await?;
    /// # let _ = (bytes, thumb); Ok(()) }
    /// ```
    pub fn download(&self, asset_id: impl Into<String>, rendition: Rendition) -> Download {
        let (client, asset_id) = (self.clone(), asset_id.into());
        Download {
            links: Arc::new(Links { client, asset_id, rendition, link: Mutex::new(None) }),
            part_size: None,
            parallel: None,
            checksum: None,
            resume: None,
        }
    }
}

/// A download that has not begun. Made by [`Client::download`].
#[derive(Debug)]
#[must_use = "the download begins with `to_file` or `stream`"]
pub struct Download {
    links: Arc<Links>,
    part_size: Option<u64>,
    parallel: Option<usize>,
    checksum: Option<Checksum>,
    resume: Option<TransferState>,
}

impl Download {
    /// How many bytes are asked for at a time; see [`RangedDownload::part_size`]. Only for files.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_size = Some(bytes);
        self
    }

    /// How many ranges are under way at the same time; see [`RangedDownload::parallel`]. Only for files.
    pub fn parallel(mut self, ranges: usize) -> Self {
        self.parallel = Some(ranges);
        self
    }

    /// The checksum to compare the bytes with: `md5` of the asset's file is an MD5 sum. Only for
    /// files.
    pub fn checksum(mut self, checksum: Checksum) -> Self {
        self.checksum = Some(checksum);
        self
    }

    /// Resumes a download to the same path that ended early; see [`RangedDownload::resume`]. Only for
    /// files.
    pub fn resume(mut self, state: TransferState) -> Self {
        self.resume = Some(state);
        self
    }

    /// Downloads to a file, in a task of the current tokio runtime. The end gives the number of bytes.
    pub fn to_file(self, path: impl Into<PathBuf>) -> Transfer<u64> {
        let links = self.links;
        let mut download = RangedDownload::new(path, move |range| Arc::clone(&links).get(range));
        if let Some(bytes) = self.part_size {
            download = download.part_size(bytes);
        }
        if let Some(ranges) = self.parallel {
            download = download.parallel(ranges);
        }
        if let Some(checksum) = self.checksum {
            download = download.checksum(checksum);
        }
        if let Some(state) = self.resume {
            download = download.resume(state);
        }
        download.start()
    }

    /// Downloads as a stream, which resumes by itself if the connection breaks off.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is no such asset, or it has no such rendition; the errors of the
    /// calls.
    pub async fn stream(self) -> Result<RangedStream, Error> {
        let links = self.links;
        RangedStream::open(move |range| Arc::clone(&links).get(range)).await
    }
}

/// The links to one file, each in place of the one before.
#[derive(Debug)]
struct Links {
    client: Client,
    asset_id: String,
    rendition: Rendition,
    link: Mutex<Option<Link>>,
}

impl Links {
    async fn get(self: Arc<Self>, range: RangeRequest) -> Result<ResponseValue<ByteStream>, Error> {
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

    /// The link, or a newer one than that which was refused. One caller asks for it, and the others wait.
    async fn link(&self, refused: Option<&Link>) -> Result<Link, Error> {
        let mut kept = self.link.lock().await;
        if let Some(link) = &*kept
            && refused != Some(link)
            && !link.has_ended()
        {
            return Ok(link.clone());
        }
        let link = self.ask().await?;
        *kept = Some(link.clone());
        Ok(link)
    }

    async fn ask(&self) -> Result<Link, Error> {
        let id = &*self.asset_id;
        let (link, lifetime) = match &self.rendition {
            Rendition::Kind(kind) => {
                let made = self.client.get_asset_rendition(id, kind).send().await?.into_inner();
                let lifetime = made.link_lifetime();
                (made.rendition_url, lifetime)
            }
            rendition => {
                let media = self.client.get_asset(id).send().await?.into_inner().media;
                let media = media.unwrap_or_default();
                let lifetime = media.link_lifetime();
                let link = match rendition {
                    Rendition::Original => media.original,
                    Rendition::Large => media.large,
                    Rendition::Medium => media.medium,
                    Rendition::Small => media.small,
                    Rendition::Thumb => media.thumb,
                    Rendition::Download | Rendition::Kind(_) => media.download,
                };
                (link, lifetime)
            }
        };
        let link = link.filter(|link| !link.is_empty()).ok_or_else(|| {
            let name = self.rendition.name();
            let message = format!("the asset has no link to its {name} rendition, or not yet");
            Error::new(ErrorKind::NotFound, message)
        })?;
        Ok(Link::parse(&link, self.client.runtime())?.living(lifetime))
    }
}

/// From a number of milliseconds, as in `sasExpiry`; `None` for 0 and less.
fn lifetime(milliseconds: Option<i64>) -> Option<Duration> {
    let milliseconds = u64::try_from(milliseconds?).ok().filter(|number| *number > 0)?;
    Some(Duration::from_millis(milliseconds))
}

impl AssetMedia {
    /// How long the links live after MediaValet made them: `sasExpiry` is this duration in milliseconds, not
    /// a point in time. `None` if it is not given.
    pub fn link_lifetime(&self) -> Option<Duration> {
        lifetime(self.sas_expiry)
    }
}

impl AssetRenditionByKind {
    /// How long the links live; see [`AssetMedia::link_lifetime`].
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
        // Of a recorded response: ten years, which needs more than 32 bits.
        let recorded = media(Some(315_569_260_000)).link_lifetime();
        assert_eq!(recorded, Some(Duration::from_secs(315_569_260)));
        for none in [None, Some(0), Some(-1)] {
            assert_eq!(media(none).link_lifetime(), None);
        }
        let rendition = AssetRenditionByKind { sas_expiry: Some(1500), ..Default::default() };
        assert_eq!(rendition.link_lifetime(), Some(Duration::from_millis(1500)));
    }
}
