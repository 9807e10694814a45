//! What is computed when its key is invalidated is void.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use tokio::sync::oneshot;

use super::{boarder, first, flights, key, landed, lead, waiter, write};
use crate::outcome::Stored;

#[tokio::test]
async fn every_computation_that_has_begun_is_void_and_later_ones_are_not() {
    let flights = flights();
    let before = [first(&flights), flights.enter(&key(7)).alone()];
    let of_another_key = lead(&mut boarder(flights.enter(&key(8))));

    flights.void(&key(7)).ended().await.unwrap();
    let after = first(&flights);

    for lead in &before {
        assert_eq!(write(lead).await, Stored::Invalidated);
    }
    assert_eq!(write(&of_another_key).await, Stored::Yes);
    assert_eq!(write(&after).await, Stored::Yes);
    drop((before, of_another_key, after));
    assert!(flights.is_empty());
}

#[tokio::test]
async fn a_void_computation_does_not_write() {
    let flights = flights();
    let leader = first(&flights);
    flights.void(&key(7)).ended().await.unwrap();

    let write = Box::pin(async { panic!("a void computation writes") });

    assert_eq!(leader.write(write).await, Stored::Invalidated);
}

#[tokio::test(start_paused = true)]
async fn every_invalidation_waits_for_the_writes_that_it_is_too_late_for() {
    let flights = flights();
    let leader = first(&flights);
    let (arrive, arrives) = oneshot::channel::<()>();
    let mut write = pin!(leader.write(Box::pin(async {
        arrives.await.unwrap();
        Ok(())
    })));
    let mut context = Context::from_waker(Waker::noop());
    assert!(write.as_mut().poll(&mut context).is_pending());

    let mut first = pin!(flights.void(&key(7)).ended());
    let mut second = pin!(flights.void(&key(7)).ended());

    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    arrive.send(()).unwrap();
    assert_eq!(write.await, Stored::Invalidated);
    first.await.unwrap();
    second.await.unwrap();
}

#[tokio::test]
async fn what_is_void_reaches_those_who_wait_and_nobody_later() {
    let flights = flights();
    let leader = first(&flights);
    let mut waiter = waiter(&flights);

    flights.void(&key(7)).ended().await.unwrap();
    let mut late = boarder(flights.enter(&key(7)));

    leader.land(Arc::from(*b"old"));
    assert_eq!(landed(&mut waiter), b"old");
    drop((lead(&mut late), leader));
    assert!(flights.is_empty());
}

#[tokio::test]
async fn what_a_waiter_computes_after_an_invalidation_is_stored() {
    let flights = flights();
    let leader = first(&flights);
    let mut waiter = waiter(&flights);
    flights.void(&key(7)).ended().await.unwrap();
    drop(leader);

    let heir = lead(&mut waiter);

    assert_eq!(write(&heir).await, Stored::Yes);
}
