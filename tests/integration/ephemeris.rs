//! The ephemeris in a PostgreSQL that is shared, frozen, stopped and started again.

use std::time::{Duration, Instant};

use app::ephemeris::{Database, Ephemeris, Kernel, Options};
use cached_tests::postgres::PostgresServer;
use sqlx::{Connection, PgConnection};

/// An instant in every ephemeris, Julian date.
const INSTANT: f64 = 2_451_545.0;

/// Short, so that a server that does not answer costs a test little.
const OPTIONS: Options = Options {
    timeout: Duration::from_millis(500),
    max_connections: 4,
};

async fn open(url: String) -> Ephemeris {
    Ephemeris::open(&Database::Postgres(url), OPTIONS)
        .await
        .unwrap()
}

async fn count(url: &str, question: &'static str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(question)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_empty_database_is_unavailable_until_it_is_prepared() {
    let ephemeris = open(PostgresServer::database().await).await;

    assert!(ephemeris.ping().await.unwrap_err().is_unavailable());
    assert!(
        ephemeris
            .records(INSTANT, INSTANT)
            .await
            .unwrap_err()
            .is_unavailable()
    );

    ephemeris.prepare().await.unwrap();

    ephemeris.ping().await.unwrap();
    assert_eq!(
        ephemeris
            .records(INSTANT, INSTANT)
            .await
            .unwrap()
            .records
            .len(),
        12
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_at_once_fill_the_database_once() {
    let url = PostgresServer::database().await;

    let mut replicas = Vec::new();
    for _ in 0..3 {
        let ephemeris = open(url.clone()).await;
        replicas.push(tokio::spawn(async move { ephemeris.prepare().await }));
    }
    for replica in replicas {
        replica.await.unwrap().unwrap();
    }

    let rows = i64::try_from(Kernel::embedded().record_count()).unwrap();
    assert_eq!(
        count(&url, "SELECT count(*) FROM ephemeris_record").await,
        rows
    );
}

#[tokio::test]
async fn a_role_that_may_only_read_can_serve_charts() {
    let url = PostgresServer::database().await;
    open(url.clone()).await.prepare().await.unwrap();
    let mut owner = PgConnection::connect(&url).await.unwrap();
    let reader = "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader";
    sqlx::raw_sql(reader).execute(&mut owner).await.unwrap();

    let ephemeris = open(url.replace("//postgres@", "//reader@")).await;

    ephemeris.prepare().await.unwrap();
    ephemeris.records(INSTANT, INSTANT).await.unwrap();
    let refused = ephemeris
        .import(&Kernel::embedded(), |_, _| {})
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("permission denied"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_chart_does_not_read_the_table_from_end_to_end() {
    let url = PostgresServer::database().await;
    let ephemeris = open(url.clone()).await;
    ephemeris.prepare().await.unwrap();

    for day in 0..20 {
        ephemeris
            .records(INSTANT + f64::from(day), INSTANT + f64::from(day))
            .await
            .unwrap();
    }
    ephemeris.close().await;

    // The server counts when a connection has ended, which it may notice a little later.
    let by_key = "SELECT idx_scan FROM pg_stat_user_tables WHERE relname = 'ephemeris_record'";
    let counted = async { while count(&url, by_key).await < 20 {} };
    tokio::time::timeout(Duration::from_secs(10), counted)
        .await
        .unwrap();
    let from_end_to_end =
        "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'ephemeris_record'";
    assert_eq!(count(&url, from_end_to_end).await, 0);
}

#[tokio::test]
async fn a_frozen_server_costs_no_more_than_the_timeout_and_recovers() {
    let server = PostgresServer::start().await;
    let ephemeris = open(server.url()).await;
    ephemeris.prepare().await.unwrap();

    server.freeze();
    for _ in 0..=OPTIONS.max_connections {
        let asked = Instant::now();
        let error = ephemeris.records(INSTANT, INSTANT).await.unwrap_err();

        assert!(error.is_unavailable(), "{error}");
        assert!(
            asked.elapsed() < 2 * OPTIONS.timeout,
            "{:?}",
            asked.elapsed()
        );
    }
    server.thaw();

    recovered(&ephemeris).await;
}

#[tokio::test]
async fn a_server_that_was_stopped_is_used_again_when_it_is_back() {
    let server = PostgresServer::start().await;
    let ephemeris = open(server.url()).await;
    ephemeris.prepare().await.unwrap();

    server.kill();
    assert!(
        ephemeris
            .records(INSTANT, INSTANT)
            .await
            .unwrap_err()
            .is_unavailable()
    );
    server.restart().await;

    recovered(&ephemeris).await;
}

/// Waits until the ephemeris answers again; each question waits for at most its timeout.
async fn recovered(ephemeris: &Ephemeris) {
    let answered = async { while ephemeris.records(INSTANT, INSTANT).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(10), answered)
        .await
        .unwrap();
}
