//! Every command of `RUNBOOK.md`, run in its order: against the real program and a real Redis of its section, to
//! which the fault that the section is about was done. What the page defines for Docker Compose is run as well, with a
//! stand-in for `docker` that knows the commands of the page and no others.

mod page;
mod place;

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use cached_tests::app::{Answer, Program};
use cached_tests::faults::Fault;
use cached_tests::ports;
use reqwest::Method;
use rustix::process::Signal;
use serde_json::json;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::page::{PAGE, Section};
use self::place::Place;

/// The section whose first blocks define what the commands of all others use.
const FIRST: &str = "Before you begin";

/// How long the commands of a section may take together.
const PATIENCE: Duration = Duration::from_mins(2);

/// How many sections are tried at once.
const AT_ONCE: usize = 4;

#[tokio::test]
async fn every_command_does_what_the_page_says() {
    Program::build().await;
    let sections = page::sections();
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut trials = JoinSet::new();
    for section in sections {
        let turns = Arc::clone(&turns);
        trials.spawn(async move {
            let _turn = turns.acquire().await;
            try_out(&section).await
        });
    }

    let mut failures = Vec::new();
    while let Some(trial) = trials.join_next().await {
        failures.extend(trial.unwrap_or_else(|panic| Some(panic.to_string())));
    }

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[tokio::test]
async fn waiting_for_what_does_not_come_ends_and_says_what_came() {
    let folder = tempfile::tempdir().expect("the system's temporary directory is writable");
    let nobody = format!("APP=http://127.0.0.1:{} PATIENCE=1", ports::free());
    let script = [page::names(), &nobody, page::definitions(), "wait_for HIT"].join("\n");

    let ended = run(&script, folder.path()).await;

    let output = ended.expect_err("there is nobody to answer");
    assert!(
        output.contains("no HIT; the last answer was: 000"),
        "{output}"
    );
}

#[tokio::test]
async fn the_log_without_the_lines_of_requests_keeps_all_others() {
    let (_, filter) = PAGE.split_once("`LOG=").expect("the page has a filter");
    let (filter, _) = filter.split_once('`').expect("it ends");
    let program = Program::start(&[("LOG", filter)]).await;
    program.ready().await;
    let switch = program.admin_request(Method::PUT, "/cache/enabled");
    let switched = Answer::to(switch.json(&json!({"enabled": false}))).await;

    program.signal(Signal::TERM);
    let log = program.ended().await.output;

    assert_eq!(switched.status(), 200, "{}", switched.body());
    assert!(!log.contains(r#""message":"answered""#), "{log}");
    for line in ["listening", "the cache was switched", "stopping"] {
        let line = format!(r#""message":"{line}""#);
        assert!(log.contains(&line), "{line}: {log}");
    }
}

#[test]
fn every_fault_that_is_tried_has_a_row() {
    let missing: Vec<&str> = Fault::ALL
        .iter()
        .map(|fault| fault.text())
        .filter(|text| !PAGE.contains(&format!("\n| {text} | ")))
        .collect();

    assert!(missing.is_empty(), "RUNBOOK.md has no row for {missing:?}");
}

#[test]
fn every_section_that_a_fault_is_done_for_is_there() {
    let sections = page::sections();

    for heading in place::HARMED {
        assert!(
            sections.iter().any(|section| section.heading == *heading),
            "RUNBOOK.md has no section {heading:?}"
        );
    }
}

/// Runs the blocks of a section in a place of its own; returns what went wrong.
async fn try_out(section: &Section) -> Option<String> {
    let place = Place::prepare(section.heading).await;
    place.harm(section.heading).await;
    let definitions = [page::names(), place.names(), page::definitions()].join("\n");
    let run = run(&(definitions + &section.script()), place.folder()).await;
    let failure = match run {
        Ok(()) => place.remains(section.heading).await.err(),
        Err(output) => Some(output),
    };
    place.leave().await;
    failure.map(|failure| format!("RUNBOOK.md, {:?}:\n{failure}", section.heading))
}

/// Runs a script in `bash` and returns what it wrote when it fails.
async fn run(script: &str, folder: &Path) -> Result<(), String> {
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", script])
        .env_clear()
        .env("PATH", place::path(folder))
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = match timeout(PATIENCE, bash.output()).await {
        Ok(output) => output.expect("bash can be run"),
        Err(_) => return Err(format!("not done after {PATIENCE:?}:\n{script}")),
    };
    if output.status.success() {
        return Ok(());
    }
    let [written, errors] = [output.stdout, output.stderr].map(|bytes| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    });
    Err(format!("{}\n{errors}\n{written}", output.status))
}
