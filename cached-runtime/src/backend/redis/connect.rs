//! One attempt to connect, and what an error of redis-rs means to us.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, ErrorKind, IntoConnectionInfo, ProtocolVersion,
    PushInfo, PushKind, RedisError,
};
use tokio::time::timeout;

use super::slot::{Connect, Lost};
use crate::error::Error;

/// How long the other side may leave what was sent unacknowledged before the connection counts as
/// broken. A server that is merely frozen acknowledges; the slot notices that by its silence.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const USER_TIMEOUT: Duration = Duration::from_secs(3);

/// Knows where Redis is and how to log in.
pub(super) struct Connector {
    resp3: Client,
    resp2: Client,
    /// Whether RESP3 is not to be tried: the URL names a protocol, or the server has refused it.
    is_resp2: AtomicBool,
    config: AsyncConnectionConfig,
    connect_timeout: Duration,
}

impl Connector {
    /// Returns a connector for a URL such as `redis://user:password@host:6379/0`.
    ///
    /// # Errors
    /// Returns a setting error that does not quote the URL, which may hold a password.
    pub(super) fn new(url: &str, connect_timeout: Duration) -> Result<Self, Error> {
        if url.starts_with("rediss:") || url.starts_with("valkeys:") {
            return Err(Error::setting(
                "the Redis URL asks for TLS, which this build does not have; it takes redis://[user:password@]host[:port][/db]",
            ));
        }
        let client = |protocol| {
            let info = url.into_connection_info()?.set_tcp_settings(tcp_settings());
            Client::open(with_protocol(info, protocol))
        };
        let clients = client(ProtocolVersion::RESP3)
            .and_then(|resp3| Ok((resp3, client(ProtocolVersion::RESP2)?)));
        let (resp3, resp2) = clients.map_err(|_| {
            Error::setting(
                "the Redis URL is malformed; it takes redis://[user:password@]host[:port][/db] or redis+unix:///path",
            )
        })?;
        let is_resp2 = ["protocol=2", "protocol=resp2"]
            .iter()
            .any(|option| url.contains(option));
        // Our own deadlines cover whole calls, so the client's are off.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        Ok(Self {
            resp3,
            resp2,
            is_resp2: AtomicBool::new(is_resp2),
            config,
            connect_timeout,
        })
    }

    /// Connects with RESP3, in which a connection says that it was closed, or else with RESP2.
    async fn log_in(&self, lost: Lost) -> Result<MultiplexedConnection, RedisError> {
        if !self.is_resp2.load(Ordering::Relaxed) {
            let on_push = move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    lost.report();
                }
                Ok::<_, ()>(())
            };
            let config = self.config.clone().set_push_sender(on_push);
            let attempt = self
                .resp3
                .get_multiplexed_async_connection_with_config(&config);
            match attempt.await {
                Err(error) if refuses_resp3(&error) => self.is_resp2.store(true, Ordering::Relaxed),
                attempt => return attempt,
            }
        }
        self.resp2
            .get_multiplexed_async_connection_with_config(&self.config)
            .await
    }
}

impl Connect for Connector {
    /// Takes at most the connect timeout. The name in the URL is looked up each time: it may lead to
    /// another server than before.
    async fn connect(&self, lost: Lost) -> Result<MultiplexedConnection, Error> {
        match timeout(self.connect_timeout, self.log_in(lost)).await {
            Ok(attempt) => attempt.map_err(|error| translate(&error)),
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
