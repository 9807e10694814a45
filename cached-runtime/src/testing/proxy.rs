//! A TCP proxy in front of a real server, which does to connections what networks do.
//!
//! One task accepts; each connection has a task that pumps both directions and looks at the
//! [`Wire`] before it passes something on.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::random;

/// How many connections the kernel completes before they are accepted.
const BACKLOG: u32 = 1024;

/// How many chunks of replies may be on the way; more are held back at the server.
const ON_THE_WAY: usize = 1024;

/// How much is passed on at once, at most.
const CHUNK_BYTES: usize = 16 << 10;

/// What the way to the server is like, for all connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wire {
    /// Everything passes.
    #[default]
    Clean,
    /// Replies arrive this much later.
    Delay(Duration),
    /// Nothing passes in either direction until the wire changes; nothing is lost. New connections are
    /// accepted, and are just as silent.
    Freeze,
    /// Replies arrive byte by byte, with this pause after each.
    Drip(Duration),
    /// Replies are replaced by as many bytes of garbage, which `seed` decides.
    Garbage {
        /// Decides the bytes.
        seed: u64,
    },
    /// New connections are refused. Open ones stay; [`cut`](FaultProxy::cut) ends them.
    Refuse,
}

/// A TCP proxy on a port of this machine; gone, with its connections, when dropped.
///
/// It passes on whole streams for protocols in which both sides stay until the end: when either
/// side closes its half, the connection is closed. It works in real time, not on a paused clock.
///
/// ```
/// use cached_runtime::testing::{FaultProxy, Wire};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// use tokio::net::{TcpListener, TcpStream};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// // Stands in for a Redis server.
/// let server = TcpListener::bind("127.0.0.1:0").await?;
/// let proxy = FaultProxy::start(server.local_addr()?.to_string())?;
/// let mut client = TcpStream::connect(proxy.address()).await?;
/// let (mut connection, _) = server.accept().await?;
///
/// connection.write_all(b"+PONG\r\n").await?;
/// let mut reply = [0; 7];
/// client.read_exact(&mut reply).await?;
/// assert_eq!(&reply, b"+PONG\r\n");
///
/// proxy.set(Wire::Garbage { seed: 7 }).await;
/// connection.write_all(b"+PONG\r\n").await?;
/// client.read_exact(&mut reply).await?;
/// assert_ne!(&reply, b"+PONG\r\n");
///
/// proxy.cut();
/// assert_eq!(client.read(&mut reply).await?, 0);
/// assert_eq!(proxy.connections(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// The task that accepts, and that owns those of the connections.
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    control: watch::Sender<Control>,
    /// Whether the port refuses connections at this moment.
    refuses: watch::Sender<bool>,
    /// Where new connections lead, `host:port`.
    upstream: Mutex<String>,
    open: AtomicUsize,
}

/// What a test has said.
#[derive(Debug, Default)]
struct Control {
    wire: Wire,
    /// How many connections have been accepted; they are numbered in that order.
    accepted: usize,
    /// Connections with a lower number are to be closed.
    cut_below: usize,
    /// Connections with a lower number pass nothing any more.
    dead_below: usize,
}

impl FaultProxy {
    /// Starts a proxy for the server at `upstream`, `host:port`, on a free port of 127.0.0.1. The server
    /// need not be there yet: a connection that cannot be passed on is closed.
    ///
    /// # Errors
    /// Returns why it cannot listen.
    ///
    /// # Panics
    /// Panics outside a tokio runtime.
    pub fn start(upstream: impl Into<String>) -> io::Result<Self> {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), upstream)
    }

    /// Starts a proxy as [`start`](Self::start) does, at an address of this machine.
    ///
    /// # Errors
    /// Returns why it cannot listen.
    ///
    /// # Panics
    /// Panics outside a tokio runtime.
    pub fn start_at(address: SocketAddr, upstream: impl Into<String>) -> io::Result<Self> {
        let socket = bind(address)?;
        let address = socket.local_addr()?;
        let listener = socket.listen(BACKLOG)?;
        let shared = Arc::new(Shared {
            control: watch::Sender::default(),
            refuses: watch::Sender::new(false),
            upstream: Mutex::new(upstream.into()),
            open: AtomicUsize::new(0),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, address, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            _tasks: tasks,
        })
    }

    /// Returns where clients connect to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the wire. When this returns, a new connection meets the changed one.
    ///
    /// # Panics
    /// Panics when the port cannot be listened on again after [`Wire::Refuse`].
    pub async fn set(&self, wire: Wire) {
        self.shared
            .control
            .send_modify(|control| control.wire = wire);
        let mut refuses = self.shared.refuses.subscribe();
        let switched = refuses.wait_for(|refuses| *refuses == (wire == Wire::Refuse));
        switched.await.expect("the accepting task runs");
    }

    /// Closes all open connections.
    pub fn cut(&self) {
        let cut = |control: &mut Control| control.cut_below = control.accepted;
        self.shared.control.send_modify(cut);
    }

    /// Lets all open connections pass nothing for the rest of their lives, as a router does that has
    /// forgotten them. New connections work.
    pub fn strand(&self) {
        let strand = |control: &mut Control| control.dead_below = control.accepted;
        self.shared.control.send_modify(strand);
    }

    /// Lets new connections lead to another server, `host:port`, as a name does that has been given
    /// another address.
    pub fn lead_to(&self, upstream: impl Into<String>) {
        let guard = self.shared.upstream.lock();
        *guard.unwrap_or_else(PoisonError::into_inner) = upstream.into();
    }

    /// Returns how many connections have been accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.control.borrow().accepted
    }

    /// Returns how many connections are open.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.shared.open.load(Ordering::Relaxed)
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Connections of a listener before it do not keep the port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Accepts connections, or refuses them while the wire says so.
async fn accept(mut listener: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = until(&shared, |control| control.wire == Wire::Refuse) => {
                drop(listener);
                // A socket that is bound and does not listen refuses connections and keeps the port.
                let socket = bind(address).expect("the port is ours");
                shared.refuses.send_replace(true);
                until(&shared, |control| control.wire != Wire::Refuse).await;
                listener = socket.listen(BACKLOG).expect("the port is ours");
                shared.refuses.send_replace(false);
            }
            accepted = listener.accept() => {
                if let Ok((client, _)) = accepted {
                    let number = shared.number();
                    connections.spawn(serve(client, number, Arc::clone(&shared)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

impl Shared {
    /// Returns the number of a new connection.
    fn number(&self) -> usize {
        let mut number = 0;
        self.control.send_if_modified(|control| {
            number = control.accepted;
            control.accepted += 1;
            // Nobody waits for the count.
            false
        });
        number
    }

    fn upstream(&self) -> String {
        let guard = self.upstream.lock();
        guard.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Waits until what the test has said fulfils `condition`.
async fn until(shared: &Shared, condition: impl FnMut(&Control) -> bool) {
    let mut control = shared.control.subscribe();
    // The sender is in `shared`, so it cannot be gone.
    let _ = control.wait_for(condition).await;
}

/// Serves one connection to its end.
async fn serve(client: TcpStream, number: usize, shared: Arc<Shared>) {
    shared.open.fetch_add(1, Ordering::Relaxed);
    tokio::select! {
        () = until(&shared, |control| number < control.cut_below) => {}
        // Whatever ends it, both sides are closed.
        _ = relay(client, number, &shared) => {}
    }
    shared.open.fetch_sub(1, Ordering::Relaxed);
}

async fn relay(client: TcpStream, number: usize, shared: &Shared) -> io::Result<()> {
    thawed(shared).await;
    let server = TcpStream::connect(shared.upstream()).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (queue, replies) = mpsc::channel(ON_THE_WAY);
    tokio::select! {
        end = pass_requests(from_client, to_server, number, shared) => end,
        end = queue_replies(from_server, queue) => end,
        end = pass_replies(replies, to_client, number, shared) => end,
    }
}

/// Waits until the wire is not frozen.
async fn thawed(shared: &Shared) {
    until(shared, |control| control.wire != Wire::Freeze).await;
}

async fn pass_requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    number: usize,
    shared: &Shared,
) -> io::Result<()> {
    while let Some(chunk) = read(&mut from).await? {
        thawed(shared).await;
        // Those of a dead connection are taken and vanish, so that its end is noticed.
        if !shared.is_dead(number) {
            to.write_all(&chunk).await?;
        }
    }
    Ok(())
}

/// Notes when each piece of a reply came from the server.
async fn queue_replies(
    mut from: OwnedReadHalf,
    queue: mpsc::Sender<(Instant, Vec<u8>)>,
) -> io::Result<()> {
    while let Some(chunk) = read(&mut from).await? {
        if queue.send((Instant::now(), chunk)).await.is_err() {
            break;
        }
    }
    // What is in the queue still has to arrive; then the passing of replies ends.
    drop(queue);
    std::future::pending().await
}

async fn pass_replies(
    mut replies: mpsc::Receiver<(Instant, Vec<u8>)>,
    mut to: OwnedWriteHalf,
    number: usize,
    shared: &Shared,
) -> io::Result<()> {
    let mut passed = 0_u64;
    while let Some((came_at, mut chunk)) = replies.recv().await {
        thawed(shared).await;
        if shared.is_dead(number) {
            continue;
        }
        let wire = shared.control.borrow().wire;
        match wire {
            Wire::Delay(delay) => sleep_until(came_at + delay).await,
            Wire::Drip(pause) => {
                drip(&chunk, pause, &mut to, shared).await?;
                continue;
            }
            Wire::Garbage { seed } => {
                for byte in &mut chunk {
                    *byte = random(seed, passed).to_le_bytes()[0];
                    passed += 1;
                }
            }
            Wire::Clean | Wire::Freeze | Wire::Refuse => {}
        }
        to.write_all(&chunk).await?;
    }
    Ok(())
}

/// Passes bytes on one by one for as long as the wire drips.
async fn drip(
    bytes: &[u8],
    pause: Duration,
    to: &mut OwnedWriteHalf,
    shared: &Shared,
) -> io::Result<()> {
    for (at, byte) in bytes.iter().enumerate() {
        if shared.control.borrow().wire != Wire::Drip(pause) {
            return to.write_all(&bytes[at..]).await;
        }
        to.write_all(&[*byte]).await?;
        tokio::select! {
            () = sleep(pause) => {}
            () = until(shared, |control| control.wire != Wire::Drip(pause)) => {}
        }
    }
    Ok(())
}

impl Shared {
    fn is_dead(&self, number: usize) -> bool {
        number < self.control.borrow().dead_below
    }
}

/// Returns what has come, or `None` at the end.
async fn read(from: &mut OwnedReadHalf) -> io::Result<Option<Vec<u8>>> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let length = from.read(&mut chunk).await?;
    chunk.truncate(length);
    Ok((length > 0).then_some(chunk))
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    /// Long enough for anything that happens at all, short enough to wait for what does not.
    const MOMENT: Duration = Duration::from_millis(100);
    const PATIENCE: Duration = Duration::from_secs(30);

    /// Starts a server that sends back what it is sent, and returns a proxy for it.
    async fn proxy() -> FaultProxy {
        FaultProxy::start(echo().await).unwrap()
    }

    async fn echo() -> String {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = server.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = connection.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    async fn connect(proxy: &FaultProxy) -> TcpStream {
        TcpStream::connect(proxy.address()).await.unwrap()
    }

    /// Sends a message and returns what comes back of it.
    async fn ask(client: &mut TcpStream, message: &str) -> io::Result<Vec<u8>> {
        client.write_all(message.as_bytes()).await?;
        read_reply(client, message).await
    }

    async fn read_reply(client: &mut TcpStream, message: &str) -> io::Result<Vec<u8>> {
        let mut reply = vec![0; message.len()];
        let read = timeout(PATIENCE, client.read_exact(&mut reply));
        read.await.expect("something comes, or the end")?;
        Ok(reply)
    }

    #[tokio::test]
    async fn a_clean_wire_passes_everything() {
        let proxy = proxy().await;
        let mut client = connect(&proxy).await;

        let long = "x".repeat(1 << 20);
        let (mut from, mut to) = client.split();
        let mut reply = vec![0; long.len()];
        let (sent, received) =
            tokio::join!(to.write_all(long.as_bytes()), from.read_exact(&mut reply));
        sent.unwrap();
        received.unwrap();

        assert!(reply == long.as_bytes());
        assert_eq!((proxy.connections(), proxy.open_connections()), (1, 1));
        drop(client);
        until_open(&proxy, 0).await;
    }

    async fn until_open(proxy: &FaultProxy, connections: usize) {
        let look = async {
            while proxy.open_connections() != connections {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, look).await.expect("it happens");
    }

    #[tokio::test]
    async fn replies_are_delayed_and_none_by_those_before_it() {
        let proxy = proxy().await;
        let mut client = connect(&proxy).await;
        ask(&mut client, "warm").await.unwrap();
        proxy.set(Wire::Delay(MOMENT)).await;

        let began = Instant::now();
        for _ in 0..20 {
            client.write_all(b"ping").await.unwrap();
            // Apart, so that the server answers each by itself.
            sleep(MOMENT / 20).await;
        }
        read_reply(&mut client, &"ping".repeat(20)).await.unwrap();

        assert!(began.elapsed() >= MOMENT * 39 / 20);
        assert!(began.elapsed() < MOMENT * 10, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn what_was_sent_into_a_frozen_wire_arrives_when_it_thaws() {
        let proxy = proxy().await;
        let mut old = connect(&proxy).await;
        ask(&mut old, "warm").await.unwrap();

        proxy.set(Wire::Freeze).await;
        let mut new = connect(&proxy).await;
        old.write_all(b"old").await.unwrap();
        new.write_all(b"new").await.unwrap();
        assert!(timeout(MOMENT, old.read_u8()).await.is_err());
        assert!(timeout(MOMENT, new.read_u8()).await.is_err());

        proxy.set(Wire::Clean).await;
        assert_eq!(read_reply(&mut old, "old").await.unwrap(), b"old");
        assert_eq!(read_reply(&mut new, "new").await.unwrap(), b"new");
    }

    #[tokio::test]
    async fn stranded_connections_are_silent_for_ever_and_new_ones_work() {
        let proxy = proxy().await;
        let mut old = connect(&proxy).await;
        ask(&mut old, "warm").await.unwrap();

        proxy.strand();
        old.write_all(b"old").await.unwrap();
        assert!(timeout(MOMENT, old.read_u8()).await.is_err());

        let mut new = connect(&proxy).await;
        assert_eq!(ask(&mut new, "new").await.unwrap(), b"new");
        drop(old);
        until_open(&proxy, 1).await;
    }

    #[tokio::test]
    async fn a_drip_is_slow_and_complete() {
        let proxy = proxy().await;
        let mut client = connect(&proxy).await;
        proxy.set(Wire::Drip(Duration::from_millis(5))).await;

        let began = Instant::now();
        let reply = ask(&mut client, "0123456789").await.unwrap();

        assert_eq!(reply, b"0123456789");
        assert!(began.elapsed() >= Duration::from_millis(45));
    }

    #[tokio::test]
    async fn a_drip_ends_when_the_wire_is_clean() {
        let proxy = proxy().await;
        let mut client = connect(&proxy).await;
        proxy.set(Wire::Drip(PATIENCE)).await;
        client.write_all(b"0123456789").await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), b'0');

        proxy.set(Wire::Clean).await;

        let rest = read_reply(&mut client, "123456789").await.unwrap();
        assert_eq!(rest, b"123456789");
    }

    #[tokio::test]
    async fn garbage_is_as_long_as_the_reply_and_another() {
        let proxy = proxy().await;
        let mut client = connect(&proxy).await;
        proxy.set(Wire::Garbage { seed: 1 }).await;

        let reply = ask(&mut client, "a reply that is not short").await.unwrap();

        assert_ne!(reply, b"a reply that is not short");
    }

    #[tokio::test]
    async fn a_port_that_refuses_keeps_its_open_connections_and_listens_again() {
        let proxy = proxy().await;
        let mut old = connect(&proxy).await;
        ask(&mut old, "warm").await.unwrap();

        proxy.set(Wire::Refuse).await;
        let refused = TcpStream::connect(proxy.address()).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(ask(&mut old, "old").await.unwrap(), b"old");

        proxy.set(Wire::Clean).await;
        assert_eq!(
            ask(&mut connect(&proxy).await, "new").await.unwrap(),
            b"new"
        );
        assert_eq!(proxy.connections(), 2);
    }

    #[tokio::test]
    async fn cut_connections_end_and_new_ones_work() {
        let proxy = proxy().await;
        let mut old = connect(&proxy).await;
        ask(&mut old, "warm").await.unwrap();

        proxy.cut();

        assert!(ask(&mut old, "old").await.is_err());
        assert_eq!(
            ask(&mut connect(&proxy).await, "new").await.unwrap(),
            b"new"
        );
    }

    #[tokio::test]
    async fn new_connections_lead_to_another_server_when_told_so() {
        let proxy = FaultProxy::start("127.0.0.1:1").unwrap();
        assert!(ask(&mut connect(&proxy).await, "lost").await.is_err());

        proxy.lead_to(echo().await);

        assert_eq!(
            ask(&mut connect(&proxy).await, "new").await.unwrap(),
            b"new"
        );
    }
}
