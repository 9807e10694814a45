//! Where the ephemeris is kept.

use std::path::PathBuf;

use url::Url;

use super::{SettingError, Variables, file};
use crate::ephemeris::Database;

const URL: &str = "DATABASE_URL";
const PASSWORD_FILE: &str = "DATABASE_PASSWORD_FILE";

/// Where the ephemeris is kept, and which variable said so.
pub struct DatabaseSetting {
    /// `DATABASE_URL` where it is set, else `DATA_DIR`.
    pub variable: &'static str,
    /// The database; its URL may hold a password, its own or that of `DATABASE_PASSWORD_FILE`.
    pub database: Database,
}

/// Returns where the ephemeris is kept.
pub(super) fn read(variables: &Variables<'_>) -> Result<DatabaseSetting, SettingError> {
    let Some(url) = variables.text(URL)? else {
        if variables.path(PASSWORD_FILE).is_some() {
            let message = "set, and DATABASE_URL is not; it takes the password of that server";
            return Err(SettingError::new(PASSWORD_FILE, message));
        }
        let data_dir = variables
            .path("DATA_DIR")
            .unwrap_or_else(|| PathBuf::from("data"));
        return Ok(DatabaseSetting {
            variable: "DATA_DIR",
            database: Database::Sqlite(data_dir.join("ephemeris.sqlite")),
        });
    };
    let database = match url.split_once("://") {
        Some(("postgres" | "postgresql", _)) => Database::Postgres(with_password(variables, url)?),
        Some(("sqlite", path)) if !path.is_empty() && !path.contains('?') => {
            if variables.path(PASSWORD_FILE).is_some() {
                let message = "set, and DATABASE_URL names a file, which has no password";
                return Err(SettingError::new(PASSWORD_FILE, message));
            }
            Database::Sqlite(PathBuf::from(path))
        }
        _ => return Err(no_url()),
    };
    Ok(DatabaseSetting {
        variable: URL,
        database,
    })
}

/// Returns `url` with the password that is in a file, where one is named.
fn with_password(variables: &Variables<'_>, url: String) -> Result<String, SettingError> {
    let Some(path) = variables.path(PASSWORD_FILE) else {
        return Ok(url);
    };
    let mut url = Url::parse(&url).map_err(|_| no_url())?;
    let has_password =
        url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password");
    if has_password {
        let message = "set, and DATABASE_URL holds a password too; leave one of them out";
        return Err(SettingError::new(PASSWORD_FILE, message));
    }
    let password = file::read_password(PASSWORD_FILE, &path)?;
    // In the query, where a URL may hold one whether or not it names a host.
    url.query_pairs_mut().append_pair("password", &password);
    Ok(url.into())
}

/// Returns the error of a URL that is none of a database.
fn no_url() -> SettingError {
    SettingError::new(
        URL,
        "not a database URL; it takes postgres://user:password@host:5432/database or \
         sqlite://path/to/file, and unset it stands for a file in DATA_DIR",
    )
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

    /// Returns the database at `url` with a file that holds `password`.
    fn database_with(url: &str, password: &[u8]) -> Result<Database, SettingError> {
        let file = tempfile::NamedTempFile::new().expect("the folder is writable");
        std::fs::write(file.path(), password).expect("the file is writable");
        let path = file.path().to_str().expect("the path is text");
        read(&[(URL, url), (PASSWORD_FILE, path)]).map(|settings| settings.database.database)
    }

    #[test]
    fn a_password_in_a_file_becomes_part_of_the_url() {
        for (before, after) in [
            (
                "postgres://ada@charts.example/charts",
                "postgres://ada@charts.example/charts?password=",
            ),
            (
                "postgres:///charts?host=/run/postgresql",
                "postgres:///charts?host=/run/postgresql&password=",
            ),
        ] {
            for (password, escaped) in [
                (&b"hunter2\n"[..], "hunter2"),
                (
                    b"a%20b c+d&e=f#@:/?",
                    "a%2520b+c%2Bd%26e%3Df%23%40%3A%2F%3F",
                ),
            ] {
                let expected = Database::Postgres(format!("{after}{escaped}"));

                assert_eq!(database_with(before, password), Ok(expected));
            }
        }
    }

    #[test]
    fn a_password_of_no_use_names_the_variable_of_its_file() {
        for (url, password) in [
            ("postgres://ada:hunter3@localhost/db", &b"hunter2"[..]),
            ("postgres://localhost/db?password=hunter3", b"hunter2"),
            ("sqlite://charts", b"hunter2"),
            ("", b"hunter2"),
            ("postgres://localhost/db", b"\n"),
            ("postgres://localhost/db", b"hunter\xff"),
        ] {
            let refused = database_with(url, password).expect_err("the password is bad");

            assert_eq!(refused.variable(), PASSWORD_FILE);
            assert!(!refused.to_string().contains("hunter"), "{refused}");
        }
        let refused = database_with("postgres://ada@localhost:port/db", b"hunter2");
        let refused = refused.expect_err("the URL is bad");
        assert_eq!(refused.variable(), URL);
        assert!(!refused.to_string().contains("hunter"), "{refused}");
    }
}
