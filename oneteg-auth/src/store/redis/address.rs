use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo,
    cluster::ClusterClient,
    sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType},
};
use tokio::sync::Mutex;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::{limits::StepLimits, tls::Certificates};

/// The default port of a Sentinel.
const SENTINEL_PORT: &str = ":26379";

const UNUSABLE: &str = "it is not a valid URL; special characters of a password are written as %XX";

/// The servers behind a URL.
pub(super) enum Servers {
    One(Box<Client>),
    /// Asked for the primary at each connection.
    Sentinel(Box<Mutex<SentinelClient>>),
    /// The client, and one for each of its nodes, to subscribe.
    Cluster(Box<ClusterClient>, Vec<Client>),
}

/// A URL in its parts.
struct Parts {
    tls: bool,
    /// `user:password@`, as written.
    credentials: Zeroizing<String>,
    /// Each with its port, if one is written.
    hosts: Vec<String>,
    path: Vec<String>,
    options: Vec<(String, Zeroizing<String>)>,
}

type Parsed<T> = Result<T, &'static str>;

/// Reads a URL; the error is the reason. It quotes nothing of the URL, which may hold a password.
pub(super) fn servers(url: &str, tls: &Certificates, limits: &StepLimits) -> Parsed<Servers> {
    let (scheme, rest) = url.split_once("://").ok_or("it has no scheme such as redis://")?;
    let (encrypted, kind) = match scheme.strip_prefix("rediss") {
        Some(kind) => (true, kind),
        None => (false, scheme.strip_prefix("redis").unwrap_or("unknown")),
    };
    let parts = Parts::parse(encrypted, rest)?;
    match kind {
        "" => parts.one(tls),
        "+sentinel" => parts.sentinel(tls),
        "+cluster" => parts.cluster(tls, limits),
        _ => Err("its scheme is none of redis, rediss, redis+sentinel, rediss+sentinel, \
                  redis+cluster, rediss+cluster"),
    }
}

/// Whether a URL asks for TLS.
pub(super) fn is_encrypted(url: &str) -> bool {
    url.starts_with("rediss")
}

impl Parts {
    fn parse(tls: bool, rest: &str) -> Parsed<Self> {
        if rest.contains('#') {
            return Err("it has a #; write %23 in a password");
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, hosts) = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => (Zeroizing::new(format!("{credentials}@")), hosts),
            None => (Zeroizing::default(), authority),
        };
        if path.contains('@') || query.contains('@') && credentials.is_empty() {
            return Err(UNUSABLE);
        }
        let hosts: Vec<String> = hosts.split(',').map(str::to_owned).collect();
        if hosts.iter().any(|host| host.is_empty() || host.starts_with(':')) {
            return Err("a host is missing");
        }
        let path = path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned);
        let options = form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned())));
        Ok(Self { tls, credentials, hosts, path: path.collect(), options: options.collect() })
    }

    /// `redis://[[user]:password@]host[:port][/database]`.
    fn one(self, tls: &Certificates) -> Parsed<Servers> {
        self.without_options()?;
        let [host] = self.hosts.as_slice() else {
            return Err("it names several hosts; use redis+sentinel:// or redis+cluster://");
        };
        let database = match self.path.as_slice() {
            [] => 0,
            [database] => number(database)?,
            _ => return Err("its path is not a database number"),
        };
        let mut info = self.node(host)?;
        info = info.clone().set_redis_settings(info.redis_settings().clone().set_db(database));
        Ok(Servers::One(Box::new(tls.client(info)?)))
    }

    /// `redis+sentinel://[[user]:password@]host[:port],.../name[/database]`. The credentials are those of Redis; the
    /// options `sentinel_username` and `sentinel_password` are those of the Sentinels.
    fn sentinel(self, tls: &Certificates) -> Parsed<Servers> {
        const NAME: &str =
            "its path is not /name or /name/database, with the primary's name in the Sentinels";
        let (name, database) = match self.path.as_slice() {
            [name] => (name, 0),
            [name, database] => (name, number(database)?),
            _ => return Err(NAME),
        };
        if name.contains('%') {
            return Err(NAME);
        }
        let mut sentinels = Vec::new();
        let mut redis = None;
        for host in &self.hosts {
            let host = if has_port(host) { host.clone() } else { format!("{host}{SENTINEL_PORT}") };
            let info = self.node(&host)?;
            sentinels.push(info.addr().clone());
            redis = Some(info.redis_settings().clone());
        }
        let unusable = "it is not a valid list of Sentinels";
        let mut builder = SentinelClientBuilder::new(sentinels, name, SentinelServerType::Master)
            .map_err(|_| unusable)?
            .set_client_to_redis_db(database);
        let redis = redis.unwrap_or_default();
        if let Some(username) = redis.username() {
            builder = builder.set_client_to_redis_username(username);
        }
        if let Some(password) = redis.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        for (option, value) in &self.options {
            builder = match option.as_str() {
                "sentinel_username" => builder.set_client_to_sentinel_username(value.as_str()),
                "sentinel_password" => builder.set_client_to_sentinel_password(value.as_str()),
                _ => {
                    return Err(
                        "it has an option other than sentinel_username and sentinel_password",
                    );
                }
            };
        }
        if self.tls {
            builder = tls.sentinel(builder)?;
        } else {
            tls.only_with_tls()?;
        }
        let client = builder.build().map_err(|_| unusable)?;
        Ok(Servers::Sentinel(Box::new(Mutex::new(client))))
    }

    /// `redis+cluster://[[user]:password@]host[:port],...`.
    fn cluster(self, tls: &Certificates, limits: &StepLimits) -> Parsed<Servers> {
        self.without_options()?;
        if !self.path.iter().all(|segment| segment == "0") {
            return Err("a cluster has only database 0");
        }
        let nodes = self.hosts.iter().map(|host| self.node(host)).collect::<Parsed<Vec<_>>>()?;
        let clients =
            nodes.iter().map(|node| tls.client(node.clone())).collect::<Parsed<Vec<_>>>()?;
        let mut builder = ClusterClient::builder(nodes)
            .connection_timeout(limits.connection)
            .response_timeout(limits.response);
        if self.tls {
            builder = tls.cluster(builder)?;
        }
        let client = builder.build().map_err(|_| "it is not a valid list of cluster nodes")?;
        Ok(Servers::Cluster(Box::new(client), clients))
    }

    fn without_options(&self) -> Parsed<()> {
        if self.options.is_empty() { Ok(()) } else { Err("it has options, which it cannot have") }
    }

    /// One server, read by the client library.
    fn node(&self, host: &str) -> Parsed<ConnectionInfo> {
        let scheme = if self.tls { "rediss" } else { "redis" };
        let url = Zeroizing::new(format!("{scheme}://{}{host}/", *self.credentials));
        let info = url.as_str().into_connection_info().map_err(|_| UNUSABLE)?;
        match info.addr() {
            ConnectionAddr::Tcp(..) => Ok(info),
            addr if addr.is_supported() => Ok(info),
            _ => Err(
                "it needs TLS, and this build has none: enable the feature `rustls` or `native-tls`",
            ),
        }
    }
}

fn number(segment: &str) -> Parsed<i64> {
    let number = segment.parse().ok().filter(|number| (0..=1_000_000).contains(number));
    number.ok_or("its database is not a number")
}

/// `[::1]` has colons itself.
fn has_port(host: &str) -> bool {
    host.rsplit(']').next().is_some_and(|rest| rest.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Parsed<Servers> {
        servers(url, &Certificates::default(), &StepLimits::default())
    }

    #[test]
    fn every_form_is_read() {
        for url in [
            "redis://localhost",
            "redis://localhost/",
            "redis://localhost:6380/3",
            "redis://user:p%40ss@[::1]:6379/0",
            "redis://:password@127.0.0.1",
        ] {
            assert!(matches!(read(url), Ok(Servers::One(_))), "{url}");
        }
        for url in [
            "redis+sentinel://one,two:26380,[::1]/primary",
            "redis+sentinel://user:pass@one,two/primary/2?sentinel_password=a%26b@&sentinel_username=c",
        ] {
            assert!(matches!(read(url), Ok(Servers::Sentinel(_))), "{url}");
        }
        for url in ["redis+cluster://one:7000,two:7001", "redis+cluster://:pass@one/0"] {
            assert!(matches!(read(url), Ok(Servers::Cluster(..))), "{url}");
        }
    }

    #[test]
    fn parts_reach_the_client() {
        let Ok(Servers::One(client)) = read("redis://me:p%40ss%2F@host:7/3") else { panic!() };
        let info = client.get_connection_info();
        assert_eq!(info.addr().to_string(), "host:7");
        let redis = info.redis_settings();
        assert_eq!(
            (redis.username(), redis.password(), redis.db()),
            (Some("me"), Some("p@ss/"), 3)
        );
    }

    #[test]
    fn another_url_has_its_reason_and_shows_no_password() {
        for (url, reason) in [
            ("", "no scheme"),
            ("localhost:6379", "no scheme"),
            ("postgres://:canary@localhost", "its scheme is none of"),
            ("redis+other://:canary@localhost", "its scheme is none of"),
            ("redis://", "a host is missing"),
            ("redis://:canary@", "a host is missing"),
            ("redis://:canary@:6379", "a host is missing"),
            ("redis://:canary@a,b", "several hosts"),
            ("redis://:can#ary@a", "%23"),
            ("redis://:can/ary@a", "not a valid URL"),
            ("redis://:canary@localhost:port", "not a valid URL"),
            ("redis://:canary@localhost:99999", "not a valid URL"),
            ("redis://:canary@localhost/x", "not a number"),
            ("redis://:canary@localhost/-1", "not a number"),
            ("redis://:canary@localhost/1/2", "not a database number"),
            ("redis://:canary@localhost/1?protocol=resp3", "it has options"),
            ("redis+sentinel://:canary@a,b", "the primary's name"),
            ("redis+sentinel://:canary@a,,b/primary", "a host is missing"),
            ("redis+sentinel://:canary@a/primary/x", "not a number"),
            ("redis+sentinel://:canary@a/primary?password=canary", "an option other than"),
            ("redis+cluster://:canary@a/3", "only database 0"),
            ("redis+cluster://:canary@a?x=canary", "it has options"),
        ] {
            let Err(found) = read(url) else { panic!("{url} is taken") };
            assert!(found.contains(reason), "{url}: {found}");
            assert!(!found.contains("canary"), "{url}: {found}");
        }
    }
}
