//! One attempt to connect, and what an error of redis-rs means to us.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo,
    ProtocolVersion, PushInfo, PushKind, RedisError,
};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use super::slot::{Connect, Lost};
use super::tls::{Tls, TlsOptions, is_spoken};
use crate::error::{Error, TlsFault};

/// How long the other side may leave what was sent unacknowledged before the connection counts as
/// broken. A server that is merely frozen acknowledges; the slot notices that by its silence.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const USER_TIMEOUT: Duration = Duration::from_secs(3);

/// How often a server that closes connections is asked whether it speaks TLS.
const ASK_INTERVAL: Duration = Duration::from_mins(1);

/// Knows where Redis is and how to log in.
pub(super) struct Connector {
    /// Where it is and who we are. With TLS too the address is that of plain TCP.
    info: ConnectionInfo,
    /// `None` for a URL that does not ask for TLS.
    tls: Option<Tls>,
    /// Whether RESP3 is not to be tried: the URL names a protocol, or the server has refused it.
    is_resp2: AtomicBool,
    /// Whether a server has answered in the way that the URL asks for.
    has_answered: AtomicBool,
    /// When the server was last asked whether it speaks TLS, and whether it does.
    asked: Mutex<Option<(Instant, bool)>>,
    config: AsyncConnectionConfig,
    connect_timeout: Duration,
}

/// A connection that has logged in.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) connection: MultiplexedConnection,
    /// What moves its bytes, unless redis-rs sees to that itself.
    pub(super) driver: Option<AbortOnDropHandle<()>>,
}

impl From<MultiplexedConnection> for Connected {
    fn from(connection: MultiplexedConnection) -> Self {
        Self {
            connection,
            driver: None,
        }
    }
}

/// Why an attempt failed.
enum Fault {
    /// There was nobody to log in to.
    Unreached(Error),
    Login(RedisError),
}

impl Connector {
    /// Returns a connector for a URL such as `redis://user:password@host:6379/0`, or `rediss` for TLS.
    ///
    /// # Errors
    /// Returns a setting error that does not quote the URL, which may hold a password.
    pub(super) fn new(
        url: &str,
        tls: Option<TlsOptions>,
        connect_timeout: Duration,
    ) -> Result<Self, Error> {
        let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
        let is_tls = ["rediss", "valkeys"]
            .iter()
            .any(|tls| scheme.eq_ignore_ascii_case(tls));
        // redis-rs is built without TLS, and so reads no URL that asks for it.
        let plain = if is_tls {
            format!("redis:{rest}")
        } else {
            url.to_owned()
        };
        let info = plain.as_str().into_connection_info().map_err(|_| {
            Error::setting(
                "the Redis URL is malformed; it takes redis://[user:password@]host[:port][/db], the same with rediss for TLS, or redis+unix:///path",
            )
        })?;
        let tls = match (is_tls, tls, info.addr()) {
            (true, _, _) if url.contains('#') => {
                return Err(Error::setting(
                    "the Redis URL has a part after `#`, which it does not take; certificates are always checked",
                ));
            }
            (true, options, ConnectionAddr::Tcp(host, port)) => {
                Some(Tls::new(host, *port, options.unwrap_or_default())?)
            }
            (_, Some(_), _) => {
                return Err(Error::setting(
                    "there are TLS options and the Redis URL does not ask for TLS; it takes rediss://",
                ));
            }
            _ => None,
        };
        let is_resp2 = ["protocol=2", "protocol=resp2"]
            .iter()
            .any(|option| url.contains(option));
        // Our own deadlines cover whole calls, so the client's are off.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        Ok(Self {
            info: info.set_tcp_settings(tcp_settings()),
            tls,
            is_resp2: AtomicBool::new(is_resp2),
            has_answered: AtomicBool::new(false),
            asked: Mutex::new(None),
            config,
            connect_timeout,
        })
    }

    /// Connects with RESP3, in which a connection says that it was closed, or else with RESP2.
    async fn log_in(&self, lost: Lost, deadline: Instant) -> Result<Connected, Fault> {
        if !self.is_resp2.load(Ordering::Relaxed) {
            let on_push = move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    lost.report();
                }
                Ok::<_, ()>(())
            };
            let config = self.config.clone().set_push_sender(on_push);
            match self.open(ProtocolVersion::RESP3, config, deadline).await {
                Err(Fault::Login(error)) if refuses_resp3(&error) => {
                    self.is_resp2.store(true, Ordering::Relaxed);
                }
                attempt => return attempt,
            }
        }
        self.open(ProtocolVersion::RESP2, self.config.clone(), deadline)
            .await
    }

    /// Opens a connection and logs in on it.
    async fn open(
        &self,
        protocol: ProtocolVersion,
        config: AsyncConnectionConfig,
        deadline: Instant,
    ) -> Result<Connected, Fault> {
        let info = with_protocol(self.info.clone(), protocol);
        let Some(tls) = &self.tls else {
            let attempt = async {
                let client = Client::open(info)?;
                client
                    .get_multiplexed_async_connection_with_config(&config)
                    .await
            };
            return attempt.await.map(Connected::from).map_err(Fault::Login);
        };
        let stream = tls.connect(info.tcp_settings(), deadline).await;
        let stream = stream.map_err(Fault::Unreached)?;
        let login = MultiplexedConnection::new_with_config(info.redis_settings(), stream, config);
        let (connection, driver) = login.await.map_err(Fault::Login)?;
        Ok(Connected {
            connection,
            driver: Some(AbortOnDropHandle::new(tokio::spawn(driver))),
        })
    }

    /// Returns why a login ended in `error`.
    async fn explain(&self, error: RedisError, deadline: Instant) -> Error {
        let has_answered = self.has_answered.load(Ordering::Relaxed);
        let fault = match (&self.tls, self.info.addr()) {
            (Some(tls), _) => tls.fault_after(&error),
            // A port with TLS closes a connection that begins otherwise, without a word.
            (None, ConnectionAddr::Tcp(host, port))
                if error.is_connection_dropped() && !has_answered =>
            {
                let is_tls = self.is_tls_spoken(host, *port, deadline).await;
                is_tls.then_some(TlsFault::Expected)
            }
            _ => None,
        };
        fault.map_or_else(|| translate(&error), Error::tls)
    }

    /// Returns true where the server speaks TLS, as it said lately: each question is a connection.
    async fn is_tls_spoken(&self, host: &str, port: u16, deadline: Instant) -> bool {
        let asked = *self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, is_spoken)) = asked
            && at.elapsed() < ASK_INTERVAL
        {
            return is_spoken;
        }
        let is_spoken = is_spoken(host, port, self.info.tcp_settings(), deadline).await;
        let asked = Some((Instant::now(), is_spoken));
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = asked;
        is_spoken
    }
}

impl Connect for Connector {
    /// Takes at most the connect timeout. The name in the URL is looked up each time: it may lead to
    /// another server than before.
    async fn connect(&self, lost: Lost) -> Result<Connected, Error> {
        let deadline = Instant::now() + self.connect_timeout;
        match timeout_at(deadline, self.log_in(lost, deadline)).await {
            Ok(Ok(connected)) => {
                self.has_answered.store(true, Ordering::Relaxed);
                Ok(connected)
            }
            Ok(Err(Fault::Unreached(error))) => Err(error),
            Ok(Err(Fault::Login(error))) => Err(self.explain(error, deadline).await),
            Err(_) => Err(Error::disconnected(
                "no connection within the connect timeout",
            )),
        }
    }
}

fn with_protocol(info: ConnectionInfo, protocol: ProtocolVersion) -> ConnectionInfo {
    let settings = info.redis_settings().clone().set_protocol(protocol);
    info.set_redis_settings(settings)
}

/// Finds out by itself that the other side is gone: after eight seconds of silence, or three of
/// unacknowledged data.
fn tcp_settings() -> TcpSettings {
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(5))
        .with_interval(Duration::from_secs(1))
        .with_retries(3);
    let settings = TcpSettings::default()
        .set_nodelay(true)
        .set_keepalive(keepalive);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let settings = settings.set_user_timeout(USER_TIMEOUT);
    settings
}

/// Returns true when the server knows no `HELLO`, or none with this protocol.
fn refuses_resp3(error: &RedisError) -> bool {
    let knows_no_hello = || {
        let detail = error.detail().unwrap_or_default();
        detail.starts_with("unknown command")
    };
    error.kind() == ErrorKind::RESP3NotSupported
        || error.code() == Some("NOPROTO")
        || error.code() == Some("ERR") && knows_no_hello()
}

/// Returns an error of redis-rs in our terms, without its text, which may quote keys.
pub(super) fn translate(error: &RedisError) -> Error {
    match (error.code(), error.kind()) {
        (Some("WRONGTYPE"), _) => Error::unreadable("the key holds another type"),
        (Some(code), _) => Error::server(code),
        (None, ErrorKind::AuthenticationFailed) => Error::server("WRONGPASS"),
        (None, ErrorKind::UnexpectedReturnType) => Error::unreadable("the reply is not a string"),
        (None, ErrorKind::Parse) => Error::disconnected("what came is no Redis reply"),
        (None, _) if error.is_connection_refusal() => Error::disconnected("connection refused"),
        (None, _) if error.is_connection_dropped() => Error::disconnected("connection lost"),
        (None, kind) => Error::disconnected(format!("connection failed: {kind:?}")),
    }
}

#[cfg(test)]
mod tests;
