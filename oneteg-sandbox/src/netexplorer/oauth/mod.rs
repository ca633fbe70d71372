//! OAuth 2.0: applications, grants and tokens.

pub(super) mod apps;
pub(super) mod authorize;
mod caller;
mod grants;
pub(super) mod legacy;
pub(super) mod token;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// The client id of the server application that is there from the start.
pub const SERVER_APPLICATION: &str = "sandbox-server";

/// Its secret.
pub const SERVER_SECRET: &str = "sandbox-server-secret";

/// The client id of the client application that is there from the start.
pub const CLIENT_APPLICATION: &str = "sandbox-client";

/// Its secret. With PKCE it may be left out.
pub const CLIENT_SECRET: &str = "sandbox-client-secret";

/// Every user's password, for the sign-in of old: the logins are `admin` and `ada`.
pub const PASSWORD: &str = "sandbox-password";

/// What an application was registered as. That 0 is the first is the sandbox's own choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AppKind {
    Client = 0,
    Server = 1,
}

#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) editor: String,
    pub(crate) editor_url: String,
    pub(crate) kind: AppKind,
    pub(crate) secret: String,
}

impl App {
    fn named(name: &str, kind: AppKind, secret: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            editor: "Sandbox".to_owned(),
            editor_url: String::new(),
            kind,
            secret: secret.to_owned(),
        }
    }
}

/// A code that a browser was sent back with.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    client: String,
    redirect: String,
    scope: String,
    challenge: Option<String>,
    /// The grant that came of it, once it was used.
    grant: Option<u64>,
}

/// What a user, or an administrator, has granted an application: all its tokens belong to it.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) client: String,
    pub(crate) user: u64,
    pub(crate) server: bool,
    pub(crate) scope: String,
    pub(crate) ended: bool,
}

#[derive(Debug, Clone)]
struct Access {
    grant: u64,
    /// None for a token without an end.
    until: Option<Instant>,
}

/// The authorization server.
#[derive(Debug)]
pub(crate) struct Oauth {
    pub(crate) apps: BTreeMap<String, App>,
    codes: BTreeMap<String, Code>,
    grants: Vec<Grant>,
    access: BTreeMap<String, Access>,
    /// The refresh tokens and whether each was used.
    refresh: BTreeMap<String, (u64, bool)>,
    lifetime: Duration,
    serial: u64,
}

impl Oauth {
    pub(crate) fn new(lifetime: Duration) -> Self {
        let app = |id: &str, name, kind, secret| (id.to_owned(), App::named(name, kind, secret));
        Self {
            apps: BTreeMap::from([
                app(SERVER_APPLICATION, "Server", AppKind::Server, SERVER_SECRET),
                app(CLIENT_APPLICATION, "Client", AppKind::Client, CLIENT_SECRET),
            ]),
            codes: BTreeMap::new(),
            grants: Vec::new(),
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            lifetime,
            serial: 0,
        }
    }

    /// A text that nothing else has: codes, tokens, secrets.
    pub(crate) fn fresh(&mut self, kind: &str) -> String {
        self.serial += 1;
        format!("sandbox-{kind}-{:06}", self.serial)
    }
}
