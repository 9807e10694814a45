//! The list of faults.

use cached_runtime::ManualClock;

/// What a candidate needs to know to start.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where Redis is, `redis://[user:password@]host:port`.
    pub url: String,
    /// The clock that decides what is fresh, for candidates that can be given one. Only the faults
    /// [`ClockForwards`](Fault::ClockForwards) and [`ClockBackwards`](Fault::ClockBackwards) move it.
    pub clock: ManualClock,
}

/// Declares the faults with their names and what they are.
macro_rules! faults {
    ($($fault:ident = $name:literal: $text:literal,)*) => {
        /// Something that happens to Redis, to the way there, or to what is stored in it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            $(#[doc = $text] $fault,)*
        }

        impl Fault {
            /// Every fault, in the order of the report.
            pub const ALL: &'static [Self] = &[$(Self::$fault),*];

            /// Returns the name of the fault, lower-case words with hyphens.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$fault => $name,)*
                }
            }

            /// Returns what happens, in words.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$fault => $text,)*
                }
            }
        }
    };
}

faults! {
    KillIdle = "kill-idle": "kill -9 while nobody calls, then load; restarted empty",
    KillLoad = "kill-load": "kill -9 under load; restarted empty",
    Restart = "restart": "killed and restarted at once, empty",
    Freeze = "freeze": "SIGSTOP, then SIGCONT",
    ClientPause = "client-pause": "CLIENT PAUSE",
    ClientKill = "client-kill": "CLIENT KILL of every connection",
    Absent = "absent-at-start": "not there at start, then there",
    HostRefuses = "host-refuses": "the host refuses connections",
    HostSwallows = "host-swallows": "the host answers no SYN from the start on",
    NameUnknown = "name-unknown": "the name does not resolve",
    NameMoves = "name-moves": "the server is gone and its name resolves to another",
    HalfDead = "half-dead": "open connections are dead, new ones work",
    SlowDrip = "slow-drip": "replies arrive byte by byte",
    GarbageReply = "garbage-reply": "replies are garbage",
    Full = "full": "`maxmemory` reached with `noeviction`",
    ReadOnly = "read-only": "REPLICAOF makes the server read-only",
    Password = "password": "the password is changed and connections are cut",
    NoSet = "acl-no-set": "the ACL takes SET and all other writing away",
    NoGet = "acl-no-get": "the ACL takes GET and all other reading away",
    Loading = "loading": "restarted, LOADING for as long as the fault lasts",
    WrongType = "wrong-type": "all keys become lists, again and again",
    GarbageValues = "garbage-values": "all values become garbage, again and again",
    TruncatedValues = "truncated-values": "all values are truncated, again and again",
    FlippedValues = "flipped-values": "a bit of every value is flipped, again and again",
    LargeValues = "large-values": "a fifth of the values have 2 MiB",
    Neighbours = "neighbours": "other clients move 10 MiB values",
    ClockForwards = "clock-forwards": "the clock jumps two hours forwards",
    ClockBackwards = "clock-backwards": "the clock jumps two hours backwards",
    Flapping = "flapping": "one second up, one second down",
}

impl Fault {
    /// Returns true when the fault is in the candidate's clock, which only some can be given.
    #[must_use]
    pub fn needs_clock(self) -> bool {
        matches!(self, Self::ClockForwards | Self::ClockBackwards)
    }
}
