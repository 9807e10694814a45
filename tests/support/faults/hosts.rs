//! Names of our own, without privileges: a program runs again in a mount namespace in which another
//! file stands in the place of `/etc/hosts`.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::server::blocking;

/// Names the file that stands in the place of `/etc/hosts`, in a program that was run again.
const VARIABLE: &str = "CACHED_TESTS_HOSTS";

/// The names that every file has.
const COMMON: &str = "127.0.0.1 localhost\n";

/// Returns the output of this program, run again with `arguments` in a namespace in which it can
/// [`set`] names.
///
/// # Panics
/// Panics when that cannot be done, saying why.
pub async fn run_again(arguments: &[&str]) -> Output {
    let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
    let file = tempfile::NamedTempFile::new().expect("the temporary directory is writable");
    fs::write(&file, COMMON).expect("the file is writable");
    let path = file.path().to_owned();
    let output = blocking(move || {
        let program = env::current_exe().expect("a program knows where it is");
        Command::new("unshare")
            .args(["--map-root-user", "--mount", "--", "/bin/sh", "-c"])
            .arg(r#"mount --bind "$1" /etc/hosts && shift && exec "$@""#)
            .arg("sh")
            .arg(&path)
            .arg(program)
            .args(arguments)
            .env(VARIABLE, &path)
            .stdin(Stdio::null())
            .output()
            .expect("`unshare` of util-linux can be run")
    })
    .await;
    assert!(
        output.status.success(),
        "run again with names of its own, which needs user namespaces (`sysctl user.max_user_namespaces`): {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output
}

/// Returns true when this program can [`set`] names.
#[must_use]
pub fn can_set() -> bool {
    env::var_os(VARIABLE).is_some()
}

/// Gives `name` an address, or none, for this program and whatever it starts.
///
/// # Panics
/// Panics when this program was not [run again](run_again) to have names of its own.
pub fn set(name: &str, address: Option<&str>) {
    let path = env::var_os(VARIABLE).map(PathBuf::from);
    let path = path.expect("the program was run again to have names of its own");
    let line = address.map_or_else(String::new, |address| format!("{address} {name}\n"));
    // Written in its place: it is the file and not its name that stands for /etc/hosts.
    fs::write(path, format!("{COMMON}{line}")).expect("the file is writable");
}
