//! Sequences of what callers can do, held against a model of who is owed what: all of them for a few
//! callers, and long random ones for many, with time and invalidations among them.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::tests::{Boarder, boarder, key};
use super::{Boarding, Flights, Lead, Seat};
use crate::key::Key;

const PATIENCE: Duration = Duration::from_secs(5);

/// The calls of one key, and what the model says of them.
struct World {
    flights: Arc<Flights>,
    key: Key,
    callers: Vec<Caller>,
    groups: Vec<Group>,
    /// The group that the next call enters.
    open: usize,
    /// The value that lands next.
    next_value: u8,
}

struct Caller {
    stage: Stage,
    group: usize,
    is_woken: Arc<Woken>,
    /// What has landed since it entered, or had when it did.
    owed: Option<u8>,
    /// Whether it had.
    is_late: bool,
}

enum Stage {
    Away,
    Seated(Seat),
    Waiting(Boarder),
    Leading(Lead),
    /// Its value has landed, and it writes.
    Writing(Lead),
    Alone(Lead),
    Gone,
}

/// Calls that share what lands.
#[derive(Default)]
struct Group {
    landed: Option<u8>,
    /// How many may lead at a time.
    most_leads: usize,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Enter,
    Board,
    Poll,
    Leave,
    Land,
    Fail,
    Panic,
    Release,
    CloseWithoutCompany,
    TryLead,
    LeadAlone,
    Return,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Caller {
    fn is_woken(&self) -> bool {
        self.is_woken.0.load(Ordering::Relaxed)
    }

    /// What it can do that the rules are for.
    fn acts(&self) -> &'static [Act] {
        match &self.stage {
            Stage::Away => &[Act::Enter],
            Stage::Seated(_) => &[Act::Board, Act::Leave],
            Stage::Waiting(_) if self.is_woken() => &[Act::Poll, Act::Leave],
            Stage::Waiting(_) | Stage::Writing(_) | Stage::Alone(_) => &[Act::Leave],
            Stage::Leading(_) => &[Act::Land, Act::Leave, Act::Fail, Act::Panic, Act::Release],
            Stage::Gone => &[],
        }
    }

    /// What it can do besides.
    fn more_acts(&self) -> &'static [Act] {
        match &self.stage {
            Stage::Seated(_) => &[Act::TryLead, Act::LeadAlone],
            Stage::Leading(_) => &[Act::CloseWithoutCompany],
            Stage::Alone(_) => &[Act::Land],
            Stage::Gone => &[Act::Return],
            _ => &[],
        }
    }
}

impl World {
    fn new(callers: usize) -> Self {
        let caller = |_| Caller {
            stage: Stage::Away,
            group: 0,
            is_woken: Arc::new(Woken(AtomicBool::new(false))),
            owed: None,
            is_late: false,
        };
        Self {
            flights: Arc::new(Flights::new(PATIENCE)),
            key: key(7),
            callers: (0..callers).map(caller).collect(),
            groups: vec![Group::default()],
            open: 0,
            next_value: 0,
        }
    }

    fn act(&mut self, number: usize, act: Act) {
        let stage = std::mem::replace(&mut self.callers[number].stage, Stage::Gone);
        let group = self.callers[number].group;
        self.callers[number].stage = match (act, stage) {
            (Act::Enter, Stage::Away) => self.enter(number),
            (Act::Board, Stage::Seated(seat)) => self.poll(number, boarder(seat)),
            (Act::Poll, Stage::Waiting(boarder)) => self.poll(number, boarder),
            (Act::Leave, Stage::Writing(lead)) => {
                drop(lead);
                if group == self.open {
                    self.open_another();
                }
                Stage::Gone
            }
            (Act::Leave, _) => Stage::Gone,
            (Act::Land, Stage::Alone(lead)) => {
                lead.land(Arc::from([0]));
                Stage::Alone(lead)
            }
            (Act::Land, Stage::Leading(lead)) => self.land(group, lead),
            (Act::Fail, Stage::Leading(lead)) => {
                self.groups[group].most_leads += 1;
                lead.fail();
                Stage::Gone
            }
            (Act::Panic, Stage::Leading(lead)) => {
                self.groups[group].most_leads += 1;
                let panic = catch_unwind(AssertUnwindSafe(move || {
                    let _lead = lead;
                    resume_unwind(Box::new(()));
                }));
                assert!(panic.is_err());
                Stage::Gone
            }
            (Act::Release, Stage::Leading(lead)) => {
                self.groups[group].most_leads = usize::MAX / 2;
                lead.release();
                Stage::Gone
            }
            (Act::CloseWithoutCompany, Stage::Leading(lead)) => {
                let owed_to = |caller: &Caller| {
                    let may_be_served =
                        matches!(caller.stage, Stage::Seated(_) | Stage::Waiting(_));
                    may_be_served && caller.group == group
                };
                let has_company = lead.has_company();
                assert_eq!(has_company, self.callers.iter().any(owed_to));
                if !has_company && group == self.open {
                    self.open_another();
                }
                Stage::Leading(lead)
            }
            (Act::TryLead, Stage::Seated(seat)) => match seat.try_lead() {
                Some(lead) => self.leads(number, lead),
                None => Stage::Gone,
            },
            (Act::LeadAlone, Stage::Seated(seat)) => Stage::Alone(seat.alone()),
            (Act::Return, Stage::Gone) => Stage::Away,
            (act, _) => unreachable!("{act:?} is not what it can do"),
        };
        self.check();
    }

    fn enter(&mut self, number: usize) -> Stage {
        let caller = &mut self.callers[number];
        caller.group = self.open;
        caller.owed = self.groups[self.open].landed;
        caller.is_late = caller.owed.is_some();
        Stage::Seated(self.flights.enter(&self.key))
    }

    fn poll(&mut self, number: usize, mut boarder: Boarder) -> Stage {
        let caller = &self.callers[number];
        caller.is_woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&caller.is_woken));
        match boarder.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => Stage::Waiting(boarder),
            Poll::Ready(Boarding::Landed(landed)) => {
                assert_eq!(Some(landed.envelope[0]), caller.owed);
                assert_eq!(landed.is_earlier, caller.is_late);
                Stage::Gone
            }
            Poll::Ready(Boarding::Lead(lead)) => self.leads(number, lead),
        }
    }

    fn leads(&mut self, number: usize, lead: Lead) -> Stage {
        let caller = &self.callers[number];
        assert_eq!(caller.owed, None, "what has landed reaches who has entered");
        let leads = |other: &&Caller| {
            other.group == caller.group && matches!(other.stage, Stage::Leading(_))
        };
        let others = self.callers.iter().filter(leads).count();
        assert!(others <= self.groups[caller.group].most_leads);
        Stage::Leading(lead)
    }

    fn land(&mut self, group: usize, lead: Lead) -> Stage {
        self.next_value = self.next_value.wrapping_add(1);
        lead.land(Arc::from([self.next_value]));
        if self.groups[group].landed.is_some() {
            // It counts for nothing more: another was faster.
            drop(lead);
            return Stage::Gone;
        }
        self.groups[group].landed = Some(self.next_value);
        for caller in &mut self.callers {
            if caller.group == group {
                caller.owed = Some(self.next_value);
            }
        }
        Stage::Writing(lead)
    }

    fn void(&mut self) {
        let writes = self.flights.void(&self.key);
        drop(writes);
        self.open_another();
        self.check();
    }

    async fn lose_patience(&mut self) {
        for group in &mut self.groups {
            group.most_leads += 1;
        }
        tokio::time::advance(PATIENCE).await;
        self.check();
        for group in 0..self.groups.len() {
            let mut waiting = self.waiting(group).peekable();
            assert!(
                waiting.peek().is_none() || waiting.any(Caller::is_woken),
                "somebody loses patience"
            );
        }
    }

    fn open_another(&mut self) {
        self.open = self.groups.len();
        self.groups.push(Group::default());
    }

    fn waiting(&self, group: usize) -> impl Iterator<Item = &Caller> {
        let waits = |caller: &&Caller| matches!(caller.stage, Stage::Waiting(_));
        let in_group = move |caller: &&Caller| caller.group == group;
        self.callers.iter().filter(waits).filter(in_group)
    }

    /// Holds what is true between any two acts.
    fn check(&self) {
        for caller in &self.callers {
            if !matches!(caller.stage, Stage::Waiting(_)) || caller.is_woken() {
                continue;
            }
            assert_eq!(caller.owed, None, "who is owed a value is woken");
            let leads = |other: &Caller| {
                other.group == caller.group && matches!(other.stage, Stage::Leading(_))
            };
            assert!(
                self.callers.iter().any(leads) || self.waiting(caller.group).any(Caller::is_woken),
                "nobody waits where nobody leads"
            );
        }
        let is_away = |caller: &Caller| matches!(caller.stage, Stage::Away | Stage::Gone);
        let are_away = self.callers.iter().all(is_away);
        assert_eq!(self.flights.is_empty(), are_away, "nothing is left behind");
    }
}

/// Walks every sequence of acts, each to the point where nobody can act; returns how many there are.
fn walk_all(callers: usize) -> usize {
    // Which of the possible acts was taken at each step, and how many there were.
    let mut path: Vec<(usize, usize)> = Vec::new();
    for walks in 1.. {
        let mut world = World::new(callers);
        for step in 0.. {
            let acts = distinct_acts(&world);
            if acts.is_empty() {
                path.truncate(step);
                break;
            }
            if step == path.len() {
                path.push((0, acts.len()));
            }
            let (number, act) = acts[path[step].0];
            world.act(number, act);
        }
        while path.pop_if(|(taken, of)| *taken + 1 == *of).is_some() {}
        match path.last_mut() {
            Some((taken, _)) => *taken += 1,
            None => return walks,
        }
    }
    unreachable!("the walks end");
}

/// What callers can do next. They enter in turn, because they are alike.
fn distinct_acts(world: &World) -> Vec<(usize, Act)> {
    let is_away = |caller: &Caller| matches!(caller.stage, Stage::Away);
    let next = world.callers.iter().position(is_away);
    let acts = world.callers.iter().enumerate();
    acts.filter(|(number, caller)| !is_away(caller) || next == Some(*number))
        .flat_map(|(number, caller)| caller.acts().iter().map(move |act| (number, *act)))
        .collect()
}

#[test]
fn every_sequence_of_three_calls_keeps_the_rules() {
    let walks = walk_all(3);

    println!("{walks} walks");
}

#[tokio::test(start_paused = true)]
async fn long_random_sequences_keep_the_rules() {
    for seed in 0..100 {
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let mut world = World::new(random.usize(2..20));
        for _ in 0..1000 {
            let number = random.usize(..world.callers.len());
            let caller = &world.callers[number];
            let acts = [caller.acts(), caller.more_acts()].concat();
            match random.u8(..) {
                0..3 => world.void(),
                3..6 => world.lose_patience().await,
                _ => {
                    if let Some(act) = random.choice(acts) {
                        world.act(number, act);
                    }
                }
            }
        }
    }
}
