//! `app functions`, run as an operator would.

use cached_tests::app::Program;
use serde_json::{Value, json};

const NAME: &str = "natal::calculate_chart";

#[tokio::test]
async fn every_cached_function_is_a_line_of_an_aligned_table() {
    let ended = Program::run(&["functions"], &[]).await;

    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    let lines: Vec<_> = ended.output.lines().collect();
    let [titles, chart] = lines[..] else {
        panic!("one line of titles and one function: {}", ended.output);
    };
    let cells = [
        ("FUNCTION", NAME),
        ("VERSION", "1"),
        ("TTL", "24h"),
        ("PLACE", "app/src/chart.rs:"),
        ("OPTIONS", "ttl = \"24h\", key = hash,"),
    ];
    for (title, cell) in cells {
        let column = titles.find(title).expect("every column has a title");
        assert!(chart[column..].starts_with(cell), "{title}: {chart}");
    }
}

#[tokio::test]
async fn the_list_is_there_as_json() {
    let ended = Program::run(&["functions", "--json"], &[]).await;

    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    let mut list: Value = serde_json::from_str(&ended.output).expect("the output is JSON");
    let line = list[0]["line"].take();
    assert!(line.as_u64().is_some_and(|line| line > 0), "{line}");
    assert_eq!(
        list,
        json!([{
            "name": NAME,
            "version": 1,
            "ttl_ms": 86_400_000,
            "options": "ttl = \"24h\", key = hash, name = \"natal::calculate_chart\", \
                        cache = services.cache, skip(services), encrypt",
            "file": "app/src/chart.rs",
            "line": null,
        }])
    );
}

#[tokio::test]
async fn the_list_needs_no_settings() {
    let bad = [("REDIS_URL", "nowhere"), ("DATABASE_URL", "nowhere")];

    let ended = Program::run(&["functions"], &bad).await;

    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    assert!(ended.output.contains(NAME), "{}", ended.output);
}
