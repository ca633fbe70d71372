//! What a URL of PostgreSQL names: the options of libpq, as far as they are supported.
//!
//! | `sslmode` | Connection |
//! |---|---|
//! | none | `disable` if every host is this machine, `verify-full` otherwise |
//! | `disable` | not encrypted |
//! | `require`, `verify-full` | encrypted; the certificate must be trusted and name the host |
//! | `allow`, `prefer`, `verify-ca` | refused: they accept a server that nobody has checked |

use std::{path::PathBuf, time::Duration};

use percent_encoding::percent_decode_str;
use tokio_postgres::{
    Config,
    config::{Host, SslMode, TargetSessionAttrs},
};
use zeroize::Zeroizing;

use crate::ServerFault;

/// The options that are passed on.
const OPTIONS: [&str; 17] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "options",
    "password",
    "port",
    "sslnegotiation",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];
/// Options of libpq that are not supported. Only names in these lists are shown in an error: anything else may be part of
/// a password that was not percent-encoded.
const UNSUPPORTED: [&str; 18] = [
    "client_encoding",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "krbsrvname",
    "load_balance_hosts",
    "passfile",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "service",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslpassword",
    "sslsni",
];
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);

/// How connections are encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tls {
    Off,
    On {
        /// The file of `sslrootcert`; `None`: the trust store of the platform.
        root: Option<PathBuf>,
        /// The files of `sslcert` and `sslkey`.
        identity: Option<(PathBuf, PathBuf)>,
    },
}

/// A parsed URL. `Debug` of the configuration shows no password.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) tls: Tls,
    /// Whether the URL has the option `connect_timeout`.
    pub(super) has_connect_timeout: bool,
}

fn unusable(reason: impl Into<String>) -> ServerFault {
    ServerFault::Url { reason: reason.into() }
}

impl Target {
    /// # Errors
    /// [`ServerFault::Url`], which quotes nothing of the URL but the names of known options.
    pub(super) fn parse(url: &str) -> Result<Self, ServerFault> {
        let scheme = ["postgres://", "postgresql://"].into_iter().find(|s| url.starts_with(s));
        let Some(scheme) = scheme else {
            return Err(unusable("it does not begin with postgres:// or postgresql://"));
        };
        // As the library parses it: the credentials end at the first `@`.
        let credentials = url.find('@').map_or(scheme.len(), |at| at + 1);
        let query = url[credentials..].find('?').map(|at| credentials + at);
        let (base, query) = query.map_or((url, ""), |at| (&url[..at], &url[at + 1..]));
        let mut kept = Zeroizing::new(base.to_owned());
        let mut ssl = SslOptions::default();
        let mut names = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if ssl.take(name, value)? {
                continue;
            }
            check(name, pair)?;
            kept.push(if names.is_empty() { '?' } else { '&' });
            kept.push_str(pair);
            names.push(name);
        }
        let mut config: Config = kept.parse().map_err(|_| {
            unusable(
                "it is not of the form postgres://user:password@host:port/database; write \
                 special characters of the password as %XX",
            )
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(unusable("it names no host"));
        }
        let (hosts, addresses, ports) =
            (config.get_hosts().len(), config.get_hostaddrs().len(), config.get_ports().len());
        let servers = hosts.max(addresses);
        let fits = |length: usize| length == 0 || length == servers;
        if !fits(hosts) || !fits(addresses) || !(fits(ports) || ports == 1) {
            return Err(unusable("it has lists of hosts, addresses and ports of different length"));
        }
        let tls = ssl.tls(is_this_machine(&config))?;
        config.ssl_mode(if tls == Tls::Off { SslMode::Disable } else { SslMode::Require });
        set_defaults(&mut config, &names);
        Ok(Self { config, tls, has_connect_timeout: names.contains(&"connect_timeout") })
    }
}

/// Checks one option without the others, so that an error can name it.
fn check(name: &str, pair: &str) -> Result<(), ServerFault> {
    if UNSUPPORTED.contains(&name) {
        return Err(unusable(format!("its option {name} is not supported")));
    }
    if !OPTIONS.contains(&name) {
        return Err(unusable(
            "it has an unknown option; write a '?' in the password as %3F and a '@' as %40",
        ));
    }
    match format!("postgres://?{pair}").parse::<Config>() {
        Ok(_) => Ok(()),
        Err(_) => Err(unusable(format!("its option {name} has a value that is not supported"))),
    }
}

fn set_defaults(config: &mut Config, names: &[&str]) {
    if !names.contains(&"application_name") {
        config.application_name("oneteg");
    }
    // The connection for notifications is idle most of the time, and a server that is gone must be noticed.
    if !names.contains(&"keepalives_idle") {
        config.keepalives_idle(KEEPALIVE);
    }
    if !names.contains(&"keepalives_interval") {
        config.keepalives_interval(KEEPALIVE_INTERVAL);
    }
    if !names.contains(&"keepalives_retries") {
        config.keepalives_retries(3);
    }
    let several = config.get_hosts().len().max(config.get_hostaddrs().len()) > 1;
    if several && !names.contains(&"target_session_attrs") {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
}

/// Whether every connection stays on this machine: a Unix socket, a loopback address, or `localhost`.
fn is_this_machine(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().all(std::net::IpAddr::is_loopback);
    }
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

#[derive(Default)]
struct SslOptions {
    mode: Option<String>,
    root: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

impl SslOptions {
    /// Whether the option is one of these.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, ServerFault> {
        let option = match name {
            "sslmode" => &mut self.mode,
            "sslrootcert" => &mut self.root,
            "sslcert" => &mut self.certificate,
            "sslkey" => &mut self.key,
            _ => return Ok(false),
        };
        let value = percent_decode_str(value).decode_utf8();
        let value = value.map_err(|_| unusable(format!("its option {name} is not UTF-8")))?;
        *option = Some(value.into_owned());
        Ok(true)
    }

    fn tls(self, this_machine: bool) -> Result<Tls, ServerFault> {
        let default = if this_machine { "disable" } else { "verify-full" };
        let given = self.root.is_some() || self.certificate.is_some() || self.key.is_some();
        match self.mode.as_deref().unwrap_or(if given { "verify-full" } else { default }) {
            "disable" if given => {
                return Err(unusable("it has a certificate or key, and sslmode=disable"));
            }
            "disable" => return Ok(Tls::Off),
            "require" | "verify-full" => {}
            mode @ ("allow" | "prefer" | "verify-ca") => {
                return Err(unusable(format!(
                    "sslmode={mode} accepts a server that is not checked; use verify-full, or \
                     disable on a trusted network"
                )));
            }
            _ => return Err(unusable("its option sslmode has a value that is not supported")),
        }
        let identity = match (self.certificate, self.key) {
            (Some(certificate), Some(key)) => Some((certificate.into(), key.into())),
            (None, None) => None,
            _ => return Err(unusable("it has only one of sslcert and sslkey")),
        };
        let root = self.root.filter(|root| root != "system").map(PathBuf::from);
        Ok(Tls::On { root, identity })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        Target::parse(url).unwrap_err().to_string()
    }

    #[test]
    fn a_remote_server_is_encrypted_and_checked() {
        let on = Tls::On { root: None, identity: None };
        for (url, expected) in [
            ("postgres://db.example/x", &on),
            ("postgresql://u:p@10.0.0.1:5432/x?sslmode=require", &on),
            ("postgres://localhost,db.example/x", &on),
            ("postgres://localhost/x?hostaddr=10.0.0.1", &on),
            ("postgres://127.0.0.1/x?sslmode=verify-full&sslrootcert=system", &on),
            ("postgres://db.example/x?sslmode=disable", &Tls::Off),
            ("postgres://u:p@127.8.9.1/x", &Tls::Off),
            ("postgres://[::1]:5433,localhost/x", &Tls::Off),
            ("postgres://u@%2Frun%2Fpostgresql/x", &Tls::Off),
        ] {
            let target = Target::parse(url).unwrap();
            assert_eq!(&target.tls, expected, "{url}");
            let encrypted = target.config.get_ssl_mode() == SslMode::Require;
            assert_eq!(encrypted, *expected != Tls::Off, "{url}");
        }
        let files = "postgres://127.0.0.1/x?sslrootcert=%2Fca.pem&sslcert=c&sslkey=k";
        let identity = Some(("c".into(), "k".into()));
        let expected = Tls::On { root: Some("/ca.pem".into()), identity };
        assert_eq!(Target::parse(files).unwrap().tls, expected);
    }

    #[test]
    fn an_unusable_url_is_named_without_its_secrets() {
        for (url, reason) in [
            ("redis://127.0.0.1", "does not begin with postgres://"),
            ("host=127.0.0.1 password=canary", "does not begin with postgres://"),
            ("postgres://", "names no host"),
            ("postgres:///x?user=canary", "names no host"),
            ("postgres://a,b,c/x?port=1,2", "different length"),
            ("postgres://a,b/x?hostaddr=127.0.0.1", "different length"),
            ("postgres://h/x?load_balance_hosts=random", "load_balance_hosts is not supported"),
            ("postgres://u:canary@h:port/x", "is not of the form"),
            ("postgres://h/x?sslmode=prefer", "sslmode=prefer accepts"),
            ("postgres://h/x?sslmode=verify-ca", "sslmode=verify-ca accepts"),
            ("postgres://h/x?sslmode=canary", "sslmode has a value"),
            ("postgres://h/x?sslmode=disable&sslrootcert=ca.pem", "sslmode=disable"),
            ("postgres://h/x?sslcert=c", "only one of sslcert and sslkey"),
            ("postgres://h/x?sslcrl=canary", "sslcrl is not supported"),
            ("postgres://h/x?connect_timeout=canary", "connect_timeout has a value"),
            ("postgres://u:p@h?canary=1@h/x", "unknown option"),
            ("postgres://u:p@h/x?canary", "unknown option"),
        ] {
            let error = refused(url);
            assert!(error.contains(reason), "{url}: {error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn of_several_servers_the_primary_is_used() {
        let attributes = |url| Target::parse(url).unwrap().config.get_target_session_attrs();
        assert_eq!(attributes("postgres://a,b/x"), TargetSessionAttrs::ReadWrite);
        assert_eq!(attributes("postgres://a/x"), TargetSessionAttrs::Any);
        let any = "postgres://a,b/x?target_session_attrs=any";
        assert_eq!(attributes(any), TargetSessionAttrs::Any);
    }

    #[test]
    fn debug_shows_no_password() {
        let target = Target::parse("postgres://u:canary@h/x").unwrap();
        assert!(!format!("{target:?}").contains("canary"));
    }
}
