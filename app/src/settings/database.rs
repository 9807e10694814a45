//! Where the ephemeris is kept.

use std::path::PathBuf;

use super::{SettingError, Variables};
use crate::ephemeris::Database;

/// Where the ephemeris is kept, and which variable said so.
pub struct DatabaseSetting {
    /// `DATABASE_URL` where it is set, else `DATA_DIR`.
    pub variable: &'static str,
    /// The database; its URL may hold a password.
    pub database: Database,
}

/// Returns where the ephemeris is kept.
pub(super) fn read(variables: &Variables<'_>) -> Result<DatabaseSetting, SettingError> {
    let Some(url) = variables.text("DATABASE_URL")? else {
        let data_dir = variables
            .path("DATA_DIR")
            .unwrap_or_else(|| PathBuf::from("data"));
        return Ok(DatabaseSetting {
            variable: "DATA_DIR",
            database: Database::Sqlite(data_dir.join("ephemeris.sqlite")),
        });
    };
    let database = match url.split_once("://") {
        Some(("postgres" | "postgresql", _)) => Database::Postgres(url),
        Some(("sqlite", path)) if !path.is_empty() && !path.contains('?') => {
            Database::Sqlite(PathBuf::from(path))
        }
        _ => {
            return Err(SettingError::new(
                "DATABASE_URL",
                "not a database URL; it takes postgres://user:password@host:5432/database or \
                 sqlite://path/to/file, and unset it stands for a file in DATA_DIR",
            ));
        }
    };
    Ok(DatabaseSetting {
        variable: "DATABASE_URL",
        database,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::read;

    #[test]
    fn a_database_is_postgresql_or_a_file() {
        let database =
            |url| read(&[("DATABASE_URL", url)]).map(|settings| settings.database.database);

        for url in [
            "postgres://ada@localhost/charts",
            "postgresql://localhost/charts",
        ] {
            assert_eq!(database(url), Ok(Database::Postgres(url.to_owned())));
        }
        assert_eq!(
            database("sqlite:///var/charts"),
            Ok(Database::Sqlite(PathBuf::from("/var/charts")))
        );
        assert_eq!(
            database("sqlite://charts"),
            Ok(Database::Sqlite(PathBuf::from("charts")))
        );
    }
}
