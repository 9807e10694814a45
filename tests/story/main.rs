//! The story that `docs/story.md` tells is true: its functions compile, and its service answers so.
//!
//! The page quotes the files in `chapters` and what a [`Reader`] is answered. Where one of them changes,
//! the test of that chapter fails and shows what to paste.

#[path = "chapters/absent.rs"]
mod absent;
mod bank;
#[path = "chapters/busy.rs"]
mod busy;
#[path = "chapters/forgiving.rs"]
mod forgiving;
#[path = "chapters/lifetime.rs"]
mod lifetime;
#[path = "chapters/patient.rs"]
mod patient;
#[path = "chapters/readable.rs"]
mod readable;
mod reader;
#[path = "chapters/refreshed.rs"]
mod refreshed;
#[path = "chapters/same.rs"]
mod same;

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use cached_runtime::invalidate;
use cached_tests::cache::eventually;

use crate::bank::Bank;
use crate::reader::Reader;

const MINUTE: Duration = Duration::from_mins(1);

#[test]
fn the_functions_of_the_page_are_those_of_the_chapters() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/story/chapters");
    let mut chapters: Vec<String> = fs::read_dir(folder)
        .expect("the chapters are there")
        .map(|file| file.expect("the folder can be read").path())
        .map(|path| fs::read_to_string(path).expect("a chapter is text"))
        .map(|text| {
            text.split_once("\n\n")
                .expect("a chapter says what it is")
                .1
                .trim_end()
                .to_owned()
        })
        .collect();
    let mut shown: Vec<String> = reader::functions().map(str::to_owned).collect();

    chapters.sort();
    shown.sort();
    assert_eq!(shown, chapters);
}

#[tokio::test]
async fn without_a_cache_the_bank_is_asked_by_everybody() {
    let mut reader =
        Reader::of(async |currency: String, bank: Bank| bank.rate(&currency).await).await;

    reader.asks("USD").await;
    reader.asks("USD").await;

    reader.compares("Without a cache");
}

#[tokio::test]
async fn a_rate_is_served_for_its_lifetime() {
    let mut reader = in_the_second_chapter().await;

    reader.asks("USD").await;
    reader.asks("USD").await;
    reader.asks("EUR").await;
    reader.waits(4 * MINUTE, "four minutes later");
    reader.asks("USD").await;
    reader.waits(6 * MINUTE, "six minutes later");
    reader.asks("USD").await;

    reader.compares("A lifetime");
}

#[tokio::test]
async fn a_hundred_customers_at_once_are_one_question() {
    let mut reader = in_the_second_chapter().await;
    reader.bank.origin.block();

    let mut requests = Vec::new();
    for _ in 0..100 {
        requests.push(reader.begins("JPY").await);
    }
    reader.bank.origin.unblock();
    let mut answers = BTreeMap::new();
    for request in requests {
        let answer = request.await.expect("the request ends");
        let members = answer
            .header("cache-status")
            .expect("a call was made")
            .to_owned();
        answers.entry(members).or_insert_with(Vec::new).push(answer);
    }
    for same in answers.values() {
        reader.notes(&format!("{} of 100", same.len()));
        reader.write("JPY", &same[0]);
    }

    reader.compares("A hundred at once");
}

#[tokio::test]
async fn spellings_of_one_currency_share_its_rate() {
    let mut reader =
        Reader::of(async |currency: String, bank: Bank| same::rate(&currency, &bank).await).await;

    reader.asks("USD").await;
    reader.asks("usd").await;

    reader.compares("The same question");
}

#[tokio::test]
async fn keys_are_as_the_page_shows_them() {
    let hashed = in_the_second_chapter().await;
    let readable =
        Reader::of(async |currency: String, bank: Bank| readable::rate(&currency, &bank).await)
            .await;

    hashed.begins("USD").await.await.expect("the request ends");
    readable
        .begins("USD")
        .await
        .await
        .expect("the request ends");

    let page = reader::blocks(include_str!("../../docs/story.md"), "console")
        .collect::<Vec<_>>()
        .join("\n");
    for redis in [&hashed.redis, &readable.redis] {
        let keys = redis.keys().await;
        assert!(
            page.lines().any(|line| [line] == keys[..]),
            "{page}\ndoes not show {keys:?}"
        );
    }
}

#[tokio::test]
async fn what_the_bank_does_not_know_is_remembered_for_a_while() {
    let mut forgetful = in_the_second_chapter().await;
    let mut reader =
        Reader::of(async |currency: String, bank: Bank| absent::rate(&currency, &bank).await).await;

    for _ in 0..2 {
        forgetful.asks("XXX").await;
        reader.asks("XXX").await;
    }
    reader.waits(MINUTE / 2, "half a minute later");
    reader.asks("XXX").await;

    forgetful.compares("What is not there");
    reader.compares("What is not there");
}

#[tokio::test]
async fn an_expired_rate_is_served_while_a_new_one_is_fetched() {
    let mut reader = Reader::of(refreshed::rate).await;

    reader.asks("USD").await;
    reader.waits(11 * MINUTE, "eleven minutes later; the bank is slow");
    reader.bank.origin.block();
    let stale = reader.begins("USD").await.await.expect("the request ends");
    reader.bank.origin.asked(2).await;
    reader.write("USD", &stale);
    reader.bank.origin.unblock();
    reader.asks_a_moment_later("USD").await;

    reader.compares("Nobody waits");
}

#[tokio::test]
async fn a_bank_that_is_closed_is_not_noticed_for_a_day() {
    let mut reader = Reader::of(forgiving::rate).await;

    reader.asks("USD").await;
    reader.waits(120 * MINUTE, "two hours later; the bank is closed");
    reader.bank.origin.fail();
    reader.asks("USD").await;
    reader.asks("EUR").await;
    reader.waits(24 * 60 * MINUTE, "a day later");
    reader.asks("USD").await;

    reader.compares("When the bank is closed");
}

#[tokio::test]
async fn a_bank_that_is_slow_holds_nobody_up() {
    let mut reader = Reader::of(patient::rate).await;

    reader.asks("USD").await;
    reader.waits(
        11 * MINUTE,
        "eleven minutes later; the bank does not answer",
    );
    reader.bank.origin.block();
    reader.asks("USD").await;
    reader.asks("EUR").await;

    reader.compares("When the bank is slow");
}

#[tokio::test]
async fn a_bank_that_is_busy_is_not_asked_more() {
    let mut reader =
        Reader::of(async |currency: String, bank: Bank| busy::rate(&currency, &bank).await).await;

    reader.asks("USD").await;
    reader.waits(
        11 * MINUTE,
        "eleven minutes later; EUR and JPY are being asked for",
    );
    reader.bank.origin.block();
    let waiting = [reader.begins("EUR").await, reader.begins("JPY").await];
    reader.bank.origin.asked(3).await;
    reader.asks("USD").await;
    reader.asks("XXX").await;
    reader.bank.origin.unblock();
    for request in waiting {
        request.await.expect("the request ends");
    }

    reader.compares("When the bank is busy");
}

#[tokio::test]
async fn a_redis_that_is_gone_is_said_and_not_felt() {
    let mut reader = in_the_second_chapter().await;

    reader.asks("USD").await;
    reader.notes("Redis is killed");
    reader.redis.kill();
    reader.asks("USD").await;
    reader.notes("Redis is started again, empty");
    reader.redis.restart().await;
    eventually(|| reader.cache.is_connected()).await;
    reader.asks("USD").await;
    reader.asks("USD").await;

    reader.compares("When Redis is gone");
}

#[tokio::test]
async fn a_change_is_seen_by_the_next_customer() {
    let mut reader = in_the_second_chapter().await;

    reader.asks("USD").await;
    reader.notes("invalidate(rate(\"USD\", &bank))");
    let call = reader
        .cache
        .scope(invalidate(lifetime::rate("USD", &reader.bank)));
    call.await.expect("Redis answers");
    reader.asks("USD").await;

    reader.compares("When a rate changes");
}

/// Returns a reader of the second chapter.
async fn in_the_second_chapter() -> Reader {
    Reader::of(async |currency: String, bank: Bank| lifetime::rate(&currency, &bank).await).await
}
