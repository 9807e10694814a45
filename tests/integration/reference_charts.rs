//! The engine against the reference charts, on SQLite.

use app::ephemeris::{Database, Ephemeris, Options};
use cached_tests::reference;

#[tokio::test]
async fn every_reference_chart_is_within_limits_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().join("ephemeris.db"));
    let ephemeris = Ephemeris::open(&database, Options::default())
        .await
        .unwrap();

    assert_eq!(reference::charts().len(), 30);
    reference::every_reference_chart_is_within_limits(&ephemeris).await;
}
