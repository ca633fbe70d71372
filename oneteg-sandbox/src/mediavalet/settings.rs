//! How the stand-in is set up, and who may use it.

use std::fmt;
use std::time::Duration;

use super::webhooks::WebhookSettings;
use crate::common::permissions::DeniedOperations;

/// The members that the envelope of a response has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum EnvelopeForm {
    #[default]
    Current,
    /// As in a response recorded in 2022: `apiVersion` is a build number, and there is neither `recordCount`
    /// nor `meta`.
    Of2022,
}

/// The settings of one MediaValet stand-in.
#[derive(Debug, Clone)]
pub(crate) struct MediavaletSettings {
    pub(crate) seeded: bool,
    /// Number of assets that are computed when they are read.
    pub(crate) generated_assets: u64,
    /// The operations that the caller has no permission for.
    pub(crate) denied: DeniedOperations,
    pub(crate) access_token_lifetime: Duration,
    /// How long signed links to the blob storage are valid.
    pub(crate) link_lifetime: Duration,
    /// The number of polls until a new asset is ready.
    pub(crate) processing_polls: u32,
    /// The largest offset that lists of assets accept.
    pub(crate) largest_offset: usize,
    pub(crate) envelope: EnvelopeForm,
    pub(crate) webhooks: WebhookSettings,
}

impl Default for MediavaletSettings {
    fn default() -> Self {
        Self {
            seeded: true,
            generated_assets: 0,
            denied: DeniedOperations::default(),
            access_token_lifetime: Duration::from_secs(3600),
            link_lifetime: Duration::from_secs(24 * 3600),
            processing_polls: 2,
            largest_offset: 100_000,
            envelope: EnvelopeForm::default(),
            webhooks: WebhookSettings::default(),
        }
    }
}

/// The credentials that the MediaValet stand-in accepts.
#[derive(Clone)]
#[non_exhaustive]
pub struct MediavaletAccount {
    /// The id of the OAuth client.
    pub client_id: String,
    /// The secret of the OAuth client.
    pub client_secret: String,
    /// The value of `Ocp-Apim-Subscription-Key`, which every request to the API needs.
    pub subscription_key: String,
    /// The user's name, for the password grant.
    pub user_name: String,
    /// The user's password, for the password grant.
    pub password: String,
}

impl Default for MediavaletAccount {
    fn default() -> Self {
        Self {
            client_id: "sandbox-client".into(),
            client_secret: "sandbox-secret".into(),
            subscription_key: "sandbox-subscription-key".into(),
            user_name: "sandbox-user".into(),
            password: "sandbox-password".into(),
        }
    }
}

impl fmt::Debug for MediavaletAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The secrets stay out.
        f.debug_struct("MediavaletAccount")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
