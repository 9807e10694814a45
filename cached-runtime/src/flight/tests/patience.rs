//! Waiters whose leader takes too long compute as well, one after another.

use std::sync::Arc;

use tokio::task::yield_now;
use tokio::time::Instant;

use super::{PATIENCE, first, flights, key, lead, waiter};
use crate::flight::Boarding;

#[tokio::test(start_paused = true)]
async fn one_waiter_computes_too_each_time_that_patience_ends() {
    let flights = flights();
    let start = Instant::now();
    let leader = first(&flights);
    let boards = |_| {
        let seat = flights.enter(&key(7));
        tokio::spawn(async move {
            match seat.board().await {
                Boarding::Lead(lead) => Ok((lead, start.elapsed())),
                Boarding::Landed(landed) => Err(landed.envelope),
            }
        })
    };
    let [one, two, three]: [_; 3] = [0, 1, 2].map(boards);

    let (one, after_one) = one.await.unwrap().ok().unwrap();
    let (two, after_two) = two.await.unwrap().ok().unwrap();

    assert_eq!(after_one, PATIENCE);
    assert_eq!(after_two, PATIENCE * 2);
    two.land(Arc::from(*b"value"));
    assert_eq!(*three.await.unwrap().err().unwrap(), *b"value");
    drop((leader, one, two));
    assert!(flights.is_empty());
}

#[tokio::test(start_paused = true)]
async fn patience_begins_anew_with_each_leader() {
    let flights = flights();
    let leader = first(&flights);
    let [mut heir, younger] = [waiter(&flights), waiter(&flights)];
    tokio::time::advance(PATIENCE / 2).await;
    drop(leader);
    let heir = lead(&mut heir);

    let start = Instant::now();
    let Boarding::Lead(company) = younger.await else {
        panic!("nothing has landed");
    };

    assert_eq!(start.elapsed(), PATIENCE);
    drop((heir, company));
    assert!(flights.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_waiter_watches_in_place_of_an_older_one_that_is_dropped() {
    let flights = flights();
    let leader = first(&flights);
    let older = tokio::spawn(flights.enter(&key(7)).board());
    let younger = tokio::spawn(flights.enter(&key(7)).board());
    yield_now().await;

    older.abort();

    let start = Instant::now();
    let boarding = younger.await.unwrap();
    assert!(matches!(boarding, Boarding::Lead(_)));
    assert_eq!(start.elapsed(), PATIENCE);
    drop((leader, boarding));
    assert!(flights.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_nobody_polls_does_not_hold_up_the_others() {
    let flights = flights();
    let start = Instant::now();
    let leader = first(&flights);
    let stuck = waiter(&flights);

    let boarding = flights.enter(&key(7)).board().await;

    assert!(matches!(boarding, Boarding::Lead(_)));
    assert_eq!(start.elapsed(), PATIENCE * 2);
    drop((leader, stuck, boarding));
    assert!(flights.is_empty());
}
