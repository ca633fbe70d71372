//! Starting a sandbox, and the handle to a running one.

use std::fmt;
use std::time::Duration;

use crate::SandboxError;
use crate::mediavalet::{EnvelopeForm, Mediavalet, MediavaletSettings};
use crate::netexplorer::{Netexplorer, NetexplorerSettings};
use crate::netx::{Netx, NetxSettings};
use crate::server::Loopback;

/// The API token a sandbox accepts unless told otherwise.
const DEFAULT_TOKEN: &str = "sandbox-token";

/// A running sandbox. Dropping it stops its listeners.
///
/// It needs a tokio runtime, and lives no longer than that.
pub struct Sandbox {
    netx: Netx,
    netx_url: String,
    netx_api_key: String,
    _netx_listener: Loopback,
    mediavalet: Mediavalet,
    mediavalet_url: String,
    _mediavalet_listener: Loopback,
    netexplorer: Netexplorer,
    netexplorer_listener: Loopback,
}

impl Sandbox {
    /// Starts with the defaults: a free port on 127.0.0.1, the seed, a fixed token.
    ///
    /// # Errors
    /// As [`SandboxBuilder::start`].
    pub async fn start() -> Result<Self, SandboxError> {
        Self::builder().start().await
    }

    /// Settings for a sandbox that is to be started.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// The base URL of the NetX stand-in, as `http://127.0.0.1:49152`, without a trailing slash.
    #[must_use]
    pub fn netx_url(&self) -> &str {
        &self.netx_url
    }

    /// The API token that the NetX stand-in accepts from the start.
    #[must_use]
    pub fn netx_api_key(&self) -> &str {
        &self.netx_api_key
    }

    /// The NetX stand-in itself: its recording and test hooks.
    #[must_use]
    pub fn netx(&self) -> &Netx {
        &self.netx
    }

    /// The base URL of the MediaValet stand-in's API and sign-in, as `http://127.0.0.1:49153`, without a
    /// trailing slash.
    #[must_use]
    pub fn mediavalet_url(&self) -> &str {
        &self.mediavalet_url
    }

    /// The MediaValet stand-in itself: who may use it, its recording and test hooks.
    #[must_use]
    pub fn mediavalet(&self) -> &Mediavalet {
        &self.mediavalet
    }

    /// The URL of the NetExplorer stand-in's platform, as `http://127.0.0.1:49152`, without a trailing
    /// slash: OAuth 2.0 is at its root, the API below `/api`.
    #[must_use]
    pub fn netexplorer_url(&self) -> String {
        self.netexplorer_listener.url()
    }

    /// The NetExplorer stand-in itself: its recording and test hooks.
    #[must_use]
    pub fn netexplorer(&self) -> &Netexplorer {
        &self.netexplorer
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token stays out.
        f.debug_struct("Sandbox").field("netx_url", &self.netx_url).finish_non_exhaustive()
    }
}

/// How a sandbox is to be started.
#[derive(Clone)]
#[must_use]
pub struct SandboxBuilder {
    netx_port: u16,
    netx_api_token: String,
    netx: NetxSettings,
    mediavalet_port: u16,
    mediavalet: MediavaletSettings,
    netexplorer_port: u16,
    netexplorer: NetexplorerSettings,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            netx_port: 0,
            netx_api_token: DEFAULT_TOKEN.to_owned(),
            netx: NetxSettings::default(),
            mediavalet_port: 0,
            mediavalet: MediavaletSettings::default(),
            netexplorer_port: 0,
            netexplorer: NetexplorerSettings::default(),
        }
    }
}

impl SandboxBuilder {
    /// The port of the NetX stand-in on 127.0.0.1; 0, the default, takes a free one.
    pub fn netx_port(mut self, port: u16) -> Self {
        self.netx_port = port;
        self
    }

    /// The API token that the NetX stand-in accepts; `sandbox-token` unless told.
    pub fn netx_api_token(mut self, token: impl Into<String>) -> Self {
        self.netx_api_token = token.into();
        self
    }

    /// The largest file, in bytes, that the NetX import operations take; 64 MiB unless told.
    pub fn netx_import_limit(mut self, bytes: usize) -> Self {
        self.netx.import_limit = bytes;
        self
    }

    /// The port of the MediaValet stand-in on 127.0.0.1; 0, the default, takes a free one.
    pub fn mediavalet_port(mut self, port: u16) -> Self {
        self.mediavalet_port = port;
        self
    }

    /// How long MediaValet's access tokens live; an hour by default. The vendor's value is not constant: from
    /// 300 seconds to a week have been seen.
    pub fn mediavalet_access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.mediavalet.access_token_lifetime = lifetime;
        self
    }

    /// How long links to MediaValet's storage work; 24 hours unless told.
    pub fn mediavalet_link_lifetime(mut self, lifetime: Duration) -> Self {
        self.mediavalet.link_lifetime = lifetime;
        self
    }

    /// How many looks at a new MediaValet asset it takes to be ready; 2 unless told.
    pub fn mediavalet_processing_polls(mut self, polls: u32) -> Self {
        self.mediavalet.processing_polls = polls;
        self
    }

    /// The largest offset that MediaValet's lists and searches of assets accept; 100,000 by default, as at
    /// the vendor. A page that would begin beyond it is refused.
    pub fn mediavalet_largest_offset(mut self, offset: usize) -> Self {
        self.mediavalet.largest_offset = offset;
        self
    }

    /// Whether MediaValet's responses have the envelope that was recorded in 2022: `apiVersion` is a build,
    /// and there is neither `recordCount` nor `meta`. Default: no.
    pub fn mediavalet_envelope_of_2022(mut self, yes: bool) -> Self {
        self.mediavalet.envelope = if yes { EnvelopeForm::Of2022 } else { EnvelopeForm::Today };
        self
    }

    /// The port of the NetExplorer stand-in on 127.0.0.1; 0, the default, takes a free one.
    pub fn netexplorer_port(mut self, port: u16) -> Self {
        self.netexplorer_port = port;
        self
    }

    /// The largest file, in bytes, that NetExplorer's uploads take; 256 MiB unless told.
    pub fn netexplorer_upload_limit(mut self, bytes: usize) -> Self {
        self.netexplorer.upload_limit = bytes;
        self
    }

    /// How often the end of a NetExplorer upload in parts (chunks, TUS) answers 423, "still being
    /// assembled", before the file is there; once unless told.
    pub fn netexplorer_assembling_polls(mut self, polls: u32) -> Self {
        self.netexplorer.assembling_polls = polls;
        self
    }

    /// How long a NetExplorer access token is good; an hour unless told.
    pub fn netexplorer_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.netexplorer.token_lifetime = lifetime;
        self
    }

    /// Whether to start with the seed (folders, pictures, attributes, collections, users): yes unless
    /// told. Without it there are the root folder or category and the caller.
    pub fn seeded(mut self, seeded: bool) -> Self {
        self.netx.seeded = seeded;
        self.mediavalet.seeded = seeded;
        self.netexplorer.seeded = seeded;
        self
    }

    /// Starts the sandbox on the current tokio runtime.
    ///
    /// # Errors
    /// [`SandboxError::Bind`] when the port is taken, [`SandboxError::Token`] when the token cannot
    /// travel in a header, [`SandboxError::Seed`] when a picture cannot be encoded.
    pub async fn start(self) -> Result<Sandbox, SandboxError> {
        let netx = Netx::new(&self.netx_api_token, &self.netx)?;
        let listener = Loopback::serve(self.netx_port, netx.router()).await?;
        let mediavalet = Mediavalet::new(&self.mediavalet)?;
        let mediavalet_listener =
            Loopback::serve(self.mediavalet_port, mediavalet.router()).await?;
        let netexplorer = Netexplorer::new(&self.netexplorer);
        let netexplorer_listener =
            Loopback::serve(self.netexplorer_port, netexplorer.router()).await?;
        Ok(Sandbox {
            netx,
            netx_url: listener.url(),
            netx_api_key: self.netx_api_token,
            _netx_listener: listener,
            mediavalet,
            mediavalet_url: mediavalet_listener.url(),
            _mediavalet_listener: mediavalet_listener,
            netexplorer,
            netexplorer_listener,
        })
    }
}

impl fmt::Debug for SandboxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("netx_port", &self.netx_port)
            .field("netx", &self.netx)
            .field("netexplorer_port", &self.netexplorer_port)
            .field("netexplorer", &self.netexplorer)
            .finish_non_exhaustive()
    }
}
