//! The real program, built and run as an operator would.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use reqwest::{Client, Method, RequestBuilder};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::fs::OpenOptions;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};

use super::{Answer, PATIENCE, POLL_INTERVAL};

/// What is true of a program that is asked for its log.
const UNREAD: &str = "the log was not left unread";

/// A running service; killed when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    address: SocketAddr,
    /// Where it listens for operators, if anywhere.
    admin_address: Option<SocketAddr>,
    client: Client,
    /// Its log, unless nobody is going to ask for it.
    output: Option<Lines<BufReader<ChildStdout>>>,
    /// The lines read so far.
    log: Vec<String>,
}

/// What a program left behind.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code, if it was not ended by a signal.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub output: String,
    /// What it wrote to standard error.
    pub errors: String,
}

impl Program {
    /// Starts the service and waits until it listens. What `settings` leave open is as for
    /// [`TestApp::start`](super::TestApp::start).
    ///
    /// # Panics
    ///
    /// Panics when the service does not start.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        Self::started(command(settings).await).await
    }

    /// As [`start`](Self::start), with so many descriptors and no more.
    ///
    /// # Panics
    ///
    /// Panics when the service does not start.
    pub async fn start_with_descriptors(descriptors: u32, settings: &[(&str, &str)]) -> Self {
        let limited = format!("ulimit -n {descriptors} && exec \"$0\"");
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &limited]).arg(binary().await);
        Self::started(configured(shell, settings).await).await
    }

    async fn started(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program can be run");
        let output = child.stdout.take().expect("the output is piped");
        let mut program = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            admin_address: None,
            client: super::client(),
            output: Some(BufReader::new(output).lines()),
            log: Vec::new(),
        };
        let listening = program.logged("listening").await;
        let address = |field: &str| {
            let address = listening[field].as_str();
            address.map(|address| address.parse().expect("the address is a socket's"))
        };
        program.address = address("address").expect("the address is logged");
        program.admin_address = address("admin");
        program
    }

    /// Builds the program, which the first start does otherwise.
    ///
    /// # Panics
    ///
    /// Panics when it does not build.
    pub async fn build() {
        binary().await;
    }

    /// Runs the program with `arguments` to its end.
    ///
    /// # Panics
    ///
    /// Panics when it does not end.
    pub async fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Ended {
        let run = command(settings).await.args(arguments).output();
        let output = timeout(PATIENCE, run).await.expect("the program ends");
        let output = output.expect("the program can be run");
        let text = |bytes| String::from_utf8(bytes).expect("the program writes text");
        Ended {
            code: output.status.code(),
            output: text(output.stdout),
            errors: text(output.stderr),
        }
    }

    /// Returns where the service listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns where it listens for operators, if anywhere.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// Returns a request to the service.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }

    /// Returns a request to the listener for operators.
    ///
    /// # Panics
    ///
    /// Panics when the settings leave that listener out.
    pub fn admin_request(&self, method: Method, path: &str) -> RequestBuilder {
        let address = self.admin_address.expect("operators are listened to");
        self.client
            .request(method, format!("http://{address}{path}"))
    }

    /// Throws away what the program logs from now on: a pipe that nobody reads is full after some
    /// hundred requests, and then the program stands still.
    pub fn leave_log_unread(&mut self) {
        if let Some(mut output) = self.output.take() {
            tokio::spawn(async move { while let Ok(Some(_)) = output.next_line().await {} });
        }
    }

    /// Writes what the program logs to the end of the file at `path`, from the first line on.
    ///
    /// # Panics
    ///
    /// Panics when the file cannot be written.
    pub async fn write_log_to(&mut self, path: &Path) {
        let mut output = self.output.take().expect(UNREAD);
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(path).await;
        let mut file = file.expect("the folder is writable");
        let mut lines = self.log.join("\n") + "\n";
        tokio::spawn(async move {
            loop {
                file.write_all(lines.as_bytes())
                    .await
                    .expect("the file is writable");
                match output.next_line().await {
                    Ok(Some(line)) => lines = line + "\n",
                    _ => break,
                }
            }
        });
    }

    /// Waits for the end of a program that was signalled and whose log is written to a file.
    ///
    /// # Panics
    ///
    /// Panics when it does not end.
    pub async fn gone(mut self) {
        let ended = timeout(PATIENCE, self.child.wait()).await;
        let status = ended.expect("the program ends");
        status.expect("a child can be waited for");
    }

    /// Waits until the service says it is ready.
    ///
    /// # Panics
    ///
    /// Panics when that takes unreasonably long.
    pub async fn ready(&self) {
        let becomes_ready = async {
            while Answer::to(self.request(Method::GET, "/readyz"))
                .await
                .status()
                != 200
            {
                sleep(POLL_INTERVAL).await;
            }
        };
        timeout(PATIENCE, becomes_ready)
            .await
            .expect("the service becomes ready");
    }

    /// Waits for a log line with `message` and returns it.
    ///
    /// # Panics
    ///
    /// Panics when it is not written, or when a line is not a JSON object.
    pub async fn logged(&mut self, message: &str) -> Value {
        loop {
            let output = self.output.as_mut().expect(UNREAD);
            let line = timeout(PATIENCE, output.next_line())
                .await
                .expect("the program logs");
            let line = line.expect("the output can be read");
            let line = line.unwrap_or_else(|| panic!("the program ended before {message:?}"));
            let entry: Value = serde_json::from_str(&line)
                .unwrap_or_else(|error| panic!("not a line of JSON ({error}): {line}"));
            self.log.push(line);
            if entry["message"] == message {
                return entry;
            }
        }
    }

    /// Sends a signal to the program.
    ///
    /// # Panics
    ///
    /// Panics when it has ended.
    pub fn signal(&self, signal: Signal) {
        let id = self.child.id().expect("the program runs");
        let id = id
            .try_into()
            .ok()
            .and_then(Pid::from_raw)
            .expect("a process has an id");
        kill_process(id, signal).expect("the program can be signalled");
    }

    /// Waits for the end of the program and returns what it left behind.
    ///
    /// # Panics
    ///
    /// Panics when it does not end.
    pub async fn ended(mut self) -> Ended {
        let mut output = self.output.take().expect(UNREAD);
        let ended = async {
            while let Some(line) = output.next_line().await.expect("the output can be read") {
                self.log.push(line);
            }
            let mut errors = String::new();
            let mut pipe = self.child.stderr.take().expect("the errors are piped");
            pipe.read_to_string(&mut errors)
                .await
                .expect("the program writes text");
            let status = self.child.wait().await.expect("a child can be waited for");
            (status.code(), errors)
        };
        let (code, errors) = timeout(PATIENCE, ended).await.expect("the program ends");
        Ended {
            code,
            output: self.log.join("\n"),
            errors,
        }
    }
}

async fn command(settings: &[(&str, &str)]) -> Command {
    configured(Command::new(binary().await), settings).await
}

async fn configured(mut command: Command, settings: &[(&str, &str)]) -> Command {
    command
        .env_clear()
        .envs(super::complete(settings).await)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Builds the program, once per test process, and returns where it is.
async fn binary() -> &'static Path {
    static BINARY: OnceCell<PathBuf> = OnceCell::const_new();
    BINARY.get_or_init(build).await
}

async fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--locked", "--package", "app", "--bin", "app"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let output = build
        .stderr(Stdio::inherit())
        .output()
        .await
        .expect("cargo can be run");
    assert!(output.status.success(), "the program does not build");
    let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let executable = messages
        .filter_map(|message| message.ok()?["executable"].as_str().map(PathBuf::from))
        .last();
    executable.expect("cargo says where it put the program")
}
