//! What can go wrong with the ephemeris.

use std::fmt;
use std::path::{Path, PathBuf};

use super::records::{Coverage, Target};

/// An error of the ephemeris; its text holds no password and no instant.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    InvalidUrl {
        problem: String,
    },
    UnusablePath {
        path: PathBuf,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    InvalidKernel {
        name: String,
        problem: String,
    },
    UnreadableKernel {
        path: PathBuf,
        source: std::io::Error,
    },
    OutOfRange {
        coverage: Coverage,
    },
    MissingRecord {
        ephemeris: String,
        target: Target,
    },
    Empty,
    TimedOut,
    Database {
        source: sqlx::Error,
    },
}

impl Error {
    pub(super) fn invalid_url(problem: impl fmt::Display) -> Self {
        Kind::InvalidUrl {
            problem: problem.to_string(),
        }
        .into()
    }

    pub(super) fn unusable_path(
        path: &Path,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Kind::UnusablePath {
            path: path.to_owned(),
            source: source.into(),
        }
        .into()
    }

    pub(super) fn invalid_kernel(name: &str, problem: impl fmt::Display) -> Self {
        Kind::InvalidKernel {
            name: name.to_owned(),
            problem: problem.to_string(),
        }
        .into()
    }

    pub(super) fn unreadable_kernel(path: &Path, source: std::io::Error) -> Self {
        Kind::UnreadableKernel {
            path: path.to_owned(),
            source,
        }
        .into()
    }

    pub(super) fn out_of_range(coverage: Coverage) -> Self {
        Kind::OutOfRange { coverage }.into()
    }

    pub(super) fn missing_record(ephemeris: &str, target: Target) -> Self {
        Kind::MissingRecord {
            ephemeris: ephemeris.to_owned(),
            target,
        }
        .into()
    }

    pub(super) fn empty() -> Self {
        Kind::Empty.into()
    }

    pub(super) fn timed_out() -> Self {
        Kind::TimedOut.into()
    }

    /// Returns true when the database URL is malformed: a fault of the settings.
    #[must_use]
    pub fn is_invalid_url(&self) -> bool {
        matches!(self.kind, Kind::InvalidUrl { .. })
    }

    /// Returns true when the SQLite file cannot be made, opened or written: a fault of the settings.
    #[must_use]
    pub fn is_unusable_path(&self) -> bool {
        matches!(self.kind, Kind::UnusablePath { .. })
    }

    /// Returns true when an ephemeris file cannot be read or is not what it should be.
    #[must_use]
    pub fn is_invalid_kernel(&self) -> bool {
        matches!(
            self.kind,
            Kind::InvalidKernel { .. } | Kind::UnreadableKernel { .. }
        )
    }

    /// Returns the covered span when the asked instant is outside it.
    #[must_use]
    pub fn out_of_range_coverage(&self) -> Option<&Coverage> {
        match &self.kind {
            Kind::OutOfRange { coverage } => Some(coverage),
            _ => None,
        }
    }

    /// Returns true when the database cannot answer now: unreachable, slow, or not filled yet.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self.kind,
            Kind::Database { .. } | Kind::TimedOut | Kind::Empty | Kind::MissingRecord { .. }
        )
    }

    /// Returns true when the database answers but holds no ephemeris: no rows, or no tables yet.
    pub(super) fn is_unprepared(&self) -> bool {
        matches!(
            self.kind,
            Kind::Empty
                | Kind::Database {
                    source: sqlx::Error::Database(_)
                }
        )
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self { kind }
    }
}

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        match source {
            sqlx::Error::PoolTimedOut => Self::timed_out(),
            source => Kind::Database { source }.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::InvalidUrl { problem } => write!(
                f,
                "invalid database URL ({problem}); expected `postgres://user:password@host:port/database`"
            ),
            Kind::UnusablePath { path, source } => {
                write!(
                    f,
                    "cannot keep the ephemeris in `{}`: {source}",
                    path.display()
                )
            }
            Kind::InvalidKernel { name, problem } => {
                write!(f, "`{name}` is not a usable ephemeris: {problem}")
            }
            Kind::UnreadableKernel { path, source } => {
                write!(
                    f,
                    "cannot read the ephemeris file `{}`: {source}",
                    path.display()
                )
            }
            Kind::OutOfRange { coverage } => write!(
                f,
                "instant outside ephemeris {}, which covers JD {} to {}",
                coverage.ephemeris, coverage.start_jd, coverage.end_jd
            ),
            Kind::MissingRecord { ephemeris, target } => write!(
                f,
                "the database holds no {ephemeris} record of {target:?} for this instant; import the ephemeris again"
            ),
            Kind::Empty => f.write_str("the database holds no ephemeris yet; import one"),
            Kind::TimedOut => f.write_str("the ephemeris database did not answer in time"),
            Kind::Database { source } => {
                write!(f, "the ephemeris database cannot answer: {source}")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::UnusablePath { source, .. } => Some(&**source),
            Kind::UnreadableKernel { source, .. } => Some(source),
            Kind::Database { source } => Some(source),
            _ => None,
        }
    }
}
