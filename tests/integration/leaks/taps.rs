//! What Redis is sent and what goes over the wire, written down as it passes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How long to wait for what must happen before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Bytes that have been seen so far.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Vec<u8>>>);

impl Seen {
    fn add(&self, bytes: &[u8]) {
        self.0.lock().expect("nobody panics with it").extend(bytes);
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("nobody panics with it").clone()
    }

    /// Waits until `text` has been seen.
    pub(super) async fn wait_for(&self, text: &str) {
        let look = async {
            while !String::from_utf8_lossy(&self.bytes()).contains(text) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let seen = timeout(PATIENCE, look).await;
        seen.unwrap_or_else(|_| panic!("{text} is never seen"));
    }
}

/// A listening task; ends when dropped.
pub(super) struct Tap {
    pub(super) address: SocketAddr,
    pub(super) seen: Seen,
    _tasks: JoinSet<()>,
}

/// Passes connections on to `port` and writes down both directions.
pub(super) async fn wire(port: u16) -> Tap {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let seen = Seen::default();
    let mut tasks = JoinSet::new();
    let all = seen.clone();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
                continue;
            };
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            connections.spawn(pass_on(from_client, to_server, all.clone()));
            connections.spawn(pass_on(from_server, to_client, all.clone()));
        }
    });
    Tap {
        address,
        seen,
        _tasks: tasks,
    }
}

async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, seen: Seen) {
    let mut chunk = vec![0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        seen.add(&chunk[..length]);
        if to.write_all(&chunk[..length]).await.is_err() {
            break;
        }
    }
}

/// Has the server at `address` repeat every command that it is sent, by whichever connection.
pub(super) async fn monitor(address: SocketAddr, password: &str) -> Tap {
    let mut server = TcpStream::connect(address).await.expect("Redis listens");
    let commands = format!("AUTH {password}\r\nMONITOR\r\n");
    server
        .write_all(commands.as_bytes())
        .await
        .expect("Redis reads");
    let mut answer = [0; 10];
    server.read_exact(&mut answer).await.expect("Redis answers");
    assert_eq!(&answer, b"+OK\r\n+OK\r\n");
    let (mut from, to) = server.into_split();
    let seen = Seen::default();
    let mut tasks = JoinSet::new();
    let all = seen.clone();
    tasks.spawn(async move {
        let mut chunk = vec![0; 16 << 10];
        while let Ok(length @ 1..) = from.read(&mut chunk).await {
            all.add(&chunk[..length]);
        }
        drop(to);
    });
    Tap {
        address,
        seen,
        _tasks: tasks,
    }
}

/// Returns the arguments in what MONITOR prints, as they were sent, with the quotes around them.
pub(super) fn unescaped(printed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(printed.len());
    let mut rest = printed.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(
            match rest.next().expect("an escape has two characters at least") {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'a' => 7,
                b'b' => 8,
                b'x' => {
                    let mut digit = || {
                        let digit = rest.next().map(char::from).and_then(|c| c.to_digit(16));
                        u8::try_from(digit.expect("two digits follow"))
                            .expect("a digit is below 16")
                    };
                    digit() << 4 | digit()
                }
                quoted => quoted,
            },
        );
    }
    bytes
}

#[test]
fn what_is_monitored_is_read_as_it_was_sent() {
    let printed = br#""SET" "k\"\\" "\x00\xff\nA\x41""#;

    assert_eq!(unescaped(printed), b"\"SET\" \"k\"\\\" \"\x00\xff\nAA\"");
}
