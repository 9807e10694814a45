//! The database that keeps the ephemeris: SQLite in a file, or PostgreSQL.
//!
//! One set of statements serves both, through sqlx's `Any` driver. A chart is one query: the
//! records of all series around its instant, found by the primary key. [`import`](super::import)
//! fills the tables.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions, Row};

use super::error::Error;
use super::records::{Coverage, Record, Records};

/// Returns the rows whose span meets `$1` to `$2`. A record that starts more than its own length
/// before `$1` has ended by then, so each series is a range of the primary key.
const SELECT_RECORDS: &str = "\
    SELECT ephemeris.name, ephemeris.start_jd, ephemeris.end_jd, \
           record.target, record.start_jd, record.end_jd, record.coeffs \
    FROM ephemeris \
    CROSS JOIN ephemeris_series AS series \
    JOIN ephemeris_record AS record \
      ON record.target = series.target \
     AND record.start_jd > $1 - series.record_days \
     AND record.start_jd <= $2";

const SELECT_COVERAGE: &str = "SELECT name, start_jd, end_jd FROM ephemeris";

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
            Database::Sqlite(path) => Self::open_sqlite(path, options).await,
            Database::Postgres(url) => {
                let scheme = url.split_once("://").map(|(scheme, _)| scheme);
                if !matches!(scheme, Some("postgres" | "postgresql")) {
                    return Err(Error::invalid_url("it does not start with `postgres://`"));
                }
                PgConnectOptions::from_str(url).map_err(Error::invalid_url)?;
                Self::connect_lazily(url, false, options)
            }
        }
    }

    async fn open_sqlite(path: &Path, options: Options) -> Result<Self, Error> {
        let unusable = |source: Error| Error::unusable_path(path, source);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| Error::unusable_path(path, source))?;
        }
        let absolute =
            std::path::absolute(path).map_err(|source| Error::unusable_path(path, source))?;
        let ephemeris = Self::connect_lazily(&sqlite_url(&absolute), true, options)?;
        ephemeris.prepare().await.map_err(unusable)?;
        Ok(ephemeris)
    }

    fn connect_lazily(url: &str, is_sqlite: bool, options: Options) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let connect = AnyConnectOptions::from_str(url)
            .map_err(Error::invalid_url)?
            .disable_statement_logging();
        let pool = AnyPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.timeout)
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
                sqlx::query(SELECT_RECORDS)
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
