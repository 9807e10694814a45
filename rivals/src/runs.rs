//! All runs, each in a process of its own, and the file that they end up in.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cached_tests::faults::Figures;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::one::{self, Fault};
use crate::subjects;

/// How long a process may take; the patience of a run with its calls ends well before.
const PATIENCE: Duration = Duration::from_mins(5);

/// What to run, and where to write it.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Only runs whose name contains one of these; all, if there is none.
    pub(crate) only: Vec<String>,
    pub(crate) at_once: usize,
    pub(crate) file: PathBuf,
}

/// One run: one candidate under one fault.
#[derive(Clone, Debug)]
struct Run {
    name: String,
    settings: String,
    fault: Fault,
}

/// Runs what `plan` says and writes the figures, in the order of the lists of candidates and faults.
pub(crate) async fn main(plan: &Plan) -> io::Result<()> {
    let turns = Arc::new(Semaphore::new(plan.at_once));
    let mut running = JoinSet::new();
    for (index, run) in runs(&plan.only).into_iter().enumerate() {
        let turns = Arc::clone(&turns);
        running.spawn(async move {
            let _turn = turns.acquire().await.expect("it is never closed");
            (index, figures(&run).await)
        });
    }

    let all = running.len();
    let mut ended = BTreeMap::new();
    while let Some(run) = running.join_next().await {
        let (index, figures) = run.expect("nothing panics here");
        show(ended.len() + 1, all, &figures);
        ended.insert(index, figures);
    }

    let figures: Vec<Figures> = ended.into_values().collect();
    let mut json = serde_json::to_vec_pretty(&figures)?;
    json.push(b'\n');
    fs::write(&plan.file, json)
}

fn runs(only: &[String]) -> Vec<Run> {
    let mut runs = Vec::new();
    for candidate in subjects::all() {
        for fault in Fault::all() {
            let run = Run {
                name: candidate.name().to_owned(),
                settings: candidate.settings().to_owned(),
                fault,
            };
            let text = run.to_string();
            if only.is_empty() || only.iter().any(|part| text.contains(part)) {
                runs.push(run);
            }
        }
    }
    runs
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = self.fault.name();
        write!(f, "{} / {} / {fault}", self.name, self.settings)
    }
}

/// Returns the figures of one run; of one whose process gave none, no calls, and its end as an error.
async fn figures(run: &Run) -> Figures {
    let process = Command::new(std::env::current_exe().expect("this program has a path"))
        .args([one::COMMAND, &run.name, &run.settings, run.fault.name()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("this program can be run");
    let note = match timeout(PATIENCE, process.wait_with_output()).await {
        Ok(Ok(output)) => match serde_json::from_slice(&output.stdout) {
            Ok(figures) => return figures,
            Err(_) => obituary(&output),
        },
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("the run did not end within {PATIENCE:?}"),
    };
    Figures {
        subject: run.name.clone(),
        settings: run.settings.clone(),
        fault: run.fault.name().to_owned(),
        errors: BTreeMap::from([(note, 1)]),
        ..Figures::default()
    }
}

/// Returns how a process ended and what it said last.
fn obituary(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    format!("{}: {}", output.status, last.unwrap_or("no word"))
}

fn show(done: usize, all: usize, figures: &Figures) {
    let Figures {
        subject,
        settings,
        fault,
        calls,
        failed,
        wrong,
        hung,
        slowest_beyond_ms,
        errors,
        ..
    } = figures;
    eprintln!(
        "{done}/{all} {subject} / {settings} / {fault}: {calls} calls, {failed} failed, {wrong} wrong, \
         {hung} hung, slowest {slowest_beyond_ms:.0} ms beyond {errors:?}"
    );
}
