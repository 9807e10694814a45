//! What a fault needs, and how it begins and ends: real servers, signals, commands and a proxy.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cached_runtime::ManualClock;
use cached_runtime::testing::{FaultProxy, Wire};
use redis::Cmd;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::{Fault, Setup, hosts};
use crate::redis::RedisServer;

/// A name that has the address that a fault gives it.
const NAME: &str = "redis.test";

/// How far the clock jumps: further than values live.
const JUMP: Duration = Duration::from_hours(2);

/// How often all values are damaged.
const DAMAGE_INTERVAL: Duration = Duration::from_millis(50);

/// How many keys a server loads while it is `LOADING`.
const LOADED_KEYS: u32 = 10_000;

/// Damages what is stored: takes a seed, and goes over the values in strings and in the fields of hashes.
/// Locks, which some candidates keep beside their values, are no values.
const DAMAGE: &str = r"
    math.randomseed(tonumber(ARGV[1]))
    local function damaged(value)
        DAMAGE
    end
    for _, key in ipairs(redis.call('KEYS', '*')) do
        local kind = redis.call('TYPE', key).ok
        if string.sub(key, -5) == ':lock' then
            kind = 'lock'
        end
        if kind == 'string' then
            redis.call('SET', key, damaged(redis.call('GET', key)), 'KEEPTTL')
        elseif kind == 'hash' then
            for _, field in ipairs(redis.call('HKEYS', key)) do
                redis.call('HSET', key, field, damaged(redis.call('HGET', key, field)))
            end
        end
    end
    return true
";

/// Replaces every value, but no lock, by a list.
const WRONG_TYPE: &str = r"
    for _, key in ipairs(redis.call('KEYS', '*')) do
        if redis.call('TYPE', key).ok ~= 'list' and string.sub(key, -5) ~= ':lock' then
            redis.call('DEL', key)
            redis.call('RPUSH', key, 'a list')
        end
    end
    return true
";

/// The servers and what else a fault needs.
pub(super) struct Stage {
    fault: Fault,
    during: Duration,
    server: Arc<RedisServer>,
    /// The way to the server, for faults of the way.
    proxy: Option<FaultProxy>,
    /// What a name is to resolve to, for the fault of the name.
    other: Option<(RedisServer, FaultProxy)>,
    /// A port that answers no SYN, with the connections that fill its queue.
    swallower: Option<(TcpListener, Vec<TcpStream>)>,
    /// What goes on for as long as the fault does.
    routine: Option<Routine>,
    setup: Setup,
}

/// Something done again and again.
struct Routine {
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Fault {
    /// Returns true when the fault takes nothing away for long, so that hits could come at once.
    pub(super) fn heals_itself(self) -> bool {
        matches!(self, Self::Restart | Self::ClientKill | Self::HalfDead)
    }

    /// Returns true when the server cannot be used from the beginning of the load.
    pub(super) fn is_from_the_start(self) -> bool {
        matches!(self, Self::Absent | Self::HostSwallows | Self::NameUnknown)
    }

    /// Returns true when healing brings hits back.
    pub(super) fn can_be_healed(self) -> bool {
        self != Self::NameUnknown
    }

    fn needs_proxy(self) -> bool {
        matches!(
            self,
            Self::HostRefuses | Self::HalfDead | Self::SlowDrip | Self::GarbageReply
        )
    }

    fn needs_user(self) -> bool {
        matches!(self, Self::Password | Self::NoSet | Self::NoGet)
    }
}

impl Stage {
    /// Sets the stage for a fault that will last for `during`; what is to be away from the start on is.
    pub(super) async fn set(fault: Fault, during: Duration) -> Self {
        let arguments = arguments(fault, during);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let server = RedisServer::start_with(&arguments).await;
        let mut stage = Self {
            fault,
            during,
            server: Arc::new(server),
            proxy: None,
            other: None,
            swallower: None,
            routine: None,
            setup: Setup {
                url: String::new(),
                clock: ManualClock::new(),
            },
        };
        let port = stage.server.port();
        stage.setup.url = stage.server.url();
        if fault.needs_proxy() {
            let proxy = FaultProxy::start(format!("127.0.0.1:{port}")).expect("a port is free");
            stage.setup.url = format!("redis://{}", proxy.address());
            stage.proxy = Some(proxy);
        }
        if fault.needs_user() {
            stage.user(&["on", ">right", "~*", "&*", "+@all"]).await;
            stage.setup.url = format!("redis://cache:right@127.0.0.1:{port}");
        }
        match fault {
            Fault::Absent => stage.server.kill(),
            Fault::Loading => stage.fill_dump().await,
            Fault::HostSwallows => {
                stage.server.kill();
                stage.swallower = Some(swallow(port).await);
            }
            Fault::NameUnknown => stage.setup.url = format!("redis://no-such-host.invalid:{port}"),
            Fault::NameMoves => {
                hosts::set(NAME, Some("127.0.0.1"));
                stage.setup.url = format!("redis://{NAME}:{port}");
                let server = RedisServer::start().await;
                let address = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), port));
                let upstream = format!("127.0.0.1:{}", server.port());
                let proxy = FaultProxy::start_at(address, upstream).expect("the port is free");
                stage.other = Some((server, proxy));
            }
            _ => {}
        }
        stage
    }

    pub(super) fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Lets the fault begin.
    pub(super) async fn begin(&mut self) {
        match self.fault {
            Fault::KillIdle | Fault::KillLoad | Fault::NameMoves => self.server.kill(),
            // They are there from the start on.
            Fault::Absent | Fault::HostSwallows | Fault::NameUnknown | Fault::LargeValues => {}
            Fault::Restart | Fault::Loading => self.server.restart().await,
            Fault::Freeze => self.server.freeze(),
            Fault::ClientPause => self.pause().await,
            Fault::ClientKill => self.command(&["CLIENT", "KILL", "TYPE", "normal"]).await,
            Fault::HostRefuses => {
                self.wire(Wire::Refuse).await;
                self.proxy().cut();
            }
            Fault::HalfDead => self.proxy().strand(),
            Fault::SlowDrip => self.wire(Wire::Drip(Duration::from_millis(10))).await,
            Fault::GarbageReply => self.wire(Wire::Garbage { seed: 7 }).await,
            Fault::Full => self.command(&["CONFIG", "SET", "maxmemory", "1"]).await,
            Fault::ReadOnly => self.command(&["REPLICAOF", "127.0.0.1", "1"]).await,
            Fault::Password => {
                self.user(&["resetpass", ">another"]).await;
                self.command(&["CLIENT", "KILL", "USER", "cache"]).await;
            }
            // Candidates write and read with commands of their own, such as PSETEX, HSET and HMGET.
            Fault::NoSet => self.user(&["-@write"]).await,
            Fault::NoGet => self.user(&["-@read"]).await,
            Fault::WrongType => self.evaluate(WRONG_TYPE.to_owned()),
            Fault::GarbageValues => self.damage("return '{\"json\": true}'"),
            Fault::TruncatedValues => {
                self.damage("return string.sub(value, 1, math.random(math.max(#value, 1)) - 1)");
            }
            Fault::FlippedValues => self.damage(
                "if value == '' then return value end
                 local at = math.random(#value)
                 local flipped = bit.bxor(string.byte(value, at), bit.lshift(1, math.random(8) - 1))
                 return string.sub(value, 1, at - 1) .. string.char(flipped) .. string.sub(value, at + 1)",
            ),
            Fault::Neighbours => self.neighbours().await,
            Fault::ClockForwards => self.setup.clock.advance(JUMP),
            Fault::ClockBackwards => self.setup.clock.set_back(JUMP),
            Fault::Flapping => self.flap(),
        }
    }

    /// Ends the fault; when this returns, everything is there again.
    pub(super) async fn heal(&mut self) {
        if let Some(routine) = self.routine.take() {
            routine.stop.store(true, Ordering::Relaxed);
            routine.task.await.expect("a routine does not panic");
        }
        match self.fault {
            Fault::KillIdle | Fault::KillLoad | Fault::Absent => self.server.restart().await,
            Fault::HostSwallows => {
                self.swallower = None;
                self.server.restart().await;
            }
            Fault::Freeze => self.server.thaw(),
            // Longer than the pause lasts, it is waited out.
            Fault::ClientPause => self.command(&["PING"]).await,
            Fault::HostRefuses | Fault::SlowDrip | Fault::GarbageReply => {
                self.wire(Wire::Clean).await;
            }
            Fault::NameMoves => hosts::set(NAME, Some("127.0.0.2")),
            Fault::Full => self.command(&["CONFIG", "SET", "maxmemory", "0"]).await,
            Fault::ReadOnly => self.command(&["REPLICAOF", "NO", "ONE"]).await,
            Fault::Password => self.user(&["resetpass", ">right"]).await,
            Fault::NoSet | Fault::NoGet => self.user(&["+@all"]).await,
            Fault::Loading => self.loaded().await,
            Fault::ClockForwards => self.setup.clock.set_back(JUMP),
            Fault::ClockBackwards => self.setup.clock.advance(JUMP),
            Fault::Restart
            | Fault::ClientKill
            | Fault::NameUnknown
            | Fault::HalfDead
            | Fault::WrongType
            | Fault::GarbageValues
            | Fault::TruncatedValues
            | Fault::FlippedValues
            | Fault::LargeValues
            | Fault::Neighbours
            | Fault::Flapping => {}
        }
    }

    fn proxy(&self) -> &FaultProxy {
        self.proxy.as_ref().expect("this fault has a proxy")
    }

    async fn wire(&self, wire: Wire) {
        self.proxy().set(wire).await;
    }

    async fn command(&self, words: &[&str]) {
        self.server.query::<redis::Value>(command(words)).await;
    }

    /// Changes the user as whom the candidate connects.
    async fn user(&self, rules: &[&str]) {
        let words = [&["ACL", "SETUSER", "cache"], rules].concat();
        self.command(&words).await;
    }

    async fn pause(&self) {
        let millis = self.during.as_millis().to_string();
        self.command(&["CLIENT", "PAUSE", &millis, "ALL"]).await;
    }

    /// Saves so much that the server loads it for as long as the fault is to last.
    async fn fill_dump(&self) {
        let keys = LOADED_KEYS.to_string();
        // Each as large as what is loaded between two looks at the connections.
        self.command(&["DEBUG", "POPULATE", &keys, "filler", "1024"])
            .await;
        self.command(&["SAVE"]).await;
    }

    /// Waits until the server has loaded its dump.
    async fn loaded(&self) {
        loop {
            let info: String = self.server.query(command(&["INFO", "persistence"])).await;
            if info.lines().any(|line| line == "loading:0") {
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Damages all values again and again, each by this piece of Lua, which returns what becomes of
    /// `value`.
    fn damage(&mut self, damage: &str) {
        self.evaluate(DAMAGE.replace("DAMAGE", damage));
    }

    /// Evaluates a script again and again, with a seed.
    fn evaluate(&mut self, script: String) {
        let server = Arc::clone(&self.server);
        self.again_and_again(move |turn| {
            let eval = command(&["EVAL", &script, "0", &turn.to_string()]);
            let server = Arc::clone(&server);
            async move {
                server.query::<redis::Value>(eval).await;
                sleep(DAMAGE_INTERVAL).await;
            }
        });
    }

    async fn neighbours(&mut self) {
        let big = vec![b'x'; 10 << 20];
        self.server.query::<()>(Cmd::set("neighbour", big)).await;
        let server = Arc::clone(&self.server);
        self.again_and_again(move |_| {
            let server = Arc::clone(&server);
            async move {
                tokio::join!(server.get("neighbour"), server.get("neighbour"));
            }
        });
    }

    fn flap(&mut self) {
        let server = Arc::clone(&self.server);
        self.again_and_again(move |_| {
            let server = Arc::clone(&server);
            async move {
                server.kill();
                sleep(Duration::from_secs(1)).await;
                server.restart().await;
                sleep(Duration::from_secs(1)).await;
            }
        });
    }

    /// Does something until the fault is healed; its turns are counted from 0.
    fn again_and_again<F>(&mut self, turn: impl Fn(u64) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            for number in 0.. {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                turn(number).await;
            }
        });
        self.routine = Some(Routine { stop, task });
    }
}

/// Returns what the server is started with.
fn arguments(fault: Fault, during: Duration) -> Vec<String> {
    if fault != Fault::Loading {
        return Vec::new();
    }
    let delay = (during / LOADED_KEYS).as_micros().to_string();
    let arguments = [
        ["--enable-debug-command", "local"],
        ["--key-load-delay", &delay],
        ["--loading-process-events-interval-bytes", "1024"],
    ];
    arguments.concat().iter().map(ToString::to_string).collect()
}

fn command(words: &[&str]) -> Cmd {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command
}

/// Takes a port and answers nobody: the kernel drops the SYN of whoever comes when the queue of a
/// listener that accepts nobody is full.
async fn swallow(port: u16) -> (TcpListener, Vec<TcpStream>) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let socket = TcpSocket::new_v4().expect("a socket is to be had");
    socket.set_reuseaddr(true).expect("it is a socket");
    socket.bind(address).expect("the port is free");
    let listener = socket.listen(1).expect("the port is free");
    let mut waiting = Vec::new();
    let moment = Duration::from_millis(200);
    while let Ok(connected) = timeout(moment, TcpStream::connect(address)).await {
        waiting.push(connected.expect("the listener refuses nobody"));
    }
    (listener, waiting)
}
