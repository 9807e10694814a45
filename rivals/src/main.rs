//! Puts other crates that cache functions in Redis under the faults that `make faults` tries the
//! project's own cache under, and writes what that cost their callers.
//!
//! Every run has a process of its own, which this program starts: a rival that hangs or panics spoils
//! only its own figures, and one that keeps its store in a static starts with an empty one.

mod callers;
mod one;
mod runs;
mod source;
mod subjects;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
usage: rivals [--only TEXT] [--at-once NUMBER] FILE
  tries every rival with every settings on every fault and writes the figures to FILE, as JSON

  --only TEXT       only runs whose `name / settings / fault` contains TEXT; may be repeated
  --at-once NUMBER  how many runs go on at the same time (12)";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let [one::COMMAND, name, settings, fault] = arguments[..] {
        one::main(name, settings, fault).await;
        return ExitCode::SUCCESS;
    }
    let Some(plan) = plan(&arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    match runs::main(&plan).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rivals: {error}");
            ExitCode::FAILURE
        }
    }
}

fn plan(arguments: &[&str]) -> Option<runs::Plan> {
    let mut only = Vec::new();
    let mut at_once = 12;
    let mut file = None;
    let mut arguments = arguments.iter();
    while let Some(&argument) = arguments.next() {
        match argument {
            "--only" => only.push((*arguments.next()?).to_owned()),
            "--at-once" => {
                let number: Option<usize> = arguments.next()?.parse().ok();
                at_once = number.filter(|&number| number > 0)?;
            }
            _ if argument.starts_with('-') || file.is_some() => return None,
            _ => file = Some(PathBuf::from(argument)),
        }
    }
    Some(runs::Plan {
        only,
        at_once,
        file: file?,
    })
}
