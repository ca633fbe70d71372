use std::time::Duration;

use oneteg_http::{Error, ErrorKind};
use tokio::time::{Instant, sleep};

use crate::{Client, types::Asset};

/// An asset's status while somebody works on another version of it.
const CHECKED_OUT: i32 = 9;

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

impl Client {
    /// Asks for an asset until MediaValet has processed its file, and answers it: at first after a second,
    /// then in growing steps of up to 15 seconds.
    ///
    /// The vendor says only that this call shows when an asset is ready. Here it counts as ready when it is
    /// found, has a link to its original, and is not checked out. A webhook is the better way where many
    /// files are uploaded: [`AssetMediaFileAdded`](crate::webhooks::EventData::AssetMediaFileAdded).
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] when it is not ready in time: it may still become so. The errors of the call.
    pub async fn wait_until_ready(
        &self,
        asset_id: impl Into<String>,
        within: Duration,
    ) -> Result<Asset, Error> {
        let asset_id = asset_id.into();
        // A time so long that no clock can tell its end has none.
        let deadline = Instant::now().checked_add(within);
        let mut wait = FIRST_WAIT;
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
                let message =
                    format!("the asset was not ready within {within:?}; look again later");
                return Err(Error::new(ErrorKind::Timeout, message));
            }
            sleep(wait.min(left)).await;
            wait = wait.mul_f64(1.6).min(LONGEST_WAIT);
        }
    }
}

pub(super) fn is_ready(asset: &Asset) -> bool {
    let original = asset.media.as_ref().and_then(|media| media.original.as_deref());
    original.is_some_and(|link| !link.is_empty()) && asset.status != Some(CHECKED_OUT)
}
