//! What the endpoints share: the ephemeris, the cache, and what is known of both.

use std::sync::{PoisonError, RwLock};

use cached_runtime::Cache;

use crate::engine::EngineInfo;
use crate::ephemeris::{Ephemeris, Error};

/// The parts of the running service that requests use.
#[derive(Debug)]
pub struct Services {
    /// Where the Sun, the Moon and the planets are.
    pub ephemeris: Ephemeris,
    /// Where charts are kept.
    pub cache: Cache,
    /// What charts are computed with, as last heard from the database.
    engine: RwLock<Option<EngineInfo>>,
}

impl Services {
    /// Returns services that have asked nothing of the database yet.
    #[must_use]
    pub fn new(ephemeris: Ephemeris, cache: Cache) -> Self {
        Self {
            ephemeris,
            cache,
            engine: RwLock::default(),
        }
    }

    /// Returns what charts are computed with. The database is asked once, so that a cached chart is
    /// served while it is away.
    ///
    /// # Errors
    ///
    /// Fails when the database has never answered.
    pub async fn engine(&self) -> Result<EngineInfo, Error> {
        let known = self
            .engine
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match known {
            Some(engine) => Ok(engine),
            None => self.ask_engine().await,
        }
    }

    /// Asks the database what charts are computed with, and remembers the answer.
    ///
    /// # Errors
    ///
    /// Fails when the database does not answer.
    pub async fn ask_engine(&self) -> Result<EngineInfo, Error> {
        let engine = EngineInfo::of(&self.ephemeris.coverage().await?.ephemeris);
        self.remember(engine.clone());
        Ok(engine)
    }

    /// Remembers what charts are computed with.
    pub fn remember(&self, engine: EngineInfo) {
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = Some(engine);
    }
}
