//! Every order in which threads can take their steps, explored with loom in scenes of two and three.
//!
//! The file of seats and locks is compiled here once more, with loom's `Mutex` in place of the
//! standard one. Wakers are loom's too, so that a call which nobody wakes is found as a deadlock.

#[expect(
    clippy::duplicate_mod,
    dead_code,
    reason = "the same code under another lock, of which the scenes use a part"
)]
#[path = "seat.rs"]
mod seat;

use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use loom::sync::{Mutex, Notify};
use loom::thread;

use self::seat::{Boarding, Flights, Lead};
use super::tests::key;
use super::{alarm, state, write};
use crate::key::Key;

/// What a seat is guarded with.
mod sync {
    pub(super) use loom::sync::Mutex;

    /// One, because each costs as much in every order that is explored.
    pub(super) const SHARDS: usize = 1;
}

static KEY: LazyLock<Key> = LazyLock::new(|| key(7));

/// What the calls of one key share.
struct Scene {
    flights: Arc<Flights>,
    store: Mutex<Option<u8>>,
    /// What the function returns.
    origin: Mutex<u8>,
    /// How often the function has begun. No order depends on it.
    runs: AtomicUsize,
}

impl Scene {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            flights: Arc::new(Flights::new(Duration::from_hours(1))),
            store: Mutex::new(None),
            origin: Mutex::new(1),
            runs: AtomicUsize::new(0),
        })
    }

    /// Calls the function, which does `run` when it is this call's turn to run it.
    fn call<T>(&self, run: impl FnOnce(&Self, Lead, usize) -> T, served: impl Fn(u8) -> T) -> T {
        let seat = self.flights.enter(&KEY);
        if let Some(value) = *self.store.lock().unwrap() {
            return served(value);
        }
        match block_on(seat.board()) {
            Boarding::Landed(landed) => served(landed.envelope[0]),
            Boarding::Lead(lead) => run(self, lead, self.runs.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Calls the function, which returns a value.
    fn get(&self) -> u8 {
        self.call(|scene, lead, _| scene.compute(&lead), |value| value)
    }

    /// Calls the function, which does `first` when it runs for the first time, and returns a value
    /// otherwise.
    fn get_unless_first(&self, first: impl FnOnce(Lead)) -> Option<u8> {
        let run = |scene: &Self, lead, run| match run {
            0 => {
                first(lead);
                None
            }
            _ => Some(scene.compute(&lead)),
        };
        self.call(run, Some)
    }

    /// Computes the value, lands it and stores it.
    fn compute(&self, lead: &Lead) -> u8 {
        let value = *self.origin.lock().unwrap();
        lead.land(Arc::from([value]));
        // The lock of an attempt is not loom's. A step just before it is taken has loom try it before
        // and after whatever others do in theirs.
        self.flights.is_empty();
        block_on(lead.write(Box::pin(async {
            *self.store.lock().unwrap() = Some(value);
            Ok(())
        })));
        value
    }

    /// Begins a call, and drops it where it waits, or does not.
    fn give_up(&self) {
        let board = pin!(self.flights.enter(&KEY).board());
        drop(board.poll(&mut Context::from_waker(Waker::noop())));
    }

    /// Checks what is left when all calls have ended.
    fn ends_after_runs(&self, runs: RangeInclusive<usize>) {
        assert!(runs.contains(&self.runs.load(Ordering::Relaxed)));
        assert!(self.flights.is_empty());
    }
}

struct Unpark(Notify);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let unpark = Arc::new(Unpark(Notify::new()));
    let waker = Waker::from(Arc::clone(&unpark));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => unpark.0.wait(),
        }
    }
}

/// Explores all orders, or all with at most so many `preemptions`.
fn explore(preemptions: Option<usize>, scene: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = preemptions;
    model.check(scene);
}

/// Runs each in a thread.
fn together<T: 'static, const N: usize>(scene: &Arc<Scene>, parts: [fn(&Scene) -> T; N]) -> [T; N] {
    let threads = parts.map(|part| {
        let scene = Arc::clone(scene);
        thread::spawn(move || part(&scene))
    });
    threads.map(|thread| thread.join().unwrap())
}

#[test]
fn two_calls_compute_once() {
    explore(None, || {
        let scene = Scene::new();

        let values = together(&scene, [Scene::get; 2]);

        assert_eq!(values, [1; 2]);
        scene.ends_after_runs(1..=1);
    });
}

#[test]
fn three_calls_compute_once() {
    explore(Some(3), || {
        let scene = Scene::new();

        let values = together(&scene, [Scene::get; 3]);

        assert_eq!(values, [1; 3]);
        scene.ends_after_runs(1..=1);
    });
}

#[test]
fn a_dropped_lead_is_taken_over_once() {
    explore(Some(3), || {
        let scene = Scene::new();

        let values = together(&scene, [|scene: &Scene| scene.get_unless_first(drop); 3]);

        assert_eq!(values.iter().flatten().collect::<Vec<_>>(), [&1; 2]);
        scene.ends_after_runs(2..=2);
    });
}

#[test]
fn a_failure_is_taken_over_by_two_at_most() {
    explore(Some(3), || {
        let scene = Scene::new();

        let values = together(
            &scene,
            [|scene: &Scene| scene.get_unless_first(Lead::fail); 3],
        );

        assert_eq!(values.iter().flatten().collect::<Vec<_>>(), [&1; 2]);
        scene.ends_after_runs(2..=3);
    });
}

#[test]
fn a_value_that_cannot_be_shared_keeps_nobody_waiting() {
    explore(Some(3), || {
        let scene = Scene::new();

        let values = together(
            &scene,
            [|scene: &Scene| scene.get_unless_first(Lead::release); 3],
        );

        assert_eq!(values.iter().flatten().collect::<Vec<_>>(), [&1; 2]);
        scene.ends_after_runs(2..=3);
    });
}

#[test]
fn a_call_that_is_given_up_keeps_nobody_waiting() {
    explore(Some(3), || {
        let scene = Scene::new();
        let get = |scene: &Scene| Some(scene.get());
        let give_up = |scene: &Scene| {
            scene.give_up();
            None
        };

        let values = together(&scene, [get, give_up, get]);

        assert_eq!(values, [Some(1), None, Some(1)]);
        scene.ends_after_runs(1..=1);
    });
}

#[test]
fn an_heir_that_is_given_up_hands_over() {
    explore(Some(3), || {
        let scene = Scene::new();
        let get = |scene: &Scene| scene.get_unless_first(drop);
        let give_up = |scene: &Scene| {
            scene.give_up();
            None
        };

        let values = together(&scene, [get, give_up, get]);

        assert_eq!(values.iter().flatten().collect::<Vec<_>>(), [&1]);
        scene.ends_after_runs(2..=2);
    });
}

#[test]
fn nobody_waits_for_a_leader_without_company() {
    explore(None, || {
        let scene = Scene::new();
        let get_alone = |scene: &Scene| {
            scene.get_unless_first(|lead| {
                if lead.has_company() {
                    scene.compute(&lead);
                }
            })
        };

        let values = together(&scene, [get_alone; 2]);

        assert!(values.contains(&None));
        scene.ends_after_runs(1..=2);
    });
}

#[test]
fn a_refresh_and_a_call_compute_once() {
    explore(Some(3), || {
        let scene = Scene::new();
        let refresh = |scene: &Scene| {
            let lead = scene.flights.enter(&KEY).try_lead();
            lead.map(|lead| scene.compute(&lead))
        };
        let get = |scene: &Scene| Some(scene.get());

        let [_, first, second] = together(&scene, [refresh, get, get]);

        assert_eq!([first, second], [Some(1); 2]);
        assert!(scene.flights.is_empty());
    });
}

#[test]
fn nothing_that_was_computed_before_an_invalidation_is_stored_or_returned_after_it() {
    explore_invalidation(Scene::get);
}

#[test]
fn nothing_that_was_computed_alone_before_an_invalidation_is_stored_after_it() {
    explore_invalidation(|scene| scene.compute(&scene.flights.enter(&KEY).alone()));
}

fn explore_invalidation(other: fn(&Scene) -> u8) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    explore(Some(3), move || {
        // The invalidation waits for writes with a timeout, which does not pass here.
        let _timers = runtime.enter();
        let scene = Scene::new();
        let invalidate_and_get = |scene: &Scene| {
            *scene.origin.lock().unwrap() = 2;
            block_on(scene.flights.void(&KEY).ended()).unwrap();
            *scene.store.lock().unwrap() = None;
            scene.get()
        };

        let [_, after] = together(&scene, [other, invalidate_and_get]);

        assert_eq!(after, 2);
        // The invalidation may remove a new value too.
        assert_ne!(*scene.store.lock().unwrap(), Some(1));
        assert!(scene.flights.is_empty());
    });
}
