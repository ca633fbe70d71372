//! Keeps secrets out of results: what an assistant reads may end up in logs and in other people's hands.

use oneteg_auth::{ResolvedAuthentication, ResolvedConnection};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::client::Connected;

/// What the mask leaves in place of a secret.
pub(super) const MASK: &str = "[secret]";

/// Masks the secrets of a connection, and what looks like one, in a value. Returns whether anything was masked.
pub(super) fn mask(connected: &Connected, value: &mut Value) -> bool {
    let secrets = of(connected);
    let secrets: Vec<&str> = secrets.iter().map(|secret| secret.as_str()).collect();
    let before = count(value);
    oneteg_http::mask_secrets(value, &secrets);
    count(value) > before
}

/// Masks the secrets of a connection in a message.
pub(super) fn mask_text(connected: &Connected, text: &str) -> String {
    let mut value = Value::from(text);
    mask(connected, &mut value);
    value.as_str().unwrap_or(MASK).to_owned()
}

/// The keys of a connection, and the access token of its session.
fn of(connected: &Connected) -> Vec<Zeroizing<String>> {
    let ResolvedConnection { authentication, subscription_key, .. } = &connected.connection;
    let secret = match authentication {
        ResolvedAuthentication::ApiKey { api_key, .. } => Some(api_key),
        ResolvedAuthentication::OAuth(settings) => settings.client_secret.as_ref(),
        _ => None,
    };
    let keys = secret.into_iter().chain(subscription_key);
    let mut secrets: Vec<_> = keys.map(|key| Zeroizing::new(key.expose().to_owned())).collect();
    let header = connected.client.session().and_then(|session| session.warm_header());
    if let Some(token) = header.as_ref().and_then(|(value, _)| value.to_str().ok()) {
        let token = token.split_once(' ').map_or(token, |(_, token)| token);
        secrets.push(Zeroizing::new(token.to_owned()));
    }
    secrets
}

fn count(value: &Value) -> usize {
    match value {
        Value::String(string) => string.matches(MASK).count(),
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| name.matches(MASK).count() + count(member)).sum()
        }
        _ => 0,
    }
}
