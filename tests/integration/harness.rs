//! The harness keeps its word: faults are real, servers are separate, and nothing outlives a test.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cached_tests::postgres::PostgresServer;
use cached_tests::redis::RedisServer;
use redis::Cmd;
use sqlx::{Connection, PgConnection};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Far longer than an answer over loopback takes.
const SILENCE: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_redis_server_starts_empty_and_holds_what_it_is_given() {
    let redis = RedisServer::start().await;
    assert!(redis.keys().await.is_empty());

    redis.query::<()>(Cmd::set("user:7", b"\xff\x00")).await;

    assert_eq!(redis.keys().await, ["user:7"]);
    assert_eq!(redis.get("user:7").await.unwrap(), b"\xff\x00");
    assert_eq!(redis.get("user:8").await, None);
}

#[tokio::test]
async fn a_redis_server_takes_more_arguments() {
    let redis = RedisServer::start_with(&["--requirepass", "open sesame"]).await;

    let stranger = redis::Client::open(redis.url()).unwrap();
    let mut stranger = stranger.get_multiplexed_async_connection().await.unwrap();
    let refusal = Cmd::get("user:7").query_async::<()>(&mut stranger).await;

    assert_eq!(refusal.unwrap_err().code(), Some("NOAUTH"));
    assert!(redis.keys().await.is_empty());
}

#[tokio::test]
async fn a_killed_redis_server_refuses_connections() {
    let redis = RedisServer::start().await;

    redis.kill();

    let refusal = TcpStream::connect(("127.0.0.1", redis.port())).await;
    assert_eq!(
        refusal.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionRefused
    );
}

#[tokio::test]
async fn a_frozen_redis_server_is_silent_until_it_thaws() {
    let redis = RedisServer::start().await;

    redis.freeze();
    let mut keys = pin!(redis.keys());
    assert!(timeout(SILENCE, &mut keys).await.is_err());
    redis.thaw();

    assert!(keys.await.is_empty());
}

#[tokio::test]
async fn a_restarted_redis_server_is_empty_and_keeps_its_port() {
    let redis = RedisServer::start().await;
    let url = redis.url();
    redis.query::<()>(Cmd::set("user:7", "value")).await;

    redis.kill();
    redis.restart().await;

    assert_eq!(redis.url(), url);
    assert!(redis.keys().await.is_empty());
}

#[tokio::test]
async fn every_test_gets_a_database_of_its_own() {
    let mut first = connect(&PostgresServer::database().await).await;
    let mut second = connect(&PostgresServer::database().await).await;

    sqlx::query("CREATE TABLE chart ()")
        .execute(&mut first)
        .await
        .unwrap();

    assert_eq!(tables(&mut first).await, 1);
    assert_eq!(tables(&mut second).await, 0);
}

#[tokio::test]
async fn a_killed_postgres_server_refuses_connections_and_comes_back_with_its_data() {
    let postgres = PostgresServer::start().await;
    let mut connection = connect(&postgres.url()).await;
    sqlx::query("CREATE TABLE chart ()")
        .execute(&mut connection)
        .await
        .unwrap();

    postgres.kill();
    assert!(
        sqlx::query("SELECT 1")
            .execute(&mut connection)
            .await
            .is_err()
    );
    assert!(PgConnection::connect(&postgres.url()).await.is_err());

    postgres.restart().await;
    assert_eq!(tables(&mut connect(&postgres.url()).await).await, 1);
}

#[tokio::test]
async fn a_frozen_postgres_server_is_silent_until_it_thaws() {
    let postgres = PostgresServer::start().await;
    let mut connection = connect(&postgres.url()).await;

    postgres.freeze();
    let mut answer = pin!(tables(&mut connection));
    assert!(timeout(SILENCE, &mut answer).await.is_err());
    postgres.thaw();

    assert_eq!(answer.await, 0);
}

/// Runs itself as a second process, which starts servers, tells where they are and is killed.
#[tokio::test]
async fn servers_and_their_folders_go_when_the_test_process_is_killed() {
    const SELF: &str = "harness::servers_and_their_folders_go_when_the_test_process_is_killed";
    const ROLE: &str = "CACHED_TESTS_ROLE";
    if std::env::var_os(ROLE).is_some() {
        become_the_victim().await;
    }

    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", SELF, "--nocapture"])
        .env(ROLE, "victim")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let mut next = |label: &str| {
        lines
            .find_map(|line| Some(line.unwrap().strip_prefix(label)?.to_owned()))
            .unwrap()
    };
    let folders = [next("folder "), next("folder ")];
    let ports: [u16; 2] = [
        next("port ").parse().unwrap(),
        next("port ").parse().unwrap(),
    ];
    let remain = || {
        folders.iter().any(|folder| Path::new(folder).exists())
            || ports.iter().any(|&port| listens(port))
    };
    assert!(remain());

    victim.kill().unwrap();
    victim.wait().unwrap();

    let killed = Instant::now();
    let mut poll = tokio::time::interval(Duration::from_millis(10));
    while remain() {
        assert!(
            killed.elapsed() < Duration::from_secs(20),
            "{folders:?} {ports:?}"
        );
        poll.tick().await;
    }
}

async fn become_the_victim() {
    let redis = RedisServer::start().await;
    let redis_folder: Vec<String> = redis
        .query(redis::cmd("CONFIG").arg(&["GET", "dir"]).take())
        .await;
    // A server in a `static` is never dropped.
    let mut database = connect(&PostgresServer::database().await).await;
    let postgres_folder = show(&mut database, "data_directory").await;
    let postgres_port = show(&mut database, "port").await;
    println!("\nfolder {}\nfolder {postgres_folder}", redis_folder[1]);
    println!("port {}\nport {postgres_port}", redis.port());
    std::future::pending::<()>().await;
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

/// Counts the tables that a test has made.
async fn tables(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        .fetch_one(connection)
        .await
        .unwrap()
}

async fn show(connection: &mut PgConnection, setting: &str) -> String {
    let query = sqlx::query_scalar("SELECT current_setting($1)").bind(setting);
    query.fetch_one(connection).await.unwrap()
}

fn listens(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}
