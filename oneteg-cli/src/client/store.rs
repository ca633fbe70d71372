//! Where the session of a connection is kept.

use std::sync::Arc;

use oneteg_auth::{MemoryStore, ResolvedConnection, TokenStore};

use crate::{context::Context, error::CliError};

/// Opens the store of a connection's session. A connection without a session needs none.
pub(crate) async fn token_store(
    context: &Context,
    _name: &str,
    connection: &ResolvedConnection,
) -> Result<Arc<dyn TokenStore>, CliError> {
    if connection.session_key().is_none() {
        return Ok(Arc::new(MemoryStore::new()));
    }
    Ok(Arc::new(context.profiles.token_store()?))
}
