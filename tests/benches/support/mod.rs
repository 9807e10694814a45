//! What both benchmarks measure with: births, and the database that their charts come from.

use app::engine::{BirthData, HouseSystem};
use app::ephemeris::{Database, Ephemeris, Options};
use tempfile::TempDir;

/// Returns the ephemeris in a SQLite file, and the folder that must outlive it.
pub(crate) async fn ephemeris() -> (Ephemeris, TempDir) {
    let folder = tempfile::tempdir().expect("the temporary folder is writable");
    let database = Database::Sqlite(folder.path().join("ephemeris.db"));
    let ephemeris = Ephemeris::open(&database, Options::default())
        .await
        .expect("SQLite opens a new file");
    ephemeris
        .prepare()
        .await
        .expect("the bundled ephemeris imports");
    (ephemeris, folder)
}

/// Returns a birth at this latitude.
pub(crate) fn birth(latitude: f64) -> BirthData {
    let instant = "1990-05-17T12:30:00Z".parse().expect("RFC 3339");
    BirthData::new(instant, latitude, 13.405, HouseSystem::Placidus)
        .expect("the latitude is within its range")
}
