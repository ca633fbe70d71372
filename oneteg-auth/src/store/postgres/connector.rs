//! How one connection is made: for the pool, for notifications, and for migrations.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use deadpool_postgres::Connect;
use tokio::{sync::mpsc::UnboundedSender, task::JoinHandle};
use tokio_postgres::{AsyncMessage, Client, Config, Error, config::Host, error::SqlState};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::url::Target;

/// The longest time for a TCP connection to one address, unless the URL sets `connect_timeout`.
const CONNECT: Duration = Duration::from_secs(2);

/// Connects to the servers of a URL.
#[derive(Clone)]
pub(super) struct Connector(std::sync::Arc<Inner>);

struct Inner {
    /// One for each host, in order.
    hosts: Vec<Config>,
    tls: MakeRustlsConnect,
    /// The settings of a session on the server.
    settings: String,
    /// The server is a PgBouncer that refuses settings.
    no_settings: AtomicBool,
}

impl Connector {
    /// `limit` is the longest time for one statement.
    pub(super) fn new(mut target: Target, tls: MakeRustlsConnect, limit: Duration) -> Self {
        if !target.has_connect_timeout {
            target.config.connect_timeout(CONNECT.min(limit));
        }
        // The server must not continue long after the client has given up. The isolation level is what the statements
        // are written for: they read a row again when another transaction has changed it.
        let own = format!(
            "-c statement_timeout={} -c default_transaction_isolation=read\\ committed",
            limit.as_millis()
        );
        let theirs = target.config.get_options().unwrap_or_default();
        let settings = format!("{own} {theirs}").trim_end().to_owned();
        let no_settings = AtomicBool::new(false);
        let hosts = separate(&target.config);
        Self(std::sync::Arc::new(Inner { hosts, tls, settings, no_settings }))
    }

    /// Connects to the first host that responds. Its notifications go to `notified`.
    pub(super) async fn connect(
        &self,
        notified: Option<UnboundedSender<String>>,
    ) -> Result<(Client, JoinHandle<()>), Error> {
        let Some((last, others)) = self.0.hosts.split_last() else {
            // A target has a host. This returns the library's own error for it.
            return self.connect_to(&Config::new(), notified).await;
        };
        for host in others {
            // A host that accepts connections and does not respond must not use up the time of the next one.
            let limit = host.get_connect_timeout().copied().unwrap_or(CONNECT);
            let attempt = self.connect_to(host, notified.clone());
            if let Ok(Ok(connected)) = tokio::time::timeout(limit, attempt).await {
                return Ok(connected);
            }
        }
        self.connect_to(last, notified).await
    }

    async fn connect_to(
        &self,
        host: &Config,
        notified: Option<UnboundedSender<String>>,
    ) -> Result<(Client, JoinHandle<()>), Error> {
        let inner = &*self.0;
        let mut config = host.clone();
        if !inner.no_settings.load(Ordering::Relaxed) {
            config.options(&inner.settings);
        }
        let connected = match config.connect(inner.tls.clone()).await {
            Err(error) if error.code() == Some(&SqlState::PROTOCOL_VIOLATION) => {
                // PgBouncer knows only some parameters of a connection. The client's time limit remains, and the one for
                // locks, which is part of the statements.
                inner.no_settings.store(true, Ordering::Relaxed);
                host.connect(inner.tls.clone()).await
            }
            connected => connected,
        };
        let (client, mut connection) = connected?;
        let task = tokio::spawn(async move {
            loop {
                match poll_fn(|context| connection.poll_message(context)).await {
                    Some(Ok(AsyncMessage::Notification(message))) => {
                        if let Some(notified) = &notified {
                            let _ = notified.send(message.payload().to_owned());
                        }
                    }
                    Some(Ok(_)) => {}
                    // The statement that waits gets the error.
                    Some(Err(_)) | None => return,
                }
            }
        });
        Ok((client, task))
    }
}

impl Connect for Connector {
    fn connect(
        &self,
        _: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + '_>> {
        Box::pin(self.connect(None))
    }
}

/// A configuration for each host.
fn separate(config: &Config) -> Vec<Config> {
    let (hosts, addresses, ports) =
        (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let count = hosts.len().max(addresses.len());
    (0..count)
        .map(|index| {
            let mut one = without_hosts(config);
            match hosts.get(index) {
                Some(Host::Tcp(name)) => {
                    one.host(name);
                }
                #[cfg(unix)]
                Some(Host::Unix(path)) => {
                    one.host_path(path);
                }
                None => {}
            }
            if let Some(address) = addresses.get(index) {
                one.hostaddr(*address);
            }
            if let Some(port) = ports.get(index).or_else(|| ports.first()) {
                one.port(*port);
            }
            one
        })
        .collect()
}

/// The library can add hosts and not remove them.
fn without_hosts(config: &Config) -> Config {
    let mut bare = Config::new();
    if let Some(user) = config.get_user() {
        bare.user(user);
    }
    if let Some(password) = config.get_password() {
        bare.password(password);
    }
    if let Some(name) = config.get_dbname() {
        bare.dbname(name);
    }
    if let Some(name) = config.get_application_name() {
        bare.application_name(name);
    }
    if let Some(timeout) = config.get_connect_timeout() {
        bare.connect_timeout(*timeout);
    }
    if let Some(timeout) = config.get_tcp_user_timeout() {
        bare.tcp_user_timeout(*timeout);
    }
    if let Some(interval) = config.get_keepalives_interval() {
        bare.keepalives_interval(interval);
    }
    if let Some(retries) = config.get_keepalives_retries() {
        bare.keepalives_retries(retries);
    }
    bare.keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle())
        .ssl_mode(config.get_ssl_mode())
        .ssl_negotiation(config.get_ssl_negotiation())
        .target_session_attrs(config.get_target_session_attrs())
        .channel_binding(config.get_channel_binding());
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_keeps_every_setting() {
        let url = "postgres://u:p@a:1,b:2/x?application_name=n&tcp_user_timeout=3&keepalives=0&\
            keepalives_idle=4&keepalives_interval=5&keepalives_retries=6&channel_binding=require&\
            connect_timeout=7&sslmode=require&target_session_attrs=any&hostaddr=127.0.0.1,127.0.0.2";
        let both = Target::parse(url).unwrap().config;
        let hosts = separate(&both);
        assert_eq!(hosts.len(), 2);
        for (index, host) in ["a", "b"].into_iter().enumerate() {
            let one = url.replace("a:1,b:2", &format!("{host}:{}", index + 1));
            let one = one.replace("127.0.0.1,127.0.0.2", &format!("127.0.0.{}", index + 1));
            assert_eq!(hosts[index], Target::parse(&one).unwrap().config);
        }
    }
}
