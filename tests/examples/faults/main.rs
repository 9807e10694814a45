//! Runs every fault and writes `reports/faults.md`: `make faults`.
//!
//! With `--short`, faults last for two seconds and not ten. With names of faults, only those run, and
//! what they cost is printed instead, as JSON.

mod report;

use std::fs;
use std::path::Path;
use std::time::Duration;

use cached_tests::faults::ours::Ours;
use cached_tests::faults::service::Service;
use cached_tests::faults::{
    Candidate, Crowd, Fault, Figures, Load, Plan, Trial, hosts, run, run_failing,
};

use self::report::{Origin, Report};

/// The faults that the service is put through.
const OF_SERVICE: &[Fault] = &[
    Fault::KillLoad,
    Fault::Freeze,
    Fault::Absent,
    Fault::GarbageReply,
];

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_short = arguments.iter().any(|argument| argument == "--short");
    let names: Vec<_> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let plan = |fault| {
        if is_short {
            Plan::short()
        } else {
            Plan::full(fault)
        }
    };
    if !names.is_empty() {
        for &fault in Fault::ALL
            .iter()
            .filter(|fault| names.iter().any(|name| *name == fault.name()))
        {
            let figures = run(&Ours::Defaults, fault, plan(fault)).await.figures;
            println!(
                "{}",
                serde_json::to_string(&figures).expect("figures are JSON")
            );
        }
        return;
    }

    // First, while the process has no memory to spare.
    eprintln!("frozen under load");
    let mut report = Report {
        frozen: Some(freeze(is_short).await),
        ..Report::default()
    };
    // It lasts for ten minutes and is a light load, so it goes on beside the others.
    let failing = tokio::spawn(fail(is_short));
    for &fault in Fault::ALL {
        eprintln!("{}: {}", fault.name(), fault.text());
        report.faults.push(if fault == Fault::NameMoves {
            elsewhere(fault, is_short).await
        } else {
            run(&Ours::Defaults, fault, plan(fault)).await.figures
        });
    }
    for crowd in Crowd::ALL {
        eprintln!("{}: {}", crowd.name(), crowd.text());
        report.crowds.push(crowd.run(&Ours::Defaults).await);
    }
    eprintln!("origin protection");
    report.origin = Some(protect(is_short).await);
    let service = Service::built().await;
    for &fault in OF_SERVICE {
        eprintln!("service, {}", fault.name());
        report
            .service
            .push(run(&service, fault, plan(fault)).await.figures);
    }
    eprintln!("a function that fails for ten minutes");
    report.failing = failing.await.expect("it does not panic");

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports");
    fs::create_dir_all(&folder).expect("the repository is writable");
    let rivals = fs::read(folder.join("rivals.json"));
    report.rivals = rivals.map_or_else(
        |_| Vec::new(),
        |json| serde_json::from_slice(&json).expect("reports/rivals.json holds figures"),
    );
    fs::write(folder.join("faults.md"), report.to_string()).expect("the repository is writable");
}

/// Runs a fault in a process that has names of its own.
async fn elsewhere(fault: Fault, is_short: bool) -> Figures {
    let mut arguments = vec![fault.name()];
    arguments.extend(is_short.then_some("--short"));
    let output = hosts::run_again(&arguments).await;
    serde_json::from_slice(&output.stdout).expect("it prints figures")
}

/// A function that fails for ten minutes, without and with stale values to serve.
async fn fail(is_short: bool) -> Vec<Figures> {
    let plan = Plan {
        load: Load {
            rate: 50,
            ..Plan::short().load
        },
        during: Duration::from_secs(if is_short { 10 } else { 600 }),
        ..Plan::short()
    };
    let (without, with) = tokio::join!(
        run_failing(&Ours::ShortLived, plan),
        run_failing(&Ours::StaleIfError, plan)
    );
    vec![without.figures, with.figures]
}

/// Redis killed under a load that its origin could not bear.
async fn protect(is_short: bool) -> Origin {
    let plan = Plan {
        load: Load {
            rate: 2_000,
            keys: 500,
            fresh_every: 0,
            ..Plan::short().load
        },
        before: Duration::from_secs(5),
        during: Duration::from_secs(if is_short { 2 } else { 10 }),
        after: Duration::from_secs(12),
    };
    let trial = run(&Ours::Capped, Fault::KillLoad, plan).await;
    let before = trial.hit_ratio_before();
    Origin {
        before,
        back_within: back_within(&trial, before),
        figures: trial.figures,
    }
}

/// Returns after which second hits are 95 % of what they were before the fault.
fn back_within(trial: &Trial, before: f64) -> Option<u32> {
    let second = |number| Duration::from_secs(1) * number;
    let ratio = |number| trial.hit_ratio_after(second(number - 1), second(number));
    (1..=12).find(|number| ratio(*number) >= 0.95 * before)
}

/// Redis frozen under a load that would fill the memory, if anything piled up.
async fn freeze(is_short: bool) -> Figures {
    let plan = Plan {
        load: Load {
            rate: 2_000,
            ..Plan::short().load
        },
        during: Duration::from_secs(if is_short { 2 } else { 30 }),
        ..Plan::short()
    };
    let candidate: &dyn Candidate = &Ours::Defaults;
    run(candidate, Fault::Freeze, plan).await.figures
}
