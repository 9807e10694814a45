//! How charts are cached: whether at all, under which keys, and who is told.

use cached_runtime::{KeySecret, TlsOptions};

use super::{SettingError, Variables, file, redis};

const PREVIOUS: &str = "CACHE_KEY_SECRET_PREVIOUS";
const PREVIOUS_FILE: &str = "CACHE_KEY_SECRET_PREVIOUS_FILE";

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

/// Returns how charts are cached.
pub(super) fn read(variables: &Variables<'_>) -> Result<CacheSettings, SettingError> {
    let cache = CacheSettings {
        enabled: switch(variables, "ENABLE_CACHE")?,
        redis_tls: redis::tls(variables)?,
        status_header: switch(variables, "CACHE_STATUS_HEADER")?,
        namespace: namespace(variables)?,
        redis_url: redis::url(variables)?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::settings::tests::{SECRET, read, refused};

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
    fn redis_needs_a_secret_only_while_the_cache_is_on() {
        let redis = ("REDIS_URL", "redis://localhost");

        assert_eq!(refused(&[redis]).variable(), "CACHE_KEY_SECRET");
        assert!(read(&[redis, ("CACHE_KEY_SECRET", SECRET)]).is_ok());
        assert!(read(&[redis, ("ENABLE_CACHE", "false")]).is_ok());
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
}
