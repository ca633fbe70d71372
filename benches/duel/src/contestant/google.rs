//! `google-cloud-auth` with the credentials of a person (`authorized_user`). It has its own cache with one refresh at a
//! time, run by a task. The refresh token comes from the file of the credentials, which it never writes.

use google_cloud_auth::credentials::{AccessTokenCredentials, user_account::Builder};
use serde_json::json;

use super::{Contestant, Failure, Pending, Site};
use crate::DuelResult;

pub struct Google {
    credentials: AccessTokenCredentials,
    refresh: String,
}

impl Google {
    pub fn open(site: &Site) -> DuelResult<Self> {
        let refresh = site.first_refresh_token()?;
        let user = json!({
            "type": "authorized_user",
            "client_id": "client",
            "client_secret": "secret",
            "refresh_token": refresh,
        });
        let credentials =
            Builder::new(user).with_token_uri(&site.token_url).build_access_token_credentials()?;
        Ok(Self { credentials, refresh })
    }
}

impl Contestant for Google {
    fn token(&self) -> Pending<'_, Result<String, Failure>> {
        Box::pin(async {
            let token = self.credentials.access_token().await;
            Ok(token.map_err(|error| Failure::Other(error.to_string()))?.token)
        })
    }

    fn next_refresh_token(&self) -> Pending<'_, Option<String>> {
        Box::pin(async { Some(self.refresh.clone()) })
    }
}
