//! The delivery of webhooks: events, as CloudEvents in JSON, to the URLs of subscriptions.
//!
//! | State of a subscription | Entered by | Deliveries |
//! |---|---|---|
//! | unpermitted | creation, a change, a refused handshake | dropped |
//! | permitted | the endpoint's response to the handshake (`OPTIONS`) | sent one after the other, in the order of the events |
//! | retired | a delivery that gets 410 | dropped |
//!
//! The handshake and the meaning of responses are those of CloudEvents' *HTTP 1.1 Web Hooks for Event Delivery*, which
//! the vendor's receivers implement. Attempts and waits are the sandbox's own choice.

mod client;
mod deliverer;

pub(crate) use deliverer::{Deliverer, Outgoing};

/// An attempt to deliver an event, or the reason why there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookDelivery {
    /// The id of the subscription.
    pub subscription: String,
    /// The id of the event, which is the same for all attempts; `None` for a handshake.
    pub event_id: Option<String>,
    /// The type of the event, such as `Asset.KeywordsAdded`; `None` for a handshake.
    pub event_type: Option<String>,
    /// What became of it.
    pub outcome: WebhookOutcome,
}

/// What became of an attempt to deliver an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookOutcome {
    /// The endpoint responded with this status.
    Responded(u16),
    /// There was no response.
    Failed(String),
    /// Nothing was sent, because the endpoint has not permitted deliveries.
    NotPermitted,
    /// Nothing was sent, because the host is neither this machine nor one that the
    /// [settings](crate::SandboxBuilder::mediavalet_webhook_host) allow.
    HostNotAllowed,
}

/// How webhooks are delivered.
#[derive(Debug, Clone)]
pub(crate) struct WebhookSettings {
    /// The hosts, besides this machine, that may get deliveries, in lower case.
    pub(crate) hosts: Vec<String>,
    /// Number of attempts to deliver an event.
    pub(crate) attempts: u32,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self { hosts: Vec::new(), attempts: 3 }
    }
}
