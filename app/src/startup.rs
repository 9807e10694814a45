//! Builds the service from its settings and runs it until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use cached_runtime::tower::StatusLayer;
use cached_runtime::{Cache, Clock};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tracing::{info, warn};

use crate::ephemeris::{Ephemeris, Options};
use crate::router::router;
use crate::services::Services;
use crate::settings::{CacheSettings, DatabaseSetting, SettingError, Settings};
use crate::{server, telemetry};

/// How often a database that was not there at start is asked again.
const RETRY: Duration = Duration::from_secs(1);

/// The service, listening but not yet answering.
pub struct Application {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    cache: Cache,
    /// What goes on beside the requests; ends when this is dropped.
    _background: JoinSet<()>,
}

impl Application {
    /// Opens what `settings` name and starts to listen.
    ///
    /// A Redis or PostgreSQL that does not answer is no error: without the first the cache is
    /// bypassed, and until the second answers the service is not ready.
    ///
    /// `clock` decides when a cached chart has expired.
    ///
    /// # Errors
    ///
    /// Returns the setting that cannot be used: a port that is taken, a folder that cannot be
    /// written, a malformed URL.
    pub async fn build(settings: Settings, clock: impl Clock) -> Result<Self, SettingError> {
        let listener = listen(settings.bind_addr).await?;
        let address = listener
            .local_addr()
            .map_err(|error| not_listening(settings.bind_addr, &error))?;
        let ephemeris = open(&settings.database).await?;
        let mut background = JoinSet::new();
        background.spawn(telemetry::keep(telemetry::metrics()));
        background.spawn(prepare(ephemeris.clone()));
        let status = StatusLayer::new().hidden(!settings.cache.status_header);
        let cache = cache(settings.cache, clock).await?;
        let services = Arc::new(Services::new(ephemeris, cache.clone()));
        Ok(Self {
            listener,
            address,
            router: router(services, status),
            cache,
            _background: background,
        })
    }

    /// Returns the address the service listens on, with the real port where the settings say 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `shutdown` ends, then finishes those in flight, for ten seconds at
    /// most, and leaves Redis.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) {
        info!(address = %self.address, version = env!("CARGO_PKG_VERSION"), "listening");
        server::serve(self.listener, self.router, shutdown).await;
        self.cache.shutdown().await;
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, SettingError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| not_listening(address, &error))
}

fn not_listening(address: SocketAddr, error: &io::Error) -> SettingError {
    let message = format!(
        "cannot listen on {address}: {error}; it takes an address of this machine and a free port"
    );
    SettingError::new("BIND_ADDR", message)
}

/// Opens the database that `setting` names.
///
/// # Errors
///
/// Returns the setting when its URL is malformed or its file cannot be written.
pub(crate) async fn open(setting: &DatabaseSetting) -> Result<Ephemeris, SettingError> {
    Ephemeris::open(&setting.database, Options::default())
        .await
        .map_err(|error| SettingError::new(setting.variable, error.to_string()))
}

async fn cache(settings: CacheSettings, clock: impl Clock) -> Result<Cache, SettingError> {
    if !settings.enabled {
        return Ok(Cache::disabled());
    }
    let mut builder = Cache::builder().namespace(settings.namespace).clock(clock);
    if let Some(secret) = settings.key_secret {
        builder = builder.key_secret(secret);
    }
    if let Some(secret) = settings.previous_key_secret {
        builder = builder.previous_key_secret(secret);
    }
    if let Some(url) = settings.redis_url {
        builder = builder.redis(url);
    }
    if let Some(tls) = settings.redis_tls {
        builder = builder.redis_tls(tls);
    }
    builder
        .build()
        .await
        .map_err(|error| SettingError::new("REDIS_URL", error.to_string()))
}

/// Prepares the database, however long it takes to answer.
async fn prepare(ephemeris: Ephemeris) {
    while let Err(error) = ephemeris.prepare().await {
        warn!(%error, retry_seconds = RETRY.as_secs(), "the ephemeris database is not ready");
        tokio::time::sleep(RETRY).await;
    }
    info!("the ephemeris database is ready");
}
