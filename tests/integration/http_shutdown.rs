//! The real program told to stop: what was begun is finished, and nothing more is begun.

use cached_tests::app::{CHART, Program, birth};
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

#[tokio::test]
async fn sigterm_lets_a_request_in_flight_finish() {
    finishes_a_request_in_flight_after(Signal::TERM).await;
}

#[tokio::test]
async fn an_interrupt_lets_a_request_in_flight_finish() {
    finishes_a_request_in_flight_after(Signal::INT).await;
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let program = Program::start(&[]).await;
    let idle = TcpStream::connect(program.address())
        .await
        .expect("the service listens");
    let mut idle = BufReader::new(idle);
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("it reads");
    let mut status = String::new();
    idle.read_line(&mut status).await.expect("an answer comes");
    assert_eq!(status, "HTTP/1.1 200 OK\r\n");

    program.signal(Signal::TERM);
    let ended = program.ended().await;

    assert_eq!(ended.code, Some(0));
    assert!(!ended.output.contains("grace period"), "{}", ended.output);
}

async fn finishes_a_request_in_flight_after(signal: Signal) {
    let mut program = Program::start(&[]).await;
    let body = birth().to_string();
    let connection = TcpStream::connect(program.address())
        .await
        .expect("the service listens");
    let mut connection = BufReader::new(connection);
    let head = format!(
        "POST {CHART} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    connection
        .write_all(head.as_bytes())
        .await
        .expect("the service reads");
    // The service asks for the body once it works on the request.
    let mut asked = String::new();
    connection
        .read_line(&mut asked)
        .await
        .expect("the service asks for the body");
    assert_eq!(asked, "HTTP/1.1 100 Continue\r\n");

    program.signal(signal);
    program.logged("stopping").await;
    let refused = TcpStream::connect(program.address()).await;
    assert!(
        refused.is_err(),
        "a stopping service takes no more connections"
    );
    connection
        .write_all(body.as_bytes())
        .await
        .expect("the service still reads");

    let mut answer = String::new();
    connection
        .read_to_string(&mut answer)
        .await
        .expect("the answer comes to its end");
    assert!(
        answer.contains("HTTP/1.1 200 OK") && answer.ends_with('}'),
        "{answer}"
    );
    let ended = program.ended().await;
    assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
}
