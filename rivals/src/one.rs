//! One run: one candidate under one fault.

use cached_tests::faults::{self, Candidate, Figures, Plan, hosts};

use crate::{callers, subjects};

/// The argument that asks this program for one run.
pub(crate) const COMMAND: &str = "one";

/// A fault of Redis, or one of callers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    OfRedis(faults::Fault),
    OfCallers(callers::Fault),
}

impl Fault {
    /// Returns every fault that a candidate without a clock can be tried on, in the order of the report.
    pub(crate) fn all() -> Vec<Self> {
        let of_redis = faults::Fault::ALL
            .iter()
            .filter(|fault| !fault.needs_clock());
        let of_callers = callers::Fault::ALL.iter();
        let of_redis = of_redis.map(|&fault| Self::OfRedis(fault));
        of_redis
            .chain(of_callers.map(|&fault| Self::OfCallers(fault)))
            .collect()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OfRedis(fault) => fault.name(),
            Self::OfCallers(fault) => fault.name(),
        }
    }
}

/// Runs and writes the figures to the standard output, as JSON.
pub(crate) async fn main(name: &str, settings: &str, fault: &str) {
    let mut candidates = subjects::all().into_iter();
    let candidate = candidates
        .find(|candidate| candidate.name() == name && candidate.settings() == settings)
        .expect("the program calls itself with names from the list");
    let fault = Fault::all()
        .into_iter()
        .find(|candidate| candidate.name() == fault)
        .expect("the program calls itself with names from the list");

    if needs_names(fault) && !hosts::can_set() {
        let output = hosts::run_again(&[COMMAND, name, settings, fault.name()]).await;
        print!("{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let figures = run(&*candidate, fault).await;
    println!(
        "{}",
        serde_json::to_string(&figures).expect("figures can be written as JSON")
    );
}

fn needs_names(fault: Fault) -> bool {
    matches!(fault, Fault::OfRedis(faults::Fault::NameMoves))
}

async fn run(candidate: &dyn Candidate, fault: Fault) -> Figures {
    match fault {
        Fault::OfRedis(fault) => {
            faults::run(candidate, fault, Plan::full(fault))
                .await
                .figures
        }
        Fault::OfCallers(fault) => callers::run(candidate, fault).await,
    }
}
