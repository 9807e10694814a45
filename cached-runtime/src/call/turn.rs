//! A call whose function has to run: why, and what is to be done before and after it.
//!
//! Nothing here knows the user's future, so it is compiled once for each kind of call and not for each function.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use super::compute::{Leading, Led};
use super::missing::{Concluded, Missing};
use super::run::{Limit, Run};
use super::{Call, rekey, take_seat};
use crate::absence::Absences;
use crate::companions::mode::Mode;
use crate::flight::{Lead, Seat};
use crate::key::Key;
use crate::outcome::Bypass;
use crate::output::{Output, Storable};
use crate::policy::{Admission, Lifetime};
use crate::refusal::Refusal;
use crate::runtime::Engine;

/// An output to be served, and the run behind it, if there is to be one.
type Begun<O, K, L, A, N> = (O, Option<Box<Refresh<O, K, L, A, N>>>);

/// A run in the background that replaces what is served.
pub(super) struct Refresh<O, K, L, A, N> {
    pub(super) call: Call<O, K, L, A, N>,
    pub(super) engine: Arc<Engine>,
    pub(super) key: Key,
    pub(super) lead: Lead,
}

/// A call to which the cache had no answer.
pub(super) struct Missed<O, K: Output<O>, L, A, N> {
    pub(super) call: Call<O, K, L, A, N>,
    pub(super) engine: Arc<Engine>,
    pub(super) key: Key,
    pub(super) missing: Missing<O, K::Stored>,
}

/// Why the function of a call has to run before the call ends.
#[expect(clippy::large_enum_variant, reason = "it is on the heap")]
pub(super) enum Due<O, K: Output<O>, L, A, N> {
    /// The cache is not asked.
    Bypass {
        call: Call<O, K, L, A, N>,
        reason: Bypass,
    },
    /// The cache has nothing to serve.
    Miss {
        missed: Missed<O, K, L, A, N>,
        seat: Seat,
    },
}

/// What is left to do for a call when its function has run: alone, or for others as well.
#[expect(clippy::large_enum_variant, reason = "it is on the heap")]
pub(super) enum Turn<O, K: Output<O>, L, A, N> {
    /// The cache was not asked.
    Bypass {
        call: Call<O, K, L, A, N>,
        reason: Bypass,
    },
    /// It leads, so others may wait for what its function returns.
    Lead {
        missed: Missed<O, K, L, A, N>,
        lead: Lead,
        started: SystemTime,
    },
}

impl<O, K, L, A, N> Call<O, K, L, A, N>
where
    K: Output<O, Stored: Storable>,
    L: Lifetime<K::Stored>,
    A: Admission<K::Stored>,
    N: Absences<O>,
{
    /// Returns the run of the function, and what is left to do then.
    ///
    /// # Errors
    /// Returns the output of a call for which it need not run, or may not.
    pub(super) async fn take_turn(self) -> Result<(Run, Box<Turn<O, K, L, A, N>>), O> {
        let due = match self.begin().await {
            // A future that is lent to the call cannot run behind it.
            Ok((output, _)) => return Err(output),
            Err(due) => due,
        };
        // On the heap, so that a hit carries no room for what only a miss needs.
        Box::pin(due.turn()).await
    }

    /// Returns the output that the cache has to serve, and what is to run behind it.
    ///
    /// # Errors
    /// Returns why the function has to run.
    pub(super) async fn begin(self) -> Result<Begun<O, K, L, A, N>, Box<Due<O, K, L, A, N>>> {
        let (call, mode) = (self, Mode::take());
        let (engine, key) = match call.locate(mode).await {
            Ok(place) => place,
            Err(reason) => return Err(Box::new(Due::Bypass { call, reason })),
        };
        let seat = take_seat(&engine, &key, mode);
        let served = match call.look(&engine, &key, mode).await {
            Ok(served) => served,
            Err(missing) => {
                let missed = Missed {
                    call,
                    engine,
                    key,
                    missing,
                };
                return Err(Box::new(Due::Miss { missed, seat }));
            }
        };
        let output = served.output;
        if !served.is_refreshed {
            rekey::store_moved(call.spec, &engine, key, seat, served.moved);
            return Ok((output, None));
        }
        let refresh = seat.try_lead().map(|lead| {
            Box::new(Refresh {
                call,
                engine,
                key,
                lead,
            })
        });
        Ok((output, refresh))
    }
}

impl<O, K, L, A, N> Due<O, K, L, A, N>
where
    K: Output<O, Stored: Storable>,
    L: Lifetime<K::Stored>,
    A: Admission<K::Stored>,
    N: Absences<O>,
{
    /// Returns the run of the function, and what is left to do then.
    ///
    /// # Errors
    /// Returns the output of a call for which it need not run, or may not.
    async fn turn(self) -> Result<(Run, Box<Turn<O, K, L, A, N>>), O> {
        match self {
            Self::Bypass { call, reason } => match Limit::of(call.spec).start() {
                Ok(run) => Ok((run, Box::new(Turn::Bypass { call, reason }))),
                Err(refusal) => Err(call.bypassed(reason, Err(refusal))),
            },
            Self::Miss { missed, seat } => {
                let Missed { call, missing, .. } = &missed;
                let (spec, ttl, reason) = (call.spec, call.ttl, missing.reason());
                let (engine, key) = (&missed.engine, &missed.key);
                let boarding = Call::<O, K, L, A, N>::board(spec, ttl, engine, key, seat, reason);
                match boarding.await {
                    Ok(Leading { run, lead, started }) => {
                        let turn = Turn::Lead {
                            missed,
                            lead,
                            started,
                        };
                        Ok((run, Box::new(turn)))
                    }
                    Err(end) => Err(missed.conclude(end)),
                }
            }
        }
    }
}

impl<O, K, L, A, N> Turn<O, K, L, A, N>
where
    K: Output<O, Stored: Storable>,
    L: Lifetime<K::Stored>,
    A: Admission<K::Stored>,
    N: Absences<O>,
{
    /// Takes in what the run came to, and returns the storing of it, which returns the output.
    ///
    /// # Errors
    /// Returns the output of a call of which nothing is stored.
    pub(super) fn land(
        self,
        ran: Result<O, Refusal>,
    ) -> Result<Pin<Box<impl Future<Output = O>>>, O> {
        match self {
            Self::Bypass { call, reason } => Err(call.bypassed(reason, ran)),
            Self::Lead {
                missed,
                lead,
                started,
            } => {
                let led = ran.map_err(Err).map(|output| Led {
                    output,
                    lead,
                    started,
                });
                let Missed {
                    call,
                    engine,
                    key,
                    missing,
                } = missed;
                let (spec, reason) = (call.spec, missing.reason());
                match led.and_then(|led| call.land(&engine, &key, reason, led)) {
                    Ok(landing) => Ok(Box::pin(async move {
                        let computed = landing.store(spec, &engine, &key, reason).await;
                        missing.conclude::<K>(Ok(computed), engine.clock.now())
                    })),
                    Err(end) => Err(missing.conclude::<K>(end, engine.clock.now())),
                }
            }
        }
    }
}

impl<O, K: Output<O>, L, A, N> Missed<O, K, L, A, N> {
    /// Returns the output of the call, and reports its outcome.
    fn conclude(self, end: Concluded<O>) -> O {
        self.missing.conclude::<K>(end, self.engine.clock.now())
    }
}
