//! Real PostgreSQL databases for one test.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Signal, geteuid};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

use crate::ports;
use crate::server::{Server, StartError, blocking, find_on_path, named_by};

const REMEDY: &str = "no PostgreSQL server found; run `make test`, which installs it, or \
    `apt-get install postgresql`, or name the folder of `initdb` and `postgres` in \
    POSTGRES_BIN_DIR";

/// The user and group id of `nobody`, as whom the server runs when the tests run as root.
const NOBODY: u32 = 65_534;

/// How often to try another port when the one just found free is taken after all.
const ATTEMPTS: usize = 5;

/// The server that [`PostgresServer::database`] shares among the tests of one process.
static SHARED: OnceCell<PostgresServer> = OnceCell::const_new();

/// A PostgreSQL server of its own, in a cluster made for it; stopped when dropped.
///
/// The programs come from the folder that `POSTGRES_BIN_DIR` names, else from the `PATH`, else from
/// the newest version under `/usr/lib/postgresql`. They do not run as root; as root they are run as
/// `nobody`.
#[derive(Debug)]
pub struct PostgresServer {
    server: Arc<Server>,
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
}

impl PostgresServer {
    /// Returns the URL of a new, empty database on a server that all tests of this process share.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn database() -> String {
        SHARED
            .get_or_init(Self::start)
            .await
            .create_database()
            .await
    }

    /// Starts a server of its own, for a test that stops it; takes about a second.
    ///
    /// # Panics
    ///
    /// Panics when no server is installed, saying how to get one, or when it does not start.
    pub async fn start() -> Self {
        blocking(Self::launch).await
    }

    /// Returns the URL of the server's own database, `postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        self.database_url("postgres")
    }

    /// Makes a new, empty database and returns its URL.
    ///
    /// # Panics
    ///
    /// Panics when the server does not run.
    pub async fn create_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url())
            .await
            .unwrap_or_else(|error| panic!("PostgreSQL does not answer: {error}"));
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("database {name} cannot be made: {error}"));
        self.database_url(&name)
    }

    /// Cuts every connection and stops without a checkpoint; when this returns, the port refuses
    /// new ones.
    ///
    /// This is PostgreSQL's immediate shutdown, which does what a crash does but, unlike SIGKILL,
    /// gives shared memory back to the system.
    pub fn kill(&self) {
        self.server.stop();
    }

    /// Stops the server and its sessions with SIGSTOP: connections stay open, and nothing answers.
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

    /// Starts the server again with its databases, on the same port; kills it first if it still
    /// runs.
    ///
    /// # Panics
    ///
    /// Panics when the server does not start.
    pub async fn restart(&self) {
        let (server, programs, port) = (Arc::clone(&self.server), self.programs.clone(), self.port);
        blocking(move || run(&server, &programs, port))
            .await
            .unwrap_or_else(|error| panic!("PostgreSQL does not start again: {error}"));
    }

    fn database_url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    fn launch() -> Self {
        let programs = find_programs().expect(REMEDY);
        let server = Arc::new(Server::new("postgres", Signal::QUIT));
        make_cluster(&programs, server.directory());
        for _ in 0..ATTEMPTS {
            let port = ports::free();
            match run(&server, &programs, port) {
                Ok(()) => {
                    let databases = AtomicU32::new(0);
                    return Self {
                        server,
                        programs,
                        port,
                        databases,
                    };
                }
                Err(error) if error.is_port_taken() => {}
                Err(error) => panic!("PostgreSQL does not start: {error}"),
            }
        }
        panic!("PostgreSQL found every port it was given taken");
    }
}

/// Makes the data folder, owned by whoever will run the server.
fn make_cluster(programs: &Path, directory: &Path) {
    if geteuid().is_root() {
        chown(directory, Some(NOBODY), Some(NOBODY)).expect("root can give its folder away");
    }
    let output = unprivileged(programs.join("initdb"))
        .current_dir(directory)
        .args([
            "--pgdata",
            "data",
            "--username",
            "postgres",
            "--auth",
            "trust",
        ])
        .args(["--encoding", "UTF8", "--no-locale", "--no-sync"])
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "{} cannot be run: {error}",
                programs.join("initdb").display()
            )
        });
    assert!(
        output.status.success(),
        "initdb failed in {}: {}",
        directory.display(),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn run(server: &Server, programs: &Path, port: u16) -> Result<(), StartError> {
    let mut command = unprivileged(programs.join("postgres"));
    command.args([
        "-D",
        "data",
        "-h",
        "127.0.0.1",
        "-p",
        &port.to_string(),
        "-F",
    ]);
    for setting in [
        "unix_socket_directories=",
        "full_page_writes=off",
        "max_connections=200",
        // In the data folder, where it is removed with it, rather than in /dev/shm.
        "dynamic_shared_memory_type=mmap",
    ] {
        command.args(["-c", setting]);
    }
    let marker = server.directory().join("data/postmaster.pid");
    server.run(command, |pid| is_ready(&marker, pid))
}

/// Reads the file in which a server notes that it accepts connections, as `pg_ctl --wait` does:
/// the first line is its process id, the eighth its state.
fn is_ready(marker: &Path, pid: u32) -> Result<(), String> {
    let text = fs::read_to_string(marker).map_err(|error| error.to_string())?;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    if lines.first() == Some(&pid.to_string().as_str()) && lines.get(7) == Some(&"ready") {
        Ok(())
    } else {
        Err("not ready to accept connections".to_owned())
    }
}

/// Returns a command that runs without the rights of root, which PostgreSQL refuses.
fn unprivileged(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Returns the folder that holds `initdb` and `postgres`.
fn find_programs() -> Option<PathBuf> {
    named_by("POSTGRES_BIN_DIR")
        .or_else(|| Some(find_on_path("initdb")?.parent()?.to_owned()))
        .or_else(newest_of_debian)
}

/// Returns the folder of the newest version that Debian's packages keep off the `PATH`.
fn newest_of_debian() -> Option<PathBuf> {
    fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|version| Some(version.ok()?.path()))
        .filter(|version| version.join("bin/initdb").is_file())
        .max_by_key(|version| version.file_name()?.to_str()?.parse::<u32>().ok())
        .map(|version| version.join("bin"))
}
