use std::collections::VecDeque;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{RefreshTokenHash, Secret};

/// How many used states one process remembers.
const REMEMBERED: usize = 256;

/// A sign-in that has begun: what the callback is checked against.
///
/// It can be serialised, so that the callback may arrive in another process. It contains the PKCE verifier:
/// keep it where only the service can read it, and delete it once the callback has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PendingSignIn {
    #[serde(serialize_with = "expose", deserialize_with = "hide")]
    pub(super) state: Secret,
    #[serde(serialize_with = "expose", deserialize_with = "hide")]
    pub(super) verifier: Secret,
    pub(super) redirect_uri: String,
    /// What the code belongs to; `None` if an earlier release wrote this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) binding: Option<String>,
}

fn expose<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn hide<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::from)
}

impl PendingSignIn {
    /// Where the browser comes back to.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }
}

/// The states whose callback has come, so that each works once in this process.
#[derive(Debug, Default)]
pub(super) struct UsedStates(VecDeque<RefreshTokenHash>);

impl UsedStates {
    /// Notes the state; `false` if it was used before.
    pub(super) fn mark_used(&mut self, state: &Secret) -> bool {
        let hash = RefreshTokenHash::of(state);
        if self.0.contains(&hash) {
            return false;
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(hash);
        true
    }
}
