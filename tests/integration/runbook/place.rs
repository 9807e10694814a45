//! Where the commands of one section run: a Redis with the users of `ops/make-secrets`, the program, for the section that
//! is about it a PostgreSQL, and a stand-in for `docker`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::{env, fs};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use cached_tests::app::{Answer, CHART, Program, birth, birth_with};
use cached_tests::ports;
use cached_tests::postgres::PostgresServer;
use cached_tests::redis::RedisServer;
use redis::{Cmd, Value};
use reqwest::Method;
use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

const USER: &str = "app";
const NEW_PASSWORD: &str = "another-password-of-redis";

/// Where the service is told that its secrets are.
const MOUNTED: &str = "/run/secrets";

/// The function that is cached.
const FUNCTION: &str = "natal::calculate_chart";

/// The section for which the program works with a PostgreSQL of its own.
const DATABASE: &str = "Database down";

/// The key of another tenant of the same Redis.
const NEIGHBOUR: &str = "shop:shop::price:1";

/// The sections to which a fault belongs, see [`Place::harm`].
pub(super) const HARMED: &[&str] = &[
    DATABASE,
    "Service down",
    "Cache bypassed",
    "Breaker open",
    "Write failures",
    "Unreadable entries",
    "Connections flapping",
    "Cache switched off",
    "Redis down",
    "Redis evicting",
    "Redis is read-only",
    "Redis refuses the login",
    "Flush",
];

/// What the commands find, gone when dropped.
pub(super) struct Place {
    host: Arc<Host>,
    /// What the page says differs from place to place, where this place is not as the page's.
    names: String,
}

/// What the stand-in for `docker` works on.
struct Host {
    redis: RedisServer,
    /// Runs for as long as the place is there.
    _other: RedisServer,
    database: Option<PostgresServer>,
    folder: TempDir,
    /// What the program is started with, unless that is changed.
    settings: BTreeMap<String, String>,
    program: Mutex<Option<Program>>,
}

impl Place {
    /// Starts servers with passwords and the program, which has answered a request.
    pub(super) async fn prepare(heading: &str) -> Self {
        let folder = tempfile::tempdir().expect("the system's temporary directory is writable");
        make_secrets(folder.path());
        let file = |name: &str| folder.path().join("secrets").join(name);
        let file = |name: &str| file(name).display().to_string();
        let arguments = ["--aclfile", &file("redis_users")];
        let redis = RedisServer::start_with(&arguments).await;
        let other = RedisServer::start_with(&arguments).await;
        let database = match heading {
            DATABASE => Some(PostgresServer::start().await),
            _ => None,
        };
        let [app, admin, tls] = [(); 3].map(|()| ports::free());
        let url = |redis: &RedisServer| format!("redis://{USER}@127.0.0.1:{}", redis.port());
        let settings = [
            ("BIND_ADDR", format!("127.0.0.1:{app}")),
            ("ADMIN_ADDR", format!("127.0.0.1:{admin}")),
            ("REDIS_URL", url(&redis)),
            ("REDIS_PASSWORD_FILE", file("redis_password")),
            ("CACHE_KEY_SECRET_FILE", file("cache_key_secret")),
        ];
        let url_of_database = database
            .as_ref()
            .map(|database| ("DATABASE_URL", database.url()));
        let settings = settings.into_iter().chain(url_of_database);
        let settings = settings
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let certificates = folder.path().join("certificates");
        fs::create_dir(&certificates).expect("the folder is writable");
        let names = [
            ("APP", format!("http://127.0.0.1:{app}")),
            ("ADMIN", format!("http://127.0.0.1:{admin}")),
            ("REDIS_HOST", format!("127.0.0.1:{}", redis.port())),
            ("NEW_PASSWORD", NEW_PASSWORD.to_owned()),
            ("OTHER_REDIS_URL", url(&other)),
            ("REDIS_NAME", "IP:127.0.0.1".to_owned()),
            ("TLS", certificates.display().to_string()),
            ("TLS_PORT", tls.to_string()),
            // More than an operator has, on a machine that may be busy.
            ("PATIENCE", "100".to_owned()),
        ];
        let host = Host {
            redis,
            _other: other,
            database,
            folder,
            settings,
            program: Mutex::new(None),
        };
        host.start("").await;
        host.ask(&birth()).await;
        let host = Arc::new(host);
        host.stand_in_for_docker(&listen(Arc::clone(&host)).await);
        // Not exported, as they are not in the shell of an operator.
        let names = names.map(|(name, value)| format!("{name}='{value}'"));
        let names = names.join("\n");
        Self { host, names }
    }

    /// Does the fault that a section is about.
    pub(super) async fn harm(&self, heading: &str) {
        let redis = &self.host.redis;
        match heading {
            DATABASE => {
                let database = self.host.database.as_ref();
                database.expect("the section has one").kill();
            }
            "Service down" => self.host.kill().await,
            "Redis down" => redis.kill(),
            "Cache bypassed" => redis.freeze(),
            "Cache switched off" => {
                let function = format!("/cache/functions/{FUNCTION}/enabled");
                for switch in ["/cache/enabled", &function] {
                    self.host.switch_off(switch).await;
                }
            }
            "Breaker open" => {
                command(redis, "ACL SETUSER app -@read").await;
                // A breaker opens when half of twenty calls or more have failed.
                for minute in 0..30 {
                    let time = format!("03:{minute:02}");
                    self.host.ask(&birth_with(&json!({"time": time}))).await;
                }
            }
            "Write failures" => {
                command(redis, "FLUSHALL").await;
                command(redis, "CONFIG SET maxmemory 1").await;
            }
            "Redis is read-only" => {
                command(redis, "FLUSHALL").await;
                command(redis, "REPLICAOF 127.0.0.1 1").await;
            }
            "Unreadable entries" => {
                for key in redis.query::<Vec<String>>(Cmd::keys("natal:*")).await {
                    redis.query::<()>(Cmd::set(key, "garbage")).await;
                }
            }
            "Connections flapping" => {
                command(redis, "CONFIG SET timeout 1").await;
                for _ in 0..3 {
                    command(redis, "CLIENT KILL TYPE normal").await;
                    self.host.ask(&birth()).await;
                }
            }
            "Redis evicting" => {
                let mut fill = redis::cmd("EVAL");
                fill.arg("for i = 1, 2000 do redis.call('SET', KEYS[1] .. i, ('x'):rep(1000)) end");
                redis.query::<()>(fill.arg(1).arg(NEIGHBOUR).clone()).await;
                command(redis, "CONFIG SET maxmemory-policy allkeys-lfu").await;
                command(redis, "CONFIG SET maxmemory 2mb").await;
            }
            "Redis refuses the login" => {
                let user = format!("ACL SETUSER {USER} resetpass >{NEW_PASSWORD}");
                command(redis, &user).await;
                command(redis, "CLIENT KILL TYPE normal").await;
            }
            "Flush" => redis.query::<()>(Cmd::set(NEIGHBOUR, "100")).await,
            _ => {}
        }
    }

    /// Checks what must be so after the commands of a section.
    pub(super) async fn remains(&self, heading: &str) -> Result<(), String> {
        if heading != "Flush" || self.host.redis.get(NEIGHBOUR).await.is_some() {
            return Ok(());
        }
        Err("the key of another tenant is gone".to_owned())
    }

    /// Returns commands that set the names of the page to what they are here.
    pub(super) fn names(&self) -> &str {
        &self.names
    }

    pub(super) fn folder(&self) -> &Path {
        self.host.folder.path()
    }

    /// Ends what runs.
    pub(super) async fn leave(self) {
        self.host.kill().await;
    }
}

impl Host {
    /// Starts the program with the settings of the place and those of an override for Docker Compose; an empty one is one that
    /// is not set.
    async fn start(&self, overrides: &str) {
        let secrets = self.folder.path().join("secrets").display().to_string();
        let mut settings = self.settings.clone();
        for line in overrides.lines() {
            if let Some((name, value)) = line.trim().split_once(": '") {
                let value = value.strip_suffix('\'').expect("it ends with a quote");
                settings.insert(name.to_owned(), value.replace(MOUNTED, &secrets));
            }
        }
        let settings: Vec<(&str, &str)> = settings
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let mut program = Program::start(&settings).await;
        program.write_log_to(&self.log()).await;
        program.ready().await;
        *self.program.lock().await = Some(program);
    }

    async fn kill(&self) {
        let program = self.program.lock().await.take();
        if let Some(program) = program {
            program.signal(Signal::KILL);
            program.gone().await;
        }
    }

    /// Ends the program as containers are ended, and starts it again.
    async fn restart(&self, overrides: &str) {
        let program = self.program.lock().await.take();
        if let Some(program) = program {
            program.signal(Signal::TERM);
            program.gone().await;
        }
        self.start(overrides).await;
    }

    /// Asks the program for a chart.
    async fn ask(&self, birth: &serde_json::Value) {
        let program = self.program.lock().await;
        let program = program.as_ref().expect("the program runs");
        let answer = Answer::to(program.request(Method::POST, CHART).json(birth)).await;
        assert_eq!(answer.status(), 200, "{}", answer.body());
    }

    async fn switch_off(&self, switch: &str) {
        let program = self.program.lock().await;
        let program = program.as_ref().expect("the program runs");
        let request = program.admin_request(Method::PUT, switch);
        let answer = Answer::to(request.json(&json!({"enabled": false}))).await;
        assert_eq!(answer.status(), 200, "{}", answer.body());
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Writes the program that the page finds as `docker`, which has the host at `address` do what it is asked for.
    fn stand_in_for_docker(&self, address: &str) {
        let docker = DOCKER
            .replace("{address}", address)
            .replace("{app}", &self.settings["BIND_ADDR"])
            .replace("{folder}", &self.folder.path().display().to_string())
            .replace("{port}", &self.redis.port().to_string());
        let bin = self.folder.path().join("bin");
        let file = bin.join("docker");
        fs::create_dir(bin).expect("the folder is writable");
        fs::write(&file, docker).expect("the folder is writable");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&file, executable).expect("the file is ours");
    }
}

/// What the page asks of Docker Compose, done without containers. What is not exactly as the page has to have it is refused:
/// without `--no-deps`, for one, a restart of the service waits for a Redis that is ill.
const DOCKER: &str = r#"#!/bin/bash
set -euo pipefail
ask() { curl -fsS -X POST "{address}$1" --data-binary @-; }
case "$*" in
'compose start redis') ask /redis/start < /dev/null ;;
'compose stop redis') ask /redis/stop < /dev/null ;;
'compose start postgres') ask /database/start < /dev/null ;;
'compose up --detach --wait --no-deps --force-recreate app')
    { cat docker-compose.override.yml 2> /dev/null || true; } | ask /app
    ;;
'compose logs --no-log-prefix --since '*h' app')
    # What the program had to say before it answers this stands in the log before the line of this request.
    request=$(curl -sS --max-time 2 -o /dev/null -w '%header{x-request-id}' 'http://{app}/healthz' || true)
    for _ in {1..100}; do
        [ -n "$request" ] && ! grep -q "$request" '{folder}/log' || break
        sleep 0.1
    done
    cat '{folder}/log'
    ;;
'compose exec -T redis sh -c '*)
    # In the container, secrets are elsewhere, and Redis is at its usual port.
    script=${7//\/run\/secrets/{folder}\/secrets}
    exec sh -c "${script/redis-cli /redis-cli -p {port} }" "${@:8}"
    ;;
*)
    echo "docker is not asked for this: $*" >&2
    exit 1
    ;;
esac
"#;

/// Returns where the commands of a place in `folder` look for programs.
pub(super) fn path(folder: &Path) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [folder.join("bin")].into_iter();
    let path = env::join_paths(folders.chain(env::split_paths(&path)));
    path.expect("no folder has a colon in its name")
}

/// Makes the files of secrets as an operator does, with the script that the page uses again later.
fn make_secrets(folder: &Path) {
    let ops = folder.join("ops");
    let script = ops.join("make-secrets");
    fs::create_dir(ops).expect("the folder is writable");
    fs::copy("../ops/make-secrets", &script).expect("tests run in the folder of their package");
    let made = Command::new(script).output().expect("it can be run");
    assert!(made.status.success(), "{made:?}");
}

/// Sends a command, of words with spaces between them.
async fn command(redis: &RedisServer, line: &str) {
    let mut words = line.split(' ');
    let mut command = redis::cmd(words.next().expect("a command has a name"));
    command.arg(words.collect::<Vec<_>>());
    redis.query::<Value>(command).await;
}

/// Listens for what the stand-in for `docker` asks for, and returns the address.
async fn listen(host: Arc<Host>) -> String {
    let router = Router::new()
        .route("/redis/start", post(start_redis))
        .route("/redis/stop", post(stop_redis))
        .route("/database/start", post(start_database))
        .route("/app", post(restart_app))
        .with_state(host);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.expect("a port is free");
    let address = listener.local_addr().expect("a listener has an address");
    tokio::spawn(async { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn start_redis(State(host): State<Arc<Host>>) {
    host.redis.restart().await;
}

async fn stop_redis(State(host): State<Arc<Host>>) {
    host.redis.kill();
}

async fn start_database(State(host): State<Arc<Host>>) {
    let database = host.database.as_ref();
    database.expect("the section has one").restart().await;
}

async fn restart_app(State(host): State<Arc<Host>>, overrides: String) {
    host.restart(&overrides).await;
}
