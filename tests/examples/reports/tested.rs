//! What is tested, by kind: `reports/testing.md`.

use std::collections::BTreeMap;
use std::fs;

use cached_tests::reports::{Figures, root};
use serde_json::{Value, json};

use crate::commands::{files, run};
use crate::figures;

const LIST: &str = "cargo test --locked --workspace --all-features -- --list";

/// The tests of one program.
#[derive(Default)]
struct Program {
    tests: Vec<String>,
}

pub(crate) fn measure() -> Figures {
    let said = run(LIST);
    assert!(said.is_success, "{}", said.text);
    let programs = programs(&said.text);
    let count = |is_counted: &dyn Fn(&str) -> bool| -> usize {
        let counted = programs.iter().filter(|(name, _)| is_counted(name));
        counted.map(|(_, program)| program.tests.len()).sum()
    };
    let named = |part: &str| {
        let tests = programs.values().flat_map(|program| &program.tests);
        tests.filter(|test| test.contains(part)).count()
    };
    let seeds: Vec<String> = files("fuzz/seeds/*");
    let mut targets: Vec<&str> = seeds
        .iter()
        .filter_map(|seed| seed.split('/').nth(2))
        .collect();
    targets.dedup();
    let rows: Vec<Value> = programs
        .iter()
        .filter(|(_, program)| !program.tests.is_empty())
        .map(|(name, program)| json!({"name": name, "tests": program.tests.len()}))
        .collect();

    figures(json!({
        "list": LIST,
        "rows": rows,
        "total": count(&|_| true),
        "unit": count(&|name| name.starts_with("unit tests")),
        "doc": count(&|name| name.starts_with("documentation")),
        "integration": count(&|name| name == "integration"),
        "integration_files": files("tests/integration/*.rs").len() - 2,
        "story": count(&|name| name == "story"),
        "scenes": named("flight::interleavings::"),
        "ui_fail": files("tests/ui/fail/*.rs").len(),
        "ui_pass": files("tests/ui/pass/*.rs").len(),
        "examples": files("cached-runtime/examples/*.rs").len(),
        "targets": targets.len(),
        "seeds": seeds.len(),
        "charts": length("tests/reference-charts/charts.json"),
        "zones": length("tests/reference-charts/timezones.json"),
        "golden": files("tests/golden/*.bin").len(),
        "runbook": occurrences("RUNBOOK.md", "```sh"),
        "alert_tests": files("ops/prometheus/tests/*.yml").iter().map(|file| occurrences(file, "- name: ")).sum::<usize>(),
        "alerts": occurrences("ops/prometheus/rules/alerts.yml", "- alert: "),
        "ignored": files("*.rs").iter().map(|file| occurrences(file, "#[ignore")).sum::<usize>(),
    }))
}

/// Returns the programs that cargo lists, by what they are called.
fn programs(list: &str) -> BTreeMap<String, Program> {
    let mut programs: BTreeMap<String, Program> = BTreeMap::new();
    let mut current = String::new();
    for line in list.lines() {
        if let Some(running) = line.trim_start().strip_prefix("Running ") {
            current = program_name(running);
        } else if let Some(package) = line.trim_start().strip_prefix("Doc-tests ") {
            current = format!("documentation of {package}");
        } else if let Some(test) = line.strip_suffix(": test") {
            programs
                .entry(current.clone())
                .or_default()
                .tests
                .push(test.to_owned());
        }
    }
    programs
}

/// Returns what a program is called, out of `unittests src/lib.rs (target/debug/deps/app-0123456789abcdef)`.
fn program_name(running: &str) -> String {
    let (source, path) = running.split_once(" (").unwrap_or((running, ""));
    let file = path.rsplit('/').next().unwrap_or_default();
    let name = file.rsplit_once('-').map_or(file, |(name, _)| name);
    if source.starts_with("unittests") {
        format!("unit tests of {name}")
    } else {
        name.to_owned()
    }
}

/// Returns how many items a file of JSON lists.
fn length(path: &str) -> usize {
    let text = read(path);
    let value: Value = serde_json::from_str(&text).expect("it is JSON");
    value.as_array().map_or_else(
        || value.as_object().map_or(0, serde_json::Map::len),
        Vec::len,
    )
}

/// Returns on how many lines of a file `word` begins what is not blank.
fn occurrences(path: &str, word: &str) -> usize {
    let text = read(path);
    text.lines()
        .filter(|line| line.trim_start().starts_with(word))
        .count()
}

fn read(path: &str) -> String {
    let text = fs::read_to_string(root().join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}
