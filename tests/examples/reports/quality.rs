//! What is checked besides tests, by which command, and what it says: `reports/iosm_report.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use cached_tests::reports::{Figures, root};
use serde_json::{Value, json};

use crate::commands::{Said, files, run};
use crate::figures;

/// A check, the command that makes it, and which line of what that says tells most.
type Gate = (&'static str, &'static str, fn(&str) -> String);

const GATES: &[Gate] = &[
    ("formatting", "cargo fmt --all --check", |_| {
        "no difference".to_owned()
    }),
    (
        "lints: clippy's pedantic set; `unsafe` forbidden; every public item documented",
        "cargo clippy --locked --workspace --all-targets --all-features -- -D warnings",
        |said| format!("{} warnings", of(said, "warning:")),
    ),
    (
        "documentation of the code: links, examples' syntax",
        "RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --all-features --document-private-items",
        |said| format!("{} warnings", of(said, "warning:")),
    ),
    (
        "pages: links, anchors, Rust blocks that no test compiles, mdBook's warnings",
        "./scripts/build-book",
        |said| {
            let line = said.lines().find(|line| line.contains(" pages, "));
            plain(line.unwrap_or("unknown"))
        },
    ),
    (
        "dependencies: one version each, licences, sources, advisories",
        "./scripts/check-dependencies",
        |said| {
            let lines = said
                .lines()
                .filter(|line| line.contains(" ok") || line.contains("advisories"));
            lines.map(plain).collect::<Vec<_>>().join("; ")
        },
    ),
    (
        "operations: alerts and their tests, dashboard, containers, users of Redis, Terraform",
        "./scripts/check-operations",
        |said| {
            let lines = said.lines().filter(|line| line.contains("not checked"));
            let left_out: Vec<_> = lines.map(plain).collect();
            if left_out.is_empty() {
                "nothing found".to_owned()
            } else {
                format!("nothing found; {}", left_out.join("; "))
            }
        },
    ),
    (
        "policies of the infrastructure",
        "target=${CARGO_TARGET_DIR:-target}; $target/tools/operations/bin/checkov --directory terraform --framework terraform --compact --skip-download",
        |said| {
            let line = said.lines().find(|line| line.contains("Passed checks"));
            plain(line.unwrap_or("unknown"))
        },
    ),
    (
        "contract: generated requests against `/openapi.json`",
        "./scripts/test-contract",
        last,
    ),
];

/// How many of the largest files are named.
const LARGEST: usize = 5;

pub(crate) fn measure() -> Figures {
    let mut gates = Vec::new();
    for (what, command, figure) in GATES {
        eprintln!("  {command}");
        let said = run(command);
        if !said.is_success {
            eprintln!("{}", said.text);
        }
        gates.push(tell(what, command, &said, *figure));
    }
    let failed = gates
        .iter()
        .filter(|gate| gate["result"] != "passed")
        .count();

    let mut code = BTreeMap::<String, (usize, usize)>::new();
    let mut largest = Vec::new();
    let mut words = BTreeMap::from(WORDS.map(|word| (word, 0)));
    for file in files("*.rs") {
        let text = fs::read_to_string(root().join(&file)).expect("it is a file");
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
        let number = lines.clone().count();
        let folder = file.split('/').next().unwrap_or_default().to_owned();
        let of_folder = code.entry(folder).or_default();
        *of_folder = (of_folder.0 + 1, of_folder.1 + number);
        // The expected errors of what must not compile, and what looks for these words, are no code.
        if !file.starts_with("tests/ui/") && !file.starts_with("tests/examples/reports/") {
            for line in lines {
                for (word, times) in &mut words {
                    *times += usize::from(line.contains(*word));
                }
            }
        }
        largest.push((number, file));
    }
    largest.sort_unstable_by(|left, right| right.cmp(left));

    figures(json!({
        "gates": gates,
        "gate_count": GATES.len(),
        "failed": failed,
        "code": code.iter().map(|(folder, (files, lines))| json!({"folder": folder, "files": files, "lines": lines})).collect::<Vec<_>>(),
        "lines": code.values().map(|(_, lines)| lines).sum::<usize>(),
        "largest": largest.iter().take(LARGEST).map(|(lines, file)| json!({"file": file, "lines": lines})).collect::<Vec<_>>(),
        "words": words.iter().map(|(word, times)| json!({"word": word, "times": times})).collect::<Vec<_>>(),
        "crates_runtime": crates("cached-runtime"),
        "crates_app": crates("app"),
        "locked": locked(),
        "pages": files("docs/*.md").len(),
    }))
}

/// What code that is done does not hold.
const WORDS: [&str; 7] = [
    "unsafe {",
    "unsafe fn",
    "TODO",
    "FIXME",
    "todo!(",
    "unimplemented!(",
    "#[ignore",
];

/// Returns a row of the table.
fn tell(what: &str, command: &str, said: &Said, figure: fn(&str) -> String) -> Value {
    json!({
        "what": what,
        "command": command.rsplit("; ").next(),
        "result": if said.is_success { "passed" } else { "**failed**" },
        "figure": if said.is_success { figure(&said.text) } else { last(&said.text) },
        "took": format!("{:.0} s", said.took.as_secs_f64()),
    })
}

/// Returns how many packages the normal build of a package takes, itself left out.
fn crates(package: &str) -> usize {
    let said = run(&format!(
        "cargo tree --locked --package {package} --edges normal --prefix none"
    ));
    assert!(said.is_success, "{}", said.text);
    let lines = said.text.lines().map(|line| line.trim_end_matches(" (*)"));
    lines.collect::<BTreeSet<_>>().len() - 1
}

/// Returns how many packages the lock file names, those of this workspace left out.
fn locked() -> usize {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("there is a lock file");
    lock.lines()
        .filter(|line| line.starts_with("checksum = "))
        .count()
}

fn of(said: &str, beginning: &str) -> usize {
    said.lines()
        .filter(|line| line.starts_with(beginning))
        .count()
}

/// Returns the last line that is not empty.
fn last(said: &str) -> String {
    plain(
        said.lines()
            .rfind(|line| !line.trim().is_empty())
            .unwrap_or("nothing"),
    )
}

/// Returns a line without what would break a table.
fn plain(line: &str) -> String {
    line.trim()
        .trim_start_matches("make verify: ")
        .replace('|', "/")
}
