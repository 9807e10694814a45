//! The slot before a scripted server, in memory and in virtual time.

mod script;

use tokio::task::JoinSet;
use tokio::time::{advance, timeout};

use self::script::{Mood, Server};
use super::*;

const MANY: usize = 1024;
const DEADLINE: Duration = Duration::from_millis(100);

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Returns a slot that has tried to connect to `server`.
async fn slot(server: &Arc<Server>, max_in_flight: usize) -> Arc<Slot> {
    let slot = Slot::start(Arc::clone(server), max_in_flight);
    slot.tried().await;
    Arc::new(slot)
}

async fn get(slot: &Slot) -> Result<Option<String>, Error> {
    slot.run(Cmd::get("key"), DEADLINE).await
}

async fn set(slot: &Slot) -> Result<(), Error> {
    slot.run(Cmd::set("key", "value"), DEADLINE).await
}

/// Waits until the slot has a connection, and returns how long that took.
async fn connected(slot: &Slot) -> Duration {
    let began = Instant::now();
    while !slot.is_connected() {
        sleep(millis(1)).await;
    }
    began.elapsed()
}

/// Lets each of `callers` make a call every 20 ms for so long, and returns how many calls there were.
async fn load(slot: &Arc<Slot>, callers: usize, time: Duration) -> usize {
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let slot = Arc::clone(slot);
        tasks.spawn(async move {
            let ends_at = Instant::now() + time;
            sleep(millis(caller as u64 % 100)).await;
            let mut calls = 0;
            while Instant::now() < ends_at {
                drop(get(&slot).await);
                calls += 1;
                sleep(millis(20)).await;
            }
            calls
        });
    }
    tasks.join_all().await.into_iter().sum()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_make_at_most_ten_attempts_to_connect_in_three_seconds() {
    for mood in [Mood::Refuses, Mood::HangsUp, Mood::HangsUpOnCommands] {
        let server = Server::new(mood);
        let slot = slot(&server, MANY).await;

        let calls = load(&slot, 1_000, Duration::from_secs(3)).await;

        assert!(calls > 50_000, "{calls} calls while the server {mood:?}");
        let attempts = server.attempts();
        assert!(
            (5..=10).contains(&attempts),
            "{attempts} attempts: it {mood:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn no_call_waits_for_a_connection() {
    let server = Server::new(Mood::NeverConnects);
    let slot = Arc::new(Slot::start(Arc::clone(&server), MANY));

    for _ in 0..100 {
        let began = Instant::now();
        assert!(get(&slot).await.unwrap_err().is_disconnected());
        assert_eq!(began.elapsed(), Duration::ZERO);
        sleep(millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_slot_is_full_half_a_second_after_the_server_is_back_at_any_moment() {
    for down in (500..6_000).step_by(97) {
        let server = Server::new(Mood::Refuses);
        let slot = slot(&server, MANY).await;
        sleep(millis(down)).await;

        server.set(Mood::Answers);

        let took = connected(&slot).await;
        assert!(took <= millis(501), "{took:?} after {down} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_flaps_is_used_while_it_is_up() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, MANY).await;

    for _ in 0..30 {
        server.set(Mood::Refuses);
        sleep(Duration::from_secs(1)).await;
        assert!(!slot.is_connected());

        server.set(Mood::Answers);
        let took = connected(&slot).await;
        assert!(took <= millis(501), "{took:?}");
        sleep(Duration::from_secs(1).saturating_sub(took)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_server_closes_is_replaced_before_anybody_calls() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, MANY).await;
    sleep(STEADY).await;

    server.cut();
    sleep(millis(10)).await;

    assert_eq!(server.attempts(), 2);
    assert!(slot.is_connected());
    get(&slot).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_three_timeouts_in_a_row_is_replaced_at_once() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, MANY).await;
    sleep(STEADY).await;
    server.set_current(Mood::Swallows);

    let calls = [get(&slot), get(&slot), get(&slot)];
    for call in calls {
        assert!(call.await.unwrap_err().is_timeout());
    }

    assert!(get(&slot).await.unwrap_err().is_disconnected());
    connected(&slot).await;
    get(&slot).await.unwrap();
    assert_eq!(server.attempts(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_owes_a_reply_for_a_second_is_replaced() {
    let server = Server::new(Mood::Answers);
    // Commands may begin at any moment between two looks.
    for offset in (0..250).step_by(25) {
        let slot = slot(&server, MANY).await;
        sleep(STEADY + millis(offset)).await;
        server.set_current(Mood::Swallows);
        let attempts = server.attempts();

        let began = Instant::now();
        assert!(get(&slot).await.unwrap_err().is_timeout());
        while server.attempts() == attempts {
            sleep(millis(1)).await;
        }

        let took = began.elapsed();
        assert!(took >= millis(750) && took <= millis(1_002), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_raises_the_alarm_too() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, MANY).await;
    sleep(STEADY).await;
    server.set_current(Mood::Swallows);

    let dropped = timeout(millis(1), get(&slot)).await;
    assert!(dropped.is_err());
    sleep(millis(1_005)).await;

    assert_eq!(server.attempts(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_that_is_dead_is_replaced_within_three_seconds() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, MANY).await;
    sleep(STEADY).await;

    server.set_current(Mood::Swallows);
    sleep(Duration::from_secs(3)).await;

    assert_eq!(server.attempts(), 2);
    assert!(slot.is_connected());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stalls_for_less_than_a_second_keeps_its_connection() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, MANY).await;
    sleep(STEADY).await;

    for _ in 0..10 {
        server.set(Mood::Swallows);
        assert!(get(&slot).await.unwrap_err().is_timeout());
        sleep(millis(500)).await;
        server.set(Mood::Answers);
        sleep(millis(10)).await;
        get(&slot).await.unwrap();
    }

    assert_eq!(server.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_server_that_reads_and_never_answers_owes_is_bounded() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, 200).await;
    sleep(STEADY).await;

    server.set(Mood::Swallows);
    load(&slot, 500, Duration::from_secs(2)).await;

    // And a few signs of life that the keeper asks for.
    assert!(server.most_owed() >= 200, "{}", server.most_owed());
    assert!(server.most_owed() <= 210, "{}", server.most_owed());
}

#[tokio::test(start_paused = true)]
async fn what_a_slow_server_owes_to_callers_that_have_gone_is_bounded() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, 30).await;
    sleep(STEADY).await;
    server.set(Mood::AnswersEvery(millis(5)));

    // Twice as many calls as replies, and none that waits long enough to see a timeout.
    for _ in 0..1_000 {
        let dropped = timeout(millis(2), get(&slot)).await;
        assert!(!matches!(dropped, Ok(Ok(_))));
    }

    assert!(server.most_owed() >= 10, "{}", server.most_owed());
    assert!(server.most_owed() <= 35, "{}", server.most_owed());
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_place_is_told_so_within_its_own_deadline() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, 2).await;
    server.set(Mood::Swallows);
    let holders: Vec<_> = (0..2)
        .map(|_| {
            let slot = Arc::clone(&slot);
            tokio::spawn(async move { get(&slot).await })
        })
        .collect();
    tokio::task::yield_now().await;

    let began = Instant::now();
    let fault = slot.run::<()>(Cmd::get("key"), millis(30)).await;

    assert!(fault.unwrap_err().is_overloaded());
    assert!(began.elapsed() <= millis(31), "{:?}", began.elapsed());
    for holder in holders {
        assert!(holder.await.unwrap().unwrap_err().is_timeout());
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_gets_a_place_as_soon_as_there_is_one() {
    let server = Server::new(Mood::AnswersEvery(millis(10)));
    let slot = slot(&server, 1).await;
    sleep(STEADY).await;

    let mut calls = JoinSet::new();
    for _ in 0..5 {
        let slot = Arc::clone(&slot);
        calls.spawn(async move { get(&slot).await });
    }

    for result in calls.join_all().await {
        result.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn places_of_commands_that_were_given_up_come_back_with_their_replies() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, 2).await;
    sleep(STEADY).await;

    for _ in 0..10 {
        server.set(Mood::Swallows);
        for _ in 0..2 {
            assert!(get(&slot).await.unwrap_err().is_timeout());
        }
        assert!(get(&slot).await.unwrap_err().is_overloaded());

        server.set(Mood::Answers);
        sleep(LOOK_INTERVAL).await;
        get(&slot).await.unwrap();
        get(&slot).await.unwrap();
    }
    assert_eq!(server.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_for_a_place_hear_at_once_that_the_connection_is_dead() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, 3).await;
    sleep(STEADY).await;
    server.set(Mood::Swallows);
    let mut holders = JoinSet::new();
    for _ in 0..3 {
        let slot = Arc::clone(&slot);
        holders.spawn(async move { get(&slot).await });
    }
    tokio::task::yield_now().await;

    let began = Instant::now();
    let fault = slot
        .run::<()>(Cmd::get("key"), Duration::from_secs(10))
        .await;

    assert!(fault.unwrap_err().is_disconnected());
    assert!(began.elapsed() <= millis(101), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn reads_go_on_while_a_read_only_server_is_looked_up_anew() {
    let server = Server::new(Mood::ReadOnly);
    let slot = slot(&server, MANY).await;
    sleep(STEADY).await;

    for _ in 0..500 {
        let fault = set(&slot).await.unwrap_err();
        assert_eq!(fault.server_code(), Some("READONLY"));
        get(&slot).await.unwrap();
        assert!(slot.is_connected());
        sleep(millis(10)).await;
    }
    // Five seconds of refused writes: at once, and then every two seconds.
    assert_eq!(server.attempts(), 4);

    // Where a failover has moved the name, the next connection leads to the new master.
    server.set(Mood::Answers);
    set(&slot).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_read_only_server_stays_in_use_where_no_successor_can_be_reached() {
    let server = Server::new(Mood::ReadOnly);
    let slot = slot(&server, MANY).await;
    sleep(STEADY).await;
    server.set_next(Mood::Refuses);

    for _ in 0..500 {
        set(&slot).await.unwrap_err();
        get(&slot).await.unwrap();
        sleep(millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_fault_of_an_old_connection_does_not_touch_the_new_one() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, MANY).await;
    sleep(STEADY).await;
    server.set_current(Mood::Swallows);
    let late = {
        let slot = Arc::clone(&slot);
        tokio::spawn(async move {
            let get = slot.run::<()>(Cmd::get("key"), Duration::from_secs(5));
            get.await
        })
    };
    tokio::task::yield_now().await;
    for _ in 0..3 {
        get(&slot).await.unwrap_err();
    }
    connected(&slot).await;

    assert!(late.await.unwrap().is_err());

    assert!(slot.is_connected());
    assert_eq!(server.attempts(), 2);
}

#[tokio::test(start_paused = true)]
async fn shutting_down_waits_for_commands_under_way_and_refuses_later_ones() {
    let server = Server::new(Mood::AnswersEvery(millis(40)));
    let slot = slot(&server, MANY).await;
    sleep(STEADY).await;
    let under_way = {
        let slot = Arc::clone(&slot);
        tokio::spawn(async move { set(&slot).await })
    };
    tokio::task::yield_now().await;

    slot.shut_down(DEADLINE).await;

    assert!(under_way.is_finished());
    under_way.await.unwrap().unwrap();
    assert!(get(&slot).await.unwrap_err().is_disconnected());
    sleep(Duration::from_secs(5)).await;
    assert!(!slot.is_connected());
    assert_eq!((server.attempts(), server.open()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn shutting_down_before_a_frozen_server_takes_a_deadline_at_most() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, MANY).await;
    server.set(Mood::Swallows);
    let abandoned = timeout(millis(1), get(&slot)).await;
    assert!(abandoned.is_err());
    let under_way = {
        let slot = Arc::clone(&slot);
        tokio::spawn(async move { get(&slot).await })
    };
    advance(millis(1)).await;

    let began = Instant::now();
    slot.shut_down(DEADLINE).await;

    assert!(began.elapsed() <= DEADLINE, "{:?}", began.elapsed());
    assert!(under_way.await.unwrap().unwrap_err().is_timeout());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_slot_leaves_nothing_behind() {
    let server = Server::new(Mood::Answers);
    let slot = slot(&server, MANY).await;
    get(&slot).await.unwrap();

    drop(slot);
    sleep(millis(1)).await;

    assert_eq!(server.open(), 0);
    assert_eq!(Arc::strong_count(&server), 1);
}
