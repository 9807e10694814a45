//! Commands that are run for what they say.

use std::process::Command;
use std::time::{Duration, Instant};

use cached_tests::reports::root;

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) is_success: bool,
    /// Both outputs, in the order in which they came.
    pub(crate) text: String,
    pub(crate) took: Duration,
}

/// Runs a line of the shell in the folder of the repository.
pub(crate) fn run(line: &str) -> Said {
    let began = Instant::now();
    let mut command = Command::new("/bin/bash");
    command.args(["-c", &format!("exec 2>&1; {line}")]);
    // What cargo tells the programs that it runs is not meant for the cargo that these run.
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&variable);
        }
    }
    let output = command.current_dir(root()).output();
    let output = output.expect("a shell can be run");
    Said {
        is_success: output.status.success(),
        text: String::from_utf8_lossy(&output.stdout).into_owned(),
        took: began.elapsed(),
    }
}

/// Returns the files of the repository that match, new ones included.
pub(crate) fn files(pattern: &str) -> Vec<String> {
    let said = run(&format!(
        "git ls-files -co --exclude-standard -- '{pattern}'"
    ));
    assert!(said.is_success, "{}", said.text);
    let mut files: Vec<String> = said.text.lines().map(str::to_owned).collect();
    files.retain(|file| root().join(file).is_file());
    files
}
