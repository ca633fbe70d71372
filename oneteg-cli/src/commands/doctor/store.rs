//! The store of the sessions: whether it can be opened and read.

use std::{error::Error as _, time::Duration};

use oneteg_auth::{ResolvedConnection, StoreError};
use tokio::time::timeout;

use super::finding::Finding;
use crate::{client::token_store, context::Context, settings::StoreKind};

const CHECK: &str = "store";
/// The time limit of a read; a database is connected to first.
const LIMIT: Duration = Duration::from_secs(15);

/// Examines the store of a connection; `None` if it needs none.
pub(super) async fn examine(
    context: &Context,
    name: &str,
    connection: &ResolvedConnection,
) -> Option<Finding> {
    let key = connection.session_key()?;
    let kind = context.settings.sessions(name).kind;
    let shown = match kind {
        StoreKind::File => "sealed files, the key in a file",
        StoreKind::Keyring => "sealed files, the key in the keyring",
        StoreKind::Redis => "Redis",
        StoreKind::Postgres => "PostgreSQL",
    };
    let store = match token_store(context, name, connection) {
        Ok(store) => store,
        Err(error) => {
            let remedy = error.hint().unwrap_or("Correct settings.toml in the folder of oneteg");
            return Some(Finding::problem(CHECK, error.message(), remedy));
        }
    };
    let server = matches!(kind, StoreKind::Redis | StoreKind::Postgres);
    let remedy = match server {
        true => format!(
            "Check `url` of the sessions in settings.toml, and that the server runs and lets its user read and write; \
             docs/many-machines.md lists the states. Until then, nobody can sign in to {name}"
        ),
        false => {
            format!("If the session is damaged, sign in again: oneteg auth login {name} --again")
        }
    };
    Some(match timeout(LIMIT, store.load(&key)).await {
        Ok(Ok(_)) => Finding::ok(CHECK, shown),
        Ok(Err(error)) => Finding::problem(CHECK, with_causes(&error), remedy),
        Err(_) => {
            let found = format!("{shown} does not respond within {} s", LIMIT.as_secs());
            Finding::problem(CHECK, found, remedy)
        }
    })
}

/// The message with those of its causes: without them, "not available" hides a refused connection.
fn with_causes(error: &StoreError) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = error.source();
    }
    message
}
