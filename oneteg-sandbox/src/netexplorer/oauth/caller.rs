//! Who calls: the bearer token, and the `As` header.

use axum::http::HeaderMap;

use crate::common::oauth::bearer_token;
use crate::netexplorer::call::Caller;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::state::Store;

impl Store {
    /// The caller, by the bearer token and, for server applications, the `As` header.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Failure> {
        let granted = bearer_token(headers).and_then(|token| self.oauth.granted(token));
        let granted = granted.ok_or_else(Failure::unauthenticated)?;
        let own = self.users.get(granted.user).filter(|user| user.active);
        let own = own.ok_or_else(Failure::unauthenticated)?;
        let Some(other) = headers.get("as") else {
            return Ok(Caller { user: granted.user, admin: granted.server || own.admin });
        };
        if !granted.server {
            return Err(Failure::forbidden());
        }
        let id = other.to_str().ok().and_then(|id| id.parse().ok());
        let id = id.ok_or_else(|| Failure::invalid("l'en-tête « As » doit être un identifiant"))?;
        let user = self.users.get(id).filter(|user| user.active).ok_or_else(Failure::missing)?;
        Ok(Caller { user: id, admin: user.admin })
    }
}
