//! The cache that most clients write: read the token; if it has expired, request another one and write it. It is that
//! of octocrab (`CachedToken` 0.54: a lock around an optional token, released while the new one is requested), in our
//! own words, because octocrab's is private. octocrab has no refresh tokens, and keeps its token in memory; this one
//! keeps both in a file, written to a temporary file and renamed, and reads the file first.

use std::{
    path::{Path, PathBuf},
    sync::RwLock,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Contestant, Failure, Pending, Site};
use crate::DuelResult;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Cached {
    access: String,
    refresh: String,
    expires_at: u64,
}

pub struct ReadThenRefresh {
    cached: RwLock<Cached>,
    file: PathBuf,
    token_url: String,
    http: reqwest::Client,
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

fn file(folder: &Path) -> PathBuf {
    folder.join("store/cache.json")
}

fn write(file: &Path, cached: &Cached) -> DuelResult<()> {
    let temporary = file.with_extension(std::process::id().to_string());
    std::fs::write(&temporary, serde_json::to_vec(cached)?)?;
    Ok(std::fs::rename(temporary, file)?)
}

pub fn seed(folder: &Path, refresh: &str) -> DuelResult<()> {
    std::fs::create_dir_all(folder.join("store"))?;
    let cached = Cached { access: "expired".into(), refresh: refresh.into(), expires_at: 0 };
    write(&file(folder), &cached)
}

impl ReadThenRefresh {
    pub fn open(site: &Site) -> DuelResult<Self> {
        let file = file(&site.folder);
        let cached = serde_json::from_slice(&std::fs::read(&file)?)?;
        let (cached, token_url) = (RwLock::new(cached), site.token_url.clone());
        Ok(Self { cached, file, token_url, http: reqwest::Client::new() })
    }

    fn cached(&self) -> Cached {
        self.cached.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    async fn refresh(&self, refresh: &str) -> DuelResult<Cached> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let response = self.http.post(&self.token_url).form(&form).send().await?;
        let tokens: Value = response.error_for_status()?.json().await?;
        let member = |name: &str| tokens[name].as_str().map(str::to_owned);
        Ok(Cached {
            access: member("access_token").ok_or("no access token")?,
            refresh: member("refresh_token").unwrap_or_else(|| refresh.to_owned()),
            expires_at: now() + tokens["expires_in"].as_u64().unwrap_or_default(),
        })
    }

    async fn read_or_refresh(&self) -> DuelResult<String> {
        let cached = self.cached();
        // octocrab renews 30 s ahead.
        if cached.expires_at > now() + 30 {
            return Ok(cached.access);
        }
        let new = self.refresh(&cached.refresh).await?;
        *self.cached.write().unwrap_or_else(std::sync::PoisonError::into_inner) = new.clone();
        write(&self.file, &new)?;
        Ok(new.access)
    }
}

impl Contestant for ReadThenRefresh {
    fn token(&self) -> Pending<'_, Result<String, Failure>> {
        Box::pin(async {
            self.read_or_refresh().await.map_err(|error| Failure::Other(error.to_string()))
        })
    }

    fn next_refresh_token(&self) -> Pending<'_, Option<String>> {
        Box::pin(async {
            let cached: Cached = serde_json::from_slice(&std::fs::read(&self.file).ok()?).ok()?;
            Some(cached.refresh)
        })
    }
}
