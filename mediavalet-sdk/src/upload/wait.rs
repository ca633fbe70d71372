//! Waiting until MediaValet has processed a file.
//!
//! | Response to `get_asset` | Next |
//! |---|---|
//! | the asset has a link to its original, and is not checked out | ready |
//! | the asset lacks one of these, or is not found | poll again after 1, 1.6, 2.56, ... up to 15 seconds |
//! | another error | failed |
//! | the time is up | failed: `Timeout` |

use std::time::Duration;

use oneteg_http::{Error, ErrorKind};
use tokio::time::{Instant, sleep};

use crate::{Client, types::Asset};

/// The status of an asset while a new version of it is being made.
const CHECKED_OUT: i32 = 9;

const FIRST_DELAY: Duration = Duration::from_secs(1);
const DELAY_GROWTH: f64 = 1.6;
const MAX_DELAY: Duration = Duration::from_secs(15);

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
        // A deadline beyond the range of the clock is none.
        let deadline = Instant::now().checked_add(within);
        let mut delay = FIRST_DELAY;
        loop {
            match self.get_asset(&*asset_id).send().await {
                Ok(asset) if is_ready(&asset) => return Ok(asset.into_inner()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            let left = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                let message = format!("the asset was not ready within {within:?}; check it later");
                return Err(Error::new(ErrorKind::Timeout, message));
            }
            sleep(delay.min(left)).await;
            delay = delay.mul_f64(DELAY_GROWTH).min(MAX_DELAY);
        }
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
