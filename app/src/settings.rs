//! What an operator can set, read from the environment once at start.
//!
//! Every setting has a default. A bad one ends the start with one line that names the variable and
//! what it takes, and never repeats a secret. An empty variable counts as unset.

mod cache;
mod database;
mod file;
mod redis;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::{env, fmt};

use tracing_subscriber::filter::{LevelFilter, Targets};
use url::Url;

pub use self::cache::CacheSettings;
pub use self::database::DatabaseSetting;
use crate::telemetry::ExportSettings;

/// The service's settings, checked.
pub struct Settings {
    /// `BIND_ADDR`: where to listen; port 0 takes a free one.
    pub bind_addr: SocketAddr,
    /// `ADMIN_ADDR`: where to listen for operators, if anywhere; port 0 takes a free one.
    pub admin_addr: Option<SocketAddr>,
    /// `ADMIN_HOSTS`: names that operators call this machine by, beside `localhost` and addresses.
    pub admin_hosts: Vec<String>,
    /// `MAX_CONNECTIONS`: how many connections clients may have at a time.
    pub max_connections: usize,
    /// Where the ephemeris is kept.
    pub database: DatabaseSetting,
    /// How charts are cached.
    pub cache: CacheSettings,
    /// `LOG`: what is logged.
    pub log: Targets,
    /// Where spans are sent, if anywhere.
    pub export: Option<ExportSettings>,
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
            admin_hosts: admin_hosts(&variables)?,
            max_connections: max_connections(&variables)?,
            database: database::read(&variables)?,
            cache: cache::read(&variables)?,
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

fn admin_hosts(variables: &Variables<'_>) -> Result<Vec<String>, SettingError> {
    const VARIABLE: &str = "ADMIN_HOSTS";
    let text = variables.text(VARIABLE)?.unwrap_or_default();
    let names = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    names
        .map(|name| {
            let is_name = name.bytes().all(is_plain);
            is_name.then(|| name.to_ascii_lowercase()).ok_or_else(|| {
                let message = format!(
                    "{name:?} is not the name of a machine; it takes names without ports, with commas between \
                     them, as in app,metrics.internal"
                );
                SettingError::new(VARIABLE, message)
            })
        })
        .collect()
}

fn max_connections(variables: &Variables<'_>) -> Result<usize, SettingError> {
    const VARIABLE: &str = "MAX_CONNECTIONS";
    let Some(text) = variables.text(VARIABLE)? else {
        return Ok(4096);
    };
    let number = text.parse().ok();
    let number = number.filter(|number| (1..=1_000_000).contains(number));
    number.ok_or_else(|| {
        let message = format!("{text:?} is not a number of connections; it takes 1 to 1000000");
        SettingError::new(VARIABLE, message)
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
    use crate::ephemeris::Database;

    pub(super) const SECRET: &str = "0123456789abcdef0123456789abcdef";

    pub(super) fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingError> {
        Settings::read(|wanted| {
            variables
                .iter()
                .find(|(variable, _)| *variable == wanted)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[track_caller]
    pub(super) fn refused(variables: &[(&str, &str)]) -> SettingError {
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
            "DATABASE_PASSWORD_FILE",
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
    fn a_bad_setting_names_its_variable() {
        for (variable, value) in [
            ("BIND_ADDR", "localhost"),
            ("BIND_ADDR", "127.0.0.1:99999"),
            ("ADMIN_ADDR", "localhost"),
            ("ADMIN_ADDR", "9464"),
            ("ADMIN_ADDR", "on"),
            ("ADMIN_HOSTS", "app:9464"),
            ("ADMIN_HOSTS", "app, http://app"),
            ("MAX_CONNECTIONS", "0"),
            ("MAX_CONNECTIONS", "many"),
            ("ENABLE_CACHE", "maybe"),
            ("ENABLE_CACHE", " true"),
            ("CACHE_STATUS_HEADER", "hidden"),
            ("DATABASE_URL", "mysql://localhost/db"),
            ("DATABASE_URL", "localhost"),
            ("DATABASE_URL", "sqlite://"),
            ("DATABASE_URL", "sqlite://file?mode=ro"),
            ("DATABASE_PASSWORD_FILE", "/nowhere"),
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

    #[test]
    fn a_value_with_a_line_break_still_makes_one_line() {
        let message = refused(&[("ENABLE_CACHE", "maybe\nnot")]).to_string();

        assert_eq!(message.lines().count(), 1, "{message}");
    }
}
