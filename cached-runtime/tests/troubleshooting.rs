//! Whoever meets a compile error finds it in `docs/troubleshooting.md` by its words.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../docs/troubleshooting.md");

#[test]
fn every_compile_error_is_on_the_page() {
    let listed: BTreeSet<String> = listed().map(without_examples).collect();

    let missing: BTreeSet<String> = reported()
        .into_iter()
        .filter(|message| !listed.contains(&without_examples(message)))
        .collect();

    assert!(missing.is_empty(), "not on the page: {missing:#?}");
}

#[test]
fn every_option_has_a_page() {
    const INDEX: &str = include_str!("../../docs/options.md");
    let options = listed().find_map(|message| message.strip_prefix("expected an option: "));

    for option in options.expect("the page lists the options").split(", ") {
        // Two options on one page, since they say the same of reads and of writes.
        let page = if option == "write_timeout" {
            "read_timeout"
        } else {
            option
        };
        let file = format!("options/{page}.md");
        assert!(INDEX.contains(&format!("`{option}`")), "{option}");
        assert!(INDEX.contains(&format!("]({file})")), "{option}");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        assert!(root.join(file).is_file(), "{option}");
    }
}

#[test]
fn what_a_message_quotes_does_not_matter_and_its_words_do() {
    let message = "`ttl` needs a unit; write `ttl = \"24s\"` for seconds";
    let of_another_option = "`none_ttl` needs a unit; write `none_ttl = \"5s\"` for seconds";
    let in_other_words = "`ttl` needs a unit; write `ttl = \"24s\"` for minutes";

    assert_eq!(
        without_examples(message),
        without_examples(of_another_option)
    );
    assert_ne!(without_examples(message), without_examples(in_other_words));
}

/// Returns the messages on the page: the lines of its blocks.
fn listed() -> impl Iterator<Item = &'static str> {
    let blocks = PAGE.split("```text\n").skip(1);
    blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines())
}

/// Returns the messages that rustc shows for the mistakes in `tests/ui/fail`.
fn reported() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui/fail");
    let kinds = entries(&root);
    let files = kinds.iter().flat_map(|kind| entries(kind));
    let outputs = files.filter(|file| file.extension().is_some_and(|kind| kind == "stderr"));
    let messages: Vec<String> = outputs
        .flat_map(|file| {
            let output = fs::read_to_string(&file).expect("the output is text");
            let messages: Vec<_> = output.lines().filter_map(message).collect();
            assert!(!messages.is_empty(), "no error in {}", file.display());
            messages
        })
        .collect();
    assert!(!messages.is_empty(), "no mistakes in {}", root.display());
    messages
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect()
}

/// Returns the message in the first line of an error: `error: …` or `error[E0277]: …`.
fn message(line: &str) -> Option<String> {
    let (kind, message) = line.split_once(": ")?;
    let is_error = kind == "error" || (kind.starts_with("error[") && kind.ends_with(']'));
    is_error.then(|| message.to_owned())
}

/// Returns a message with nothing between its backticks and its quotes.
fn without_examples(message: impl AsRef<str>) -> String {
    let between = |message: &str, mark: char| {
        let parts = message.split(mark).step_by(2);
        parts.collect::<Vec<_>>().join(&format!("{mark}{mark}"))
    };
    between(&between(message.as_ref(), '`'), '"')
}
