//! The report, as Markdown.

use std::collections::BTreeMap;
use std::fmt;

use cached_tests::faults::{Crowd, Fault, Figures};
use cached_tests::machine;

/// What a call may take beyond the function: the read deadline and 25 ms.
const SLOWEST_MS: f64 = 125.0;

/// What all calls but one in a hundred may take beyond the function, once a fault is settled.
const P99_MS: f64 = 1.0;

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) faults: Vec<Figures>,
    pub(crate) crowds: Vec<Figures>,
    pub(crate) origin: Option<Origin>,
    pub(crate) frozen: Option<Figures>,
    pub(crate) failing: Vec<Figures>,
    pub(crate) service: Vec<Figures>,
    pub(crate) rivals: Vec<Figures>,
}

/// Redis killed under a load that its origin could not bear.
#[derive(Debug)]
pub(crate) struct Origin {
    /// The share of hits before Redis was killed.
    pub(crate) before: f64,
    /// After which second from healing it was 95 % of that again.
    pub(crate) back_within: Option<u32>,
    pub(crate) figures: Figures,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        introduce(f)?;
        self.tell_faults(f)?;
        self.tell_crowds(f)?;
        self.tell_origin(f)?;
        self.tell_failing(f)?;
        self.tell_service(f)?;
        self.tell_rivals(f)
    }
}

impl Report {
    fn tell_faults(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "## Under load\n\n\
             | fault | calls | failed | wrong | hung | slowest | p99 | without Redis | machine | first hit | outcomes |\n\
             | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --- |"
        )?;
        for figures in &self.faults {
            let text = Fault::ALL
                .iter()
                .find(|fault| fault.name() == figures.fault)
                .map_or("", |fault| fault.text());
            tell(f, text, figures)?;
        }
        let beyond: Vec<String> = self.faults.iter().filter_map(beyond).collect();
        if beyond.is_empty() {
            writeln!(
                f,
                "\nAll are within the bounds: nothing failed, wrong or hung, slowest {SLOWEST_MS} ms, p99 without Redis {P99_MS} ms, first hit 1 s \
                 (2 s after a half-dead connection).\n"
            )
        } else {
            writeln!(
                f,
                "\nThe bounds are nothing failed, wrong or hung, slowest {SLOWEST_MS} ms, p99 without Redis {P99_MS} ms, first hit 1 s (2 s after a \
                 half-dead connection). Beyond them:\n\n{}\n",
                beyond.join("\n")
            )
        }
    }

    fn tell_crowds(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "## Crowds\n\nThe callers that are dropped are not counted, nor does the one whose own run panics count as failed.\n\n\
             | crowd | calls | runs of the function | failed | wrong | hung | slowest | outcomes |\n\
             | --- | --: | --: | --: | --: | --: | --: | --- |"
        )?;
        for figures in &self.crowds {
            let text = Crowd::ALL
                .iter()
                .find(|crowd| crowd.name() == figures.fault)
                .map_or("", |crowd| crowd.text());
            let Figures {
                calls,
                runs,
                failed,
                wrong,
                hung,
                slowest_beyond_ms,
                ..
            } = figures;
            let outcomes = counts(&figures.outcomes);
            writeln!(
                f,
                "| {text} | {calls} | {runs} | {failed} | {wrong} | {hung} | {slowest_beyond_ms:.1} ms | {outcomes} |"
            )?;
        }
        writeln!(f)
    }

    fn tell_origin(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## What is behind the cache\n")?;
        if let Some(origin) = &self.origin {
            let figures = &origin.figures;
            let refused: u64 = figures.errors.values().sum();
            let percent = origin.before * 100.0;
            let back = origin
                .back_within
                .map_or("not within 12 s".to_owned(), |second| {
                    format!("within {second} s of healing")
                });
            writeln!(
                f,
                "Redis killed under 2,000 calls a second over 500 keys, with {}: {} calls, at most {} runs of the function \
                 at once, {refused} calls refused, {} wrong, {} hung. Hits were {percent:.1} % before, and 95 % of that again {back}.\n",
                figures.settings, figures.calls, figures.most_at_once, figures.wrong, figures.hung,
            )?;
        }
        if let Some(frozen) = &self.frozen {
            let (before, most) = frozen.resident_kib;
            writeln!(
                f,
                "Redis frozen under 2,000 calls a second: {} calls, {} failed, {} hung; the process had {before} KiB before and {most} KiB \
                 at most, of which some hundred bytes of each call are the driver's.\n",
                frozen.calls, frozen.failed, frozen.hung,
            )?;
        }
        Ok(())
    }

    fn tell_failing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "## A function that fails for ten minutes\n\n50 calls a second for 8 keys; what failed is the function's own error.\n\n\
             | options | calls | failed | wrong | hung | slowest | p99 | without Redis | machine | first hit | outcomes |\n\
             | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --- |"
        )?;
        for figures in &self.failing {
            tell(f, &format!("`{}`", figures.settings), figures)?;
        }
        writeln!(f)
    }

    fn tell_service(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "## The service, over HTTP\n\nThe real program. Times are those of whole answers, the function's included.\n\n\
             | fault | calls | failed | wrong | hung | slowest | p99 | without Redis | machine | first hit | outcomes |\n\
             | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --- |"
        )?;
        for figures in &self.service {
            tell(f, &figures.fault, figures)?;
        }
        writeln!(f)
    }

    fn tell_rivals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut subjects = Vec::new();
        for figures in &self.rivals {
            let subject = (&figures.subject, &figures.settings);
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
        writeln!(f, "## Beside others\n")?;
        if subjects.is_empty() {
            return writeln!(f, "`make rivals` measures them; it has not run here.");
        }
        writeln!(
            f,
            "Measured by `make rivals`, which says how each is set up. A cell holds: failed calls, hung calls, slowest, first hit; wrong \
             values where there were any. The others' `panicking-run` has 100 callers, and counts the one that panics as \
             failed.\n"
        )?;
        let ours = self.faults.iter().chain(&self.crowds);
        write!(f, "| fault | cached-runtime |")?;
        for (subject, settings) in &subjects {
            write!(f, " {subject}, {settings} |")?;
        }
        writeln!(f, "\n| --- | --- |{}", " --- |".repeat(subjects.len()))?;
        for figures in ours {
            write!(f, "| {} | {} |", figures.fault, cell(figures))?;
            for (subject, settings) in &subjects {
                let of_rival = self.rivals.iter().find(|rival| {
                    (&rival.subject, &rival.settings) == (*subject, *settings)
                        && rival.fault == figures.fault
                });
                write!(f, " {} |", of_rival.map_or_else(String::new, cell))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Writes what the report is of.
fn introduce(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let version = env!("CARGO_PKG_VERSION");
    let (machine, rustc, redis) = (machine::machine(), machine::compiler(), machine::redis());
    writeln!(
        f,
        "# What faults cost\n\n\
         Written by `make faults`. Every row is a real Redis that something happens to, under 100 calls a second: four of \
         five for 8 keys in turn, each fifth for a key nobody has called for. The function takes 50 ms. Calls are started when \
         they are due, whether or not those before them have ended.\n\n\
         Times are beyond the function's own, and for a call that waited for another's run, beyond that run. *p99* is of the \
         calls from one second after the fault began until it was healed; *without Redis* is that of the calls among them that \
         neither read nor wrote, because the connection was gone or the breaker for reads open; *machine* is how late the machine started the same \
         calls, each by a thread that had nothing else to do, which no call can be better than; *first hit* is from healing to the end of the first call \
         that was answered from the cache, and for a fault that takes nothing away for long, from its beginning. Calls count from \
         the beginning of the fault to the end of the load.\n\n\
         | | |\n| --- | --- |\n| library | cached-runtime {version} |\n| machine | {machine} |\n| compiler | {rustc} |\n\
         | server | {redis} |\n",
    )
}

/// Writes a row of the tables of faults.
fn tell(f: &mut fmt::Formatter<'_>, name: &str, figures: &Figures) -> fmt::Result {
    let Figures {
        calls,
        failed,
        wrong,
        hung,
        slowest_beyond_ms,
        ..
    } = figures;
    writeln!(
        f,
        "| {name} | {calls} | {failed} | {wrong} | {hung} | {slowest_beyond_ms:.1} ms | {} | {} | {} | {} | {} |",
        millis(figures.p99_beyond_ms, 2),
        millis(figures.p99_without_store_ms, 2),
        millis(figures.p99_machine_ms, 2),
        millis(figures.first_hit_ms, 0),
        counts(&figures.outcomes),
    )
}

/// Returns what of a fault is beyond the bounds.
fn beyond(figures: &Figures) -> Option<String> {
    let mut beyond = Vec::new();
    if figures.failed + figures.wrong + figures.hung > 0 {
        beyond.push("calls failed, wrong or hung".to_owned());
    }
    if figures.slowest_beyond_ms > SLOWEST_MS {
        beyond.push(format!("slowest {:.1} ms", figures.slowest_beyond_ms));
    }
    if let Some(p99) = figures.p99_without_store_ms.filter(|p99| *p99 > P99_MS) {
        beyond.push(format!(
            "p99 {p99:.2} ms without Redis, {} the machine's own",
            millis(figures.p99_machine_ms, 2)
        ));
    }
    let is_half_dead = figures.fault == Fault::HalfDead.name();
    let bound = if is_half_dead { 2_000.0 } else { 1_000.0 };
    match figures.first_hit_ms {
        Some(first) if first > bound => beyond.push(format!("first hit {first:.0} ms")),
        None if figures.fault != Fault::NameUnknown.name() => beyond.push("no hit".to_owned()),
        _ => {}
    }
    (!beyond.is_empty()).then(|| format!("- {}: {}", figures.fault, beyond.join(", ")))
}

/// Returns what a fault cost, for a cell of the comparison.
fn cell(figures: &Figures) -> String {
    let Figures {
        failed,
        hung,
        slowest_beyond_ms,
        ..
    } = figures;
    let first_hit = millis(figures.first_hit_ms, 0);
    let wrong = match figures.wrong {
        0 => String::new(),
        wrong => format!(", **{wrong} wrong**"),
    };
    format!("{failed}, {hung}, {slowest_beyond_ms:.0} ms, {first_hit}{wrong}")
}

fn millis(millis: Option<f64>, digits: usize) -> String {
    millis.map_or("none".to_owned(), |millis| format!("{millis:.digits$} ms"))
}

fn counts(outcomes: &BTreeMap<String, u64>) -> String {
    let counts = outcomes
        .iter()
        .map(|(outcome, count)| format!("{count} {outcome}"));
    counts.collect::<Vec<_>>().join("; ")
}
