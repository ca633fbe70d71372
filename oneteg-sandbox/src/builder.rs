//! The builder that starts a sandbox, and the handle of a running one.

use std::fmt;
use std::time::Duration;

use crate::SandboxError;
use crate::common::listener::LoopbackListener;
use crate::common::permissions::Denials;
use crate::mediavalet::{EnvelopeForm, Mediavalet, MediavaletSettings};
use crate::netexplorer::{Netexplorer, NetexplorerSettings};
use crate::netx::{Netx, NetxSettings};

/// The API token a sandbox accepts by default.
const DEFAULT_TOKEN: &str = "sandbox-token";

/// A running sandbox. Dropping it stops its listeners.
///
/// It runs on the tokio runtime that started it, and stops with that runtime.
pub struct Sandbox {
    netx: Netx,
    netx_url: String,
    netx_api_key: String,
    _netx_listener: LoopbackListener,
    mediavalet: Mediavalet,
    mediavalet_url: String,
    _mediavalet_listener: LoopbackListener,
    netexplorer: Netexplorer,
    netexplorer_listener: LoopbackListener,
}

impl Sandbox {
    /// Starts a sandbox with the defaults: free ports on 127.0.0.1, the seed, and a fixed NetX token.
    ///
    /// # Errors
    /// Same as [`SandboxBuilder::start`].
    pub async fn start() -> Result<Self, SandboxError> {
        Self::builder().start().await
    }

    /// A builder with the default settings.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// The base URL of the NetX stand-in, such as `http://127.0.0.1:49152`, without a trailing slash.
    #[must_use]
    pub fn netx_url(&self) -> &str {
        &self.netx_url
    }

    /// The API token that the NetX stand-in accepts.
    #[must_use]
    pub fn netx_api_key(&self) -> &str {
        &self.netx_api_key
    }

    /// The NetX stand-in: its recording and test hooks.
    #[must_use]
    pub fn netx(&self) -> &Netx {
        &self.netx
    }

    /// The base URL of the MediaValet stand-in, for both its API and its sign-in, such as
    /// `http://127.0.0.1:49153`, without a trailing slash.
    #[must_use]
    pub fn mediavalet_url(&self) -> &str {
        &self.mediavalet_url
    }

    /// The MediaValet stand-in: its credentials, recording and test hooks.
    #[must_use]
    pub fn mediavalet(&self) -> &Mediavalet {
        &self.mediavalet
    }

    /// The URL of the NetExplorer stand-in's platform, such as `http://127.0.0.1:49154`, without a trailing
    /// slash. OAuth 2.0 is at its root, the API below `/api`.
    #[must_use]
    pub fn netexplorer_url(&self) -> String {
        self.netexplorer_listener.url()
    }

    /// The NetExplorer stand-in: its recording and test hooks.
    #[must_use]
    pub fn netexplorer(&self) -> &Netexplorer {
        &self.netexplorer
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the token, which is a credential.
        f.debug_struct("Sandbox").field("netx_url", &self.netx_url).finish_non_exhaustive()
    }
}

/// Settings of a sandbox to start.
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
    denials: Denials,
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
            denials: Denials::default(),
        }
    }
}

impl SandboxBuilder {
    /// The port of the NetX stand-in on 127.0.0.1; 0, the default, picks a free one.
    pub fn netx_port(mut self, port: u16) -> Self {
        self.netx_port = port;
        self
    }

    /// The API token that the NetX stand-in accepts; `sandbox-token` by default.
    pub fn netx_api_token(mut self, token: impl Into<String>) -> Self {
        self.netx_api_token = token.into();
        self
    }

    /// Lifetime of the access tokens that NetX's OAuth issues; an hour by default. The vendor's is not known.
    pub fn netx_access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.netx.access_token_lifetime = lifetime;
        self
    }

    /// The largest file, in bytes, that the NetX import operations accept; 64 MiB by default.
    pub fn netx_import_limit(mut self, bytes: usize) -> Self {
        self.netx.import_limit = bytes;
        self
    }

    /// The port of the MediaValet stand-in on 127.0.0.1; 0, the default, picks a free one.
    pub fn mediavalet_port(mut self, port: u16) -> Self {
        self.mediavalet_port = port;
        self
    }

    /// Lifetime of MediaValet's access tokens; an hour by default. The vendor's value varies: lifetimes from
    /// 300 seconds to a week have been seen.
    pub fn mediavalet_access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.mediavalet.access_token_lifetime = lifetime;
        self
    }

    /// Lifetime of links to MediaValet's storage; 24 hours by default.
    pub fn mediavalet_link_lifetime(mut self, lifetime: Duration) -> Self {
        self.mediavalet.link_lifetime = lifetime;
        self
    }

    /// Number of times a new MediaValet asset must be polled before it is ready; 2 by default.
    pub fn mediavalet_processing_polls(mut self, polls: u32) -> Self {
        self.mediavalet.processing_polls = polls;
        self
    }

    /// The largest offset that MediaValet's lists and searches of assets accept; 100,000 by default, the
    /// vendor's limit. A page that begins beyond it is refused.
    pub fn mediavalet_largest_offset(mut self, offset: usize) -> Self {
        self.mediavalet.largest_offset = offset;
        self
    }

    /// Whether MediaValet's responses use the envelope recorded in 2022, in which `apiVersion` is a build
    /// number and `recordCount` and `meta` are missing; `false` by default.
    pub fn mediavalet_envelope_of_2022(mut self, yes: bool) -> Self {
        self.mediavalet.envelope = if yes { EnvelopeForm::Of2022 } else { EnvelopeForm::Current };
        self
    }

    /// Adds a host that MediaValet's webhooks may be delivered to, such as `app.internal`; by default, only this
    /// machine gets any. The connection is plain HTTP.
    pub fn mediavalet_webhook_host(mut self, host: impl Into<String>) -> Self {
        self.mediavalet.webhooks.hosts.push(host.into().to_lowercase());
        self
    }

    /// Number of attempts to deliver an event to a MediaValet webhook that fails; 3 by default. The first wait
    /// is 100 ms, each further one twice as long.
    pub fn mediavalet_webhook_attempts(mut self, attempts: u32) -> Self {
        self.mediavalet.webhooks.attempts = attempts;
        self
    }

    /// The port of the NetExplorer stand-in on 127.0.0.1; 0, the default, picks a free one.
    pub fn netexplorer_port(mut self, port: u16) -> Self {
        self.netexplorer_port = port;
        self
    }

    /// The largest file, in bytes, that NetExplorer's uploads accept; 256 MiB by default.
    pub fn netexplorer_upload_limit(mut self, bytes: usize) -> Self {
        self.netexplorer.upload_limit = bytes;
        self
    }

    /// Number of times the last request of a NetExplorer upload in parts (chunks, TUS) gets 423, "still being
    /// assembled", before the file exists; 1 by default.
    pub fn netexplorer_assembling_polls(mut self, polls: u32) -> Self {
        self.netexplorer.assembling_polls = polls;
        self
    }

    /// Lifetime of NetExplorer's access tokens; an hour by default.
    pub fn netexplorer_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.netexplorer.token_lifetime = lifetime;
        self
    }

    /// Whether to start with the seed (folders, pictures, attributes, collections, users); `true` by default.
    /// Without it, each stand-in has only its root folder or category and the caller.
    pub fn seeded(mut self, seeded: bool) -> Self {
        self.netx.seeded = seeded;
        self.mediavalet.seeded = seeded;
        self.netexplorer.seeded = seeded;
        self
    }

    /// Number of assets (NetExplorer: files) that each account has in addition to those of the seed; 0 by default.
    ///
    /// They exist as numbers only: each is computed when it is read, so a million of them take no memory. One
    /// that is changed is stored from then on.
    pub fn generated_assets(mut self, count: u64) -> Self {
        self.netx.generated_assets = count;
        self.mediavalet.generated_assets = count;
        self.netexplorer.generated_assets = count;
        self
    }

    /// Takes the permission for these operations away from every caller: a request with a valid credential gets the
    /// vendor's refusal, and has no effect.
    ///
    /// A name is the `operationId` of the specification, such as `getFile`, or `tag:` and one of its tags, such as
    /// `tag:files`. It applies to every vendor that has it; `netexplorer:tag:files` applies to one.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), oneteg_sandbox::SandboxError> {
    /// let sandbox = oneteg_sandbox::Sandbox::builder().deny(["netx:tag:users", "deleteAsset"]).start().await?;
    /// # let _ = sandbox;
    /// # Ok(())
    /// # }
    /// ```
    pub fn deny(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.denials.extend(names);
        self
    }

    /// Starts the sandbox on the current tokio runtime.
    ///
    /// # Errors
    /// [`SandboxError::Bind`] if a port is in use, [`SandboxError::Token`] if the NetX token cannot be sent
    /// in a header, [`SandboxError::Seed`] if a picture cannot be encoded, [`SandboxError::Permission`] if a denied
    /// operation is not known.
    pub async fn start(mut self) -> Result<Sandbox, SandboxError> {
        for (vendor, denied) in oneteg_catalog::VENDORS.into_iter().zip(self.denials.resolve()?) {
            match vendor {
                "netx" => self.netx.denied = denied,
                "mediavalet" => self.mediavalet.denied = denied,
                _ => self.netexplorer.denied = denied,
            }
        }
        let netx = Netx::new(&self.netx_api_token, &self.netx)?;
        let netx_listener = LoopbackListener::serve(self.netx_port, netx.router()).await?;
        let mediavalet = Mediavalet::new(&self.mediavalet)?;
        let mediavalet_listener =
            LoopbackListener::serve(self.mediavalet_port, mediavalet.router()).await?;
        let netexplorer = Netexplorer::new(&self.netexplorer);
        let netexplorer_listener =
            LoopbackListener::serve(self.netexplorer_port, netexplorer.router()).await?;
        Ok(Sandbox {
            netx,
            netx_url: netx_listener.url(),
            netx_api_key: self.netx_api_token,
            _netx_listener: netx_listener,
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
