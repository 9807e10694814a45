//! Random walks: whatever happens in whatever order, the machine keeps its promises.

use proptest::prelude::*;

use super::*;

const MINIMUM: u32 = 5;
const PATIENCE: Duration = Duration::from_secs(15);

/// One step of a walk.
#[derive(Clone, Debug)]
enum Step {
    Ask,
    /// Ends one of the calls under way, however long ago it began.
    End(usize, bool, bool),
    Drop(usize),
    Probe(Health),
    Settle,
    /// Lets so many milliseconds pass.
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let health = prop_oneof![
        Just(Health::Good),
        Just(Health::Bad),
        Just(Health::Unreachable)
    ];
    prop_oneof![
        8 => Just(Step::Ask),
        8 => (any::<usize>(), any::<bool>(), any::<bool>())
            .prop_map(|(which, is_failed, is_slow)| Step::End(which, is_failed, is_slow)),
        2 => any::<usize>().prop_map(Step::Drop),
        2 => health.prop_map(Step::Probe),
        1 => Just(Step::Settle),
        3 => (0_u64..700).prop_map(Step::Wait),
        1 => (10_000_u64..40_000).prop_map(Step::Wait),
    ]
}

/// Takes a pass out of those under way.
fn take(passes: &mut Vec<Pass>, which: usize) -> Option<Pass> {
    (!passes.is_empty()).then(|| passes.swap_remove(which % passes.len()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_promise_holds_along_every_walk(steps in prop::collection::vec(step(), 1..200)) {
        let options = BreakerOptions::default().minimum_calls(MINIMUM);
        let mut machine = Machine::new(options, PATIENCE);
        let mut now = Duration::ZERO;
        let mut passes = Vec::new();
        // Calls that were let in and ended since all calls were last let in.
        let mut ended = 0;
        // When the last probe went badly, or the breaker opened.
        let mut opened_at = now;
        // Calls let in by this ramp, and how many asked.
        let (mut admitted, mut asked) = (0_i64, 0_i64);

        for step in steps {
            let before = machine.phase();
            let is_end = matches!(step, Step::End(..));
            match step {
                Step::Wait(millis) => now += Duration::from_millis(millis),
                Step::Ask => {
                    let pass = machine.ask(now);
                    let overdue = now > opened_at + PATIENCE;
                    if matches!(before, Phase::Open(_)) && !overdue {
                        prop_assert_eq!(pass, None, "let in while open");
                    }
                    match (before, machine.phase()) {
                        (_, Phase::Closed) => prop_assert!(pass.is_some(), "kept out while closed"),
                        (Phase::Open(_), Phase::Ramping) => {
                            prop_assert!(pass.is_some(), "an overdue probe is a call");
                            (admitted, asked) = (1, 1);
                        }
                        (_, Phase::Ramping) => {
                            asked += 1;
                            admitted += i64::from(pass.is_some());
                        }
                        _ => {}
                    }
                    passes.extend(pass);
                }
                Step::End(which, is_failed, is_slow) => {
                    if let Some(pass) = take(&mut passes, which) {
                        machine.end(pass, Verdict { is_failed, is_slow }, now);
                        ended += 1;
                    }
                }
                Step::Drop(which) => {
                    if let Some(pass) = take(&mut passes, which) {
                        machine.give_back(pass);
                        prop_assert_eq!(machine.phase(), before, "a dropped call told something");
                        admitted -= i64::from(before == Phase::Ramping && pass.era == machine.era);
                    }
                }
                Step::Probe(health) => {
                    machine.probed(health, now);
                    if matches!(before, Phase::Open(_)) {
                        let is_ramping = machine.phase() == Phase::Ramping;
                        prop_assert_eq!(is_ramping, health == Health::Good);
                        opened_at = now;
                        (admitted, asked) = (0, 0);
                    }
                }
                Step::Settle => machine.settle(now),
            }

            let after = machine.phase();
            if let Phase::Open(reason) = after {
                if before != after {
                    opened_at = now;
                    let enough = reason == Reason::Relapse || ended >= MINIMUM;
                    prop_assert!(enough, "opened after {} calls", ended);
                }
                let pause = machine.pause().expect("an open breaker will be probed");
                prop_assert!(pause >= BACKOFF.first && pause <= BACKOFF.longest);
            } else {
                prop_assert_eq!(machine.pause(), None);
            }
            if after == Phase::Closed && before != Phase::Closed {
                // The end that found the ramp over is the first to count.
                ended = u32::from(is_end);
            }
            if let State::Ramping { since, credit } = machine.state {
                prop_assert!(credit >= 0.0, "credit of {}", credit);
                prop_assert!(admitted <= asked.max(1), "{} of {} let in", admitted, asked);
                prop_assert!(since <= now);
            }
        }

        // From wherever the walk has led, a good probe and half a second bring all calls back.
        machine.probed(Health::Good, now);
        machine.settle(now + RAMP);
        prop_assert_eq!(machine.phase(), Phase::Closed);
        prop_assert!(machine.ask(now + RAMP).is_some());
    }
}
