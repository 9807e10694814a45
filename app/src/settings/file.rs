//! Settings that stand in files, as containers mount them.

use std::fmt::Display;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::SettingError;

/// The most that is read of a file, which may be a mistake such as `/dev/zero`. A system's bundle of
/// certificates has a quarter of it.
const MAX_BYTES: u64 = 1 << 20;

/// Returns what is in the file that `variable` names.
///
/// # Errors
/// Returns an error for a file that cannot be read or is longer than 1 MiB.
pub(super) fn read(variable: &'static str, path: &Path) -> Result<Vec<u8>, SettingError> {
    let unreadable = |error: std::io::Error| unusable(variable, path, &error);
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let limit = MAX_BYTES + 1;
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 == limit {
        return Err(unusable(variable, path, &"it is longer than 1 MiB"));
    }
    Ok(bytes)
}

/// Returns the secret in a file: all of it but the line break that editors and `echo` put at its end.
///
/// # Errors
/// As [`read`], and for a file without a secret.
pub(super) fn read_secret(variable: &'static str, path: &Path) -> Result<Vec<u8>, SettingError> {
    let mut secret = read(variable, path)?;
    if secret.ends_with(b"\n") {
        secret.pop();
        if secret.ends_with(b"\r") {
            secret.pop();
        }
    }
    if secret.is_empty() {
        return Err(unusable(variable, path, &"it is empty"));
    }
    Ok(secret)
}

/// Returns the password in a file.
///
/// # Errors
/// As [`read_secret`], and for a password that is no text.
pub(super) fn read_password(variable: &'static str, path: &Path) -> Result<String, SettingError> {
    String::from_utf8(read_secret(variable, path)?)
        .map_err(|_| unusable(variable, path, &"it is not UTF-8 text"))
}

/// Returns the error of a file that is of no use.
pub(super) fn unusable(variable: &'static str, path: &Path, why: &dyn Display) -> SettingError {
    let message = format!("{} cannot be used: {why}", path.display());
    // A path may hold line breaks.
    SettingError::new(variable, message.replace(['\r', '\n'], " "))
}
