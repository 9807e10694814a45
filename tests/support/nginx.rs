//! A real nginx for one test.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::{fs, io};

use rustix::process::Signal;

use crate::reports::root;
use crate::server::{Server, blocking, find_on_path, named_by};

const REMEDY: &str = "no nginx found; run `scripts/install-nginx`, or name one in NGINX_BIN";

/// What is around the `http` block's content.
const MAIN: &str = "\
worker_processes 1;
daemon off;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include http.conf;
}
";

/// An `nginx` of its own, in a folder of its own; stopped when dropped.
///
/// The program is the one that `NGINX_BIN` names, else `nginx` from the `PATH`, else that of `scripts/install-nginx`.
#[derive(Debug)]
pub struct Nginx {
    server: Server,
    program: PathBuf,
}

impl Nginx {
    /// Starts a server with `files`, names and texts, of which `http.conf` is the content of its `http` block, and waits until
    /// it accepts on `port`.
    ///
    /// # Panics
    ///
    /// Panics when there is no nginx, or when it does not take its configuration.
    pub async fn start(port: u16, files: &[(&str, &str)]) -> Self {
        let program = find_program().expect(REMEDY);
        let nginx = Self {
            server: Server::new("nginx", Signal::TERM),
            program,
        };
        nginx.write("nginx.conf", MAIN);
        for (name, text) in files {
            nginx.write(name, text);
        }
        blocking(move || {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let ready = |_| {
                let connected = TcpStream::connect(address);
                connected
                    .map(drop)
                    .map_err(|error: io::Error| error.to_string())
            };
            let run = nginx.server.run(nginx.command(), ready);
            run.unwrap_or_else(|error| panic!("nginx does not start: {error}"));
            nginx
        })
        .await
    }

    /// Replaces a file of the configuration.
    ///
    /// # Panics
    ///
    /// Panics when the folder is gone.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.server.directory().join(name);
        fs::write(path, text).expect("the server's directory is writable");
    }

    /// Has the server take its configuration anew, as an operator does.
    ///
    /// # Panics
    ///
    /// Panics when it refuses the configuration.
    pub fn reload(&self) {
        let output = self.command().args(["-s", "reload"]).output();
        let output = output.expect("nginx can be run");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "nginx does not reload: {errors}");
    }

    /// Returns the version, as in `nginx/1.22.1`.
    ///
    /// # Panics
    ///
    /// Panics when nginx cannot be run.
    #[must_use]
    pub fn version(&self) -> String {
        let output = Command::new(&self.program).arg("-v").output();
        let told = output.expect("nginx can be run").stderr;
        let told = String::from_utf8_lossy(&told);
        let (_, version) = told.trim().rsplit_once(' ').unwrap_or_default();
        version.to_owned()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let folder = self.server.directory();
        command.arg("-p").arg(folder);
        command.arg("-c").arg(folder.join("nginx.conf"));
        command.args(["-e", "stderr"]);
        command
    }
}

fn find_program() -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let installed = target
        .unwrap_or_else(|| root().join("target"))
        .join("tools/nginx");
    named_by("NGINX_BIN")
        .or_else(|| find_on_path("nginx"))
        .or_else(|| installed.is_file().then_some(installed))
}
