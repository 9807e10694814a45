//! A server in memory that behaves as a test tells it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ProtocolVersion, PushInfo, PushKind, RedisConnectionInfo};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::backend::redis::connect::Connected;
use crate::backend::redis::slot::{Connect, Lost};
use crate::error::Error;

/// How a server behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mood {
    Answers,
    /// One command at a time, each after so long.
    AnswersEvery(Duration),
    /// As one that is a replica.
    ReadOnly,
    /// Reads everything, and answers when the mood has changed.
    Swallows,
    /// Takes no connections, and closes those that it has.
    Refuses,
    /// Never ends an attempt to connect.
    NeverConnects,
    /// Takes connections and closes them at once.
    HangsUp,
    /// Takes connections and closes them when it is asked something.
    HangsUpOnCommands,
}

pub(super) struct Server {
    /// How the next connection is treated.
    next: Mutex<Mood>,
    /// How the newest one is.
    current: Mutex<watch::Sender<Mood>>,
    attempts: AtomicU32,
    /// The most commands that one connection has had without an answer.
    most_owed: AtomicUsize,
    /// Connections that have not ended.
    open: Arc<()>,
}

impl Server {
    pub(super) fn new(mood: Mood) -> Arc<Self> {
        Arc::new(Self {
            next: Mutex::new(mood),
            current: Mutex::new(watch::Sender::new(mood)),
            attempts: AtomicU32::new(0),
            most_owed: AtomicUsize::new(0),
            open: Arc::default(),
        })
    }

    pub(super) fn set(&self, mood: Mood) {
        self.set_next(mood);
        self.set_current(mood);
    }

    /// Sets how the newest connection is treated, and no other one.
    pub(super) fn set_current(&self, mood: Mood) {
        self.current.lock().unwrap().send_replace(mood);
    }

    pub(super) fn set_next(&self, mood: Mood) {
        *self.next.lock().unwrap() = mood;
    }

    /// Closes the current connection.
    pub(super) fn cut(&self) {
        self.set_current(Mood::Refuses);
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    pub(super) fn most_owed(&self) -> usize {
        self.most_owed.load(Ordering::Relaxed)
    }

    pub(super) fn open(&self) -> usize {
        Arc::strong_count(&self.open) - 1
    }
}

impl Connect for Arc<Server> {
    async fn connect(&self, lost: Lost) -> Result<Connected, Error> {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        let mood = *self.next.lock().unwrap();
        match mood {
            Mood::Refuses => return Err(Error::disconnected("refused")),
            Mood::NeverConnects => std::future::pending().await,
            _ => {}
        }
        let current = watch::Sender::new(mood);
        let (ours, theirs) = duplex(64 << 10);
        let side = Side {
            server: Arc::clone(self),
            mood: current.subscribe(),
            stream: theirs,
            unread: Vec::new(),
            owed: VecDeque::new(),
            _open: Arc::clone(&self.open),
        };
        *self.current.lock().unwrap() = current;
        tokio::spawn(side.serve());

        let info = RedisConnectionInfo::default()
            .set_protocol(ProtocolVersion::RESP3)
            .set_skip_set_lib_name();
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(None)
            .set_push_sender(move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    lost.report();
                }
                Ok::<_, ()>(())
            });
        let (connection, driver) = MultiplexedConnection::new_with_config(&info, ours, config)
            .await
            .map_err(|error| Error::disconnected(format!("{:?}", error.kind())))?;
        tokio::spawn(driver);
        Ok(connection.into())
    }
}

/// The server's side of one connection.
struct Side {
    server: Arc<Server>,
    mood: watch::Receiver<Mood>,
    stream: DuplexStream,
    /// Bytes of commands that have not come in full.
    unread: Vec<u8>,
    /// The names of commands without an answer.
    owed: VecDeque<String>,
    _open: Arc<()>,
}

impl Side {
    async fn serve(mut self) {
        let mut last_answer = Instant::now();
        // A sender that is gone has been followed by another connection's; the mood stays.
        let mut is_current = true;
        loop {
            let mood = *self.mood.borrow_and_update();
            let asked = self.owed.front().map(String::as_str);
            let pause = match (mood, asked) {
                (Mood::Refuses | Mood::HangsUp, _) => return,
                (_, Some("HELLO")) => Duration::ZERO,
                (Mood::HangsUpOnCommands, Some(_)) => return,
                (Mood::AnswersEvery(pause), _) => pause,
                (Mood::Swallows, _) => Duration::from_hours(1),
                _ => Duration::ZERO,
            };
            tokio::select! {
                biased;
                read = self.stream.read_buf(&mut self.unread) => {
                    if !matches!(read, Ok(1..)) {
                        return;
                    }
                    if self.owed.is_empty() {
                        last_answer = Instant::now();
                    }
                    while let Some(name) = next_command(&mut self.unread) {
                        self.owed.push_back(name);
                    }
                    self.server.most_owed.fetch_max(self.owed.len(), Ordering::Relaxed);
                }
                change = self.mood.changed(), if is_current => is_current = change.is_ok(),
                () = sleep_until(last_answer + pause), if !self.owed.is_empty() => {
                    last_answer = Instant::now();
                    let name = self.owed.pop_front().expect("a command is owed");
                    if self.stream.write_all(reply(&name, mood)).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

fn reply(command: &str, mood: Mood) -> &'static [u8] {
    match (command, mood) {
        ("HELLO", _) => b"%0\r\n",
        ("PING", _) => b"+PONG\r\n",
        ("SET", Mood::ReadOnly) => b"-READONLY You can't write.\r\n",
        ("SET", _) => b"+OK\r\n",
        _ => b"_\r\n",
    }
}

/// Takes the first command off `bytes` and returns its name, if it has come in full.
fn next_command(bytes: &mut Vec<u8>) -> Option<String> {
    let text = std::str::from_utf8(bytes).expect("these commands are text");
    let mut lines = text.split_inclusive("\r\n");
    let count: usize = lines.next()?.strip_prefix('*')?.trim_end().parse().ok()?;
    // A length and a text for each argument.
    let arguments: Vec<&str> = lines.take(2 * count).collect();
    if arguments.len() < 2 * count || !text.ends_with('\n') {
        return None;
    }
    let name = arguments[1].trim_end().to_owned();
    let length = text.find("\r\n")? + 2 + arguments.concat().len();
    bytes.drain(..length);
    Some(name)
}
