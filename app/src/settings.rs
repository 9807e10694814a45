//! What an operator can set, read from the environment once at start.
//!
//! Every setting has a default. A bad one ends the start with one line that names the variable and
//! what it takes, and never repeats a secret. An empty variable counts as unset.

mod file;
mod redis;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::{env, fmt};

use cached_runtime::{KeySecret, TlsOptions};
use tracing_subscriber::filter::{LevelFilter, Targets};
use url::Url;

use crate::ephemeris::Database;
use crate::telemetry::ExportSettings;

const PREVIOUS: &str = "CACHE_KEY_SECRET_PREVIOUS";
const PREVIOUS_FILE: &str = "CACHE_KEY_SECRET_PREVIOUS_FILE";

/// The service's settings, checked.
pub struct Settings {
    /// `BIND_ADDR`: where to listen; port 0 takes a free one.
    pub bind_addr: SocketAddr,
    /// `ADMIN_ADDR`: where to listen for operators, if anywhere; port 0 takes a free one.
    pub admin_addr: Option<SocketAddr>,
    /// Where the ephemeris is kept.
    pub database: DatabaseSetting,
    /// How charts are cached.
    pub cache: CacheSettings,
    /// `LOG`: what is logged.
    pub log: Targets,
    /// Where spans are sent, if anywhere.
    pub export: Option<ExportSettings>,
}

/// Where the ephemeris is kept, and which variable said so.
pub struct DatabaseSetting {
    /// `DATABASE_URL` where it is set, else `DATA_DIR`.
    pub variable: &'static str,
    /// The database; its URL may hold a password.
    pub database: Database,
}

/// How charts are cached.
pub struct CacheSettings {
    /// `ENABLE_CACHE`: without it no connection to Redis is ever made.
    pub enabled: bool,
    /// `REDIS_TLS_CA`, `REDIS_TLS_CERT` and `REDIS_TLS_KEY`: whom we trust to be Redis and who we are.
    pub redis_tls: Option<TlsOptions>,
    /// `CACHE_STATUS_HEADER`: whether clients are told what the cache did.
    pub status_header: bool,
    /// `CACHE_NAMESPACE`: the first part of every key.
    pub namespace: String,
    /// `REDIS_URL`, with the password in `REDIS_PASSWORD_FILE` where that is set; without it charts
    /// are kept in this process.
    pub redis_url: Option<String>,
    /// `CACHE_KEY_SECRET`, or what is in `CACHE_KEY_SECRET_FILE`: keys the digests of birth data in
    /// Redis.
    pub key_secret: Option<KeySecret>,
    /// `CACHE_KEY_SECRET_PREVIOUS`, or what is in `CACHE_KEY_SECRET_PREVIOUS_FILE`: where entries are
    /// looked for too.
    pub previous_key_secret: Option<KeySecret>,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// Returns the first setting that is not what its variable takes.
    pub fn from_env() -> Result<Self, SettingError> {
        Self::read(|variable| env::var_os(variable))
    }

    /// Reads settings from `variables`, which returns the value of a variable that is set.
    ///
    /// # Errors
    ///
    /// Returns the first setting that is not what its variable takes.
    pub fn read(variables: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingError> {
        let variables = Variables(&variables);
        Ok(Self {
            bind_addr: bind_addr(&variables)?,
            admin_addr: admin_addr(&variables)?,
            database: database(&variables)?,
            cache: cache(&variables)?,
            log: log(&variables)?,
            export: export(&variables)?,
        })
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("bind_addr", &self.bind_addr)
            .field("admin_addr", &self.admin_addr)
            .finish_non_exhaustive()
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    variable: &'static str,
    message: String,
}

impl SettingError {
    pub(crate) fn new(variable: &'static str, message: impl Into<String>) -> Self {
        Self {
            variable,
            message: message.into(),
        }
    }

    /// Returns the variable to change.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        self.variable
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.variable, self.message)
    }
}

impl std::error::Error for SettingError {}

/// The environment, or what a test puts in its place.
struct Variables<'a>(&'a dyn Fn(&str) -> Option<OsString>);

impl Variables<'_> {
    fn text(&self, variable: &'static str) -> Result<Option<String>, SettingError> {
        match (self.0)(variable) {
            Some(value) if !value.is_empty() => match value.into_string() {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(SettingError::new(variable, "the value is not UTF-8 text")),
            },
            _ => Ok(None),
        }
    }

    fn path(&self, variable: &str) -> Option<PathBuf> {
        (self.0)(variable)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }
}

fn bind_addr(variables: &Variables<'_>) -> Result<SocketAddr, SettingError> {
    const VARIABLE: &str = "BIND_ADDR";
    let text = variables.text(VARIABLE)?;
    let text = text.as_deref().unwrap_or("127.0.0.1:3000");
    text.parse().map_err(|_| {
        let message = format!(
            "{text:?} is not an address; it takes an IP address and a port, \
             as in 127.0.0.1:3000 or [::]:3000"
        );
        SettingError::new(VARIABLE, message)
    })
}

fn admin_addr(variables: &Variables<'_>) -> Result<Option<SocketAddr>, SettingError> {
    const VARIABLE: &str = "ADMIN_ADDR";
    let text = variables.text(VARIABLE)?;
    let text = text.as_deref().unwrap_or("127.0.0.1:9464");
    if text.eq_ignore_ascii_case("off") {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        let message = format!(
            "{text:?} is not an address; it takes an IP address and a port, as in 127.0.0.1:9464, or off"
        );
        SettingError::new(VARIABLE, message)
    })
}

fn database(variables: &Variables<'_>) -> Result<DatabaseSetting, SettingError> {
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

fn cache(variables: &Variables<'_>) -> Result<CacheSettings, SettingError> {
    let cache = CacheSettings {
        enabled: switch(variables, "ENABLE_CACHE")?,
        redis_tls: redis::tls(variables)?,
        status_header: switch(variables, "CACHE_STATUS_HEADER")?,
        namespace: namespace(variables)?,
        redis_url: redis_url(variables)?,
        key_secret: key_secret(variables, "CACHE_KEY_SECRET", "CACHE_KEY_SECRET_FILE")?,
        previous_key_secret: key_secret(variables, PREVIOUS, PREVIOUS_FILE)?,
    };
    if cache.previous_key_secret.is_some() && cache.key_secret.is_none() {
        let message =
            "set, and CACHE_KEY_SECRET is not; it takes the secret that CACHE_KEY_SECRET replaces";
        return Err(SettingError::new(previous_variable(variables)?, message));
    }
    if let (Some(current), Some(previous)) = (&cache.key_secret, &cache.previous_key_secret)
        && current.id() == previous.id()
    {
        let message = "the secret of CACHE_KEY_SECRET itself; it takes the one that that replaces";
        return Err(SettingError::new(previous_variable(variables)?, message));
    }
    if cache.enabled && cache.redis_url.is_some() && cache.key_secret.is_none() {
        return Err(SettingError::new(
            "CACHE_KEY_SECRET",
            "not set, and with REDIS_URL it is needed, since birth data can be guessed from \
             unkeyed digests; it takes 32 bytes or more, as made by: openssl rand -hex 32",
        ));
    }
    Ok(cache)
}

/// Returns which of the two variables of the previous secret is set.
fn previous_variable(variables: &Variables<'_>) -> Result<&'static str, SettingError> {
    let is_text = variables.text(PREVIOUS)?.is_some();
    Ok(if is_text { PREVIOUS } else { PREVIOUS_FILE })
}

fn switch(variables: &Variables<'_>, variable: &'static str) -> Result<bool, SettingError> {
    let Some(text) = variables.text(variable)? else {
        return Ok(true);
    };
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "on" | "yes" => Ok(true),
        "false" | "0" | "off" | "no" => Ok(false),
        _ => {
            let message = format!(
                "{text:?} is neither; it takes true or false (also 1 or 0, on or off, yes or no)"
            );
            Err(SettingError::new(variable, message))
        }
    }
}

fn namespace(variables: &Variables<'_>) -> Result<String, SettingError> {
    const VARIABLE: &str = "CACHE_NAMESPACE";
    let text = variables
        .text(VARIABLE)?
        .unwrap_or_else(|| "natal".to_owned());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.len() <= 64 && text.bytes().all(plain) {
        Ok(text)
    } else {
        let message = format!(
            "{text:?} cannot begin a key; it takes 1 to 64 letters, digits, dots, dashes \
             or underscores"
        );
        Err(SettingError::new(VARIABLE, message))
    }
}

fn redis_url(variables: &Variables<'_>) -> Result<Option<String>, SettingError> {
    const VARIABLE: &str = "REDIS_URL";
    let Some(text) = variables.text(VARIABLE)? else {
        return redis::without_url(variables);
    };
    // Checked here because a cache that is switched off never gets to read it.
    let names_a_server = |url: &Url| {
        let database = url.path().trim_start_matches('/');
        match url.scheme() {
            "redis" | "rediss" => {
                url.has_host() && (database.is_empty() || database.parse::<u16>().is_ok())
            }
            "redis+unix" => !database.is_empty(),
            _ => false,
        }
    };
    if let Some(url) = Url::parse(&text).ok().filter(names_a_server) {
        redis::with_password(variables, url).map(Some)
    } else {
        let message = "not the URL of a Redis server; \
             it takes redis://[user:password@]host[:port][/database], the same with rediss \
             for TLS, or redis+unix:///path";
        Err(SettingError::new(VARIABLE, message))
    }
}

/// Returns the secret in `variable` or in the file that `file_variable` names.
fn key_secret(
    variables: &Variables<'_>,
    variable: &'static str,
    file_variable: &'static str,
) -> Result<Option<KeySecret>, SettingError> {
    let (variable, secret) = match (variables.text(variable)?, variables.path(file_variable)) {
        (None, None) => return Ok(None),
        (Some(secret), None) => (variable, secret.into_bytes()),
        (None, Some(path)) => (file_variable, file::read_secret(file_variable, &path)?),
        (Some(_), Some(_)) => {
            let message = format!("set, and so is {variable}; leave one of them out");
            return Err(SettingError::new(file_variable, message));
        }
    };
    KeySecret::new(secret).map(Some).map_err(|error| {
        let message = format!("{error}, as made by: openssl rand -hex 32");
        SettingError::new(variable, message)
    })
}

fn log(variables: &Variables<'_>) -> Result<Targets, SettingError> {
    const VARIABLE: &str = "LOG";
    let text = variables
        .text(VARIABLE)?
        .unwrap_or_else(|| "info".to_owned());
    // A bare word that is no level would be taken for the name of a module and silence everything
    // else.
    let meant =
        |directive: &str| directive.contains('=') || directive.parse::<LevelFilter>().is_ok();
    let filter = text
        .split(',')
        .map(str::trim)
        .all(meant)
        .then(|| text.parse().ok())
        .flatten();
    filter.ok_or_else(|| {
        let message = format!(
            "{text:?} is not a filter; it takes error, warn, info, debug, trace or off, \
             and levels for single modules, as in info,app=debug"
        );
        SettingError::new(VARIABLE, message)
    })
}

fn export(variables: &Variables<'_>) -> Result<Option<ExportSettings>, SettingError> {
    const VARIABLE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let Some(text) = variables.text(VARIABLE)? else {
        return Ok(None);
    };
    let is_plain = |url: &Url| {
        url.scheme() == "http"
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let Some(endpoint) = Url::parse(&text).ok().filter(is_plain) else {
        let message = "not the URL of a collector near by; it takes http://host:port, as in http://127.0.0.1:4318";
        return Err(SettingError::new(VARIABLE, message));
    };
    let service_name = variables.text("OTEL_SERVICE_NAME")?;
    Ok(Some(ExportSettings {
        endpoint,
        service_name: service_name.unwrap_or_else(|| "natal-chart".to_owned()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingError> {
        Settings::read(|wanted| {
            variables
                .iter()
                .find(|(variable, _)| *variable == wanted)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[track_caller]
    fn refused(variables: &[(&str, &str)]) -> SettingError {
        read(variables).expect_err("the setting is bad")
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let settings = read(&[]).expect("every setting has a default");

        assert_eq!(settings.bind_addr.to_string(), "127.0.0.1:3000");
        let admin_addr = settings.admin_addr.expect("operators are listened to");
        assert!(admin_addr.ip().is_loopback(), "{admin_addr}");
        assert_eq!(
            settings.database.database,
            Database::Sqlite(PathBuf::from("data/ephemeris.sqlite"))
        );
        assert!(settings.cache.enabled && settings.cache.status_header);
        assert_eq!(settings.cache.namespace, "natal");
        assert!(settings.cache.redis_url.is_none());
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let names = [
            "ADMIN_ADDR",
            "BIND_ADDR",
            "DATABASE_URL",
            "DATA_DIR",
            "ENABLE_CACHE",
            "REDIS_URL",
            "REDIS_PASSWORD_FILE",
            "REDIS_TLS_CA",
            "REDIS_TLS_CERT",
            "REDIS_TLS_KEY",
            "CACHE_KEY_SECRET",
            "CACHE_KEY_SECRET_FILE",
            "CACHE_KEY_SECRET_PREVIOUS",
            "CACHE_KEY_SECRET_PREVIOUS_FILE",
            "CACHE_NAMESPACE",
            "CACHE_STATUS_HEADER",
            "LOG",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_SERVICE_NAME",
        ];

        let settings = read(&names.map(|name| (name, ""))).expect("nothing is set");

        assert!(settings.cache.enabled);
        assert_eq!(settings.database.variable, "DATA_DIR");
        assert!(settings.export.is_none());
    }

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

    #[test]
    fn the_cache_is_switched_by_every_usual_word() {
        for (word, enabled) in [
            ("true", true),
            ("1", true),
            ("on", true),
            ("YES", true),
            ("false", false),
            ("0", false),
            ("Off", false),
            ("no", false),
        ] {
            let settings = read(&[("ENABLE_CACHE", word)]).expect(word);
            assert_eq!(settings.cache.enabled, enabled, "{word}");
        }
    }

    #[test]
    fn a_bad_setting_names_its_variable() {
        for (variable, value) in [
            ("BIND_ADDR", "localhost"),
            ("BIND_ADDR", "127.0.0.1:99999"),
            ("ADMIN_ADDR", "localhost"),
            ("ADMIN_ADDR", "9464"),
            ("ADMIN_ADDR", "on"),
            ("ENABLE_CACHE", "maybe"),
            ("ENABLE_CACHE", " true"),
            ("CACHE_STATUS_HEADER", "hidden"),
            ("DATABASE_URL", "mysql://localhost/db"),
            ("DATABASE_URL", "localhost"),
            ("DATABASE_URL", "sqlite://"),
            ("DATABASE_URL", "sqlite://file?mode=ro"),
            ("REDIS_URL", "localhost:6379"),
            ("REDIS_URL", "http://localhost"),
            ("REDIS_URL", "redis://"),
            ("REDIS_URL", "redis://localhost:port"),
            ("REDIS_URL", "redis://localhost/first"),
            ("CACHE_NAMESPACE", "a:b"),
            ("CACHE_NAMESPACE", "{tag}"),
            ("CACHE_KEY_SECRET", "short"),
            ("CACHE_KEY_SECRET_FILE", "/nowhere"),
            ("CACHE_KEY_SECRET_PREVIOUS", "short"),
            ("CACHE_KEY_SECRET_PREVIOUS_FILE", "/nowhere"),
            ("LOG", "verbose"),
            ("LOG", "app=verbose"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1:4318"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318"),
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://ada:hunter2@collector",
            ),
        ] {
            assert_eq!(
                refused(&[(variable, value)]).variable(),
                variable,
                "{value}"
            );
        }
    }

    #[test]
    fn operators_need_not_be_listened_to() {
        for word in ["off", "OFF"] {
            let settings = read(&[("ADMIN_ADDR", word)]).expect(word);
            assert_eq!(settings.admin_addr, None);
        }
    }

    #[test]
    fn redis_needs_a_secret_only_while_the_cache_is_on() {
        let redis = ("REDIS_URL", "redis://localhost");

        assert_eq!(refused(&[redis]).variable(), "CACHE_KEY_SECRET");
        assert!(read(&[redis, ("CACHE_KEY_SECRET", SECRET)]).is_ok());
        assert!(read(&[redis, ("ENABLE_CACHE", "false")]).is_ok());
    }

    #[test]
    fn a_secret_is_neither_in_an_error_nor_in_debug() {
        let message = refused(&[("CACHE_KEY_SECRET", "hunter2")]).to_string();
        assert!(!message.contains("hunter2"), "{message}");

        let message = refused(&[("REDIS_URL", "redis://:hunter2@localhost:port")]).to_string();
        assert!(!message.contains("hunter2"), "{message}");

        let message = refused(&[("DATABASE_URL", "mysql://ada:hunter2@localhost/db")]).to_string();
        assert!(!message.contains("hunter2"), "{message}");

        let settings = read(&[
            ("REDIS_URL", "redis://:hunter2@localhost"),
            ("DATABASE_URL", "postgres://ada:hunter2@localhost/db"),
            ("CACHE_KEY_SECRET", SECRET),
        ])
        .expect("the settings are good");
        let debug = format!("{settings:?}");
        assert!(
            !debug.contains("hunter2") && !debug.contains(SECRET),
            "{debug}"
        );
    }

    /// Returns the settings with a file that holds `content` in the place of the secret.
    fn read_file(content: &[u8]) -> Result<Settings, SettingError> {
        let file = tempfile::NamedTempFile::new().expect("the folder is writable");
        std::fs::write(file.path(), content).expect("the file is writable");
        let path = file.path().to_str().expect("the path is text");
        read(&[("CACHE_KEY_SECRET_FILE", path)])
    }

    #[test]
    fn a_secret_in_a_file_is_read_without_the_line_break_at_its_end() {
        let exact = SECRET.as_bytes();
        let short = &exact[..31];

        for (secret, is_good) in [(exact, true), (short, false)] {
            for end in [&b""[..], b"\n", b"\r\n"] {
                let content = [secret, end].concat();
                assert_eq!(read_file(&content).is_ok(), is_good, "{content:?}");
            }
        }
    }

    #[test]
    fn a_secret_in_a_file_that_is_of_no_use_names_the_variable_of_the_file() {
        let too_long = vec![b'a'; (1 << 20) + 1];
        for content in [&b""[..], b"\n", b"hunter2", &too_long] {
            let refused = read_file(content).expect_err("the secret is bad");

            assert_eq!(refused.variable(), "CACHE_KEY_SECRET_FILE");
            let message = refused.to_string();
            assert_eq!(message.lines().count(), 1, "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
        let folder = std::env::temp_dir();
        let folder = folder.to_str().expect("the path is text");
        let refused = refused(&[("CACHE_KEY_SECRET_FILE", folder)]);
        assert_eq!(refused.variable(), "CACHE_KEY_SECRET_FILE");
    }

    #[test]
    fn a_secret_stands_in_a_variable_or_in_a_file_and_not_in_both() {
        let refused = refused(&[
            ("CACHE_KEY_SECRET", SECRET),
            ("CACHE_KEY_SECRET_FILE", "/run/secrets/key"),
        ]);

        assert_eq!(refused.variable(), "CACHE_KEY_SECRET_FILE");
        assert!(refused.to_string().contains("CACHE_KEY_SECRET;"));
    }

    #[test]
    fn a_previous_secret_needs_one_that_replaces_it() {
        let previous = ("CACHE_KEY_SECRET_PREVIOUS", SECRET);

        assert_eq!(refused(&[previous]).variable(), previous.0);
        let same = ("CACHE_KEY_SECRET", SECRET);
        assert_eq!(refused(&[previous, same]).variable(), previous.0);
        let current = ("CACHE_KEY_SECRET", "another secret of thirty-two byte");
        let settings = read(&[previous, current]).expect("both are good");
        assert!(settings.cache.previous_key_secret.is_some());
    }

    #[test]
    fn a_value_with_a_line_break_still_makes_one_line() {
        let message = refused(&[("ENABLE_CACHE", "maybe\nnot")]).to_string();

        assert_eq!(message.lines().count(), 1, "{message}");
    }
}
