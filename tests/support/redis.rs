//! A real Redis server for one test.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use redis::{
    Client, Cmd, Connection, ConnectionAddr, FromRedisValue, IntoConnectionInfo,
    RedisConnectionInfo, RedisError, RedisResult,
};
use rustix::io::Errno;
use rustix::process::Signal;

use crate::ports;
use crate::server::{Server, StartError, blocking, find_on_path, named_by};

const REMEDY: &str = "no redis-server found; run `make test`, which installs it, \
    or `apt-get install redis-server`, or name one in REDIS_SERVER_BIN";

/// How long the harness's own commands wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How often to try another port when the one just found free is taken after all.
const ATTEMPTS: usize = 5;

/// A `redis-server` of its own, empty, without persistence; stopped when dropped.
///
/// The program is the one that `REDIS_SERVER_BIN` names, else `redis-server` or `valkey-server`
/// from the `PATH`.
///
/// ```no_run
/// # async fn example() {
/// use cached_tests::redis::RedisServer;
///
/// let server = RedisServer::start().await;
/// server.query::<()>(redis::Cmd::set("greeting", "hello")).await;
/// assert_eq!(server.keys().await, ["greeting"]);
///
/// server.kill();
/// server.restart().await;
/// assert!(server.keys().await.is_empty());
/// # }
/// ```
#[derive(Debug)]
pub struct RedisServer {
    server: Arc<Server>,
    port: u16,
    arguments: Vec<String>,
}

impl RedisServer {
    /// Starts a server and waits until it answers.
    ///
    /// # Panics
    ///
    /// Panics when no server is installed, saying how to get one, or when it does not start.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server with more arguments, as in `&["--requirepass", "secret"]`. With `--aclfile`, the harness's own commands
    /// are those of the user `admin`, whose password is in the file `redis_admin_password` beside it, as
    /// `ops/make-secrets` makes the two.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn start_with(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        blocking(|| Self::launch(arguments)).await
    }

    /// Returns the address to connect to, without credentials.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Returns the port on 127.0.0.1, which stays the same over restarts.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills the server with SIGKILL; when this returns, its connections are cut and its port
    /// refuses new ones.
    pub fn kill(&self) {
        self.server.stop();
    }

    /// Stops the server with SIGSTOP: connections stay open, the kernel accepts new ones, and
    /// nothing answers.
    ///
    /// # Panics
    ///
    /// Panics when the server does not run.
    pub fn freeze(&self) {
        self.server.freeze();
    }

    /// Lets a frozen server run on and answer what has piled up.
    ///
    /// # Panics
    ///
    /// Panics when the server does not run.
    pub fn thaw(&self) {
        self.server.thaw();
    }

    /// Starts the server again, empty and on the same port; kills it first if it still runs.
    ///
    /// # Panics
    ///
    /// Panics when the server does not start.
    pub async fn restart(&self) {
        let (server, port, arguments) =
            (Arc::clone(&self.server), self.port, self.arguments.clone());
        blocking(move || run(&server, port, &arguments))
            .await
            .unwrap_or_else(|error| panic!("redis-server does not start again: {error}"));
    }

    /// Returns all keys, sorted.
    ///
    /// # Panics
    ///
    /// Panics when the server does not answer, or when a key is not UTF-8.
    pub async fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.query(Cmd::keys("*")).await;
        keys.sort();
        keys
    }

    /// Returns the bytes stored under `key`.
    ///
    /// # Panics
    ///
    /// Panics when the server does not answer, or when the value is not a string.
    pub async fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.query(Cmd::get(key)).await
    }

    /// Sends a command over a connection of its own and returns the reply.
    ///
    /// # Panics
    ///
    /// Panics when the server does not answer within five seconds, answers with an error, or answers
    /// something that is no `T`.
    pub async fn query<T: FromRedisValue + Send + 'static>(&self, command: Cmd) -> T {
        let (port, arguments) = (self.port, self.arguments.clone());
        let ask = move || {
            connect(port, &arguments).and_then(|mut connection| command.query(&mut connection))
        };
        blocking(move || {
            loop {
                match ask() {
                    Err(error) if is_interrupted(&error) => {}
                    answer => break answer,
                }
            }
        })
        .await
        .unwrap_or_else(|error| panic!("the test's own Redis command failed: {error}"))
    }

    fn launch(arguments: Vec<String>) -> Self {
        let server = Arc::new(Server::new("redis", Signal::KILL));
        for _ in 0..ATTEMPTS {
            let port = ports::free();
            match run(&server, port, &arguments) {
                Ok(()) => {
                    return Self {
                        server,
                        port,
                        arguments,
                    };
                }
                Err(error) if error.is_port_taken() => {}
                Err(error) => panic!("redis-server does not start: {error}"),
            }
        }
        panic!("redis-server found every port it was given taken");
    }
}

fn run(server: &Server, port: u16, arguments: &[String]) -> Result<(), StartError> {
    let program = find_program().expect(REMEDY);
    let mut command = Command::new(program);
    command
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no"])
        .args(arguments);
    server.run(command, |pid| {
        let info: String = connect(port, arguments)
            .and_then(|mut connection| redis::cmd("INFO").arg("server").query(&mut connection))
            .map_err(|error| error.to_string())?;
        if info.lines().any(|line| line == format!("process_id:{pid}")) {
            Ok(())
        } else {
            Err(format!("another server answers on port {port}"))
        }
    })
}

fn find_program() -> Option<PathBuf> {
    named_by("REDIS_SERVER_BIN")
        .or_else(|| find_on_path("redis-server"))
        .or_else(|| find_on_path("valkey-server"))
}

/// Returns true when a signal came in the middle: the kernel goes on by itself only where a read has no
/// timeout, and another test's program that ends sends one to the whole process.
fn is_interrupted(error: &RedisError) -> bool {
    // The client's errors do not give away the one of the system that is in them.
    let interrupted = io::Error::from(Errno::INTR).to_string();
    error.is_io_error() && error.to_string().contains(&interrupted)
}

/// Opens a connection that may do everything: with the password, where the server was given one.
fn connect(port: u16, arguments: &[String]) -> RedisResult<Connection> {
    let argument = |name: &str| {
        let pair = arguments.windows(2).find(|pair| pair[0] == name)?;
        Some(&pair[1])
    };
    let mut settings = RedisConnectionInfo::default();
    if let Some(password) = argument("--requirepass") {
        settings = settings.set_password(password);
    }
    if let Some(users) = argument("--aclfile") {
        let password = Path::new(users).with_file_name("redis_admin_password");
        let password = fs::read_to_string(password)?;
        settings = settings
            .set_username("admin")
            .set_password(password.trim_end());
    }
    let address = ConnectionAddr::Tcp("127.0.0.1".to_owned(), port);
    let info = address.into_connection_info()?.set_redis_settings(settings);
    let connection = Client::open(info)?.get_connection_with_timeout(TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_a_signal_interrupted_is_told_from_other_failures() {
        let failed = |errno: Errno| RedisError::from(io::Error::from(errno));

        assert!(is_interrupted(&failed(Errno::INTR)));
        assert!(!is_interrupted(&failed(Errno::CONNREFUSED)));
    }
}
