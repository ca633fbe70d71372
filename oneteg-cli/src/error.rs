//! The error of every command, and exit codes.

use std::{
    error::Error as StdError,
    ffi::OsString,
    fmt,
    io::{self, Write as _},
    num::ParseIntError,
    process::ExitCode,
};

use clap::error::{ContextKind, ContextValue, ErrorKind as ParseErrorKind};

use oneteg_auth::{
    AuthError, ConnectionError, ProfileError, ServerFault, StoreError, TokenErrorKind,
};
use oneteg_http::ErrorKind;

/// Exit codes of `oneteg`. They are part of its interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Ok = 0,
    /// The command failed.
    Failure = 1,
    /// The command line or a setting is wrong; nothing was sent.
    Usage = 2,
    /// Nobody is signed in, or the server refused the credential or the permission.
    Refused = 3,
    /// There is no such connection, operation, object or file.
    NotFound = 4,
    /// A part was done: some files failed, or the server did a part of the call.
    Partial = 5,
    /// Ctrl-C (128 + SIGINT).
    Interrupted = 130,
    /// The reader of the output has gone (128 + SIGPIPE).
    ClosedPipe = 141,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What the advice on an error depends on, besides its exit code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Cause {
    #[default]
    Other,
    /// Nobody has signed in yet.
    NotSignedIn,
    /// The provider of tokens refused the client or its request; no sign-in helps.
    Client,
    /// The vendor refused MediaValet's second credential; a new sign-in does not help.
    SubscriptionKey,
    /// A web page came instead of data.
    Page,
}

/// Why a command failed: one line for people, what to do about it, and the exit code. No secret can reach it, because
/// the errors that it is made from contain none.
#[derive(Debug)]
pub(crate) struct CliError {
    exit: Exit,
    cause: Cause,
    message: String,
    hint: Option<String>,
}

impl CliError {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, cause: Cause::Other, message: message.into(), hint: None }
    }

    pub(crate) fn failure(message: impl Into<String>) -> Self {
        Self::new(Exit::Failure, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, message)
    }

    pub(crate) fn partial(message: impl Into<String>) -> Self {
        Self::new(Exit::Partial, message)
    }

    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted")
    }

    /// The reader of the output has gone: nothing is printed.
    pub(crate) fn closed_pipe() -> Self {
        Self::new(Exit::ClosedPipe, "the reader of the output has gone")
    }

    /// Standard output cannot be written.
    pub(crate) fn output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::closed_pipe(),
            _ => Self::failure(format!("standard output cannot be written: {error}")),
        }
    }

    /// What to do, on a line after the message.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    fn with_cause(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn cause(&self) -> Cause {
        self.cause
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Prints the error to standard error, and returns the exit code.
    pub(crate) fn print(&self) -> ExitCode {
        if self.exit != Exit::ClosedPipe {
            // There is nowhere to report that standard error is closed.
            let _ = write!(anstream::stderr().lock(), "{}", self.shown());
        }
        self.exit.into()
    }

    fn shown(&self) -> String {
        let red = anstyle::AnsiColor::Red.on_default().bold();
        let mut shown = format!("{red}error:{red:#} {}\n", self.message);
        if let Some(hint) = &self.hint {
            for line in hint.lines() {
                shown.push_str(&format!("  {line}\n"));
            }
        }
        shown
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for CliError {}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::closed_pipe(),
            io::ErrorKind::StorageFull => Self::failure("the disk is full"),
            _ => Self::failure(error.to_string()),
        }
    }
}

impl From<oneteg_http::Error> for CliError {
    fn from(error: oneteg_http::Error) -> Self {
        let auth = error.source().and_then(|source| source.downcast_ref::<AuthError>());
        let exit = match error.kind() {
            // The provider of tokens may be away, which is no refusal.
            ErrorKind::Authentication if auth.is_some_and(AuthError::is_transient) => Exit::Failure,
            ErrorKind::InvalidRequest | ErrorKind::Configuration => Exit::Usage,
            ErrorKind::Authentication | ErrorKind::PermissionDenied => Exit::Refused,
            ErrorKind::NotFound => Exit::NotFound,
            ErrorKind::Partial => Exit::Partial,
            ErrorKind::Cancelled => Exit::Interrupted,
            _ => Exit::Failure,
        };
        let cause = match error.kind() {
            ErrorKind::Html => Cause::Page,
            // As the gateway of MediaValet words it, which checks the key before the token.
            ErrorKind::Authentication if error.message().contains("subscription key") => {
                Cause::SubscriptionKey
            }
            _ => auth.map(cause_of).unwrap_or_default(),
        };
        Self::new(exit, error.to_string()).with_cause(cause)
    }
}

/// Whether the provider refused the credential, or only a new sign-in helps.
fn is_refusal(error: &AuthError) -> bool {
    match error {
        AuthError::Token(error) => !error.is_transient(),
        AuthError::BackingOff { last, .. } => is_refusal(last),
        error => error.needs_sign_in(),
    }
}

fn cause_of(error: &AuthError) -> Cause {
    match error {
        AuthError::NotSignedIn => Cause::NotSignedIn,
        AuthError::Token(error) => match error.kind {
            TokenErrorKind::InvalidClient | TokenErrorKind::Refused => Cause::Client,
            _ => Cause::Other,
        },
        AuthError::BackingOff { last, .. } => cause_of(last),
        _ => Cause::Other,
    }
}

impl From<AuthError> for CliError {
    fn from(error: AuthError) -> Self {
        let exit = if is_refusal(&error) { Exit::Refused } else { Exit::Failure };
        let cause = cause_of(&error);
        let is_not_migrated = matches!(
            &error,
            AuthError::Store(StoreError::Server { fault: ServerFault::NotMigrated { .. }, .. })
        );
        match Self::new(exit, error.to_string()).with_cause(cause) {
            error if is_not_migrated => {
                error.with_hint("to create or update the tables: oneteg auth migrate")
            }
            error => error,
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        AuthError::from(error).into()
    }
}

impl From<ConnectionError> for CliError {
    fn from(error: ConnectionError) -> Self {
        settings("the settings", &error)
    }
}

/// Wrong settings, one on each line.
fn settings(what: &str, error: &ConnectionError) -> CliError {
    match error.problems() {
        [] | [_] => CliError::usage(format!("{what}: {error}")),
        problems => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            let message = format!("{what}: {} of them need attention", lines.len());
            CliError::usage(message).with_hint(lines.join("\n"))
        }
    }
}

impl From<ProfileError> for CliError {
    /// Connections are profiles; people know them as connections.
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::Unknown { name, nearest, known, .. } => {
                let advice = match nearest {
                    Some(nearest) => format!("; did you mean {nearest}?"),
                    None if known.is_empty() => String::new(),
                    None => format!("; there are {}", listed(&known)),
                };
                Self::not_found(format!("there is no connection {name}{advice}"))
            }
            ProfileError::Exists { name } => {
                Self::usage(format!("the connection {name} exists already"))
                    .with_hint("choose another name, or replace it with --replace")
            }
            ProfileError::InvalidName { found } => Self::usage(format!(
                "the name of the connection {found}"
            ))
            .with_hint(
                "use 1 to 64 letters, digits, '-', '_' and '.', and begin with a letter or digit",
            ),
            ProfileError::Settings { name, source } => {
                settings(&format!("the settings of {name}"), &source)
            }
            ProfileError::Store(error) => error.into(),
            ProfileError::Auth(error) => error.into(),
            ProfileError::File { .. } => Self::failure(error.to_string()),
            _ => Self::usage(error.to_string()),
        }
    }
}

/// The number of connections that a message lists.
const LISTED: usize = 8;

fn listed(names: &[String]) -> String {
    match names.len().checked_sub(LISTED) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..LISTED].join(", ")),
    }
}

/// Prints what the parser of the command line reports: help and versions to standard output, errors to standard error.
pub(crate) fn print_usage(error: &clap::Error) -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let printed = match reworded(error, &words) {
        Some(shown) => {
            let red = anstyle::AnsiColor::Red.on_default().bold();
            let shown = shown.strip_prefix("error:").unwrap_or(&shown);
            write!(anstream::stderr().lock(), "{red}error:{red:#}{shown}")
        }
        None => error.print(),
    };
    match printed {
        Err(failed) if failed.kind() == io::ErrorKind::BrokenPipe => Exit::ClosedPipe.into(),
        _ if error.use_stderr() => Exit::Usage.into(),
        _ => Exit::Ok.into(),
    }
}

/// What the parser reports, where its own words do not fit: they repeat a word that may be a secret, or are those of a
/// programmer. `words` are those of the command line, after the name of the program.
pub(crate) fn reworded(error: &clap::Error, words: &[OsString]) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    let shown = error.render().to_string();
    match error.kind() {
        // A flag is no secret, and its value is not shown.
        ParseErrorKind::UnknownArgument if !argument.starts_with('-') && takes_secrets(&shown) => {
            let place = words.iter().rposition(|word| word.to_str() == Some(argument));
            let place = place.map_or_else(String::new, |index| format!(", word {}", index + 1));
            let hidden = format!("argument{place} (not shown, because it may be a secret)");
            Some(shown.replacen(&format!("argument '{argument}' found"), &hidden, 1))
        }
        _ if argument.contains("<SECRET>") => {
            let value = text(ContextKind::InvalidValue).filter(|value| !value.is_empty())?;
            Some(shown.replace(&format!("'{value}'"), "(not shown)"))
        }
        ParseErrorKind::ValueValidation => {
            let source = error.source()?.downcast_ref::<ParseIntError>()?;
            let reason = match source.kind() {
                std::num::IntErrorKind::PosOverflow => "the number is too large",
                _ => "it takes a whole number, which is not negative",
            };
            Some(shown.replacen(&source.to_string(), reason, 1))
        }
        _ => None,
    }
}

/// Whether the usage is that of a command that takes secrets, so that an unexpected word may be one.
fn takes_secrets(shown: &str) -> bool {
    let usage = shown.lines().find_map(|line| line.strip_prefix("Usage: "));
    // After the name of the program.
    let command = usage.and_then(|usage| usage.split_whitespace().nth(1));
    matches!(command, Some("auth" | "connection"))
}

/// The candidates that are similar to an unknown name, best first; at most three.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut similar: Vec<(f64, &str)> = candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .collect();
    similar.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    similar.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// The similarity from which a name is suggested, of 1 for equal names.
const SIMILAR: f64 = 0.8;
