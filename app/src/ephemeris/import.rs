//! Import: copies a kernel into the database, all of it or nothing.
//!
//! Schema and rows are written in one transaction under a lock, so an interrupted import leaves
//! the database as it was, and two replicas that start on one empty database fill it once.

use std::sync::LazyLock;

use sqlx::{Any, AssertSqlSafe, SqlSafeStr, Transaction};

use super::database::{self, Ephemeris};
use super::error::Error;
use super::kernel::{Kernel, RawRecord, Segment};

/// The tables, created where they are missing.
const SCHEMA: &str = include_str!("schema.sql");

/// What PostgreSQL's advisory lock is taken on: the letters `ephemeri` as a number.
const LOCK: i64 = i64::from_be_bytes(*b"ephemeri");

/// Rows per statement: long enough that the round trips no longer count.
const BATCH: usize = 500;

static INSERT_BATCH: LazyLock<String> = LazyLock::new(|| insert_statement(BATCH));

impl Ephemeris {
    /// Makes the database ready: creates the tables and fills them with the built-in ephemeris
    /// where they hold none. Does nothing when they hold one.
    ///
    /// [`open`](Self::open) does this for SQLite. For PostgreSQL it is the caller's to do and to
    /// repeat until it succeeds; it is safe to run in several processes at once. Dropping the
    /// future leaves the database as it was.
    ///
    /// # Errors
    ///
    /// [`Error::is_unavailable`] when the database cannot be reached or written.
    pub async fn prepare(&self) -> Result<(), Error> {
        match self.coverage().await {
            Ok(_) => Ok(()),
            Err(error) if error.is_unprepared() => {
                self.write(&Kernel::embedded(), Existing::Keep, &mut |_, _| {})
                    .await
            }
            Err(error) => Err(error),
        }
    }

    /// Replaces whatever ephemeris the database holds by `kernel`, in one transaction: charts are
    /// computed from the old one until the new one is complete.
    ///
    /// `progress` is called with the number of records written and the number in all.
    ///
    /// # Errors
    ///
    /// [`Error::is_unavailable`] when the database cannot be reached or written; it is then
    /// unchanged.
    pub async fn import(
        &self,
        kernel: &Kernel,
        mut progress: impl FnMut(usize, usize) + Send,
    ) -> Result<(), Error> {
        self.write(kernel, Existing::Replace, &mut progress).await
    }

    async fn write(
        &self,
        kernel: &Kernel,
        existing: Existing,
        progress: &mut (dyn FnMut(usize, usize) + Send),
    ) -> Result<(), Error> {
        let mut transaction = self.begin_locked().await?;
        sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
        if existing == Existing::Keep
            && database::select_coverage(&mut transaction).await?.is_some()
        {
            // Another process has filled it while this one waited for the lock.
            return Ok(transaction.rollback().await?);
        }
        for table in [
            "DELETE FROM ephemeris",
            "DELETE FROM ephemeris_series",
            "DELETE FROM ephemeris_record",
        ] {
            sqlx::query(table).execute(&mut *transaction).await?;
        }
        let total = kernel.record_count();
        let mut written = 0;
        progress(written, total);
        for segment in kernel.segments() {
            insert_series(&mut transaction, segment).await?;
            let mut records = kernel.records(segment);
            loop {
                let batch: Vec<_> = records.by_ref().take(BATCH).collect();
                if batch.is_empty() {
                    break;
                }
                insert_records(&mut transaction, segment, &batch).await?;
                written += batch.len();
                progress(written, total);
            }
        }
        let coverage = kernel.coverage();
        sqlx::query("INSERT INTO ephemeris (name, start_jd, end_jd) VALUES ($1, $2, $3)")
            .bind(coverage.ephemeris.clone())
            .bind(coverage.start_jd)
            .bind(coverage.end_jd)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Begins a transaction that no other import can be in at the same time.
    async fn begin_locked(&self) -> Result<Transaction<'static, Any>, Error> {
        if self.is_sqlite() {
            return Ok(self.pool().begin_with("BEGIN IMMEDIATE").await?);
        }
        let mut transaction = self.pool().begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(LOCK)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction)
    }
}

/// What an import does when the database already holds an ephemeris.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Existing {
    Keep,
    Replace,
}

async fn insert_series(
    transaction: &mut Transaction<'static, Any>,
    segment: &Segment,
) -> Result<(), Error> {
    sqlx::query("INSERT INTO ephemeris_series (target, record_days) VALUES ($1, $2)")
        .bind(segment.target.code())
        .bind(segment.record_days)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn insert_records(
    transaction: &mut Transaction<'static, Any>,
    segment: &Segment,
    records: &[RawRecord<'_>],
) -> Result<(), Error> {
    let statement = if records.len() == BATCH {
        INSERT_BATCH.as_str().to_owned()
    } else {
        insert_statement(records.len())
    };
    let mut insert = sqlx::query(AssertSqlSafe(statement).into_sql_str());
    for record in records {
        insert = insert
            .bind(segment.target.code())
            .bind(segment.target.center())
            .bind(record.start_jd)
            .bind(record.end_jd)
            .bind(record.coefficients);
    }
    insert.execute(&mut **transaction).await?;
    Ok(())
}

fn insert_statement(rows: usize) -> String {
    let rows: Vec<_> = (0..rows)
        .map(|row| {
            let first = 5 * row;
            format!(
                "(${},${},${},${},${})",
                first + 1,
                first + 2,
                first + 3,
                first + 4,
                first + 5
            )
        })
        .collect();
    format!(
        "INSERT INTO ephemeris_record (target, center, start_jd, end_jd, coeffs) VALUES {}",
        rows.join(",")
    )
}
