//! How many connections the service takes, and what is left for those who operate it.

use std::net::SocketAddr;

use cached_tests::app::{Answer, Program};
use reqwest::Method;
use tokio::net::TcpStream;

/// Opens connections that ask for nothing.
async fn idle(count: usize, address: SocketAddr) -> Vec<TcpStream> {
    let mut connections = Vec::new();
    for _ in 0..count {
        let connection = TcpStream::connect(address).await;
        connections.push(connection.expect("the system takes connections for it"));
    }
    connections
}

#[tokio::test]
async fn more_clients_than_there_are_descriptors_leave_some_to_operators() {
    let mut program = Program::start_with_descriptors(160, &[]).await;

    let clients = idle(200, program.address()).await;

    let full = "there are as many connections as there may be; others wait";
    assert_eq!(program.logged(full).await["connections"], 64);
    for path in ["/cache", "/metrics"] {
        let answer = Answer::to(program.admin_request(Method::GET, path)).await;
        assert_eq!(answer.status(), 200, "{path}");
    }
    drop(clients);
    let answer = Answer::to(program.request(Method::GET, "/healthz")).await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn as_many_clients_as_the_setting_says_are_let_in() {
    let mut program = Program::start(&[("MAX_CONNECTIONS", "3")]).await;

    let clients = idle(4, program.address()).await;

    let full = "there are as many connections as there may be; others wait";
    assert_eq!(program.logged(full).await["connections"], 3);
    drop(clients);
    let answer = Answer::to(program.request(Method::GET, "/healthz")).await;
    assert_eq!(answer.status(), 200);
}
