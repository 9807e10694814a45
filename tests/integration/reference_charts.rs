//! The engine against the reference charts, on both databases.

use app::engine::{self, HouseSystem, Sign};
use app::ephemeris::{Database, Ephemeris, Options};
use cached_tests::postgres::PostgresServer;
use cached_tests::reference::{self, Deviation};

async fn sqlite(folder: &tempfile::TempDir) -> Ephemeris {
    let database = Database::Sqlite(folder.path().join("ephemeris.db"));
    Ephemeris::open(&database, Options::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn every_reference_chart_is_within_limits_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let ephemeris = sqlite(&folder).await;

    assert_eq!(reference::charts().len(), 30);
    reference::every_reference_chart_is_within_limits(&ephemeris).await;
}

#[tokio::test]
async fn every_reference_chart_is_within_limits_on_postgresql() {
    let database = Database::Postgres(PostgresServer::database().await);
    let ephemeris = Ephemeris::open(&database, Options::default())
        .await
        .unwrap();
    ephemeris.prepare().await.unwrap();

    reference::every_reference_chart_is_within_limits(&ephemeris).await;
}

#[tokio::test]
async fn a_chart_that_is_slightly_off_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let ephemeris = sqlite(&folder).await;
    let reference = &reference::charts()[0];
    let birth = reference.birth(HouseSystem::Placidus);
    let chart = engine::compute(&birth, &ephemeris).await.unwrap();
    let failures = |change: &dyn Fn(&mut engine::Chart)| {
        let mut chart = chart.clone();
        change(&mut chart);
        let found = reference.compare(&chart, HouseSystem::Placidus);
        found.into_iter().filter(Deviation::is_failure).count()
    };
    assert_eq!(failures(&|_| {}), 0);

    for body in 0..12 {
        assert_eq!(
            failures(&|chart| chart.bodies[body].longitude += 1.4 / 3600.0),
            1
        );
        assert_eq!(
            failures(&|chart| chart.bodies[body].latitude -= 0.7 / 3600.0),
            1
        );
        assert_eq!(
            failures(&|chart| chart.bodies[body].speed += 1.4 / 3600.0),
            1
        );
        assert_eq!(failures(&|chart| chart.bodies[body].retrograde ^= true), 1);
        assert_eq!(failures(&|chart| chart.bodies[body].sign = Sign::Aries), 1);
        assert_eq!(failures(&|chart| chart.bodies[body].house = 12), 1);
        assert_eq!(
            failures(&|chart| chart.houses[body].longitude += 1.1 / 3600.0),
            1
        );
    }
    assert_eq!(failures(&|chart| chart.julian_day += 1e-6), 1);
    assert_eq!(failures(&|chart| chart.angles.ascendant += 1.1 / 3600.0), 1);
    assert_eq!(
        failures(&|chart| chart.angles.imum_coeli += 1.1 / 3600.0),
        1
    );
    assert_eq!(failures(&|chart| _ = chart.aspects.pop()), 1);
    assert_eq!(failures(&|chart| chart.aspects[0].applying ^= true), 1);
    assert_eq!(failures(&|chart| chart.houses.truncate(11)), 1);
    assert_eq!(failures(&|chart| chart.bodies.truncate(11)), 1);
    assert!(failures(&|chart| chart.bodies[0].longitude = f64::NAN) > 0);
}
