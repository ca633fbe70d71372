//! Waiting until MediaValet has processed a file.
//!
//! | Response to `get_asset` | Next |
//! |---|---|
//! | the asset has a link to its original, and is not checked out | ready |
//! | the asset lacks one of these, or is not found | poll again after 1, 1.6, 2.56, ... up to 15 seconds |
//! | another error | failed |
//! | the time is up | failed: `Timeout` |

use std::time::Duration;

#[cfg(feature = "lightbox")]
use oneteg_http::CallOptions;
use oneteg_http::{Error, ErrorKind};
use tokio::time::{Instant, sleep};

use crate::{Client, types::Asset};

/// The status of an asset while a new version of it is being made.
const CHECKED_OUT: i32 = 9;

const FIRST_DELAY: Duration = Duration::from_secs(1);
const DELAY_GROWTH: f64 = 1.6;
const MAX_DELAY: Duration = Duration::from_secs(15);

/// How long an asset may take until MediaValet finds it, if the program sets no limit.
#[cfg(feature = "lightbox")]
const FOUND_WITHIN: Duration = Duration::from_secs(300);

impl Client {
    /// Polls an asset until MediaValet has processed its file, and returns the asset. The delay between calls
    /// grows from 1 to 15 seconds.
    ///
    /// The vendor documents only that this call shows when an asset is ready. This method considers it ready if it
    /// is found, has a link to its original, and is not checked out. For many uploads, the webhook
    /// [`AssetMediaFileAdded`](crate::webhooks::EventData::AssetMediaFileAdded) is more efficient.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] if the asset is not ready in time (it may still become so), and those of every call.
    pub async fn wait_until_ready(
        &self,
        asset_id: impl Into<String>,
        within: Duration,
    ) -> Result<Asset, Error> {
        let asset_id = asset_id.into();
        let mut polls = Polls::within(within);
        loop {
            match self.get_asset(&*asset_id).send().await {
                Ok(asset) if is_ready(&asset) => return Ok(asset.into_inner()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            if !polls.wait().await {
                let message = format!("the asset was not ready within {within:?}; check it later");
                return Err(Error::new(ErrorKind::Timeout, message));
            }
        }
    }

    /// Adds an uploaded asset to a lightbox, once MediaValet finds the asset. Adding it twice changes nothing.
    #[cfg(feature = "lightbox")]
    pub(super) async fn add_when_found(
        &self,
        lightbox: &str,
        asset_id: &str,
        within: Option<Duration>,
    ) -> Result<(), Error> {
        let within = within.unwrap_or(FOUND_WITHIN);
        let mut polls = Polls::within(within);
        loop {
            match self.add_if_found(lightbox, asset_id).await {
                // The call took effect, even if its value cannot be read.
                Err(error)
                    if error.kind() == ErrorKind::Decode
                        && error.status().is_some_and(|status| status.is_success()) =>
                {
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                result => return result,
            }
            if !polls.wait().await {
                let message = format!(
                    "the asset is uploaded, but the lightbox {lightbox:?} did not accept it within {within:?}"
                );
                return Err(Error::new(ErrorKind::Timeout, message));
            }
        }
    }

    #[cfg(feature = "lightbox")]
    async fn add_if_found(&self, lightbox: &str, asset_id: &str) -> Result<(), Error> {
        self.get_asset(asset_id).send().await?;
        let call = self.add_assets_to_lightbox(lightbox, vec![asset_id.to_owned()]);
        call.call_options(CallOptions::new().idempotent(true)).send().await.map(drop)
    }

    // Without the feature, only the state of another program has lightboxes.
    #[cfg(not(feature = "lightbox"))]
    pub(super) async fn add_when_found(
        &self,
        _lightbox: &str,
        _asset_id: &str,
        _within: Option<Duration>,
    ) -> Result<(), Error> {
        let message = "the upload's state has a lightbox; enable the feature `lightbox`";
        Err(Error::new(ErrorKind::Configuration, message))
    }
}

/// The delays between calls that wait for something.
struct Polls {
    /// `None` for a deadline beyond the range of the clock.
    deadline: Option<Instant>,
    delay: Duration,
}

impl Polls {
    fn within(within: Duration) -> Self {
        Self { deadline: Instant::now().checked_add(within), delay: FIRST_DELAY }
    }

    /// Waits for the next call; `false` if the time is up.
    async fn wait(&mut self) -> bool {
        let left = self
            .deadline
            .map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return false;
        }
        sleep(self.delay.min(left)).await;
        self.delay = self.delay.mul_f64(DELAY_GROWTH).min(MAX_DELAY);
        true
    }
}

/// Whether MediaValet has processed the file of an asset.
pub(super) fn is_ready(asset: &Asset) -> bool {
    let original = asset.media.as_ref().and_then(|media| media.original.as_deref());
    original.is_some_and(|link| !link.is_empty()) && asset.status != Some(CHECKED_OUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::AssetMedia;

    #[test]
    fn an_asset_is_ready_with_a_link_to_its_original_unless_checked_out() {
        let ready = |original: Option<&str>, status| {
            let original = original.map(str::to_owned);
            let media = Some(AssetMedia { original, ..AssetMedia::default() });
            is_ready(&Asset { media, status, ..Asset::default() })
        };
        assert!(ready(Some("https://h/b"), None) && ready(Some("https://h/b"), Some(2)));
        assert!(!ready(Some("https://h/b"), Some(CHECKED_OUT)));
        assert!(!ready(Some(""), None) && !ready(None, None) && !is_ready(&Asset::default()));
    }
}
