//! Local times against the reference cases: every instant, gap and fold of them.

use cached_tests::app::{TestApp, birth_with};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Case {
    local: String,
    timezone: String,
    main_tzdb: Expected,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Expected {
    Unique(Instant),
    Ambiguous {
        earlier: Instant,
        later: Instant,
    },
    Nonexistent {
        offset_before: i32,
        offset_after: i32,
    },
}

#[derive(Deserialize)]
struct Instant {
    utc: String,
    utc_offset_seconds: i32,
}

#[tokio::test]
async fn every_reference_case_is_one_instant_or_a_reasoned_refusal() {
    let app = TestApp::start(&[]).await;
    let cases: Vec<Case> = serde_json::from_str(include_str!("../reference-charts/timezones.json"))
        .expect("timezones.json holds cases");
    assert_eq!(cases.len(), 18);

    for case in cases {
        let (date, time) = case.local.split_once('T').expect("a local time has a date");
        let birth = |fold: Option<u8>| {
            birth_with(&json!({
                "date": date, "time": time, "timezone": case.timezone, "fold": fold
            }))
        };
        let answer = app.post_chart(&birth(None)).await;
        match &case.main_tzdb {
            Expected::Unique(instant) => assert_instant(&answer.json(), instant, &case),
            Expected::Ambiguous { earlier, later } => {
                assert_eq!(answer.error(), (422, "ambiguous_local_time".to_owned()));
                let message = answer.json()["message"].to_string();
                for instant in [earlier, later] {
                    assert!(
                        message.contains(&offset(instant.utc_offset_seconds)),
                        "{message}"
                    );
                }
                let first = app.post_chart(&birth(Some(0))).await;
                assert_instant(&first.json(), earlier, &case);
                let second = app.post_chart(&birth(Some(1))).await;
                assert_instant(&second.json(), later, &case);
            }
            Expected::Nonexistent {
                offset_before,
                offset_after,
            } => {
                assert_eq!(answer.error(), (422, "nonexistent_local_time".to_owned()));
                let message = answer.json()["message"].to_string();
                for seconds in [*offset_before, *offset_after] {
                    assert!(message.contains(&offset(seconds)), "{message}");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_offset_overrides_what_a_zone_would_say() {
    let app = TestApp::start(&[]).await;
    let amsterdam = json!({
        "date": "1930-05-11", "time": "16:25", "timezone": null, "utc_offset": "+00:19:32"
    });

    let chart = app.post_chart(&birth_with(&amsterdam)).await.json();

    assert_eq!(chart["instant"]["utc"], "1930-05-11T16:05:28Z");
    assert_eq!(chart["instant"]["utc_offset"], "+00:19:32");
    assert_eq!(chart["input"]["utc_offset"], "+00:19:32");
    assert_eq!(chart["input"]["timezone"], Value::Null);
}

fn assert_instant(chart: &Value, expected: &Instant, case: &Case) {
    let place = format!("{} {}", case.local, case.timezone);
    assert_eq!(chart["instant"]["utc"], expected.utc, "{place}");
    assert_eq!(
        chart["instant"]["utc_offset"],
        offset(expected.utc_offset_seconds),
        "{place}"
    );
}

/// Returns an offset as the service writes it; no case has seconds.
fn offset(seconds: i32) -> String {
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
