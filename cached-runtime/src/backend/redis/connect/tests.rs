//! Attempts to connect, before small servers on real sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU16, AtomicU32};
use std::sync::{Arc, Mutex};

use redis::io::AsyncDNSResolver;
use redis::{RedisFuture, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// Answers the first thing that each connection sends with `greeting`, and all else with `PONG`.
struct Server {
    address: SocketAddr,
    /// The first command of each connection.
    openings: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(greeting: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let openings = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&openings);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let heard = Arc::clone(&heard);
                tokio::spawn(async move {
                    let mut buffer = [0; 4096];
                    let mut is_greeted = false;
                    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
                        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                        let reply = if is_greeted { "+PONG\r\n" } else { greeting };
                        // One reply for each command, of which several may come at once.
                        for _ in text.matches('*') {
                            stream.write_all(reply.as_bytes()).await.unwrap();
                        }
                        if !is_greeted {
                            heard.lock().unwrap().push(text);
                            is_greeted = true;
                        }
                    }
                });
            }
        });
        Self { address, openings }
    }

    fn openings(&self) -> Vec<bool> {
        let openings = self.openings.lock().unwrap();
        openings.iter().map(|text| text.contains("HELLO")).collect()
    }
}

fn connector(url: &str) -> Connector {
    Connector::new(url, None, Duration::from_secs(5)).unwrap()
}

async fn ping(connector: &Connector) -> Result<Value, RedisError> {
    let mut connected = connector.connect(Lost::nobody()).await.unwrap();
    redis::cmd("PING")
        .query_async(&mut connected.connection)
        .await
}

#[tokio::test]
async fn a_server_that_refuses_resp3_is_asked_once_and_then_spoken_to_in_resp2() {
    for refusal in [
        "-NOPROTO unsupported protocol version\r\n",
        "-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n",
        "-ERR unknown command 'HELLO', with args beginning with: '3' \r\n",
    ] {
        let server = Server::start(refusal).await;
        let connector = connector(&format!("redis://{}", server.address));

        for _ in 0..3 {
            connector.connect(Lost::nobody()).await.unwrap();
        }

        assert_eq!(server.openings(), [true, false, false, false], "{refusal}");
    }
}

#[tokio::test]
async fn a_server_that_speaks_resp3_is_spoken_to_in_it() {
    let server = Server::start("%0\r\n").await;
    let connector = connector(&format!("redis://{}", server.address));

    ping(&connector).await.unwrap();

    assert_eq!(server.openings(), [true]);
}

#[tokio::test]
async fn a_url_that_asks_for_resp2_gets_it() {
    let server = Server::start("+OK\r\n").await;
    let connector = connector(&format!("redis://{}/?protocol=resp2", server.address));

    ping(&connector).await.unwrap();

    assert_eq!(server.openings(), [false]);
}

#[tokio::test]
async fn a_refusal_of_the_login_is_no_refusal_of_the_protocol() {
    let server = Server::start("-NOAUTH Authentication required.\r\n").await;
    let connector = connector(&format!("redis://{}", server.address));

    let fault = connector.connect(Lost::nobody()).await.unwrap_err();

    assert_eq!(fault.server_code(), Some("NOAUTH"));
    assert_eq!(server.openings(), [true]);
}

/// Leads every name to this port of the loopback address, and counts.
struct Names {
    port: AtomicU16,
    lookups: AtomicU32,
}

struct Resolver(Arc<Names>);

impl AsyncDNSResolver for Resolver {
    fn resolve<'a, 'b: 'a>(
        &'a self,
        _: &'b str,
        _: u16,
    ) -> RedisFuture<'a, Box<dyn Iterator<Item = SocketAddr> + Send + 'a>> {
        self.0.lookups.fetch_add(1, Ordering::Relaxed);
        let port = self.0.port.load(Ordering::Relaxed);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Box::pin(async move { Ok(Box::new([address].into_iter()) as Box<_>) })
    }
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_later_is_followed() {
    let (first, second) = (Server::start("%0\r\n").await, Server::start("%0\r\n").await);
    let names = Arc::new(Names {
        port: AtomicU16::new(first.address.port()),
        lookups: AtomicU32::new(0),
    });
    let mut connector = connector("redis://cache.example");
    connector.config = connector
        .config
        .set_dns_resolver(Resolver(Arc::clone(&names)));

    connector.connect(Lost::nobody()).await.unwrap();
    names.port.store(second.address.port(), Ordering::Relaxed);
    connector.connect(Lost::nobody()).await.unwrap();

    assert_eq!((first.openings().len(), second.openings().len()), (1, 1));
    assert_eq!(names.lookups.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_port_that_refuses_and_one_that_talks_nonsense_are_told_apart() {
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let refusing = nobody.local_addr().unwrap();
    drop(nobody);
    let web = Server::start("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let fault = async |address: SocketAddr| {
        let connector = connector(&format!("redis://{address}"));
        let fault = connector.connect(Lost::nobody()).await.unwrap_err();
        assert!(fault.is_disconnected());
        fault.to_string()
    };

    assert_eq!(fault(refusing).await, "connection refused");
    assert_eq!(fault(web.address).await, "what came is no Redis reply");
}
