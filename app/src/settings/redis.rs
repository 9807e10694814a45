//! The way to Redis: its URL, and what of it stands in files, which is the password and the certificates and key of TLS.

use cached_runtime::TlsOptions;
use url::Url;

use super::{SettingError, Variables, file};

const PASSWORD_FILE: &str = "REDIS_PASSWORD_FILE";

/// Adds what is in a file to the options, or says what is wrong with it.
type Add = fn(TlsOptions, &[u8]) -> Result<TlsOptions, cached_runtime::Error>;

/// The files of TLS. The key comes after the certificate that it is compared with.
const TLS_FILES: [(&str, Add); 3] = [
    ("REDIS_TLS_CA", TlsOptions::ca_pem),
    ("REDIS_TLS_CERT", TlsOptions::client_certificate_pem),
    ("REDIS_TLS_KEY", TlsOptions::client_key_pem),
];

/// Returns the URL of Redis, with its password, where there is one.
pub(super) fn url(variables: &Variables<'_>) -> Result<Option<String>, SettingError> {
    const VARIABLE: &str = "REDIS_URL";
    let Some(text) = variables.text(VARIABLE)? else {
        return without_url(variables);
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
        with_password(variables, url).map(Some)
    } else {
        let message = "not the URL of a Redis server; \
             it takes redis://[user:password@]host[:port][/database], the same with rediss \
             for TLS, or redis+unix:///path";
        Err(SettingError::new(VARIABLE, message))
    }
}

/// Returns `url` with the password that is in a file, where one is named.
fn with_password(variables: &Variables<'_>, mut url: Url) -> Result<String, SettingError> {
    let Some(path) = variables.path(PASSWORD_FILE) else {
        return Ok(url.into());
    };
    let is_socket = url.scheme() == "redis+unix";
    let has_password =
        url.password().is_some() || is_socket && url.query_pairs().any(|(name, _)| name == "pass");
    if has_password {
        let message = "set, and REDIS_URL holds a password too; leave one of them out";
        return Err(SettingError::new(PASSWORD_FILE, message));
    }
    let password = file::read_password(PASSWORD_FILE, &path)?;
    if is_socket {
        url.query_pairs_mut().append_pair("pass", &password);
    } else {
        // All else that has a meaning in URLs is escaped there.
        let password = password.replace('%', "%25");
        url.set_password(Some(&password))
            .expect("the URL has been found to name a host");
    }
    Ok(url.into())
}

/// Returns that there is no URL, unless there is a password for it.
fn without_url(variables: &Variables<'_>) -> Result<Option<String>, SettingError> {
    if variables.path(PASSWORD_FILE).is_some() {
        let message = "set, and REDIS_URL is not; it takes the password of that server";
        return Err(SettingError::new(PASSWORD_FILE, message));
    }
    Ok(None)
}

/// Returns what the files for TLS say, where one is named.
pub(super) fn tls(variables: &Variables<'_>) -> Result<Option<TlsOptions>, SettingError> {
    let url = variables.text("REDIS_URL")?.unwrap_or_default();
    let is_tls = Url::parse(&url).is_ok_and(|url| url.scheme() == "rediss");
    let mut options = None;
    for (variable, add) in TLS_FILES {
        let Some(path) = variables.path(variable) else {
            continue;
        };
        if !is_tls {
            let message = "set, and REDIS_URL does not ask for TLS; it takes rediss://…";
            return Err(SettingError::new(variable, message));
        }
        let added = add(options.unwrap_or_default(), &file::read(variable, &path)?);
        options = Some(added.map_err(|error| file::unusable(variable, &path, &error))?);
    }
    for (variable, other) in [
        ("REDIS_TLS_CERT", "REDIS_TLS_KEY"),
        ("REDIS_TLS_KEY", "REDIS_TLS_CERT"),
    ] {
        if variables.path(variable).is_some() && variables.path(other).is_none() {
            let message = format!("set, and {other} is not; a client certificate takes both");
            return Err(SettingError::new(variable, message));
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;

    use tempfile::NamedTempFile;

    use super::*;

    fn file(content: &[u8]) -> NamedTempFile {
        let file = NamedTempFile::new().expect("the folder is writable");
        fs::write(file.path(), content).expect("the file is writable");
        file
    }

    fn url_with(url: &str, password: &[u8]) -> Result<String, SettingError> {
        let file = file(password);
        let lookup = |_: &str| Some(OsString::from(file.path()));
        with_password(&Variables(&lookup), Url::parse(url).expect("it is a URL"))
    }

    fn tls_of(variables: &[(&str, &str)]) -> Result<Option<TlsOptions>, SettingError> {
        let lookup = |wanted: &str| {
            let variable = variables.iter().find(|(variable, _)| *variable == wanted);
            variable.map(|(_, value)| OsString::from(value))
        };
        tls(&Variables(&lookup))
    }

    #[test]
    fn a_password_in_a_file_becomes_part_of_the_url() {
        for (before, after) in [
            ("redis://cache", "redis://:hunter2@cache"),
            (
                "rediss://ada@cache:6380/1",
                "rediss://ada:hunter2@cache:6380/1",
            ),
            (
                "redis+unix:///run/redis",
                "redis+unix:///run/redis?pass=hunter2",
            ),
            (
                "redis+unix:///run/redis?user=ada",
                "redis+unix:///run/redis?user=ada&pass=hunter2",
            ),
        ] {
            for password in [&b"hunter2"[..], b"hunter2\n", b"hunter2\r\n"] {
                assert_eq!(url_with(before, password).as_deref(), Ok(after));
            }
        }
    }

    #[test]
    fn a_password_may_hold_what_has_a_meaning_in_urls() {
        for (before, after) in [
            (
                "redis://cache",
                "redis://:a%2520b%40c%3Ad%2F%23%3F+%C3%A9@cache",
            ),
            (
                "redis+unix:///run/redis",
                "redis+unix:///run/redis?pass=a%2520b%40c%3Ad%2F%23%3F%2B%C3%A9",
            ),
        ] {
            let url = url_with(before, "a%20b@c:d/#?+é".as_bytes());

            assert_eq!(url.as_deref(), Ok(after));
        }
    }

    #[test]
    fn a_password_of_no_use_names_the_variable_of_its_file() {
        let too_long = vec![b'a'; (1 << 20) + 1];
        for (before, password) in [
            ("redis://:hunter3@cache", &b"hunter2"[..]),
            ("redis+unix:///run/redis?pass=hunter3", b"hunter2"),
            ("redis://cache", b""),
            ("redis://cache", b"\n"),
            ("redis://cache", b"hunter\xff"),
            ("redis://cache", &too_long),
        ] {
            let refused = url_with(before, password).expect_err("the password is bad");

            assert_eq!(refused.variable(), PASSWORD_FILE);
            let message = refused.to_string();
            assert_eq!(message.lines().count(), 1, "{message}");
            assert!(!message.contains("hunter"), "{message}");
        }
    }

    #[test]
    fn a_file_for_tls_of_no_use_names_its_variable() {
        let rubbish = file(b"hunter2");
        let rubbish = rubbish.path().to_str().expect("the path is text");
        for (variable, _) in TLS_FILES {
            for (url, path) in [
                ("rediss://cache", "/nowhere"),
                ("rediss://cache", rubbish),
                ("redis://cache", rubbish),
                ("", rubbish),
            ] {
                let refused = tls_of(&[("REDIS_URL", url), (variable, path)]);
                let refused = refused.expect_err("the file is bad");

                assert_eq!(refused.variable(), variable);
                assert!(!refused.to_string().contains("hunter2"), "{refused}");
            }
        }
    }

    #[test]
    fn without_files_nothing_is_said_of_tls() {
        assert!(matches!(
            tls_of(&[("REDIS_URL", "rediss://cache")]),
            Ok(None)
        ));
    }
}
