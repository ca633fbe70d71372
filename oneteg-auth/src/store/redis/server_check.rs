//! Whether a server keeps what a store writes, according to its `INFO`.

use redis::Value;

use super::fault::OLDEST;
use crate::ServerFault;

pub(super) const fn too_old() -> ServerFault {
    ServerFault::TooOld { needed: OLDEST }
}

/// Checks the response of one server, or those of all nodes of a cluster.
pub(super) fn check(response: &Value) -> Result<(), ServerFault> {
    match response {
        Value::BulkString(text) => check_text(&String::from_utf8_lossy(text)),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => check_text(text),
        Value::Array(nodes) => nodes.iter().try_for_each(check),
        Value::Map(nodes) => nodes.iter().try_for_each(|(_, node)| check(node)),
        _ => Ok(()),
    }
}

/// A field that is missing is not checked: services with the protocol of Redis have their own `INFO`.
fn check_text(info: &str) -> Result<(), ServerFault> {
    let field = |name: &str| {
        info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    let major = field("redis_version").and_then(|version| version.split('.').next()?.parse().ok());
    if major.is_some_and(|major: u32| major < 7) {
        return Err(too_old());
    }
    if field("role") == Some("slave") {
        return Err(ServerFault::ReadOnly);
    }
    let is_limited = field("maxmemory").is_some_and(|bytes| bytes != "0");
    match field("maxmemory_policy") {
        // The other policies remove keys that have an expiry; sessions have none.
        Some(policy) if is_limited && policy.starts_with("allkeys") => {
            Err(ServerFault::Evicting { policy: policy.to_owned() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(info: &str) -> Result<(), ServerFault> {
        let node = Value::BulkString(info.replace('\n', "\r\n").into_bytes());
        let alone = check(&node);
        // In a cluster the third node decides as well.
        let good = || Value::BulkString(b"redis_version:7.2.4\r\nrole:master\r\n".to_vec());
        let name = |port: u16| Value::SimpleString(format!("127.0.0.1:{port}"));
        let cluster = Value::Map(vec![(name(1), good()), (name(2), good()), (name(3), node)]);
        assert_eq!(check(&cluster), alone);
        alone
    }

    #[test]
    fn a_server_that_forgets_sessions_is_refused() {
        let policy = |limit, policy| {
            checked(&format!("# Memory\nmaxmemory:{limit}\nmaxmemory_policy:{policy}\n"))
        };
        assert_eq!(
            policy(1000, "allkeys-lru"),
            Err(ServerFault::Evicting { policy: "allkeys-lru".to_owned() })
        );
        assert_eq!(policy(0, "allkeys-lru"), Ok(()), "without a limit nothing is evicted");
        assert_eq!(policy(1000, "volatile-lru"), Ok(()));
        assert_eq!(policy(1000, "noeviction"), Ok(()));
    }

    #[test]
    fn an_old_server_and_a_replica_are_refused() {
        assert_eq!(checked("redis_version:6.2.14\nrole:master\n"), Err(too_old()));
        assert_eq!(checked("redis_version:7.0.15\nrole:slave\n"), Err(ServerFault::ReadOnly));
        assert_eq!(checked("redis_version:8.0.1\nrole:master\n"), Ok(()));
        assert_eq!(checked("other_version:1\n"), Ok(()));
    }
}
