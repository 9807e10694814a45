//! A server process that never outlives the test process which started it.
//!
//! Dropping a [`Server`] stops its process and removes its directory. For the test process that
//! never comes to drop it (a kill, an abort, a server shared in a `static`) a guardian does the
//! same: a shell that reads from a pipe whose other end only the test process holds, and that acts
//! when the kernel closes it. A parent-death signal would not do, because Linux sends it when the
//! *thread* that started the process ends, and every test runs in a thread of its own.
//!
//! Knows nothing of what it runs; [`redis`](crate::redis) and [`postgres`](crate::postgres) do.
//! Starting blocks: callers go through [`blocking`], so that neither a runtime's threads nor its
//! paused clock are involved.

use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a server may take to start, to stop, or to be frozen.
const PATIENCE: Duration = Duration::from_mins(1);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Why a server did not come up: what it said last, and its log.
#[derive(Debug)]
pub(crate) struct StartError(String);

impl StartError {
    /// Returns true when another process had taken the port.
    pub(crate) fn is_port_taken(&self) -> bool {
        self.0.contains("Address already in use")
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A process that can be stopped and run again in its directory.
#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    /// The signal that makes this server leave at once and give back what it holds.
    stop: Signal,
    directory: PathBuf,
    process: Mutex<Process>,
}

#[derive(Debug)]
struct Process {
    guardian: Guardian,
    /// The process, unless it is stopped.
    child: Option<Child>,
}

impl Server {
    /// Makes the directory of a server and sets a guardian over it; nothing runs yet.
    pub(crate) fn new(name: &'static str, stop: Signal) -> Self {
        let directory = tempfile::Builder::new()
            .prefix(&format!("cached-{name}-"))
            .tempdir()
            .expect("the system's temporary directory is writable")
            .keep();
        let guardian = Guardian::watch(&directory, stop);
        Self {
            name,
            stop,
            directory,
            process: Mutex::new(Process {
                guardian,
                child: None,
            }),
        }
    }

    #[cfg(feature = "service")]
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Runs `command` in the directory, in place of what runs there, until `ready` succeeds.
    ///
    /// `ready` is given the process id, to tell this server from another that took its port.
    pub(crate) fn run(
        &self,
        mut command: Command,
        mut ready: impl FnMut(u32) -> Result<(), String>,
    ) -> Result<(), StartError> {
        let mut process = self.process();
        process.end_by(self.stop);

        let log = File::create(self.log_path()).expect("the server's directory is writable");
        command
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log file can be shared"))
            .stderr(log)
            // An interrupt from the terminal is for the tests; the guardian sees to the servers.
            .process_group(0);
        let child = command.spawn().unwrap_or_else(|error| {
            let program = Path::new(command.get_program());
            panic!("`{}` cannot be run: {error}", program.display())
        });
        let id = child.id();
        process.adopt(child);

        let started = Instant::now();
        loop {
            let answer = ready(id);
            if let Some(status) = process.exit_status() {
                return Err(StartError(format!("{status}\n{}", self.log())));
            }
            match answer {
                Ok(()) => return Ok(()),
                Err(refusal) if started.elapsed() > PATIENCE => {
                    process.end_by(self.stop);
                    return Err(StartError(format!("{refusal}\n{}", self.log())));
                }
                Err(_) => thread::sleep(POLL_INTERVAL),
            }
        }
    }

    /// Stops the process its own way and waits for its end.
    pub(crate) fn stop(&self) {
        self.process().end_by(self.stop);
    }

    /// Stops the process and its children from running; returns once all of them stand still.
    pub(crate) fn freeze(&self) {
        let pid = self.pid();
        // The parent first, so that it cannot start another child meanwhile.
        send(pid, Signal::STOP);
        await_frozen(pid);
        for child in children(pid) {
            send(child, Signal::STOP);
            await_frozen(child);
        }
    }

    /// Lets the process and its children run on after [`freeze`](Self::freeze).
    pub(crate) fn thaw(&self) {
        let pid = self.pid();
        for child in children(pid) {
            send(child, Signal::CONT);
        }
        send(pid, Signal::CONT);
    }

    fn pid(&self) -> Pid {
        let process = self.process();
        let child = process.child.as_ref();
        Pid::from_child(child.unwrap_or_else(|| panic!("{} is stopped", self.name)))
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process
            .lock()
            .expect("no test goes on after a server failed to start")
    }

    fn log_path(&self) -> PathBuf {
        self.directory.join("log")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_else(|error| format!("no log: {error}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let process = self.process.get_mut();
        let process = process.unwrap_or_else(PoisonError::into_inner);
        process.end_by(self.stop);
        process.guardian.dismiss();
    }
}

impl Process {
    fn adopt(&mut self, child: Child) {
        self.guardian.set_charge(Some(child.id()));
        self.child = Some(child);
    }

    fn exit_status(&mut self) -> Option<ExitStatus> {
        let child = self.child.as_mut()?;
        let status = child.try_wait().expect("a child can be waited for")?;
        self.release();
        Some(status)
    }

    fn end_by(&mut self, signal: Signal) {
        let Some(child) = self.child.as_mut() else {
            return;
        };
        let pid = Pid::from_child(child);
        let children = children(pid);
        send(pid, signal);
        // A frozen process takes no signal but SIGKILL until it runs on.
        send(pid, Signal::CONT);
        for child in children {
            send(child, Signal::CONT);
        }
        child.wait().expect("a child can be waited for");
        self.release();
    }

    /// Forgets a process that has ended, before its id can belong to another.
    fn release(&mut self) {
        self.guardian.set_charge(None);
        self.child = None;
    }
}

/// The shell that cleans up after a test process that could not.
#[derive(Debug)]
struct Guardian {
    shell: Child,
    /// The pipe that sets the shell to work when it closes; `None` once dismissed.
    pipe: Option<ChildStdin>,
}

impl Guardian {
    /// Each line of the input is the id of the process to stop, an empty one says that there is
    /// none; the end of the input says that the test process is gone.
    const SCRIPT: &str = r#"
        directory=$1 signal=$2 pid=
        while read -r line; do pid=$line; done
        if [ -n "$pid" ]; then
            children=$(cat "/proc/$pid/task/$pid/children")
            kill -s "$signal" "$pid"
            kill -s CONT "$pid" $children
            patience=200
            while grep -q 'State:.[^XZ]' "/proc/$pid/status" && [ "$patience" -gt 0 ]; do
                sleep 0.05
                patience=$((patience - 1))
            done
            kill -s KILL "$pid"
        fi
        rm -rf -- "$directory"
    "#;

    fn watch(directory: &Path, stop: Signal) -> Self {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", Self::SCRIPT, "guardian"])
            .arg(directory)
            .arg(stop.as_raw().to_string())
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("/bin/sh can be run");
        let pipe = shell.stdin.take();
        Self { shell, pipe }
    }

    fn set_charge(&mut self, pid: Option<u32>) {
        let line = pid.map_or_else(String::new, |pid| pid.to_string());
        let pipe = self.pipe.as_mut().expect("a guardian is dismissed last");
        writeln!(pipe, "{line}").expect("a guardian reads until it is dismissed");
    }

    /// Has the shell remove the directory, and waits for it.
    fn dismiss(&mut self) {
        self.pipe = None;
        // This runs in `drop`, where a shell that is already gone is no reason to panic.
        let _ = self.shell.wait();
    }
}

/// Returns the path that an environment variable holds, if it is set and not empty.
pub(crate) fn named_by(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// Finds a program in the folders of the `PATH`.
pub(crate) fn find_on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// Runs work that blocks on a thread of its own, passing on its panic.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn send(pid: Pid, signal: Signal) {
    // A process that has ended meanwhile needs no signal.
    let _ = kill_process(pid, signal);
}

fn children(pid: Pid) -> Vec<Pid> {
    let pid = pid.as_raw_nonzero();
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|child| child.parse().ok())
        .filter_map(Pid::from_raw)
        .collect()
}

fn await_frozen(pid: Pid) {
    let pid = pid.as_raw_nonzero();
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else {
            return;
        };
        // The state follows the name, which stands in parentheses and may hold anything.
        let state = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.chars().next());
        if state == Some('T') {
            return;
        }
        thread::sleep(POLL_INTERVAL);
    }
    panic!("process {pid} does not freeze");
}
