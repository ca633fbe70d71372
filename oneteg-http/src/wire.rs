//! Where requests leave the runtime.

use crate::Error;

/// The HTTP client, or a script in its place. An enum and not a trait object: the usual way costs
/// nothing.
pub(crate) enum Wire {
    Http(reqwest::Client),
    #[cfg(feature = "test-kit")]
    Script(Box<dyn crate::test_kit::Script>),
}

impl Wire {
    pub(crate) async fn execute(
        &self,
        request: reqwest::Request,
    ) -> Result<reqwest::Response, Error> {
        match self {
            Self::Http(client) => client.execute(request).await.map_err(Error::from_reqwest),
            #[cfg(feature = "test-kit")]
            Self::Script(script) => script.answer(request).await,
        }
    }

    /// The HTTP client for building requests with; a script has none.
    pub(crate) fn client(&self) -> reqwest::Client {
        match self {
            Self::Http(client) => client.clone(),
            #[cfg(feature = "test-kit")]
            Self::Script(_) => reqwest::Client::new(),
        }
    }
}
