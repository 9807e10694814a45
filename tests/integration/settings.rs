//! Settings, given to the real program: a bad one ends the start with one line that helps.

use std::net::TcpListener;

use cached_tests::app::{Ended, Program, SECRET, birth};
use reqwest::Method;

/// What must never be printed.
const PASSWORD: &str = "hunter2";

#[tokio::test]
async fn every_bad_setting_ends_the_start_with_one_line_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let taken = taken.local_addr().expect("it is bound").to_string();
    let file = tempfile::NamedTempFile::new().expect("the temporary directory is writable");
    let file = file.path().to_str().expect("the path is text");
    let below_a_file = format!("sqlite://{file}/ephemeris.sqlite");
    let settings = [
        ("BIND_ADDR", "nowhere", "127.0.0.1:3000"),
        ("BIND_ADDR", "127.0.0.1:65536", "127.0.0.1:3000"),
        ("BIND_ADDR", &taken, "free port"),
        ("BIND_ADDR", "192.0.2.1:3000", "address of this machine"),
        ("ADMIN_ADDR", "nowhere", "or off"),
        ("ADMIN_ADDR", &taken, "free port"),
        ("REDIS_URL", "hunter2", "redis://"),
        ("REDIS_URL", "redis://:hunter2@localhost:port", "redis://"),
        ("REDIS_URL", "http://:hunter2@localhost", "redis://"),
        ("REDIS_PASSWORD_FILE", "/run/nothing", "REDIS_URL"),
        ("REDIS_TLS_CA", "ca.pem", "rediss://"),
        ("REDIS_TLS_CERT", "client.pem", "rediss://"),
        ("REDIS_TLS_KEY", "client.key", "rediss://"),
        ("DATABASE_PASSWORD_FILE", "/run/nothing", "DATABASE_URL"),
        ("DATABASE_URL", "hunter2", "postgres://"),
        (
            "DATABASE_URL",
            "mysql://ada:hunter2@localhost/charts",
            "postgres://",
        ),
        (
            "DATABASE_URL",
            "postgres://ada:hunter2@localhost:port/charts",
            "postgres://",
        ),
        ("DATABASE_URL", &below_a_file, file),
        ("DATA_DIR", file, file),
        ("DATA_DIR", "/proc/charts", "/proc/charts"),
        ("ENABLE_CACHE", "maybe", "true or false"),
        ("ENABLE_CACHE", "maybe\nnot", "true or false"),
        ("CACHE_KEY_SECRET", "hunter2", "32"),
        ("CACHE_NAMESPACE", "natal:charts", "letters, digits"),
        ("LOG", "loud", "error, warn, info"),
    ];

    for (variable, value, remedy) in settings {
        let ended = Program::run(&[], &[(variable, value)]).await;
        assert_refused(&ended, variable, remedy);
    }
}

#[tokio::test]
async fn redis_without_a_secret_is_refused_with_the_way_to_make_one() {
    let ended = Program::run(&[], &[("REDIS_URL", "redis://:hunter2@localhost")]).await;

    assert_refused(&ended, "CACHE_KEY_SECRET", "openssl rand -hex 32");
}

#[tokio::test]
async fn a_malformed_redis_url_is_reported_while_the_cache_is_off() {
    let settings = [
        ("REDIS_URL", "redis://:hunter2@localhost:port"),
        ("ENABLE_CACHE", "false"),
    ];

    let ended = Program::run(&[], &settings).await;

    assert_refused(&ended, "REDIS_URL", "redis://");
}

#[tokio::test]
async fn a_bad_setting_stops_an_import_too() {
    let ended = Program::run(&["import-ephemeris"], &[("DATABASE_URL", "hunter2")]).await;

    assert_refused(&ended, "DATABASE_URL", "postgres://");
}

#[tokio::test]
async fn the_first_start_makes_its_data_folder_and_the_next_one_uses_it() {
    let folder = tempfile::tempdir().expect("the temporary directory is writable");
    let data = folder.path().join("deep/data");
    let settings = [("DATA_DIR", data.to_str().expect("the path is text"))];

    for _ in 0..2 {
        let program = Program::start(&settings).await;
        let request = program
            .request(Method::POST, "/api/natal/chart")
            .json(&birth());
        assert_eq!(request.send().await.expect("an answer comes").status(), 200);
    }

    assert!(data.join("ephemeris.sqlite").is_file());
}

#[tokio::test]
async fn an_import_says_what_it_imported() {
    let folder = tempfile::tempdir().expect("the temporary directory is writable");
    let settings = [(
        "DATA_DIR",
        folder.path().to_str().expect("the path is text"),
    )];

    let ended = Program::run(&["import-ephemeris"], &settings).await;

    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    assert!(
        ended.output.starts_with("imported DE421: "),
        "{}",
        ended.output
    );
    assert_eq!(ended.output.lines().count(), 1);
}

#[tokio::test]
async fn a_file_that_is_no_ephemeris_is_refused_in_one_line() {
    let folder = tempfile::tempdir().expect("the temporary directory is writable");
    let settings = [(
        "DATA_DIR",
        folder.path().to_str().expect("the path is text"),
    )];
    let file = folder.path().join("letter.txt");
    std::fs::write(&file, "no ephemeris").expect("the folder is writable");
    let file = file.to_str().expect("the path is text");

    let ended = Program::run(&["import-ephemeris", "--file", file], &settings).await;

    assert_refused(&ended, "letter.txt", "not a usable ephemeris");
}

#[tokio::test]
async fn help_names_every_setting() {
    let ended = Program::run(&["--help"], &[]).await;

    assert_eq!(ended.code, Some(0));
    for variable in [
        "BIND_ADDR",
        "ADMIN_ADDR",
        "ADMIN_HOSTS",
        "MAX_CONNECTIONS",
        "DATABASE_URL",
        "DATABASE_PASSWORD_FILE",
        "DATA_DIR",
        "REDIS_URL",
        "REDIS_PASSWORD_FILE",
        "REDIS_TLS_CA",
        "REDIS_TLS_CERT",
        "REDIS_TLS_KEY",
        "ENABLE_CACHE",
        "CACHE_KEY_SECRET",
        "CACHE_STATUS_HEADER",
        "CACHE_NAMESPACE",
        "LOG",
        "import-ephemeris",
    ] {
        assert!(ended.output.contains(variable), "{variable}");
    }
}

#[tokio::test]
async fn a_good_secret_is_never_printed() {
    let settings = [
        ("REDIS_URL", "redis://:hunter2@127.0.0.1:1"),
        ("CACHE_KEY_SECRET", SECRET),
        ("LOG", "trace"),
    ];
    let program = Program::start(&settings).await;
    let request = program
        .request(Method::POST, "/api/natal/chart")
        .json(&birth());
    request.send().await.expect("an answer comes");

    program.signal(rustix::process::Signal::TERM);
    let ended = program.ended().await;

    assert!(ended.output.contains("answered"));
    for secret in [PASSWORD, SECRET] {
        assert!(!ended.output.contains(secret) && !ended.errors.contains(secret));
    }
}

/// Asserts that the program ended badly with one line that names `what`, tells `remedy`, and holds
/// no password.
fn assert_refused(ended: &Ended, what: &str, remedy: &str) {
    let Ended {
        code,
        output,
        errors,
    } = ended;
    assert!(code.is_some_and(|code| code != 0), "{what}: {code:?}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(
        errors.contains(what) && errors.contains(remedy),
        "{what}, {remedy}: {errors}"
    );
    assert!(
        !errors.contains(PASSWORD) && !output.contains(PASSWORD),
        "{errors}{output}"
    );
    assert!(output.is_empty(), "{output}");
}
