//! The connection that all steps of a store share.
//!
//! | Step | The connection | Then |
//! |---|---|---|
//! | first, of another runtime, or after half a minute | none, or one that a router may have dropped | a new one, checked |
//! | a second after the Sentinels were asked | of a server that may have been replaced | a new one, if they respond |
//! | any | works | the reply |
//! | any without one | the Sentinels know of no primary that is up | they are asked again, for half of the time limit |
//! | any | lost, or the server is no longer the primary | a new one, and the step once more |
//! | any | not there within the time limit | forgotten, [`StoreError::Unavailable`] |
//!
//! A step that is repeated has the same effect as one that runs once; `commit` and `offer` recognise the bytes that
//! they have stored already.

use std::{fmt, future::Future, time::Duration};

use redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, Script,
    ServerErrorKind, Value,
    aio::{MultiplexedConnection, PubSub},
    cluster_async::ClusterConnection,
    cluster_routing::{
        MultipleNodeRoutingInfo, Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr,
    },
    cmd,
};
use tokio::{
    runtime,
    time::{Instant, sleep, timeout},
};

use super::{
    address::Servers,
    fault::{needs_new_connection, refusal, store_error, too_slow},
    limits::StepLimits,
    server_check,
    slot::{ConnectionSlot, Found, Used},
};
use crate::{ServerFault, StoreError};

/// How long a server is taken for the primary before the Sentinels are asked again. A primary that is being replaced
/// accepts writes for some seconds, and forgets them.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// The same while no Sentinel responds.
const TRUSTED_WITHOUT_SENTINELS: Duration = Duration::from_secs(30);

/// Between two questions to Sentinels that know of no primary which is up.
const NO_PRIMARY_PAUSE: Duration = Duration::from_millis(100);

const NO_HANDSHAKE: &str =
    "no response to a TLS handshake; check that the server is up and has TLS on this port";

/// A connection to the primary, or to a cluster.
#[derive(Clone)]
enum Connection {
    Node(MultiplexedConnection),
    Cluster(ClusterConnection),
}

pub(super) struct Link {
    servers: Servers,
    encrypted: bool,
    limits: StepLimits,
    current: ConnectionSlot<Connection>,
    /// Held while connecting, so that one caller connects for all.
    connecting: tokio::sync::Mutex<u64>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.servers {
            Servers::One(_) => "one server",
            Servers::Sentinel(_) => "Sentinel",
            Servers::Cluster(..) => "Cluster",
        };
        f.debug_struct("Link").field("servers", &kind).finish_non_exhaustive()
    }
}

/// A script with its key and arguments.
#[derive(Clone, Copy)]
pub(super) struct Invocation<'a> {
    pub(super) script: &'a Script,
    pub(super) key: &'a str,
    pub(super) arguments: &'a [&'a [u8]],
}

/// How many replicas must confirm a write.
#[derive(Clone, Copy)]
pub(super) struct Confirmation {
    pub(super) replicas: u32,
    pub(super) patience: Duration,
}

impl Link {
    pub(super) fn new(servers: Servers, encrypted: bool, limits: StepLimits) -> Self {
        let trusted_for = matches!(servers, Servers::Sentinel(_)).then_some(TRUSTED_FOR);
        Self {
            servers,
            encrypted,
            limits,
            current: ConnectionSlot::new(trusted_for),
            connecting: tokio::sync::Mutex::default(),
        }
    }

    /// Runs a script.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Server`].
    pub(super) async fn run(
        &self,
        action: &'static str,
        invocation: Invocation<'_>,
    ) -> Result<Value, StoreError> {
        let step = |mut connection: Connection| async move { connection.run(invocation).await };
        self.step(action, step).await
    }

    /// Runs a script that writes, and waits until replicas have confirmed it. The script's reply, and how many did.
    ///
    /// # Errors
    /// As [`Link::run`].
    pub(super) async fn run_confirmed(
        &self,
        action: &'static str,
        invocation: Invocation<'_>,
        confirmation: Confirmation,
    ) -> Result<(Value, u32), StoreError> {
        let step = |mut connection: Connection| async move {
            let reply = connection.run(invocation).await?;
            // On the same connection: `WAIT` is about the writes of its connection.
            let confirmed = connection.confirmed(invocation.key, confirmation).await?;
            Ok((reply, confirmed))
        };
        self.step(action, step).await
    }

    /// Connects, if there is no connection, and checks the server.
    ///
    /// # Errors
    /// As [`Link::run`].
    pub(super) async fn check(&self, action: &'static str) -> Result<(), StoreError> {
        let step = |mut connection: Connection| async move { connection.check().await };
        let checked = self.step(action, step).await?;
        checked.map_err(|fault| refusal(action, fault, None))
    }

    /// A connection that is subscribed to a channel.
    ///
    /// # Errors
    /// As [`Link::run`].
    pub(super) async fn subscribe(&self, channel: &str) -> Result<PubSub, StoreError> {
        const ACTION: &str = "subscribing to changes";
        let connect = async {
            let mut subscription = self.new_subscription().await?;
            subscription.subscribe(channel).await?;
            Ok(subscription)
        };
        match timeout(self.limits.step, connect).await {
            Ok(subscribed) => subscribed.map_err(|error| store_error(ACTION, error)),
            Err(_) => Err(too_slow(ACTION, self.limits.step)),
        }
    }

    async fn new_subscription(&self) -> RedisResult<PubSub> {
        match &self.servers {
            Servers::One(client) => client.get_async_pubsub().await,
            Servers::Sentinel(client) => {
                let client = client.lock().await.async_get_client().await?;
                client.get_async_pubsub().await
            }
            // A message reaches every node of a cluster.
            Servers::Cluster(_, nodes) => {
                let mut failure = RedisError::from((ErrorKind::Io, "no node could be reached"));
                for node in nodes {
                    let connected = timeout(self.limits.connection, node.get_async_pubsub()).await;
                    match connected {
                        Ok(Ok(subscription)) => return Ok(subscription),
                        Ok(Err(error)) => failure = error,
                        Err(_) => {}
                    }
                }
                Err(failure)
            }
        }
    }

    async fn step<T, F>(
        &self,
        action: &'static str,
        step: impl Fn(Connection) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = RedisResult<T>>,
    {
        if runtime::Handle::try_current().is_err() {
            return Err(StoreError::unavailable(action, "the Redis store needs a Tokio runtime"));
        }
        let mut used = None;
        let steps = async {
            loop {
                let (Used { connection, number }, is_new) = self.connection(action).await?;
                let again = used.replace(number).is_none() && !is_new;
                match step(connection).await {
                    Ok(value) => return Ok(value),
                    Err(error) => {
                        if needs_new_connection(&error) {
                            self.current.forget(number);
                            if again && !error.is_timeout() {
                                continue;
                            }
                        }
                        return Err(store_error(action, error));
                    }
                }
            }
        };
        let finished = timeout(self.limits.step, steps).await;
        finished.unwrap_or_else(|_| {
            // The server may be slow, or the connection dead without a sign of it.
            if let Some(number) = used {
                self.current.forget(number);
            }
            Err(too_slow(action, self.limits.step))
        })
    }

    /// The connection in use, or a new one, and whether it is new.
    async fn connection(
        &self,
        action: &'static str,
    ) -> Result<(Used<Connection>, bool), StoreError> {
        let runtime = runtime::Handle::current().id();
        if let Found::Usable(used) = self.current.find(runtime) {
            return Ok((used, false));
        }
        let mut last_number = self.connecting.lock().await;
        let aged = match self.current.find(runtime) {
            Found::Usable(used) => return Ok((used, false)),
            Found::Aged(used) => Some(used),
            Found::Nothing => None,
        };
        let patience = if aged.is_some() { Duration::ZERO } else { self.limits.connection };
        match (self.checked_connection(action, patience).await, aged) {
            (Ok(connection), _) => {
                *last_number += 1;
                let used = Used { connection, number: *last_number };
                self.current.put(used.clone(), runtime);
                Ok((used, true))
            }
            // The primary is needed, the Sentinels are not.
            (Err(error), Some(used)) => {
                tracing::debug!(%error, "the Sentinels do not confirm the primary of the token store");
                self.current.trust(used.number, TRUSTED_WITHOUT_SENTINELS);
                Ok((used, false))
            }
            (Err(error), None) => Err(error),
        }
    }

    async fn checked_connection(
        &self,
        action: &'static str,
        patience: Duration,
    ) -> Result<Connection, StoreError> {
        let mut connection =
            self.connect(patience).await.map_err(|error| match error.is_timeout() {
                // A server without TLS waits for the rest of what it takes for a command.
                true if self.encrypted => StoreError::unavailable(action, NO_HANDSHAKE),
                _ => store_error(action, error),
            })?;
        let checked = connection.check().await.map_err(|error| store_error(action, error))?;
        checked.map_err(|fault| refusal(action, fault, None))?;
        Ok(connection)
    }

    /// Connects. Sentinels know of no primary that is up for a moment in a fail-over, or when a busy machine delays
    /// what they check: they are asked again, for as long as `patience` lasts.
    async fn connect(&self, patience: Duration) -> RedisResult<Connection> {
        let started = Instant::now();
        loop {
            match self.connect_once().await {
                Err(error)
                    if error.kind() == ErrorKind::MasterNameNotFoundBySentinel
                        && started.elapsed() < patience =>
                {
                    sleep(NO_PRIMARY_PAUSE).await;
                }
                connected => return connected,
            }
        }
    }

    async fn connect_once(&self) -> RedisResult<Connection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.limits.connection))
            .set_response_timeout(Some(self.limits.response));
        Ok(match &self.servers {
            Servers::One(client) => Connection::Node(
                client.get_multiplexed_async_connection_with_config(&config).await?,
            ),
            Servers::Sentinel(client) => Connection::Node(
                client.lock().await.get_async_connection_with_config(&config).await?,
            ),
            Servers::Cluster(client, _) => {
                Connection::Cluster(client.get_async_connection().await?)
            }
        })
    }
}

impl Connection {
    async fn run(&mut self, invocation: Invocation<'_>) -> RedisResult<Value> {
        let mut script = invocation.script.key(invocation.key);
        for argument in invocation.arguments {
            script.arg(*argument);
        }
        // Loads the script if the server has forgotten it, after a restart or `SCRIPT FLUSH`.
        match self {
            Self::Node(node) => script.invoke_async(node).await,
            Self::Cluster(cluster) => script.invoke_async(cluster).await,
        }
    }

    async fn confirmed(&mut self, key: &str, confirmation: Confirmation) -> RedisResult<u32> {
        let mut wait = cmd("WAIT");
        wait.arg(confirmation.replicas)
            .arg(u64::try_from(confirmation.patience.as_millis()).unwrap_or(0));
        match self {
            Self::Node(node) => wait.query_async(node).await,
            Self::Cluster(cluster) => {
                let primary = Route::with_key(key, SlotAddr::Master);
                let routing = RoutingInfo::SingleNode(SingleNodeRoutingInfo::SpecificNode(primary));
                let value = cluster.route_command(wait, routing).await?;
                Ok(u32::from_redis_value(value)?)
            }
        }
    }

    /// Whether a store can use the server. The outer error is a failed connection.
    async fn check(&mut self) -> RedisResult<Result<(), ServerFault>> {
        let mut info = cmd("INFO");
        info.arg("server").arg("memory").arg("replication");
        match self.information(info).await {
            Ok(value) => Ok(server_check::check(&value)),
            // Older servers take one section.
            Err(error) if error.code() == Some("ERR") && error.to_string().contains("syntax") => {
                Ok(Err(server_check::too_old()))
            }
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoPerm) => {
                tracing::debug!(
                    "the settings of Redis are not checked, since the user may not read them"
                );
                Ok(Ok(()))
            }
            Err(error) => Err(error),
        }
    }

    async fn information(&mut self, info: Cmd) -> RedisResult<Value> {
        match self {
            Self::Node(node) => info.query_async(node).await,
            Self::Cluster(cluster) => {
                let primaries = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                cluster.route_command(info, primaries).await
            }
        }
    }
}
