//! What every command needs.

use std::{
    fmt,
    io::Write as _,
    sync::{Arc, OnceLock},
};

use oneteg_auth::{Authentication, OAuthFlow, Profiles};

use crate::{
    arguments::{GlobalArguments, global::ColorChoice},
    error::{Cause, CliError, Exit},
    settings::Settings,
    terminal::Terminal,
};

/// What to do about a subscription key that was refused.
pub(crate) const SUBSCRIPTION_KEY: &str =
    "copy the subscription key from the developer portal again, and set it in the connection";
/// What to do about an application that was refused, with or without a person who signs in.
pub(crate) const CLIENT: &str = "check the client ID, the client secret and the token URL of the connection, and its rights at the vendor";

/// Profiles, settings, terminal and verbosity.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// The connections.
    pub(crate) profiles: Profiles,
    /// The settings file.
    pub(crate) settings: Settings,
    pub(crate) terminal: Terminal,
    /// Neither notes nor progress.
    pub(crate) quiet: bool,
    /// 0: no wire log, 1: without bodies, 2: with bodies.
    pub(crate) verbose: u8,
    /// The options that it was made of.
    global: GlobalArguments,
    /// The connection that the command uses, for advice on its errors.
    current: Arc<OnceLock<Current>>,
}

#[derive(Debug)]
struct Current {
    name: String,
    has_session: bool,
}

impl Context {
    pub(crate) fn new(arguments: &GlobalArguments) -> Result<Self, CliError> {
        let terminal = Terminal::detect(arguments.color);
        let profiles = match &arguments.config_dir {
            Some(folder) => Profiles::in_folder(folder),
            None => Profiles::open()?,
        };
        let settings = Settings::load(profiles.folder())?;
        let (quiet, verbose) = (arguments.quiet, arguments.verbose);
        let (global, current) = (arguments.clone(), Arc::default());
        Ok(Self { profiles, settings, terminal, quiet, verbose, global, current })
    }

    /// The context with options that were given after the name of a connection, which are read later.
    ///
    /// # Errors
    /// As [`Context::new`].
    pub(crate) fn with(&self, later: &GlobalArguments) -> Result<Self, CliError> {
        let earlier = self.global.clone();
        let is_chosen = later.color != ColorChoice::default();
        let context = Self::new(&GlobalArguments {
            quiet: earlier.quiet || later.quiet,
            verbose: earlier.verbose.saturating_add(later.verbose),
            color: if is_chosen { later.color } else { earlier.color },
            config_dir: later.config_dir.clone().or(earlier.config_dir),
        })?;
        Ok(Self { current: Arc::clone(&self.current), ..context })
    }

    /// Remembers the connection that the command uses; the first one counts.
    pub(crate) fn set_current(&self, name: &str, has_session: bool) {
        let _ = self.current.set(Current { name: name.to_owned(), has_session });
    }

    /// Whether the command has a client of a connection, so that calls may have been made.
    pub(crate) fn has_connected(&self) -> bool {
        self.current.get().is_some()
    }

    /// Adds what to do to an error of the connection in use, unless it has advice already.
    pub(crate) fn advise(&self, error: CliError) -> CliError {
        let Some(current) = self.current.get().filter(|_| error.hint().is_none()) else {
            return error;
        };
        let name = &current.name;
        if error.exit() != Exit::Refused {
            return error;
        }
        let hint = match error.cause() {
            Cause::SubscriptionKey => SUBSCRIPTION_KEY.to_owned(),
            _ if !current.has_session => format!("to examine the credential: oneteg doctor {name}"),
            Cause::Client => CLIENT.to_owned(),
            _ if self.is_application(name) => CLIENT.to_owned(),
            Cause::NotSignedIn => format!("to sign in: oneteg auth login {name}"),
            _ => format!("to sign in again: oneteg auth login {name} --again"),
        };
        error.with_hint(hint)
    }

    /// Whether an application signs in by itself, so that nobody else can.
    fn is_application(&self, name: &str) -> bool {
        self.profiles.load(name).is_ok_and(|connection| match connection.authentication {
            Authentication::OAuth(oauth) => oauth.flow == OAuthFlow::ClientCredentials,
            _ => false,
        })
    }

    /// Prints a note to standard error, unless notes are not wanted.
    pub(crate) fn note(&self, note: impl fmt::Display) {
        if !self.quiet {
            // A note that nobody reads is no failure.
            let _ = writeln!(anstream::stderr().lock(), "{note}");
        }
    }

    /// Prints a warning to standard error, also when notes are not wanted.
    pub(crate) fn warn(&self, warning: impl fmt::Display) {
        let yellow = anstyle::AnsiColor::Yellow.on_default().bold();
        let _ = writeln!(anstream::stderr().lock(), "{yellow}warning:{yellow:#} {warning}");
    }
}
