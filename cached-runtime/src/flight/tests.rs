//! The rules of the flight, one scenario each.

mod patience;
mod void;

use std::future::{Future, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::task::yield_now;

use super::{Boarding, Flights, Landed, Lead, Seat};
use crate::key::{Arguments, Fingerprint, Key, Keys};
use crate::outcome::Stored;
use crate::spec::Spec;

const PATIENCE: Duration = Duration::from_secs(5);

static SPEC: Spec = Spec::new(|| "").with_name("shop::price");

pub(super) fn key(article: u32) -> Key {
    let arguments = Arguments::encode(&[&article]).unwrap();
    let keys = Keys::guessable("test".to_owned());
    keys.key(&SPEC, Fingerprint::of::<u64>(), &arguments)
}

fn flights() -> Arc<Flights> {
    Arc::new(Flights::new(PATIENCE))
}

/// A call that boards; polled by hand.
pub(super) type Boarder = Pin<Box<dyn Future<Output = Boarding> + Send>>;

pub(super) fn boarder(seat: Seat) -> Boarder {
    Box::pin(seat.board())
}

/// Returns a call of article 7 that waits.
fn waiter(flights: &Arc<Flights>) -> Boarder {
    let mut waiter = boarder(flights.enter(&key(7)));
    assert!(is_waiting(&mut waiter));
    waiter
}

fn poll(boarder: &mut Boarder) -> Poll<Boarding> {
    boarder
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

fn is_waiting(boarder: &mut Boarder) -> bool {
    poll(boarder).is_pending()
}

fn lead(boarder: &mut Boarder) -> Lead {
    match poll(boarder) {
        Poll::Ready(Boarding::Lead(lead)) => lead,
        Poll::Ready(Boarding::Landed(_)) => panic!("a value has landed"),
        Poll::Pending => panic!("the call waits"),
    }
}

fn landed(boarder: &mut Boarder) -> Vec<u8> {
    match poll(boarder) {
        Poll::Ready(Boarding::Landed(landed)) => landed.envelope.to_vec(),
        Poll::Ready(Boarding::Lead(_)) => panic!("the call leads"),
        Poll::Pending => panic!("the call waits"),
    }
}

/// Returns the lead of article 7, which nobody has.
fn first(flights: &Arc<Flights>) -> Lead {
    lead(&mut boarder(flights.enter(&key(7))))
}

/// Returns what has landed for a call that enters now.
fn landed_before(flights: &Arc<Flights>) -> Landed {
    match poll(&mut boarder(flights.enter(&key(7)))) {
        Poll::Ready(Boarding::Landed(landed)) => landed,
        _ => panic!("nothing has landed"),
    }
}

async fn write(lead: &Lead) -> Stored {
    lead.write(Box::pin(ready(Ok(())))).await
}

#[test]
fn waiters_share_what_the_leader_lands() {
    let flights = flights();
    let leader = first(&flights);
    let mut waiters = [waiter(&flights), waiter(&flights)];

    leader.land(Arc::from(*b"value"));

    for waiter in &mut waiters {
        assert_eq!(landed(waiter), b"value");
    }
    drop(leader);
    assert!(flights.is_empty());
}

#[test]
fn who_has_no_use_for_what_has_landed_shares_the_next_flight() {
    let flights = flights();
    let mut early = boarder(flights.enter(&key(7)));
    let old = lead(&mut early);
    old.land(Arc::from(*b"old"));
    let [one, other] = [landed_before(&flights), landed_before(&flights)];
    assert!(one.is_earlier);

    let leader = lead(&mut boarder(flights.enter_after(&key(7), &one)));
    let mut waiters = [
        boarder(flights.enter_after(&key(7), &other)),
        waiter(&flights),
    ];
    assert!(waiters.iter_mut().all(is_waiting));
    drop(old);
    leader.land(Arc::from(*b"new"));

    for waiter in &mut waiters {
        assert_eq!(landed(waiter), b"new");
    }
    assert!(landed_before(&flights).is_earlier);
    drop(leader);
    assert!(flights.is_empty());
}

#[test]
fn a_value_reaches_whoever_entered_before_the_leader_left() {
    let flights = flights();
    let reading = flights.enter(&key(7));
    let leader = first(&flights);
    leader.land(Arc::from(*b"value"));
    let reading_late = flights.enter(&key(7));

    drop(leader);

    for seat in [reading, reading_late] {
        assert_eq!(landed(&mut boarder(seat)), b"value");
    }
    assert!(flights.is_empty());
}

#[test]
fn a_call_that_enters_after_the_leader_left_computes() {
    let flights = flights();
    let reading = flights.enter(&key(7));
    let leader = first(&flights);
    leader.land(Arc::from(*b"old"));
    drop(leader);

    let next = first(&flights);

    assert_eq!(landed(&mut boarder(reading)), b"old");
    drop(next);
    assert!(flights.is_empty());
}

#[test]
fn keys_do_not_wait_for_each_other() {
    let flights = flights();
    let seven = first(&flights);

    let eight = lead(&mut boarder(flights.enter(&key(8))));

    drop((seven, eight));
    assert!(flights.is_empty());
}

#[test]
fn the_oldest_waiter_takes_over_when_the_leader_is_dropped() {
    let flights = flights();
    let leader = first(&flights);
    let [mut older, mut younger] = [waiter(&flights), waiter(&flights)];

    drop(leader);

    assert!(is_waiting(&mut younger));
    lead(&mut older).land(Arc::from(*b"value"));
    assert_eq!(landed(&mut younger), b"value");
    drop((older, younger));
    assert!(flights.is_empty());
}

#[test]
fn a_lead_that_its_heir_does_not_take_up_goes_on_to_the_next() {
    let flights = flights();
    let leader = first(&flights);
    let [heir, mut next] = [waiter(&flights), waiter(&flights)];

    drop(leader);
    drop(heir);

    drop(lead(&mut next));
    assert!(flights.is_empty());
}

#[test]
fn each_failure_lets_two_waiters_try() {
    let flights = flights();
    let leader = first(&flights);
    let mut waiters: Vec<_> = (0..7).map(|_| waiter(&flights)).collect();

    leader.fail();

    let second_round = [lead(&mut waiters[0]), lead(&mut waiters[1])];
    assert!(waiters[2..].iter_mut().all(is_waiting));
    second_round.into_iter().for_each(Lead::fail);
    let third_round: Vec<_> = waiters[2..6].iter_mut().map(lead).collect();
    assert!(is_waiting(&mut waiters[6]));
    third_round.into_iter().for_each(Lead::fail);
    drop(lead(&mut waiters[6]));
    assert!(flights.is_empty());
}

#[test]
fn a_leader_that_panics_lets_two_waiters_try() {
    let flights = flights();
    let leader = first(&flights);
    let mut waiters = [waiter(&flights), waiter(&flights), waiter(&flights)];

    let panic = catch_unwind(AssertUnwindSafe(move || {
        let _leader = leader;
        panic!("the function panics");
    }));

    assert!(panic.is_err());
    let leads = [lead(&mut waiters[0]), lead(&mut waiters[1])];
    assert!(is_waiting(&mut waiters[2]));
    drop((leads, waiters));
    assert!(flights.is_empty());
}

#[test]
fn a_call_after_a_failure_waits_for_those_who_try() {
    let flights = flights();
    let leader = first(&flights);
    let mut tries = waiter(&flights);
    leader.fail();
    let second = lead(&mut tries);

    let mut late = waiter(&flights);

    second.land(Arc::from(*b"value"));
    assert_eq!(landed(&mut late), b"value");
    drop(second);
    assert!(flights.is_empty());
}

#[test]
fn nobody_waits_for_a_value_that_cannot_be_shared() {
    let flights = flights();
    let leader = first(&flights);
    let mut waiters: Vec<_> = (0..3).map(|_| waiter(&flights)).collect();

    leader.release();

    let leads: Vec<_> = waiters.iter_mut().map(lead).collect();
    let late = first(&flights);
    drop((leads, late));
    assert!(flights.is_empty());
}

#[test]
fn whoever_lands_first_serves_all() {
    let flights = flights();
    let leader = first(&flights);
    let mut tries = [waiter(&flights), waiter(&flights)];
    let mut last = waiter(&flights);
    leader.fail();
    let [one, other] = tries.each_mut().map(lead);

    other.land(Arc::from(*b"first"));
    one.land(Arc::from(*b"second"));

    assert_eq!(landed(&mut last), b"first");
    drop((one, other));
    assert!(flights.is_empty());
}

#[test]
fn an_heir_is_served_when_a_value_lands_before_it_takes_up_the_lead() {
    let flights = flights();
    let leader = first(&flights);
    let mut tries = [waiter(&flights), waiter(&flights)];
    leader.fail();
    let one = lead(&mut tries[0]);

    one.land(Arc::from(*b"value"));

    assert_eq!(landed(&mut tries[1]), b"value");
    drop(one);
    assert!(flights.is_empty());
}

#[test]
fn a_leader_that_others_may_need_has_company() {
    let flights = flights();
    let leader = first(&flights);
    let reading = flights.enter(&key(7));

    assert!(leader.has_company());

    drop((leader, reading));
    assert!(flights.is_empty());
}

#[test]
fn nobody_joins_a_leader_that_found_itself_without_company() {
    let flights = flights();
    let leader = first(&flights);

    assert!(!leader.has_company());

    let other = first(&flights);
    drop((leader, other));
    assert!(flights.is_empty());
}

#[test]
fn a_refresh_leads_only_where_nobody_does() {
    let flights = flights();

    let refresh = flights.enter(&key(7)).try_lead().unwrap();

    assert!(flights.enter(&key(7)).try_lead().is_none());
    let mut waiter = waiter(&flights);
    refresh.land(Arc::from(*b"value"));
    assert!(flights.enter(&key(7)).try_lead().is_none());
    assert_eq!(landed(&mut waiter), b"value");
    drop(refresh);
    assert!(flights.is_empty());
}

#[test]
fn nothing_is_led_behind_a_value_that_has_been_voided() {
    let flights = flights();
    let seat = flights.enter(&key(7));

    drop(flights.void(&key(7)));

    assert!(seat.try_lead().is_none());
    assert!(flights.enter(&key(7)).try_lead().is_some());
    assert!(flights.is_empty());
}

#[test]
fn a_lone_leader_neither_waits_nor_is_waited_for() {
    let flights = flights();
    let leader = first(&flights);
    let lone = flights.enter(&key(7)).alone();
    let mut waiter = waiter(&flights);

    lone.land(Arc::from(*b"value"));
    assert!(!lone.has_company());
    drop(lone);

    assert!(is_waiting(&mut waiter));
    drop((leader, waiter));
    assert!(flights.is_empty());
}

#[test]
fn a_runtime_without_timers_can_wait() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let flights = flights();
    let leader = first(&flights);
    let waiter = flights.enter(&key(7)).board();

    let boarding = runtime.block_on(async {
        let waiter = tokio::spawn(waiter);
        yield_now().await;
        leader.land(Arc::from(*b"value"));
        waiter.await.unwrap()
    });

    assert!(matches!(boarding, Boarding::Landed(_)));
    drop(leader);
    assert!(flights.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_calls_of_a_cold_key_compute_once() {
    let flights = flights();
    let store = Arc::new(Mutex::new(None));
    let runs = Arc::new(AtomicUsize::new(0));

    let calls: Vec<_> = (0..10_000)
        .map(|_| {
            let (flights, store, runs) = (flights.clone(), store.clone(), runs.clone());
            tokio::spawn(async move {
                let seat = flights.enter(&key(7));
                let read = store.lock().unwrap().clone();
                yield_now().await;
                if let Some(envelope) = read {
                    return envelope;
                }
                match seat.board().await {
                    Boarding::Landed(landed) => landed.envelope,
                    Boarding::Lead(lead) => {
                        runs.fetch_add(1, Ordering::Relaxed);
                        yield_now().await;
                        let envelope = Arc::<[u8]>::from(*b"value");
                        lead.land(Arc::clone(&envelope));
                        yield_now().await;
                        *store.lock().unwrap() = Some(Arc::clone(&envelope));
                        envelope
                    }
                }
            })
        })
        .collect();

    for call in calls {
        assert_eq!(*call.await.unwrap(), *b"value");
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    assert!(flights.is_empty());
}
