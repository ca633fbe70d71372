//! What an error of the client library means for a caller.

use std::{error::Error, sync::Arc, time::Duration};

use redis::{ErrorKind, RedisError, RetryMethod};

use crate::{ServerFault, StoreError};

pub(super) const SERVER: &str = "Redis";

/// The oldest server whose scripts can have flags.
pub(super) const OLDEST: &str = "Redis 7.0 or Valkey 7.2";

const NO_PRIMARY: &str = "the Sentinels know of no primary with this name that is up; \
                          if that does not change, check the name in the URL";

/// Wraps an error. It shows what the server reports, and nothing of the URL.
pub(super) fn store_error(action: &'static str, error: RedisError) -> StoreError {
    if error.kind() == ErrorKind::MasterNameNotFoundBySentinel {
        // The same error during a fail-over and for a wrong name.
        return StoreError::unavailable(action, NO_PRIMARY);
    }
    match fault(&error) {
        Some(fault) => refusal(action, fault, Some(error)),
        None => StoreError::unavailable(action, error),
    }
}

pub(super) fn refusal(
    action: &'static str,
    fault: ServerFault,
    source: Option<RedisError>,
) -> StoreError {
    let source = source.map(|error| Arc::new(error) as Arc<dyn Error + Send + Sync>);
    StoreError::Server { server: SERVER, action, fault, source }
}

/// A step that took too long.
pub(super) fn too_slow(action: &'static str, limit: Duration) -> StoreError {
    StoreError::unavailable(action, format!("Redis did not respond within {limit:?}"))
}

/// Why the server refused a step; `None` if it could not be reached.
fn fault(error: &RedisError) -> Option<ServerFault> {
    match error.kind() {
        ErrorKind::AuthenticationFailed => return Some(ServerFault::Credentials),
        ErrorKind::InvalidClientConfig => {
            let reason = error.detail().unwrap_or("see the cause").to_owned();
            return Some(ServerFault::Url { reason });
        }
        _ if is_tls(error) => return Some(ServerFault::Tls),
        _ => {}
    }
    Some(match error.code()? {
        "WRONGPASS" | "NOAUTH" => ServerFault::Credentials,
        "NOPERM" => ServerFault::Permission,
        // The latter: snapshots cannot be written to the disk.
        "OOM" | "MISCONF" => ServerFault::Full,
        "READONLY" | "LOADING" | "MASTERDOWN" | "NOREPLICAS" | "BUSY" => ServerFault::ReadOnly,
        // A slot that moves, or a cluster without enough nodes.
        "CLUSTERDOWN" | "TRYAGAIN" => return None,
        "MOVED" | "ASK" | "CROSSSLOT" => {
            let reason = "the server belongs to a cluster; use redis+cluster://".to_owned();
            ServerFault::Url { reason }
        }
        "ERR" => general(error.detail().unwrap_or_default()),
        _ => ServerFault::Other,
    })
}

/// Errors without a code.
fn general(detail: &str) -> ServerFault {
    let detail = detail.to_ascii_lowercase();
    if detail.contains("db index") || detail.contains("invalid db") {
        ServerFault::Url { reason: "the server has no database of that number".to_owned() }
    } else if detail.contains("compiling script") {
        // `#!` in the first line is a syntax error there.
        ServerFault::TooOld { needed: OLDEST }
    } else if detail.contains("unknown command") || detail.contains("can't run this command") {
        ServerFault::Permission
    } else {
        ServerFault::Other
    }
}

fn is_tls(error: &RedisError) -> bool {
    #[cfg(feature = "rustls")]
    {
        // The client library hides the error of rustls in an I/O error behind an `Arc`.
        let shared =
            error.source().and_then(<dyn Error>::downcast_ref::<Arc<dyn Error + Send + Sync>>);
        let io = shared.and_then(|shared| shared.downcast_ref::<std::io::Error>());
        if io.and_then(std::io::Error::get_ref).is_some_and(|wrapped| wrapped.is::<rustls::Error>())
        {
            return true;
        }
    }
    // The client of a cluster reports the errors of its nodes as one string.
    error.detail().is_some_and(|detail| detail.contains("certificate") || detail.contains("TLS"))
}

/// Whether the connection must be replaced: it is broken, or no longer one to the primary.
pub(super) fn needs_new_connection(error: &RedisError) -> bool {
    error.is_connection_dropped()
        || error.is_timeout()
        || matches!(
            error.retry_method(),
            RetryMethod::Reconnect
                | RetryMethod::ReconnectFromInitialConnections
                | RetryMethod::RefreshSlotsAndRetry
        )
        || matches!(error.code(), Some("READONLY" | "MASTERDOWN" | "NOAUTH"))
}

#[cfg(test)]
mod tests {
    use redis::{Value, parse_redis_value};

    use super::*;

    fn of(reply: &str) -> StoreError {
        let error = match parse_redis_value(format!("-{reply}\r\n").as_bytes()) {
            Ok(Value::ServerError(error)) => error.into(),
            other => panic!("{other:?}"),
        };
        store_error("loading", error)
    }

    #[test]
    fn every_code_has_its_fault() {
        for (reply, expected) in [
            ("WRONGPASS invalid username-password pair", ServerFault::Credentials),
            ("NOAUTH Authentication required.", ServerFault::Credentials),
            ("NOPERM no permissions to run the 'evalsha' command", ServerFault::Permission),
            ("ERR unknown command 'EVALSHA', with args beginning with:", ServerFault::Permission),
            ("OOM command not allowed when used memory > 'maxmemory'.", ServerFault::Full),
            ("MISCONF Redis is configured to save RDB snapshots", ServerFault::Full),
            ("READONLY You can't write against a read only replica.", ServerFault::ReadOnly),
            ("LOADING Redis is loading the dataset in memory", ServerFault::ReadOnly),
            ("MASTERDOWN Link with MASTER is down", ServerFault::ReadOnly),
            ("NOREPLICAS Not enough good replicas to write.", ServerFault::ReadOnly),
            ("BUSY Redis is busy running a script.", ServerFault::ReadOnly),
            (
                "ERR Error compiling script (new function): user_script:1",
                ServerFault::TooOld { needed: OLDEST },
            ),
            ("ERR something else", ServerFault::Other),
            ("STRANGE something else", ServerFault::Other),
        ] {
            match of(reply) {
                StoreError::Server { fault, source: Some(_), .. } => {
                    assert_eq!(fault, expected, "{reply}")
                }
                other => panic!("{reply}: {other:?}"),
            }
        }
        for reply in ["MOVED 3999 127.0.0.1:6381", "ERR DB index is out of range"] {
            let found = of(reply);
            assert!(
                matches!(&found, StoreError::Server { fault: ServerFault::Url { .. }, .. }),
                "{found:?}"
            );
        }
        for reply in ["CLUSTERDOWN The cluster is down", "TRYAGAIN Multiple keys request"] {
            assert!(matches!(of(reply), StoreError::Unavailable { .. }), "{reply}");
        }
    }
}
