//! A call that shows whether a connection works: it changes nothing, and any user may make it.

use serde_json::{Map, Value};

use super::{Client, Connected};
use crate::error::CliError;

/// Calls the vendor once, and returns how it names the caller.
pub(crate) async fn call(connected: &Connected) -> Result<String, CliError> {
    let caller = match &connected.client {
        Client::NetX(client) => serde_json::to_value(client.get_self().await?.into_inner()),
        Client::MediaValet(client) => {
            serde_json::to_value(client.get_current_user().await?.into_inner())
        }
        Client::NetExplorer(client) => {
            serde_json::to_value(client.get_account().await?.into_inner())
        }
    };
    let caller = caller.map_err(std::io::Error::from)?;
    Ok(caller.as_object().and_then(name).unwrap_or_else(|| "a user without a name".to_owned()))
}

/// The name of a user, in the members of any of the vendors.
fn name(user: &Map<String, Value>) -> Option<String> {
    let member = |name: &str| {
        let value = user.get(name).and_then(Value::as_str).map(str::trim);
        value.filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let first = member("firstName").or_else(|| member("firstname"));
    let last = member("lastName").or_else(|| member("lastname"));
    let full: Vec<String> = first.into_iter().chain(last).collect();
    let full = (!full.is_empty()).then(|| full.join(" "));
    ["name", "userName", "username", "login"]
        .into_iter()
        .find_map(member)
        .or(full)
        .or_else(|| ["email", "emailAddress"].into_iter().find_map(member))
        .or_else(|| {
            let id = ["userId", "id"].into_iter().find_map(|name| user.get(name))?;
            Some(format!("user {}", id.as_str().map_or_else(|| id.to_string(), str::to_owned)))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_user_is_named_by_what_the_vendor_knows() {
        for (user, expected) in [
            (json!({"userId": 7, "name": "Ann"}), Some("Ann")),
            (json!({"firstname": "Ann", "lastname": "Lee", "id": "3"}), Some("Ann Lee")),
            (json!({"userName": " ", "emailAddress": "a@b.example"}), Some("a@b.example")),
            (json!({"userId": 7}), Some("user 7")),
            (json!({}), None),
        ] {
            assert_eq!(name(user.as_object().unwrap()).as_deref(), expected, "{user}");
        }
    }
}
