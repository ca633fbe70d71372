//! Waiting until MediaValet has processed a file.
//!
//! | Response to `get_asset` | Next |
//! |---|---|
//! | the asset has a link to its original, and is not checked out | ready |
//! | the asset lacks one of these, or is not found | poll again after 1, 1.6, 2.56, ... up to 15 seconds |
//! | a [retryable](Error::is_retryable) error | poll again, at most 6 times in a row, and not before `Retry-After` |
//! | another error | failed |
//! | the time is up | failed: `Timeout`, or the error of the last poll |

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
/// How many failures in a row are taken for a busy server.
const MAX_FAILURES: u32 = 6;

/// How long an asset may take until MediaValet finds it, if the program sets no limit.
#[cfg(feature = "lightbox")]
const FOUND_WITHIN: Duration = Duration::from_secs(300);

impl Client {
    /// Polls an asset until MediaValet has processed its file, and returns the asset. The delay between calls
    /// grows from 1 to 15 seconds. Up to six failures in a row that are [retryable](Error::is_retryable) are
    /// tolerated.
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
            let failure = match self.get_asset(&*asset_id).send().await {
                Ok(asset) if is_ready(&asset) => return Ok(asset.into_inner()),
                Ok(_) => None,
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => Some(error),
            };
            if !polls.wait(failure).await? {
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
            let failure = match self.add_if_found(lightbox, asset_id).await {
                Ok(true) => return Ok(()),
                Ok(false) => None,
                Err(error) => Some(error),
            };
            if !polls.wait(failure).await? {
                let message = format!(
                    "the asset is uploaded, but the lightbox {lightbox:?} did not accept it within {within:?}"
                );
                return Err(Error::new(ErrorKind::Timeout, message));
            }
        }
    }

    /// Adds an asset to a lightbox; `false` if MediaValet does not find the asset yet.
    #[cfg(feature = "lightbox")]
    async fn add_if_found(&self, lightbox: &str, asset_id: &str) -> Result<bool, Error> {
        if !found(self.get_asset(asset_id).send().await)? {
            return Ok(false);
        }
        let call = self.add_assets_to_lightbox(lightbox, vec![asset_id.to_owned()]);
        let call = call.call_options(CallOptions::new().idempotent(true));
        if found(call.send().await)? {
            return Ok(true);
        }
        // The asset may not be accepted yet, but a lightbox that has been deleted does not come back.
        match self.get_lightbox(lightbox).send().await {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(error),
            _ => Ok(false),
        }
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

/// Whether a call found its object. It did if the response is a success, even if its value cannot be read.
#[cfg(feature = "lightbox")]
fn found<T>(result: Result<T, Error>) -> Result<bool, Error> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error)
            if error.kind() == ErrorKind::Decode
                && error.status().is_some_and(|status| status.is_success()) =>
        {
            Ok(true)
        }
        result => result.map(|_| true),
    }
}

/// The delays between calls that wait for something.
struct Polls {
    /// `None` for a deadline beyond the range of the clock.
    deadline: Option<Instant>,
    delay: Duration,
    /// The failures in a row.
    failures: u32,
}

impl Polls {
    fn within(within: Duration) -> Self {
        let deadline = Instant::now().checked_add(within);
        Self { deadline, delay: FIRST_DELAY, failures: 0 }
    }

    /// Waits for the next call, after one that failed or showed nothing yet; `false` if the time is up.
    ///
    /// # Errors
    /// The failure, if it ends the polling.
    async fn wait(&mut self, failure: Option<Error>) -> Result<bool, Error> {
        let delay = self.next_delay(failure)?;
        if let Some(delay) = delay {
            sleep(delay).await;
        }
        Ok(delay.is_some())
    }

    fn next_delay(&mut self, failure: Option<Error>) -> Result<Option<Duration>, Error> {
        let left = self
            .deadline
            .map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
        let mut delay = self.delay.min(left);
        self.failures = if failure.is_some() { self.failures + 1 } else { 0 };
        if let Some(error) = failure {
            delay = delay.max(error.retry_after().unwrap_or_default());
            let is_busy = error.is_retryable() && self.failures <= MAX_FAILURES;
            if !is_busy || left.is_zero() || delay > left {
                return Err(error);
            }
        }
        self.delay = self.delay.mul_f64(DELAY_GROWTH).min(MAX_DELAY);
        Ok((!left.is_zero()).then_some(delay))
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

    #[test]
    fn six_failures_in_a_row_do_not_end_the_polling() {
        let mut polls = Polls::within(Duration::MAX);
        let failed = || Some(Error::new(ErrorKind::Server, ""));
        for _ in 0..2 {
            for _ in 0..MAX_FAILURES {
                assert!(polls.next_delay(failed()).unwrap().is_some());
            }
            assert_eq!(polls.next_delay(None).unwrap(), Some(MAX_DELAY));
        }
        for _ in 0..MAX_FAILURES {
            assert!(polls.next_delay(failed()).unwrap().is_some());
        }
        assert_eq!(polls.next_delay(failed()).unwrap_err().kind(), ErrorKind::Server);
    }

    #[test]
    fn other_errors_and_the_deadline_end_the_polling() {
        let next = |within, kind: Option<ErrorKind>| {
            let failure = kind.map(|kind| Error::new(kind, ""));
            Polls::within(within).next_delay(failure).map_err(|error| error.kind())
        };
        let (denied, server) = (ErrorKind::PermissionDenied, ErrorKind::Server);
        assert_eq!(next(Duration::MAX, Some(denied)), Err(denied));
        assert_eq!(next(Duration::MAX, Some(server)), Ok(Some(FIRST_DELAY)));
        assert_eq!(next(Duration::ZERO, Some(server)), Err(server));
        assert_eq!(next(Duration::ZERO, None), Ok(None));
    }
}
