//! The cached function: the only place in the service that knows of the cache.

use std::fmt;

use cached_runtime::redis_cached;

use crate::engine::{self, BirthData, Chart, ChartError, EngineInfo};
use crate::services::Services;

/// Returns the chart of a birth, computed with `engine`.
///
/// The birth and the engine are the key: a new ephemeris and a new release compute anew.
///
/// A chart tells the minute and the place of a birth, so it is stored only encrypted, and no other is
/// accepted. Also in the store of this process, under its random secret: two microseconds a call are
/// less than a second way to be wrong.
///
/// # Errors
///
/// [`Error::Engine`] when there is no such chart or the database cannot answer,
/// [`Error::Superseded`] when the database holds another ephemeris than `engine` names.
#[redis_cached(
    ttl = "24h",
    key = hash,
    name = "natal::calculate_chart",
    cache = services.cache,
    skip(services),
    encrypt
)]
pub async fn calculate_chart(
    birth: BirthData,
    engine: EngineInfo,
    services: &Services,
) -> Result<Chart, Error> {
    let chart = engine::compute(&birth, &services.ephemeris).await?;
    if chart.engine == engine {
        Ok(chart)
    } else {
        services.remember(chart.engine);
        Err(Error::Superseded)
    }
}

/// Why there is no chart.
#[derive(Clone, Debug)]
pub enum Error {
    /// The engine cannot compute it.
    Engine(ChartError),
    /// Another ephemeris was imported since the service last looked; the next call uses it.
    Superseded,
}

impl From<ChartError> for Error {
    fn from(error: ChartError) -> Self {
        Self::Engine(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => error.fmt(formatter),
            Self::Superseded => formatter.write_str("another ephemeris was just imported"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Engine(error) => error.source(),
            Self::Superseded => None,
        }
    }
}
