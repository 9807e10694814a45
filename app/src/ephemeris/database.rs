//! The database that keeps the ephemeris: SQLite in a file, or PostgreSQL.
//!
//! One set of statements serves both, through sqlx's `Any` driver. A chart is one query: the
//! records of all series around its instant, found by the primary key. [`import`](super::import)
//! fills the tables.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::LazyLock;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Executor, Row};

use super::error::Error;
use super::records::{Coverage, Record, Records, Target};

/// Selects the records whose span meets `$1` to `$2`. The targets are listed and the start is
/// bounded on both sides so that each target is a short range of the primary key, whatever the
/// planner knows of the tables: asked otherwise, a freshly filled PostgreSQL reads them all.
static SELECT_RECORDS: LazyLock<String> = LazyLock::new(|| {
    let targets = Target::ALL
        .map(|target| target.code().to_string())
        .join(", ");
    format!(
        "SELECT ephemeris.name, ephemeris.start_jd, ephemeris.end_jd, \
                record.target, record.start_jd, record.end_jd, record.coeffs \
         FROM ephemeris_record AS record CROSS JOIN ephemeris \
         WHERE record.target IN ({targets}) \
           AND record.start_jd > $1 - (SELECT longest_record_days FROM ephemeris) \
           AND record.start_jd <= $2 \
           AND record.end_jd > $1"
    )
});

const SELECT_COVERAGE: &str = "SELECT name, start_jd, end_jd FROM ephemeris";

/// SQLite's waiting time for another process's import to end, milliseconds.
const WAIT_FOR_LOCKS: &str = "PRAGMA busy_timeout = 60000";

/// Where the rows are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file of the embedded SQLite, made with its folder where missing.
    Sqlite(PathBuf),
    /// A PostgreSQL URL, `postgres://user:password@host:port/database`.
    Postgres(String),
}

/// Names the kind of database only: a URL may hold a password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.debug_tuple("Postgres").finish_non_exhaustive(),
        }
    }
}

/// How an [`Ephemeris`] uses its database.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The longest a question to the database may take, waiting for a connection included; 3 s
    /// by default. An import may take longer.
    pub timeout: Duration,
    /// The most connections open at once; 8 by default.
    pub max_connections: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(3),
            max_connections: 8,
        }
    }
}

/// The ephemeris in its database. Clones share their connections.
#[derive(Clone)]
pub struct Ephemeris {
    pool: AnyPool,
    timeout: Duration,
    is_sqlite: bool,
}

impl fmt::Debug for Ephemeris {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ephemeris")
            .field("is_sqlite", &self.is_sqlite)
            .finish_non_exhaustive()
    }
}

impl Ephemeris {
    /// Opens the ephemeris in `database`.
    ///
    /// SQLite is ready on return: a missing file is made and filled with the built-in ephemeris.
    /// PostgreSQL is not contacted, so a server that is away does not fail the start; until
    /// [`prepare`](Self::prepare) has succeeded once, by this or another process, an empty
    /// database answers with [`Error::is_unavailable`].
    ///
    /// # Errors
    ///
    /// [`Error::is_invalid_url`] for a malformed URL, [`Error::is_unusable_path`] for a file that
    /// cannot be made, opened or written.
    ///
    /// # Panics
    ///
    /// When called outside a Tokio runtime.
    pub async fn open(database: &Database, options: Options) -> Result<Self, Error> {
        match database {
            Database::Sqlite(path) => {
                let ephemeris = Self::connect_sqlite(path, options)?;
                ephemeris
                    .prepare()
                    .await
                    .map_err(|source| Error::unusable_path(path, source))?;
                Ok(ephemeris)
            }
            Database::Postgres(url) => {
                let scheme = url.split_once("://").map(|(scheme, _)| scheme);
                if !matches!(scheme, Some("postgres" | "postgresql")) {
                    return Err(Error::invalid_url("it does not start with `postgres://`"));
                }
                let ephemeris = Self::connect(url, false, options)?;
                // The cause may quote the URL.
                PgConnectOptions::from_str(url)
                    .map_err(|_| Error::invalid_url("a parameter has a value it does not take"))?;
                Ok(ephemeris)
            }
        }
    }

    /// Returns the ephemeris in a SQLite file, without making it ready.
    pub(super) fn connect_sqlite(path: &Path, options: Options) -> Result<Self, Error> {
        let unusable = |source| Error::unusable_path(path, source);
        let path = std::path::absolute(path).map_err(unusable)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(unusable)?;
        }
        Self::connect(&sqlite_url(&path), true, options)
    }

    fn connect(url: &str, is_sqlite: bool, options: Options) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let connect = AnyConnectOptions::from_str(url)
            .map_err(Error::invalid_url)?
            .disable_statement_logging();
        let pool = AnyPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.timeout)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if is_sqlite {
                        connection.execute(WAIT_FOR_LOCKS).await?;
                    }
                    Ok(())
                })
            })
            .connect_lazy_with(connect);
        Ok(Self {
            pool,
            timeout: options.timeout,
            is_sqlite,
        })
    }

    /// Returns the records of every series that meet the span from `from_jd` to `to_jd` (Julian
    /// dates, TDB): one query.
    ///
    /// # Errors
    ///
    /// [`Error::out_of_range_coverage`] when the span is not wholly covered,
    /// [`Error::is_unavailable`] when the database cannot answer in time.
    pub async fn records(&self, from_jd: f64, to_jd: f64) -> Result<Records, Error> {
        let rows = self
            .ask(async |connection| {
                sqlx::query(AssertSqlSafe(SELECT_RECORDS.as_str()))
                    .bind(from_jd)
                    .bind(to_jd)
                    .fetch_all(connection)
                    .await
            })
            .await?;
        let coverage = match rows.first() {
            Some(row) => decode_coverage(row)?,
            None => self.coverage().await?,
        };
        if !coverage.contains(from_jd, to_jd) {
            return Err(Error::out_of_range(coverage));
        }
        let records = rows.iter().map(decode_record).collect::<Result<_, _>>()?;
        Ok(Records { coverage, records })
    }

    /// Returns the name and the span of the ephemeris in the database.
    ///
    /// # Errors
    ///
    /// [`Error::is_unavailable`] when the database cannot answer in time or holds none yet.
    pub async fn coverage(&self) -> Result<Coverage, Error> {
        self.ask(select_coverage).await?.ok_or_else(Error::empty)
    }

    /// Returns when the database can serve charts: reachable, and filled. One row is read.
    ///
    /// # Errors
    ///
    /// [`Error::is_unavailable`] otherwise.
    pub async fn ping(&self) -> Result<(), Error> {
        self.coverage().await.map(drop)
    }

    /// Closes all connections, after which every question fails.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Returns an ephemeris of eight days, 29 July to 6 August 1899, in a file in `folder`.
    #[cfg(test)]
    pub(crate) async fn miniature(folder: &Path) -> Self {
        let kernel = super::Kernel::miniature("DE1");
        let path = folder.join("ephemeris.db");
        let ephemeris =
            Self::connect_sqlite(&path, Options::default()).expect("a path in a folder");
        ephemeris
            .import(&kernel, |_, _| {})
            .await
            .expect("the folder is writable");
        ephemeris
    }

    pub(super) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    pub(super) fn is_sqlite(&self) -> bool {
        self.is_sqlite
    }

    /// Asks the database one question within the timeout. A connection that does not answer is
    /// given up, since whoever had it next would wait for the old answer first.
    async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut AnyConnection) -> sqlx::Result<T>,
    ) -> Result<T, Error> {
        let deadline = tokio::time::Instant::now() + self.timeout;
        let mut connection: PoolConnection<Any> = self.pool.acquire().await?;
        if let Ok(answer) = tokio::time::timeout_at(deadline, question(&mut connection)).await {
            return Ok(answer?);
        }
        connection.close_on_drop();
        Err(Error::timed_out())
    }
}

pub(super) async fn select_coverage(
    connection: &mut AnyConnection,
) -> sqlx::Result<Option<Coverage>> {
    let row = sqlx::query(SELECT_COVERAGE)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(decode_coverage).transpose()
}

fn decode_coverage(row: &AnyRow) -> sqlx::Result<Coverage> {
    Ok(Coverage {
        ephemeris: row.try_get(0)?,
        start_jd: row.try_get(1)?,
        end_jd: row.try_get(2)?,
    })
}

fn decode_record(row: &AnyRow) -> sqlx::Result<Record> {
    let bytes: &[u8] = row.try_get(6)?;
    Ok(Record {
        target: row.try_get(3)?,
        start_jd: row.try_get(4)?,
        end_jd: row.try_get(5)?,
        coefficients: bytes
            .chunks_exact(8)
            .map(|word| f64::from_le_bytes(word.try_into().expect("a word has eight bytes")))
            .collect(),
    })
}

/// Returns the URL of a SQLite file, every byte with a meaning of its own escaped.
fn sqlite_url(path: &Path) -> String {
    use fmt::Write;

    let mut url = String::from("sqlite://");
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            write!(url, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    url.push_str("?mode=rwc");
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn opening_makes_the_folder_and_fills_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a % strange?folder#1/ephemeris.db");
        let database = Database::Sqlite(path.clone());

        let ephemeris = Ephemeris::open(&database, Options::default())
            .await
            .unwrap();

        assert!(path.exists());
        ephemeris.ping().await.unwrap();
        assert_eq!(ephemeris.coverage().await.unwrap().ephemeris, "DE421");
    }

    #[tokio::test]
    async fn a_span_gets_the_records_that_meet_it_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let ephemeris = Ephemeris::miniature(folder.path()).await;

        // Moon and Earth have records of 4 days, Mercury of 8, the others of 16 or 32.
        let records = ephemeris.records(2_414_868.0, 2_414_869.0).await.unwrap();

        assert_eq!(records.coverage.ephemeris, "DE1");
        assert_eq!(records.records.len(), 14);
        for record in &records.records {
            assert!(
                record.start_jd <= 2_414_869.0 && record.end_jd > 2_414_868.0,
                "{record:?}"
            );
        }
        assert_eq!(
            ephemeris
                .records(2_414_869.0, 2_414_870.0)
                .await
                .unwrap()
                .records
                .len(),
            12
        );
    }

    #[tokio::test]
    async fn a_span_that_is_not_covered_is_out_of_range() {
        let folder = tempfile::tempdir().unwrap();
        let ephemeris = Ephemeris::miniature(folder.path()).await;

        for (from, to) in [
            (2_414_864.0, 2_414_865.0),
            (2_414_872.0, 2_414_873.0),
            (2_500_000.0, 2_500_001.0),
            (-1e300, 1e300),
        ] {
            let error = ephemeris.records(from, to).await.unwrap_err();

            assert_eq!(
                error.out_of_range_coverage(),
                Some(&ephemeris.coverage().await.unwrap())
            );
            assert!(!error.is_unavailable());
        }
        assert!(ephemeris.records(2_414_864.5, 2_414_872.5).await.is_ok());
    }

    #[tokio::test]
    async fn a_place_that_cannot_hold_a_database_is_an_unusable_path() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(
            &file,
            "this is text, and long enough not to pass for an empty database",
        )
        .unwrap();

        for path in [
            file.clone(),
            file.join("ephemeris.db"),
            folder.path().to_owned(),
        ] {
            let opened = Ephemeris::open(&Database::Sqlite(path.clone()), Options::default()).await;

            let error = opened.expect_err("no database can be here");
            assert!(
                error.is_unusable_path() && !error.is_unavailable(),
                "{error}"
            );
            assert!(
                error.to_string().contains(&path.display().to_string()),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn a_malformed_url_is_refused_without_showing_its_password() {
        for url in [
            "",
            "nonsense",
            "mysql://user:hunter2@localhost/db",
            "postgres://user:hunter2@localhost:port/db",
            "postgres://user:hunter2@localhost:70000/db",
            "postgres://user:hunter2@[::1/db",
            "postgres://user:hunter2@localhost/db?sslmode=hunter2-maybe",
            "postgres://user:hunter2@localhost/db?port=hunter2",
        ] {
            let database = Database::Postgres(url.to_owned());

            let error = Ephemeris::open(&database, Options::default())
                .await
                .unwrap_err();

            assert!(error.is_invalid_url(), "{url}");
            for text in [
                error.to_string(),
                format!("{error:?}"),
                format!("{database:?}"),
            ] {
                assert!(!text.contains("hunter2"), "{text}");
            }
        }
    }

    #[tokio::test]
    async fn a_server_that_is_away_fails_the_questions_and_not_the_start() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("postgres://user:hunter2@127.0.0.1:{port}/db?sslmode=disable");
        let options = Options {
            timeout: Duration::from_millis(100),
            ..Options::default()
        };

        // The listener accepts nothing: connecting succeeds and no answer ever comes.
        let ephemeris = Ephemeris::open(&Database::Postgres(url), options)
            .await
            .unwrap();

        for error in [
            ephemeris
                .records(2_451_545.0, 2_451_546.0)
                .await
                .unwrap_err(),
            ephemeris.ping().await.unwrap_err(),
            ephemeris.prepare().await.unwrap_err(),
        ] {
            assert!(error.is_unavailable(), "{error}");
            assert!(!format!("{error} {error:?} {ephemeris:?}").contains("hunter2"));
        }
        drop(listener);
        assert!(ephemeris.ping().await.unwrap_err().is_unavailable());
    }
}
