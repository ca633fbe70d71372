//! `yup-oauth2` with its storage on disk, which is the part of its documentation for programs that are restarted.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
};

use serde_json::{Value, json};
use time::OffsetDateTime;
use yup_oauth2::{
    ApplicationSecret, InstalledFlowAuthenticator, InstalledFlowReturnMethod,
    authenticator::DefaultAuthenticator, authenticator_delegate::InstalledFlowDelegate,
    storage::TokenInfo,
};

use super::{Contestant, Failure, Pending, Site};
use crate::DuelResult;

const SCOPE: &str = "api";

pub struct Yup {
    authenticator: DefaultAuthenticator,
    file: PathBuf,
}

/// Nobody is there to sign in again.
struct Nobody;

impl InstalledFlowDelegate for Nobody {
    fn present_user_url<'a>(
        &'a self,
        _url: &'a str,
        _need_code: bool,
    ) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>> {
        Box::pin(async { Err("it asks somebody to sign in".to_owned()) })
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("store/yup.json")
}

pub fn seed(folder: &Path, refresh: &str) -> DuelResult<()> {
    let token = TokenInfo {
        access_token: Some("expired".into()),
        refresh_token: Some(refresh.into()),
        expires_at: Some(OffsetDateTime::UNIX_EPOCH),
        id_token: None,
    };
    let tokens = json!([{ "scopes": [SCOPE], "token": token }]);
    std::fs::create_dir_all(folder.join("store"))?;
    Ok(std::fs::write(file(folder), tokens.to_string())?)
}

impl Yup {
    pub async fn open(site: &Site) -> DuelResult<Self> {
        let secret = ApplicationSecret {
            client_id: "client".into(),
            client_secret: "secret".into(),
            token_uri: site.token_url.clone(),
            auth_uri: "http://127.0.0.1:9/authorize".into(),
            ..ApplicationSecret::default()
        };
        let file = file(&site.folder);
        let method = InstalledFlowReturnMethod::Interactive;
        let authenticator = InstalledFlowAuthenticator::builder(secret, method)
            .persist_tokens_to_disk(&file)
            .flow_delegate(Box::new(Nobody))
            .build()
            .await?;
        Ok(Self { authenticator, file })
    }
}

impl Contestant for Yup {
    fn token(&self) -> Pending<'_, Result<String, Failure>> {
        Box::pin(async {
            let token = self.authenticator.token(&[SCOPE]).await;
            let token = token.map_err(|error| Failure::Other(error.to_string()))?;
            Ok(token.token().unwrap_or_default().to_owned())
        })
    }

    fn next_refresh_token(&self) -> Pending<'_, Option<String>> {
        Box::pin(async {
            let tokens: Value = serde_json::from_slice(&std::fs::read(&self.file).ok()?).ok()?;
            Some(tokens[0]["token"]["refresh_token"].as_str()?.to_owned())
        })
    }
}
