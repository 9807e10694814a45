//! What is measured: the release build of the service, over PostgreSQL and Redis.

use cached_tests::app::{Program, SECRET};
use cached_tests::postgres::PostgresServer;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

/// A PostgreSQL that counts statements.
#[derive(Debug)]
pub(crate) struct Database {
    /// Stops when it is dropped.
    _server: PostgresServer,
    url: String,
}

impl Database {
    /// Starts a server with `pg_stat_statements` and fills it with the ephemeris.
    pub(crate) async fn start() -> Self {
        let server = PostgresServer::start().await;
        let preload = "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'";
        execute(&server.url(), preload).await;
        server.kill();
        server.restart().await;
        let url = server.create_database().await;
        execute(&url, "CREATE EXTENSION pg_stat_statements").await;
        let ended = Program::run(&["import-ephemeris"], &[("DATABASE_URL", &*url)]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.errors);
        Self {
            _server: server,
            url,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL by way of a proxy on this machine.
    pub(crate) fn url_by(&self, port: u16) -> String {
        let (_, database) = self.url.rsplit_once('/').expect("a URL names its database");
        format!("postgres://postgres@127.0.0.1:{port}/{database}")
    }

    /// Returns where the server listens, `host:port`.
    pub(crate) fn address(&self) -> String {
        let (_, rest) = self.url.split_once('@').expect("a URL names its user");
        rest.split('/')
            .next()
            .expect("a URL names its host")
            .to_owned()
    }

    /// Forgets what was counted.
    pub(crate) async fn forget(&self) {
        execute(&self.url, "SELECT pg_stat_statements_reset()").await;
    }

    /// Returns how many statements on the tables of the ephemeris were run since [`forget`](Self::forget).
    pub(crate) async fn statements(&self) -> i64 {
        let mut connection = connect(&self.url).await;
        let counted = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements \
            WHERE query NOT LIKE '%pg_stat_statements%'";
        let row = sqlx::query(counted).fetch_one(&mut connection).await;
        row.expect("PostgreSQL counts").get(0)
    }

    /// Returns the version, as in `PostgreSQL 15.14`.
    pub(crate) async fn version(&self) -> String {
        let mut connection = connect(&self.url).await;
        let row = sqlx::query("SHOW server_version")
            .fetch_one(&mut connection)
            .await;
        format!(
            "PostgreSQL {}",
            row.expect("it has a version").get::<String, _>(0)
        )
    }
}

/// Starts the service on `database`, waits until it is ready, and leaves its log unread.
pub(crate) async fn service(database: &str, settings: &[(&str, &str)]) -> Program {
    let mut all = vec![("DATABASE_URL", database), ("CACHE_KEY_SECRET", SECRET)];
    all.extend(settings);
    let mut program = Program::start(&all).await;
    program.leave_log_unread();
    program.ready().await;
    program
}

async fn execute(url: &str, statement: &str) {
    let mut connection = connect(url).await;
    let done = sqlx::query(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn connect(url: &str) -> PgConnection {
    let connection = PgConnection::connect(url).await;
    connection.unwrap_or_else(|error| panic!("PostgreSQL does not answer: {error}"))
}
