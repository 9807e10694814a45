//! What the endpoints share: the ephemeris and the cache.

use crate::ephemeris::Ephemeris;

/// The parts of the running service that requests use.
#[derive(Debug)]
pub struct Services {
    /// Where the Sun, the Moon and the planets are.
    pub ephemeris: Ephemeris,
}
