//! Every command of `RUNBOOK.md`, run in its order: against the real program and a real Redis of its section, to
//! which the fault that the section is about was done.

mod page;
mod place;

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use cached_tests::app::Program;
use cached_tests::faults::Fault;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::page::{PAGE, Section};
use self::place::Place;

/// The section whose first block defines what the commands of all others use.
const FIRST: &str = "Before you begin";

/// How long the commands of a section may take together.
const PATIENCE: Duration = Duration::from_mins(2);

/// How many sections are tried at once.
const AT_ONCE: usize = 4;

#[tokio::test]
async fn every_command_does_what_the_page_says() {
    Program::build().await;
    let sections = page::sections();
    let definitions = page::definitions(&sections);
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut trials = JoinSet::new();
    for section in sections {
        let (turns, definitions) = (Arc::clone(&turns), definitions.clone());
        trials.spawn(async move {
            let _turn = turns.acquire().await;
            try_out(&section, &definitions).await
        });
    }

    let mut failures = Vec::new();
    while let Some(trial) = trials.join_next().await {
        failures.extend(trial.unwrap_or_else(|panic| Some(panic.to_string())));
    }

    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
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
async fn try_out(section: &Section, definitions: &str) -> Option<String> {
    let mut place = Place::prepare().await;
    place.harm(section.heading).await;
    let script = section.script(definitions);
    let run = run(&script, place.names(), place.folder()).await;
    let failure = match run {
        Ok(()) => place.remains(section.heading).await.err(),
        Err(output) => Some(output),
    };
    place.leave().await;
    failure.map(|failure| format!("RUNBOOK.md, {:?}:\n{failure}", section.heading))
}

/// Runs a script in `bash` and returns what it wrote when it fails.
async fn run(script: &str, names: &[(String, String)], folder: &Path) -> Result<(), String> {
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", script])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(names.iter().map(|(name, value)| (name, value)))
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
