//! The machine case by case.

use super::*;

const GOOD: Verdict = Verdict {
    is_failed: false,
    is_slow: false,
};
const FAILED: Verdict = Verdict {
    is_failed: true,
    is_slow: false,
};
const SLOW: Verdict = Verdict {
    is_failed: false,
    is_slow: true,
};
const TIMED_OUT: Verdict = Verdict {
    is_failed: true,
    is_slow: true,
};

const PATIENCE: Duration = Duration::from_secs(15);

fn machine() -> Machine {
    let options = BreakerOptions::default()
        .minimum_calls(10)
        .failure_ratio(0.5)
        .slow_ratio(0.8);
    Machine::new(options, PATIENCE)
}

fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Makes one call that goes like this.
fn call(machine: &mut Machine, verdict: Verdict, now: Duration) {
    let pass = machine.ask(now).expect("the call is let in");
    machine.end(pass, verdict, now);
}

/// Returns a machine that failures have opened at the beginning.
fn opened() -> Machine {
    let mut machine = machine();
    for _ in 0..10 {
        call(&mut machine, FAILED, at(0));
    }
    assert_eq!(machine.phase(), Phase::Open(Reason::Failures));
    machine
}

/// Returns a machine that lets calls in again from the beginning on.
fn ramping() -> Machine {
    let mut machine = opened();
    machine.probed(Health::Good, at(0));
    assert_eq!(machine.phase(), Phase::Ramping);
    machine
}

#[test]
fn a_breaker_opens_on_the_share_of_bad_calls_and_never_on_a_few() {
    let failures = Phase::Open(Reason::Failures);
    let slow_calls = Phase::Open(Reason::SlowCalls);
    let cases: [(_, &[(usize, Verdict)], _); 9] = [
        ("too few", &[(9, FAILED)], Phase::Closed),
        ("all failed", &[(10, FAILED)], failures),
        ("half failed", &[(5, GOOD), (5, FAILED)], failures),
        (
            "less than half failed",
            &[(6, GOOD), (5, FAILED)],
            Phase::Closed,
        ),
        ("slow", &[(2, GOOD), (8, SLOW)], slow_calls),
        ("fewer slow", &[(3, GOOD), (8, SLOW)], Phase::Closed),
        (
            "a timeout is a failure too",
            &[(3, GOOD), (4, SLOW), (4, FAILED), (3, TIMED_OUT)],
            failures,
        ),
        (
            "slow and timed out",
            &[(2, GOOD), (6, SLOW), (2, TIMED_OUT)],
            slow_calls,
        ),
        (
            "a good call opens nothing",
            &[(9, FAILED), (1, GOOD)],
            Phase::Closed,
        ),
    ];

    for (name, calls, phase) in cases {
        let mut machine = machine();
        for (times, verdict) in calls {
            for _ in 0..*times {
                call(&mut machine, *verdict, at(0));
            }
        }
        assert_eq!(machine.phase(), phase, "{name}");
    }
}

#[test]
fn calls_that_are_long_past_open_nothing() {
    let mut machine = machine();
    for _ in 0..9 {
        call(&mut machine, FAILED, at(0));
    }

    call(&mut machine, FAILED, at(10_000));

    assert_eq!(machine.phase(), Phase::Closed);
}

#[test]
fn an_open_breaker_lets_nobody_in_until_a_probe_goes_well() {
    let mut machine = opened();

    assert_eq!(machine.ask(at(5_000)), None);
    machine.probed(Health::Bad, at(5_000));
    assert_eq!(machine.ask(at(5_001)), None);
    machine.probed(Health::Good, at(5_200));

    assert!(machine.ask(at(5_201)).is_some());
}

#[test]
fn pauses_grow_with_bad_probes_and_not_while_there_is_no_connection() {
    let mut machine = opened();
    let mut pauses = vec![machine.pause()];
    for health in [
        Health::Bad,
        Health::Unreachable,
        Health::Bad,
        Health::Bad,
        Health::Bad,
    ] {
        machine.probed(health, at(1_000));
        pauses.push(machine.pause());
    }

    let expected = [100, 200, 200, 400, 400, 400];
    assert_eq!(pauses, expected.map(|millis| Some(at(millis))));
}

#[test]
fn a_ramp_lets_in_a_growing_share_and_then_everybody() {
    let mut machine = ramping();
    let mut admitted = |range: std::ops::Range<u64>| {
        range
            .filter(|millis| machine.ask(at(*millis)).is_some())
            .count()
    };

    let fifths = [0, 100, 200, 300, 400].map(|from| admitted(from..from + 100));
    let after = admitted(500..600);

    assert_eq!(fifths, [28, 44, 60, 76, 92]);
    assert_eq!(after, 100);
    assert_eq!(machine.phase(), Phase::Closed);
}

#[test]
fn the_first_call_of_a_ramp_is_let_in_at_once() {
    assert!(ramping().ask(at(0)).is_some());
}

#[test]
fn a_bad_call_in_the_ramp_opens_it_again_for_longer() {
    for verdict in [FAILED, SLOW] {
        let mut machine = ramping();

        call(&mut machine, verdict, at(10));

        assert_eq!(machine.phase(), Phase::Open(Reason::Relapse));
        assert_eq!(machine.pause(), Some(at(200)));
    }
}

#[test]
fn a_whole_ramp_makes_pauses_short_again_and_forgets_the_past() {
    let mut machine = ramping();
    call(&mut machine, FAILED, at(10));
    machine.probed(Health::Good, at(200));

    machine.settle(at(700));
    assert_eq!(machine.phase(), Phase::Closed);
    for _ in 0..9 {
        call(&mut machine, FAILED, at(700));
    }
    assert_eq!(machine.phase(), Phase::Closed);
    call(&mut machine, FAILED, at(700));
    assert_eq!(machine.pause(), Some(at(100)));
}

#[test]
fn how_a_call_from_before_the_opening_went_says_nothing() {
    let mut machine = machine();
    let early = machine.ask(at(0)).unwrap();
    for _ in 0..10 {
        call(&mut machine, FAILED, at(0));
    }
    machine.probed(Health::Good, at(100));

    machine.end(early, FAILED, at(150));

    assert_eq!(machine.phase(), Phase::Ramping);
}

#[test]
fn a_dropped_call_gives_its_place_in_the_ramp_to_another() {
    let mut machine = ramping();
    let dropped = machine.ask(at(0)).unwrap();
    assert_eq!(machine.ask(at(0)), None);

    machine.give_back(dropped);

    assert!(machine.ask(at(0)).is_some());
}

#[test]
fn a_call_takes_the_place_of_a_probe_that_never_comes() {
    let mut machine = opened();
    let due = at(100);

    assert_eq!(machine.ask(due + PATIENCE), None);
    assert!(machine.ask(due + PATIENCE + at(1)).is_some());
}
