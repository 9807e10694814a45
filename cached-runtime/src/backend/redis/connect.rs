//! One attempt to connect, and what an error of redis-rs means to us.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo, RedisError};
use tokio::time::timeout;

use crate::error::Error;

/// Knows where Redis is and how to log in.
pub(super) struct Connector {
    client: Client,
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
        let client = url
            .into_connection_info()
            .map(|info| {
                let tcp = TcpSettings::default().set_nodelay(true);
                info.set_tcp_settings(tcp)
            })
            .and_then(Client::open)
            .map_err(|_| {
                Error::setting(
                    "the Redis URL is malformed; it takes redis://[user:password@]host[:port][/db] or redis+unix:///path",
                )
            })?;
        Ok(Self {
            client,
            connect_timeout,
        })
    }

    /// Returns a new connection that has logged in.
    ///
    /// # Errors
    /// Returns why there is none; takes at most the connect timeout.
    pub(super) async fn connect(&self) -> Result<MultiplexedConnection, Error> {
        // Our own deadlines cover whole calls, so the client's are off.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let attempt = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        match timeout(self.connect_timeout, attempt).await {
            Ok(attempt) => attempt.map_err(|error| translate(&error)),
            Err(_) => Err(Error::disconnected(
                "no connection within the connect timeout",
            )),
        }
    }
}

/// Returns an error of redis-rs in our terms, without its text, which may quote keys.
pub(super) fn translate(error: &RedisError) -> Error {
    match (error.code(), error.kind()) {
        (Some("WRONGTYPE"), _) => Error::unreadable("the key holds another type"),
        (Some(code), _) => Error::server(code),
        (None, ErrorKind::AuthenticationFailed) => Error::server("WRONGPASS"),
        (None, ErrorKind::UnexpectedReturnType) => Error::unreadable("the reply is not a string"),
        (None, kind) => Error::disconnected(format!("connection failed: {kind:?}")),
    }
}
