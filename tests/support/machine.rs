//! What figures were measured on, for the reports.

use std::fs;
use std::process::Command;

/// Returns what processor and kernel this is.
#[must_use]
pub fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{cores} × {model}, {}", said(&["uname", "-sr"]))
}

/// Returns the compiler and its version.
#[must_use]
pub fn compiler() -> String {
    said(&["rustc", "--version"])
}

/// Returns the version of the `redis-server` on the `PATH`.
#[must_use]
pub fn redis() -> String {
    let redis = said(&["redis-server", "--version"]);
    redis.split(" sha").next().unwrap_or_default().to_owned()
}

/// Returns how many processes wanted to run at once during the last minute, on average.
#[must_use]
pub fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = load.split_whitespace().next();
    first.unwrap_or("unknown").to_owned()
}

/// Returns what a program prints, or `unknown`.
#[must_use]
pub fn said(command: &[&str]) -> String {
    let output = Command::new(command[0]).args(&command[1..]).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|_| "unknown".to_owned())
}
