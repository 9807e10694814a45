//! Every example runs, and prints what the book says it prints.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PAGE: &str = include_str!("../../docs/examples.md");

#[test]
fn first_cache() {
    assert_eq!(printed("first_cache"), on_the_page("first_cache"));
}

#[test]
fn method_with_scope() {
    assert_eq!(
        printed("method_with_scope"),
        on_the_page("method_with_scope")
    );
}

#[test]
fn custom_key() {
    assert_eq!(printed("custom_key"), on_the_page("custom_key"));
}

#[test]
fn stale_while_revalidate() {
    assert_eq!(
        printed("stale_while_revalidate"),
        on_the_page("stale_while_revalidate")
    );
}

#[test]
fn fault_kit() {
    assert_eq!(printed("fault_kit"), on_the_page("fault_kit"));
}

#[test]
fn axum_layer() {
    let mut service = Command::new(program("axum_layer"))
        .arg("127.0.0.1:0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example starts");
    let mut line = String::new();
    BufReader::new(service.stdout.take().expect("it is piped"))
        .read_line(&mut line)
        .expect("the example says where it listens");
    let address = line.trim().strip_prefix("listening on ").expect(&line);

    let first = get(address, "/price/7");
    let second = get(address, "/price/7");
    service.kill().expect("the example can be ended");
    service.wait().expect("the example has ended");

    assert!(first.starts_with("HTTP/1.1 200 OK\r\n"), "{first}");
    assert!(first.ends_with("\r\n\r\n700"), "{first}");
    for (answer, status) in [(&first, "MISS"), (&second, "HIT")] {
        let header = format!("x-cache-status: {status}");
        assert!(answer.contains(&header), "{answer}");
        assert!(on_the_page("axum_layer").contains(&header), "{header}");
    }
}

#[test]
fn every_example_is_run_here_and_stands_on_the_page() {
    const TESTS: &str = include_str!("examples.rs");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let examples: BTreeSet<String> = fs::read_dir(folder)
        .expect("there are examples")
        .map(|file| file.expect("the folder can be read").path())
        .map(|file| file.file_stem().expect("a name").display().to_string())
        .collect();

    for example in examples {
        assert!(TESTS.contains(&format!("fn {example}()")), "{example}");
        assert!(PAGE.contains(&format!("## `{example}`")), "{example}");
    }
}

/// Returns what an example prints.
fn printed(example: &str) -> String {
    let output = Command::new(program(example))
        .output()
        .expect("the example starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("an example prints text")
}

/// Returns what the page says that an example prints.
fn on_the_page(example: &str) -> String {
    let heading = format!("## `{example}`\n");
    let (_, section) = PAGE.split_once(&heading).expect("the page has a heading");
    let (_, output) = section.split_once("```text\n").expect("and what it prints");
    let (output, _) = output.split_once("```\n").expect("to the end of the block");
    output.to_owned()
}

/// Returns the program that cargo has made of an example, which it does before it runs the tests of a package.
fn program(example: &str) -> PathBuf {
    let test = env::current_exe().expect("a test has a file");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("it lies in the target folder's deps");
    let program = folder.join("examples").join(example);
    assert!(
        program.is_file(),
        "there is no {}; run the tests of the package, or first `cargo build -p cached-runtime --all-features --examples`",
        program.display()
    );
    program
}

/// Returns the whole answer to a request, head and body.
fn get(address: &str, path: &str) -> String {
    let mut connection = TcpStream::connect(address).expect("the example listens");
    write!(
        connection,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .expect("the example reads");
    let mut answer = String::new();
    connection
        .read_to_string(&mut answer)
        .expect("the example answers");
    answer
}
