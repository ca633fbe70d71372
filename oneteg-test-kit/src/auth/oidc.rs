#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use http::header;
use reqwest::redirect::Policy;
use url::Url;

use oneteg_auth::{BrowserSignIn, OAuth2, OAuth2Config, SignedIn, client_builder};

/// A certified provider (npm `oidc-provider`) in a separate process, from `peers/oidc` of this workspace.
///
/// Its methods panic if anything goes wrong: it is for tests only.
#[derive(Debug)]
pub struct OidcProvider {
    process: Child,
    /// Its URL.
    pub issuer: Url,
    /// An HTTP client that stands for the browser. It keeps no cookies and follows no redirects.
    pub http: reqwest::Client,
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl OidcProvider {
    /// Starts the provider, with access tokens of this lifetime. Prints `SKIPPED` and returns `None` if Node
    /// or the provider is not installed.
    pub fn start(access_token_seconds: u32) -> Option<Self> {
        Self::start_delayed(access_token_seconds, Duration::ZERO)
    }

    /// As [`OidcProvider::start`]; each response to a token request is delayed.
    pub fn start_delayed(access_token_seconds: u32, delay: Duration) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/oidc");
        let node = Command::new("node").arg("--version").output();
        let installed = folder.join("node_modules/oidc-provider").exists();
        if !installed || !node.is_ok_and(|out| out.status.success()) {
            println!("SKIPPED: needs Node and `npm ci --ignore-scripts` in peers/oidc");
            return None;
        }
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut process = Command::new("node")
            .arg(folder.join("server.mjs"))
            .env("PORT", port.to_string())
            .env("ACCESS_TOKEN_SECONDS", access_token_seconds.to_string())
            .env("TOKEN_DELAY_MS", delay.as_millis().to_string())
            .env("NODE_ENV", "test")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let ready = lines.map_while(Result::ok).find(|line| line.starts_with("listening "));
        let issuer = ready.unwrap_or_else(|| panic!("the provider did not start"));
        let issuer = issuer.trim_start_matches("listening ").parse().unwrap();
        let http = client_builder(false).unwrap().redirect(Policy::none()).build().unwrap();
        Some(Self { process, issuer, http })
    }

    /// The configuration of a public client, by discovery.
    pub async fn config(&self) -> OAuth2Config {
        OAuth2Config::discover(&self.issuer, "public", None)
            .await
            .unwrap()
            .with_scopes(["openid", "offline_access"])
            .with_authorization_parameter("prompt", "consent")
    }

    /// Passes the provider's pages as a person does, and returns the URL that the browser is finally sent to.
    pub async fn browse(&self, start: &Url, redirect: &Url) -> Url {
        let mut cookies = HashMap::<String, String>::new();
        let (mut at, mut form) = (start.clone(), None::<&str>);
        let mut pages = ["prompt=login&login=person&password=x", "prompt=consent"].into_iter();
        for _ in 0..20 {
            let jar: Vec<String> =
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let request = match form.take() {
                None => self.http.get(at.clone()),
                Some(form) => self
                    .http
                    .post(at.clone())
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(form),
            };
            let response = request.header(header::COOKIE, jar.join("; ")).send().await.unwrap();
            for cookie in response.headers().get_all(header::SET_COOKIE) {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                cookies.insert(name.to_owned(), value.to_owned());
            }
            match response.headers().get(header::LOCATION) {
                Some(location) => {
                    at = at.join(location.to_str().unwrap()).unwrap();
                    if at.port() == redirect.port() && at.path() == redirect.path() {
                        return at;
                    }
                }
                None => {
                    assert!(response.status().is_success(), "{}: {at}", response.status());
                    form = Some(pages.next().unwrap());
                }
            }
        }
        panic!("the provider's pages do not lead to the callback");
    }

    /// Signs a person in.
    pub async fn sign_in(&self, session: &OAuth2) -> SignedIn {
        self.finish(session.listen_for_sign_in().await.unwrap()).await
    }

    /// Completes a sign-in as a person does.
    pub async fn finish(&self, sign_in: BrowserSignIn<'_>) -> SignedIn {
        let (start, redirect) = (sign_in.url().clone(), sign_in.redirect_uri().clone());
        let person = async {
            let callback = self.browse(&start, &redirect).await;
            assert!(callback.query_pairs().any(|(name, _)| name == "iss"), "no iss came back");
            self.http.get(callback).send().await.unwrap()
        };
        let (signed_in, page) = tokio::join!(sign_in.finish(), person);
        assert!(page.status().is_success());
        signed_in.unwrap()
    }

    /// Whether the provider accepts this value of an `Authorization` header.
    pub async fn accepts(&self, token: &str) -> bool {
        let request = self.http.get(self.issuer.join("/me").unwrap());
        request.header(header::AUTHORIZATION, token).send().await.unwrap().status().is_success()
    }

    /// How many grants it issued, and how many it refused.
    pub async fn counts(&self) -> (u64, u64) {
        let counts = self.figures().await;
        (counts["grants"].as_u64().unwrap(), counts["refusals"].as_u64().unwrap())
    }

    /// The longest time from the arrival of a token request to its response.
    pub async fn longest_token_call(&self) -> Duration {
        Duration::from_millis(self.figures().await["longest_token_call_ms"].as_u64().unwrap())
    }

    async fn figures(&self) -> serde_json::Value {
        let response = self.http.get(self.issuer.join("/counts").unwrap()).send().await.unwrap();
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }
}
