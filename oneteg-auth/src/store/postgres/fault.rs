//! What the server's errors mean.
//!
//! | Code | Meaning |
//! |---|---|
//! | class 08, 57P01, 57P02, a broken connection | unreachable, after one attempt on a new connection |
//! | 57014 | unreachable: a statement took too long |
//! | 40001, 40P01, 55P03 | busy, after some attempts |
//! | 53300, 57P03 | too many connections; starting. Repeated until the time limit |
//! | 25006 | a replica, or read-only |
//! | 28xxx, a failed password exchange | wrong credentials |
//! | 42501 | a missing permission |
//! | 3D000 | no such database |
//! | 42P01, 3F000 | no such table: not migrated |
//! | 53100, 53200, 53400, 54000 | full |
//! | other codes of class 21, 22, 23 and 42, XX001, XX002 | the table was altered or is damaged |

use std::{error::Error, fmt, io, sync::Arc};

use tokio_postgres::error::SqlState;

use super::versions::NEEDED;
use crate::{ServerFault, StoreError};

/// The name of the server in errors.
const SERVER: &str = "PostgreSQL";

/// How a statement may be repeated after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Not at all.
    Never,
    /// Once, on a new connection: the old one broke, or leads to a server that is no longer the primary.
    Reconnected,
    /// A few times: other transactions were in the way.
    Soon,
    /// Until the time limit: the server is starting, or has no connection left.
    Later,
}

/// A failure, and what a caller gets if it is not repeated.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) repeat: Repeat,
    outcome: Outcome,
    cause: Option<Cause>,
}

#[derive(Debug)]
enum Outcome {
    Timeout,
    Unavailable,
    Busy,
    Fault(ServerFault),
}

/// What the server or the network reports, without the values of a statement or a row: an error's detail may quote them.
#[derive(Debug)]
struct Cause(String);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Cause {}

impl Failure {
    /// The server did not respond in time.
    pub(super) fn timeout(limit: std::time::Duration) -> Self {
        let cause = format!("no response within {limit:?}");
        Self { repeat: Repeat::Never, outcome: Outcome::Timeout, cause: Some(Cause(cause)) }
    }

    /// Whether it is a [`Self::timeout`].
    pub(super) fn is_timeout(&self) -> bool {
        matches!(self.outcome, Outcome::Timeout)
    }

    /// Data of the store are not as it writes them.
    pub(super) fn altered(table: &str) -> Self {
        let fault = ServerFault::Altered { what: format!("the table {table}") };
        fault.into()
    }

    /// A failure of the client library. `table` is the quoted name of the table of the sessions.
    pub(super) fn new(error: &tokio_postgres::Error, table: &str) -> Self {
        let (outcome, repeat) = match error.code() {
            Some(code) => judge(code, error, table),
            None => judge_without_code(error, table),
        };
        Self { repeat, outcome, cause: Some(cause(error)) }
    }

    /// The error of a step that is not repeated.
    pub(super) fn into_error(self, action: &'static str) -> StoreError {
        let source: Option<Arc<dyn Error + Send + Sync>> =
            self.cause.map(|cause| Arc::new(cause) as _);
        match self.outcome {
            Outcome::Busy => StoreError::Busy,
            Outcome::Fault(fault) => StoreError::Server { server: SERVER, action, fault, source },
            Outcome::Timeout | Outcome::Unavailable => {
                let source = source.unwrap_or_else(|| Arc::new(Cause("no response".to_owned())));
                StoreError::Unavailable { action, source }
            }
        }
    }
}

impl From<ServerFault> for Failure {
    fn from(fault: ServerFault) -> Self {
        Self { repeat: Repeat::Never, outcome: Outcome::Fault(fault), cause: None }
    }
}

/// An error of the store's settings.
pub(super) fn refused(action: &'static str, fault: ServerFault) -> StoreError {
    Failure::from(fault).into_error(action)
}

fn judge(code: &SqlState, error: &tokio_postgres::Error, table: &str) -> (Outcome, Repeat) {
    use Outcome::{Busy, Fault, Unavailable};
    let altered = || ServerFault::Altered { what: format!("the table {table}") };
    match (code.code(), &code.code()[..2]) {
        ("57P01" | "57P02", _) | (_, "08") => (Unavailable, Repeat::Reconnected),
        ("57014", _) => (Unavailable, Repeat::Never),
        ("40001" | "40P01", _) => (Busy, Repeat::Soon),
        ("55P03", _) => (Busy, Repeat::Never),
        ("53300", _) => (Fault(ServerFault::TooManyConnections), Repeat::Later),
        ("57P03", _) => (Fault(ServerFault::ReadOnly), Repeat::Later),
        ("25006", _) => (Fault(ServerFault::ReadOnly), Repeat::Reconnected),
        // The server has one code for a wrong password and for a rule of `pg_hba.conf` that demands TLS.
        (_, "28") if error.to_string_with_source().contains("no encryption") => {
            (Fault(ServerFault::Tls), Repeat::Never)
        }
        (_, "28") => (Fault(ServerFault::Credentials), Repeat::Never),
        ("42501", _) => (Fault(ServerFault::Permission), Repeat::Never),
        ("3D000", _) => {
            let reason = "it names a database that does not exist".to_owned();
            (Fault(ServerFault::Url { reason }), Repeat::Never)
        }
        ("42P01" | "3F000", _) => {
            (Fault(ServerFault::NotMigrated { found: 0, needed: NEEDED }), Repeat::Never)
        }
        ("53100" | "53200" | "53400" | "54000", _) => (Fault(ServerFault::Full), Repeat::Never),
        ("XX001" | "XX002", _) | (_, "21" | "22" | "23" | "42") => {
            (Fault(altered()), Repeat::Never)
        }
        _ => (Fault(ServerFault::Other), Repeat::Never),
    }
}

/// The client library keeps the kind of an error to itself and shows it in its message only.
fn judge_without_code(error: &tokio_postgres::Error, table: &str) -> (Outcome, Repeat) {
    use Outcome::{Fault, Unavailable};
    let message = error.to_string();
    if is_tls(error) || message == "error performing TLS handshake" {
        return (Fault(ServerFault::Tls), Repeat::Never);
    }
    if is_not_the_primary(error) {
        return (Fault(ServerFault::ReadOnly), Repeat::Never);
    }
    match message.as_str() {
        // The second: a password is demanded and there is none.
        "authentication error" | "invalid configuration" => {
            (Fault(ServerFault::Credentials), Repeat::Never)
        }
        "error communicating with the server" | "connection closed" => {
            (Unavailable, Repeat::Reconnected)
        }
        "error connecting to server" => (Unavailable, Repeat::Never),
        message if message.starts_with("error deserializing column") => {
            let fault = ServerFault::Altered { what: format!("the table {table}") };
            (Fault(fault), Repeat::Never)
        }
        _ => (Fault(ServerFault::Other), Repeat::Never),
    }
}

/// A server may refuse a certificate after the handshake, when the first response is read.
fn is_tls(error: &tokio_postgres::Error) -> bool {
    let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    io.and_then(io::Error::get_ref).is_some_and(|inner| inner.is::<rustls::Error>())
}

/// None of several servers accepts writes. The library reports it as an error of the operating system, without a number.
fn is_not_the_primary(error: &tokio_postgres::Error) -> bool {
    let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    io.is_some_and(|io| io.kind() == io::ErrorKind::PermissionDenied && io.raw_os_error().is_none())
}

fn cause(error: &tokio_postgres::Error) -> Cause {
    Cause(match error.as_db_error() {
        Some(error) => format!("{} (SQLSTATE {})", error.message(), error.code().code()),
        None => error.to_string_with_source(),
    })
}

trait WithSource {
    fn to_string_with_source(&self) -> String;
}

impl WithSource for tokio_postgres::Error {
    /// The message and those of its causes. A response of the server is shown without its detail.
    fn to_string_with_source(&self) -> String {
        if let Some(error) = self.as_db_error() {
            return error.message().to_owned();
        }
        let mut message = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            message = format!("{message}: {error}");
            source = error.source();
        }
        message
    }
}
