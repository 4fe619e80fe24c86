//! The Redis server: where it is, how it is reached and how long it may take. One server, a primary
//! behind Sentinels, or a cluster, by the scheme of its address. Knows nothing of tickets.
//!
//! Every command touches one key, so that all three behave alike. Connections are made when they are
//! first needed: a hub that starts while Redis is away starts, and says that it is not ready.

use std::sync::Arc;
use std::time::Duration;

use clau_domain::secret::{ExposeSecret, SecretString};
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::cluster::{ClusterClientBuilder, ClusterConfig};
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue,
    IntoConnectionInfo, ProtocolVersion, RedisError, RedisResult, ServerErrorKind, TlsCertificates,
    TlsMode,
};
use tokio::sync::Mutex;

use crate::error::StorageError;

/// Longest wait for a connection (AVL-03).
const CONNECT: Duration = Duration::from_secs(2);
/// Longest wait for an answer.
const RESPONSE: Duration = Duration::from_secs(2);
/// Longest a caller waits in all, reconnection included: the page that says "unavailable" comes within
/// 3 s (REL-05).
const TOTAL: Duration = Duration::from_millis(2500);

/// Where Redis is.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// `redis://user:password@host:6379/0`; with several hosts and commas between them,
    /// `redis+sentinel://…/0?master=NAME` (and `sentinel_user`, `sentinel_password`) or
    /// `redis+cluster://…`. `rediss` in place of `redis` is TLS, and required for every host but this
    /// machine (KEY-06).
    pub url: SecretString,
    /// Certificates of a private authority, PEM; the system's authorities if there are none.
    pub authority: Option<Vec<u8>>,
    /// What every key starts with, so that several hubs can share a server.
    pub prefix: String,
}

/// A way to Redis; clones share connections.
#[derive(Clone)]
pub(crate) struct Link {
    wire: Wire,
    prefix: Arc<str>,
}

#[derive(Clone)]
enum Wire {
    Single(ConnectionManager),
    Sentinel(Arc<Primary>),
    Cluster(ClusterConnection),
}

/// A script on one key.
pub(crate) struct Script {
    code: &'static str,
    hash: String,
}

impl Script {
    pub(crate) fn new(code: &'static str) -> Self {
        Self {
            code,
            hash: redis::Script::new(code).get_hash().to_owned(),
        }
    }

    fn command(&self, verb: &str, script: &str, key: &str, arguments: &[&[u8]]) -> Cmd {
        let mut command = redis::cmd(verb);
        command.arg(script).arg(1).arg(key);
        for argument in arguments {
            command.arg(*argument);
        }
        command
    }
}

impl Link {
    /// Reads the settings; connects later.
    ///
    /// # Errors
    /// [`StorageError::Config`] says what is wrong with the settings.
    pub(crate) fn new(config: &RedisConfig) -> Result<Self, StorageError> {
        let address = Address::parse(config.url.expose_secret())?;
        let certificates = config.authority.clone().map(|pem| TlsCertificates {
            client_tls: None,
            root_cert: Some(pem),
        });
        let wire = address.wire(certificates).map_err(wrong_settings)?;
        Ok(Self {
            wire,
            prefix: config.prefix.as_str().into(),
        })
    }

    /// A key: the prefix, the kind of thing, and the rest.
    pub(crate) fn key(&self, kind: &str, rest: &str) -> String {
        format!("{}:{kind}:{rest}", self.prefix)
    }

    /// Runs a command.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub(crate) async fn query<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StorageError> {
        in_time(self.send(command)).await
    }

    /// Runs a script on one key.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub(crate) async fn eval<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &str,
        arguments: &[&[u8]],
    ) -> Result<T, StorageError> {
        in_time(async {
            let known = script.command("EVALSHA", &script.hash, key, arguments);
            match self.send(&known).await {
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    self.send(&script.command("EVAL", script.code, key, arguments))
                        .await
                }
                outcome => outcome,
            }
        })
        .await
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub(crate) async fn ping(&self) -> Result<(), StorageError> {
        self.query::<String>(&redis::cmd("PING")).await.map(drop)
    }

    /// Sends a command, and once more when the connection turns out to be dead: whoever restarts Redis
    /// should cost nobody a page. Every command bears it: what is set is set again, what was taken by
    /// the first attempt is not found by the second, which refuses (AVL-06).
    async fn send<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        match self.send_once(command).await {
            Err(error) if error.is_connection_dropped() && !error.is_timeout() => {
                self.send_once(command).await
            }
            outcome => outcome,
        }
    }

    async fn send_once<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        match &self.wire {
            Wire::Single(connection) => command.query_async(&mut connection.clone()).await,
            Wire::Cluster(connection) => command.query_async(&mut connection.clone()).await,
            Wire::Sentinel(primary) => {
                let mut connection = primary.connection().await?;
                let outcome = command.query_async(&mut connection).await;
                if let Err(error) = &outcome {
                    primary.doubt(error).await;
                }
                outcome
            }
        }
    }
}

/// The primary as the Sentinels name it, asked again whenever it may have changed.
struct Primary {
    sentinels: Mutex<SentinelClient>,
    current: Mutex<Option<MultiplexedConnection>>,
}

impl Primary {
    async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        // Held while connecting: of many requests one asks the Sentinels.
        let mut current = self.current.lock().await;
        if let Some(connection) = current.as_ref() {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(RESPONSE));
        let mut sentinels = self.sentinels.lock().await;
        let connection = sentinels.get_async_connection_with_config(&config).await?;
        *current = Some(connection.clone());
        Ok(connection)
    }

    /// After an error that a change of primary explains, the next command asks the Sentinels again.
    async fn doubt(&self, error: &RedisError) {
        let moved = matches!(
            error.kind(),
            ErrorKind::Server(
                ServerErrorKind::ReadOnly
                    | ServerErrorKind::MasterDown
                    | ServerErrorKind::BusyLoading
            )
        );
        if moved || error.is_io_error() || error.is_unrecoverable_error() {
            *self.current.lock().await = None;
        }
    }
}

/// The address, taken apart.
struct Address {
    shape: Shape,
    nodes: Vec<ConnectionInfo>,
}

enum Shape {
    Single,
    Cluster,
    Sentinel {
        master: String,
        login: Option<(Option<String>, String)>,
    },
}

impl Address {
    fn parse(text: &str) -> Result<Self, StorageError> {
        let wrong = |why: &str| StorageError::Config(format!("the address of Redis {why}"));
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| wrong("has no `redis://`"))?;
        let (base, shape) = scheme.split_once('+').unwrap_or((scheme, "single"));
        if !matches!(base, "redis" | "rediss") {
            return Err(wrong("must start with `redis` or `rediss`"));
        }
        if rest.contains('#') {
            // The client library's `#insecure` would switch the verification of certificates off.
            return Err(wrong("must not contain `#` (KEY-06)"));
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (login, hosts) = match authority.rsplit_once('@') {
            Some((login, hosts)) => (format!("{login}@"), hosts),
            None => (String::new(), authority),
        };
        let mut nodes = Vec::new();
        let mut options = Vec::new();
        for host in hosts.split(',') {
            let url = url::Url::parse(&format!("{base}://{login}{host}{tail}"))
                .map_err(|why| wrong(&format!("cannot be read: {why}")))?;
            if base == "redis" && !is_near(url.host_str().unwrap_or_default()) {
                return Err(wrong(&format!(
                    "must start with `{}`: {host} is another machine, reached by TLS only",
                    scheme.replacen("redis", "rediss", 1)
                )));
            }
            options = url.query_pairs().into_owned().collect();
            nodes.push(url.into_connection_info().map_err(wrong_settings)?);
        }
        let option = |name: &str| {
            options
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let shape = match shape {
            "single" if nodes.len() == 1 => Shape::Single,
            "single" => return Err(wrong("names several hosts: say `+sentinel` or `+cluster`")),
            "cluster" => Shape::Cluster,
            "sentinel" => Shape::Sentinel {
                master: option("master").ok_or_else(|| wrong("needs `?master=NAME`"))?,
                login: option("sentinel_password")
                    .map(|password| (option("sentinel_user"), password)),
            },
            other => return Err(wrong(&format!("has an unknown kind `+{other}`"))),
        };
        Ok(Self { shape, nodes })
    }

    fn wire(self, certificates: Option<TlsCertificates>) -> RedisResult<Wire> {
        match self.shape {
            Shape::Single => single(self.nodes, certificates),
            Shape::Cluster => {
                let mut builder = ClusterClientBuilder::new(self.nodes)
                    .retries(3)
                    .max_retry_wait(300)
                    .overall_response_timeout(Some(TOTAL));
                if let Some(certificates) = certificates {
                    builder = builder.certs(certificates);
                }
                let config = ClusterConfig::new()
                    .set_connection_timeout(CONNECT)
                    .set_response_timeout(RESPONSE);
                let connection = builder
                    .build()?
                    .get_pending_async_connection_with_config(config);
                Ok(Wire::Cluster(connection))
            }
            Shape::Sentinel { master, login } => {
                sentinel(&self.nodes, &master, login, certificates)
            }
        }
    }
}

fn single(nodes: Vec<ConnectionInfo>, certificates: Option<TlsCertificates>) -> RedisResult<Wire> {
    let node = nodes
        .into_iter()
        .next()
        .ok_or_else(|| RedisError::from((ErrorKind::InvalidClientConfig, "no host")))?;
    // With RESP3 a lost connection is noticed when it is lost, not by the next person's request.
    let settings = node
        .redis_settings()
        .clone()
        .set_protocol(ProtocolVersion::RESP3);
    let node = node.set_redis_settings(settings);
    let client = match certificates {
        Some(certificates) => Client::build_with_tls(node, certificates)?,
        None => Client::open(node)?,
    };
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(RESPONSE))
        .set_number_of_retries(2)
        .set_min_delay(Duration::from_millis(50))
        .set_max_delay(Duration::from_millis(300));
    Ok(Wire::Single(ConnectionManager::new_lazy_with_config(
        client, config,
    )?))
}

fn sentinel(
    nodes: &[ConnectionInfo],
    master: &str,
    login: Option<(Option<String>, String)>,
    certificates: Option<TlsCertificates>,
) -> RedisResult<Wire> {
    let addresses: Vec<ConnectionAddr> = nodes.iter().map(|node| node.addr().clone()).collect();
    let tls = addresses
        .iter()
        .any(|address| matches!(address, ConnectionAddr::TcpTls { .. }));
    let mut builder = SentinelClientBuilder::new(addresses, master, SentinelServerType::Master)?;
    if let Some(settings) = nodes.first().map(ConnectionInfo::redis_settings) {
        builder = builder.set_client_to_redis_db(settings.db());
        if let Some(user) = settings.username() {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = settings.password() {
            builder = builder.set_client_to_redis_password(password);
        }
    }
    if let Some((user, password)) = login {
        builder = builder.set_client_to_sentinel_password(password);
        if let Some(user) = user {
            builder = builder.set_client_to_sentinel_username(user);
        }
    }
    if tls {
        builder = builder
            .set_client_to_redis_tls_mode(TlsMode::Secure)
            .set_client_to_sentinel_tls_mode(TlsMode::Secure);
        if let Some(certificates) = certificates {
            builder = builder
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates);
        }
    }
    let sentinels = Mutex::new(builder.build()?);
    Ok(Wire::Sentinel(Arc::new(Primary {
        sentinels,
        current: Mutex::new(None),
    })))
}

/// Whether a host is this machine.
fn is_near(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "::1")
}

fn wrong_settings(error: RedisError) -> StorageError {
    StorageError::Config(format!("Redis: {error}"))
}

async fn in_time<T>(outcome: impl Future<Output = RedisResult<T>>) -> Result<T, StorageError> {
    match tokio::time::timeout(TOTAL, outcome).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(StorageError::Unavailable(format!(
            "Redis: no answer within {TOTAL:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        match Address::parse(url) {
            Err(StorageError::Config(why)) => why,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{url} was accepted"),
        }
    }

    #[test]
    fn key_06_another_machine_is_reached_by_verified_tls_or_not_at_all() {
        assert!(refused("redis://redis.example.org").contains("rediss"));
        assert!(
            refused("redis+sentinel://localhost:1,ten.example.org:2/?master=m").contains("TLS")
        );
        assert!(refused("rediss://redis.example.org/#insecure").contains("KEY-06"));
        assert!(Address::parse("rediss://redis.example.org").is_ok());
        assert!(Address::parse("redis://127.0.0.1:7000/3").is_ok());
    }

    #[test]
    fn several_hosts_need_a_kind_and_sentinels_a_master() {
        assert!(refused("redis://localhost:1,localhost:2").contains("+sentinel"));
        assert!(refused("redis+sentinel://localhost:1,localhost:2").contains("master"));
        assert!(refused("redis+ring://localhost").contains("+ring"));
        assert!(refused("localhost:6379").contains("redis://"));
        let address = Address::parse(
            "rediss+sentinel://u:p%40s@a:1,b:2/4?master=main&sentinel_password=secret",
        )
        .expect("good");
        assert_eq!(address.nodes.len(), 2);
        let settings = address.nodes[0].redis_settings();
        assert_eq!(
            (settings.username(), settings.password()),
            (Some("u"), Some("p@s"))
        );
        assert_eq!(settings.db(), 4);
        let Shape::Sentinel { master, login } = address.shape else {
            panic!("not a sentinel")
        };
        assert_eq!(
            (master.as_str(), login),
            ("main", Some((None, "secret".to_owned())))
        );
    }

    #[test]
    fn settings_show_no_password() {
        let config = RedisConfig {
            url: SecretString::from("redis://:hunter2@localhost"),
            authority: None,
            prefix: "clau".to_owned(),
        };
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
