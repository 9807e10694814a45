//! Builds the service from its settings and runs it until it is told to stop.

use std::future::pending;
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
use crate::{admin, server, telemetry};

/// How often a database that was not there at start is asked again.
const RETRY: Duration = Duration::from_secs(1);

/// How many connections operators may have at a time.
const ADMIN_CONNECTIONS: usize = 32;

/// The service, listening but not yet answering.
pub struct Application {
    public: Listening,
    /// For operators, unless that is off.
    admin: Option<Listening>,
    /// How many connections there may be at a time on the public listener.
    most_connections: usize,
    cache: Cache,
    /// What goes on beside the requests; ends when this is dropped.
    _background: JoinSet<()>,
}

/// A listener and what it answers with.
struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
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
        let public = listen("BIND_ADDR", settings.bind_addr).await?;
        let admin = match settings.admin_addr {
            Some(address) => Some(listen("ADMIN_ADDR", address).await?),
            None => None,
        };
        let ephemeris = open(&settings.database).await?;
        let mut background = JoinSet::new();
        background.spawn(telemetry::keep(telemetry::metrics()));
        background.spawn(prepare(ephemeris.clone()));
        let status = StatusLayer::new().hidden(!settings.cache.status_header);
        let cache = cache(settings.cache, clock).await?;
        let services = Arc::new(Services::new(ephemeris, cache.clone()));
        let admin = admin.map(|(listener, address)| Listening {
            listener,
            address,
            router: admin::router(Arc::clone(&services), settings.admin_hosts),
        });
        let (listener, address) = public;
        let public = Listening {
            listener,
            address,
            router: router(services, status),
        };
        Ok(Self {
            public,
            admin,
            most_connections: server::most_connections(settings.max_connections),
            cache,
            _background: background,
        })
    }

    /// Returns the address the service listens on, with the real port where the settings say 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.public.address
    }

    /// Returns the address operators are listened to on, unless that is off.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(|admin| admin.address)
    }

    /// Answers requests until `shutdown` ends, then finishes those in flight, for ten seconds at
    /// most, and leaves Redis.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) {
        let admin_address = self.admin_address();
        info!(
            address = %self.public.address,
            admin = admin_address.map(display),
            version = env!("CARGO_PKG_VERSION"),
            "listening"
        );
        if let Some(address) = admin_address
            && !address.ip().is_loopback()
        {
            warn!(%address, "whoever reaches this address can read the metrics and switch the cache");
        }
        let Listening {
            listener, router, ..
        } = self.public;
        let public = server::serve(listener, router, self.most_connections, shutdown);
        match self.admin {
            None => public.await,
            // Operators are listened to for as long as requests are answered.
            Some(Listening {
                listener, router, ..
            }) => tokio::select! {
                () = public => {}
                () = server::serve(listener, router, ADMIN_CONNECTIONS, pending()) => {}
            },
        }
        self.cache.shutdown().await;
    }
}

/// Listens on the address that `variable` names; returns that with the real port too.
async fn listen(
    variable: &'static str,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), SettingError> {
    let not_listening = |error: io::Error| {
        let message = format!(
            "cannot listen on {address}: {error}; it takes an address of this machine and a free port"
        );
        SettingError::new(variable, message)
    };
    let listener = TcpListener::bind(address).await.map_err(not_listening)?;
    let address = listener.local_addr().map_err(not_listening)?;
    Ok((listener, address))
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
