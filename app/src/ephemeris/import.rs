//! Import: copies a kernel into the database, all of it or nothing.
//!
//! Schema and rows are written in one transaction under a lock, so an interrupted import leaves
//! the database as it was, and two replicas that start on one empty database fill it once.

use std::sync::LazyLock;

use sqlx::{Any, AssertSqlSafe, SqlSafeStr, Transaction};

use super::database::{self, Ephemeris};
use super::error::Error;
use super::kernel::Kernel;
use super::spk::{RawRecord, Segment};

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
    /// repeat until it succeeds. Several processes may do it at once. Dropping the future leaves
    /// the database as it was or, at the very end, prepared.
    ///
    /// # Errors
    ///
    /// [`Error::is_unavailable`] when the database cannot be reached or written.
    pub async fn prepare(&self) -> Result<(), Error> {
        // Once the tables are filled, a server may let the service only read.
        if !self.is_sqlite() {
            match self.coverage().await {
                Err(error) if error.is_unprepared() => {}
                answer => return answer.map(drop),
            }
        }
        let mut transaction = self.begin_locked().await?;
        if database::select_coverage(&mut transaction).await?.is_some() {
            return Ok(transaction.rollback().await?);
        }
        fill(&mut transaction, &Kernel::embedded(), |_, _| {}).await?;
        Ok(transaction.commit().await?)
    }

    /// Replaces whatever ephemeris the database holds by `kernel`. Charts are computed from the old
    /// one until the new one is complete.
    ///
    /// `progress` is called with the number of records written and the number in all. Dropping the
    /// future leaves the old one or, at the very end, the new one; never a part.
    ///
    /// # Errors
    ///
    /// [`Error::is_unavailable`] when the database cannot be reached or written; it is then as it
    /// was.
    pub async fn import(
        &self,
        kernel: &Kernel,
        progress: impl FnMut(usize, usize) + Send,
    ) -> Result<(), Error> {
        let mut transaction = self.begin_locked().await?;
        fill(&mut transaction, kernel, progress).await?;
        Ok(transaction.commit().await?)
    }

    /// Begins a transaction that waits for any other import to end, with the tables in place.
    async fn begin_locked(&self) -> Result<Transaction<'static, Any>, Error> {
        let mut transaction = if self.is_sqlite() {
            self.pool().begin_with("BEGIN IMMEDIATE").await?
        } else {
            let mut transaction = self.pool().begin().await?;
            sqlx::query("SELECT pg_advisory_xact_lock($1)")
                .bind(LOCK)
                .execute(&mut *transaction)
                .await?;
            transaction
        };
        sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
        Ok(transaction)
    }
}

async fn fill(
    transaction: &mut Transaction<'static, Any>,
    kernel: &Kernel,
    mut progress: impl FnMut(usize, usize) + Send,
) -> Result<(), Error> {
    for delete in ["DELETE FROM ephemeris", "DELETE FROM ephemeris_record"] {
        sqlx::query(delete).execute(&mut **transaction).await?;
    }
    let total = kernel.record_count();
    let mut written = 0;
    progress(written, total);
    for segment in kernel.segments() {
        let mut records = kernel.records(*segment);
        loop {
            let batch: Vec<_> = records.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            insert_records(transaction, segment, &batch).await?;
            written += batch.len();
            progress(written, total);
        }
    }
    insert_ephemeris(transaction, kernel).await
}

async fn insert_ephemeris(
    transaction: &mut Transaction<'static, Any>,
    kernel: &Kernel,
) -> Result<(), Error> {
    let coverage = kernel.coverage();
    sqlx::query(
        "INSERT INTO ephemeris (name, start_jd, end_jd, longest_record_days) VALUES ($1, $2, $3, $4)",
    )
    .bind(coverage.ephemeris.clone())
    .bind(coverage.start_jd)
    .bind(coverage.end_jd)
    .bind(kernel.longest_record_days())
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::ephemeris::Options;

    /// An ephemeris in a file that holds nothing yet.
    fn unprepared(folder: &Path) -> Ephemeris {
        Ephemeris::connect_sqlite(&folder.join("ephemeris.db"), Options::default()).unwrap()
    }

    #[tokio::test]
    async fn an_import_reports_every_record_and_replaces_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let ephemeris = unprepared(folder.path());
        let mut reports = Vec::new();

        for name in ["DE1", "DE2"] {
            let kernel = Kernel::miniature(name);
            ephemeris
                .import(&kernel, |done, total| reports.push((done, total)))
                .await
                .unwrap();

            assert_eq!(ephemeris.coverage().await.unwrap(), *kernel.coverage());
        }

        assert_eq!(reports.len(), 2 * 13);
        assert_eq!((reports[0], reports[12]), ((0, 24), (24, 24)));
        assert!(reports[..13].windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    /// Imports half of `kernel` and is torn down there.
    async fn import_half(ephemeris: &Ephemeris, kernel: Kernel) {
        let ephemeris = ephemeris.clone();
        let import = async move {
            let stop = |done, total| assert!(done * 2 < total, "stopped on purpose");
            ephemeris.import(&kernel, stop).await
        };
        assert!(tokio::spawn(import).await.unwrap_err().is_panic());
    }

    #[tokio::test]
    async fn an_interrupted_import_leaves_the_database_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let ephemeris = Ephemeris::miniature(folder.path()).await;
        let before = ephemeris.records(2_414_866.0, 2_414_866.1).await.unwrap();

        import_half(&ephemeris, Kernel::miniature("DE2")).await;

        let after = ephemeris.records(2_414_866.0, 2_414_866.1).await.unwrap();
        assert!(
            after == before,
            "from {:?} to {:?}",
            before.coverage,
            after.coverage
        );
    }

    #[tokio::test]
    async fn an_interrupted_first_import_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let ephemeris = unprepared(folder.path());

        import_half(&ephemeris, Kernel::miniature("DE1")).await;

        assert!(ephemeris.coverage().await.unwrap_err().is_unprepared());
        assert!(ephemeris.ping().await.unwrap_err().is_unavailable());
        ephemeris.prepare().await.unwrap();
        assert_eq!(ephemeris.coverage().await.unwrap().ephemeris, "DE421");
    }

    #[tokio::test]
    async fn preparing_twice_at_once_fills_the_database_once() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (unprepared(folder.path()), unprepared(folder.path()));

        let (first, second) = tokio::join!(one.prepare(), other.prepare());

        first.unwrap();
        second.unwrap();
        assert_eq!(
            one.coverage().await.unwrap(),
            *Kernel::embedded().coverage()
        );
        let instant = 2_451_545.0;
        assert_eq!(
            one.records(instant, instant).await.unwrap().records.len(),
            12
        );
    }

    #[tokio::test]
    async fn preparing_keeps_an_ephemeris_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let ephemeris = unprepared(folder.path());
        ephemeris
            .import(&Kernel::miniature("DE1"), |_, _| {})
            .await
            .unwrap();

        ephemeris.prepare().await.unwrap();

        assert_eq!(ephemeris.coverage().await.unwrap().ephemeris, "DE1");
    }
}
