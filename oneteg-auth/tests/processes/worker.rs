//! The code of the other processes.

use std::{
    io::Read,
    os::unix::process::parent_id,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use oneteg_auth::{
    AuthError, AuthRequest, Authenticator, OAuth2, OAuth2Config, ReplayWindow, SessionKey,
    SessionPolicy, TokenStore,
};

use crate::engine;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Makes calls for a while, as soon as its standard input is closed; prints counts.
    Share,
    /// Gets one token, and prints it.
    Run,
    /// The same, and stops at a step of the refresh until a file `go` exists.
    Stop,
}

impl Role {
    const ALL: [Self; 3] = [Self::Share, Self::Run, Self::Stop];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Run => "run",
            Self::Stop => "stop",
        }
    }
}

/// The client of the shared session.
pub(crate) fn config(token_url: url::Url) -> OAuth2Config {
    OAuth2Config::authorization_code("public", "https://id.example/".parse().unwrap(), token_url)
}

fn variable(name: &str) -> String {
    std::env::var(format!("ONETEG_{name}")).unwrap()
}

/// Not a test.
#[test]
#[ignore = "a role of the other tests"]
fn worker() {
    if std::env::var_os("ONETEG_ROLE").is_none() {
        return;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let role = Role::ALL.into_iter().find(|role| role.name() == variable("ROLE")).unwrap();
    let config = config(variable("TOKEN_URL").parse().unwrap());
    let window = variable("WINDOW_S").parse().unwrap();
    let mut policy = SessionPolicy::default();
    if window > 0 {
        policy.replay = ReplayWindow::Within(Duration::from_secs(window));
    }
    if let Ok(ms) = std::env::var("ONETEG_LEASE_MS") {
        policy.lease_ttl = Duration::from_millis(ms.parse().unwrap());
    }
    let place = variable("PLACE");
    let store = match role {
        Role::Stop => store_that_stops(&place).await,
        Role::Run => {
            let later = Duration::from_secs(variable("LATER_S").parse().unwrap());
            engine::open_later(&place, later).await
        }
        Role::Share => engine::open(&place).await,
    };
    let key = SessionKey::new(variable("KEY"));
    let session = OAuth2::builder(config).store(store, key).policy(policy).build().unwrap();
    if role == Role::Share {
        println!("@ready ");
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        let run = Duration::from_secs(variable("RUN_S").parse().unwrap());
        println!("@result {}", share(&session, run).await);
        return;
    }
    let result = match access_token(&session).await {
        Ok(token) => format!("ok {token}"),
        Err(AuthError::GrantUncertain) => "uncertain".to_owned(),
        Err(error) => format!("error {error}"),
    };
    println!("@result {result}");
    // The lease is released after the token is available.
    session.close().await.unwrap();
}

/// A store that prints when the step of the refresh is reached, and blocks there until the file `go` exists.
async fn store_that_stops(place: &str) -> Arc<dyn TokenStore> {
    let (label, go) = (variable("LABEL"), PathBuf::from(variable("FOLDER")).join("go"));
    engine::open_observed(place, move |reached| {
        if reached == label {
            println!("@at {label}");
            let parent = parent_id();
            while !go.exists() {
                assert_eq!(parent_id(), parent, "the test has ended");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    })
    .await
}

async fn access_token(session: &OAuth2) -> Result<String, AuthError> {
    let mut headers = http::HeaderMap::new();
    let url = "https://api.example/".parse().unwrap();
    session.authorize(AuthRequest::new(&url, &mut headers)).await?;
    Ok(headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ").to_owned())
}

/// Makes calls for a while; returns the number of calls and of failures, and the longest wait in milliseconds.
async fn share(session: &OAuth2, run: Duration) -> String {
    let (mut calls, mut failures, mut longest) = (0, 0, Duration::ZERO);
    let started = Instant::now();
    while started.elapsed() < run {
        let asked = Instant::now();
        if let Err(error) = access_token(session).await {
            println!("@failure {error}");
            failures += 1;
        }
        longest = longest.max(asked.elapsed());
        calls += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    format!("{calls} {failures} {}", longest.as_millis())
}
