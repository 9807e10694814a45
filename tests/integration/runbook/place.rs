//! Where the commands of one section run: a Redis, the program, and what the page says an operator has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use cached_tests::app::{Answer, CHART, Program, SECRET, birth, birth_with};
use cached_tests::ports;
use cached_tests::redis::RedisServer;
use redis::{Cmd, Value};
use reqwest::{Client, Method};
use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

const USER: &str = "app";
const PASSWORD: &str = "a-password-of-redis";
const NEW_PASSWORD: &str = "another-password-of-redis";

/// The password of operators, and a user for the service that may do what the cache does.
#[rustfmt::skip]
const ARGUMENTS: &[&str] = &[
    "--requirepass", "a-password-of-operators",
    "--user", "app", "on", ">a-password-of-redis", "~natal:*", "+get", "+set", "+unlink", "+ping", "+hello",
];

/// The key of another tenant of the same Redis.
const NEIGHBOUR: &str = "shop:shop::price:1";

/// The sections to which a fault belongs, see [`Place::harm`].
pub(super) const HARMED: &[&str] = &[
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
    /// The variables and functions that the page says differ from place to place.
    names: Vec<(String, String)>,
}

/// What the functions of the place work on.
struct Host {
    redis: RedisServer,
    /// Runs for as long as the place is there.
    _other: RedisServer,
    folder: TempDir,
    service: Mutex<Service>,
}

/// The program, and what it is started with.
struct Service {
    program: Option<Program>,
    settings: BTreeMap<String, String>,
}

impl Place {
    /// Starts a Redis with a password and the program, which has answered a request.
    pub(super) async fn prepare() -> Self {
        let redis = RedisServer::start_with(ARGUMENTS).await;
        let other = RedisServer::start_with(ARGUMENTS).await;
        let folder = tempfile::tempdir().expect("the system's temporary directory is writable");
        let [app, admin, tls] = [(); 3].map(|()| ports::free());
        fs::write(folder.path().join("redis_password"), PASSWORD).expect("it is writable");
        fs::write(folder.path().join("cache_key_secret"), SECRET).expect("it is writable");
        let file = |name: &str| folder.path().join(name).display().to_string();
        let url = |redis: &RedisServer| format!("redis://{USER}@127.0.0.1:{}", redis.port());
        let settings = [
            ("BIND_ADDR", format!("127.0.0.1:{app}")),
            ("ADMIN_ADDR", format!("127.0.0.1:{admin}")),
            ("REDIS_URL", url(&redis)),
            ("REDIS_PASSWORD_FILE", file("redis_password")),
            ("CACHE_KEY_SECRET_FILE", file("cache_key_secret")),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value));
        let settings = BTreeMap::from(settings);
        let names = [
            ("APP", format!("http://127.0.0.1:{app}")),
            ("ADMIN", format!("http://127.0.0.1:{admin}")),
            ("SECRETS", folder.path().display().to_string()),
            ("REDIS_USER", USER.to_owned()),
            ("REDIS_HOST", format!("127.0.0.1:{}", redis.port())),
            ("NEW_PASSWORD", NEW_PASSWORD.to_owned()),
            ("OTHER_REDIS_URL", url(&other)),
            ("REDIS_NAME", "IP:127.0.0.1".to_owned()),
            ("TLS", folder.path().display().to_string()),
            ("TLS_PORT", tls.to_string()),
            ("LOG", file("log")),
        ];
        let names = names.map(|(name, value)| (name.to_owned(), value));
        let service = Service {
            program: None,
            settings,
        };
        let host = Host {
            redis,
            _other: other,
            folder,
            service: Mutex::new(service),
        };
        host.start().await;
        host.ask(&birth()).await;
        let host = Arc::new(host);
        let functions = functions(&listen(Arc::clone(&host)).await, host.redis.port());
        let names = names.into_iter().chain(functions).collect();
        Self { host, names }
    }

    /// Does the fault that a section is about.
    pub(super) async fn harm(&mut self, heading: &str) {
        let redis = &self.host.redis;
        match heading {
            "Service down" => self.host.kill().await,
            "Redis down" => redis.kill(),
            "Cache bypassed" => redis.freeze(),
            "Cache switched off" => self.host.switch_off().await,
            "Breaker open" => {
                command(redis, "ACL SETUSER app -get").await;
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

    pub(super) fn names(&self) -> &[(String, String)] {
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
    async fn start(&self) {
        let mut service = self.service.lock().await;
        let settings: Vec<(&str, &str)> = service
            .settings
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let mut program = Program::start(&settings).await;
        program.write_log_to(&self.log()).await;
        program.ready().await;
        service.program = Some(program);
    }

    async fn kill(&self) {
        let program = self.service.lock().await.program.take();
        if let Some(program) = program {
            program.signal(Signal::KILL);
            program.gone().await;
        }
    }

    /// Starts the program again with changed settings; an empty one is one that is not set.
    async fn restart(&self, changes: &str) {
        let program = {
            let mut service = self.service.lock().await;
            for change in changes.lines() {
                let (name, value) = change.split_once('=').expect("a change is NAME=value");
                service.settings.insert(name.to_owned(), value.to_owned());
            }
            service.program.take()
        };
        if let Some(program) = program {
            program.signal(Signal::TERM);
            program.gone().await;
        }
        self.start().await;
    }

    /// Asks the program for a chart.
    async fn ask(&self, birth: &serde_json::Value) {
        let service = self.service.lock().await;
        let program = service.program.as_ref().expect("the program runs");
        let answer = Answer::to(program.request(Method::POST, CHART).json(birth)).await;
        assert_eq!(answer.status(), 200, "{}", answer.body());
    }

    async fn switch_off(&self) {
        let admin = self.service.lock().await.settings["ADMIN_ADDR"].clone();
        let request = Client::new().put(format!("http://{admin}/cache/enabled"));
        let answer = Answer::to(request.json(&json!({"enabled": false}))).await;
        assert_eq!(answer.status(), 200, "{}", answer.body());
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

/// Sends a command, of words with spaces between them.
async fn command(redis: &RedisServer, line: &str) {
    let mut words = line.split(' ');
    let mut command = redis::cmd(words.next().expect("a command has a name"));
    command.arg(words.collect::<Vec<_>>());
    redis.query::<Value>(command).await;
}

/// Listens for what the functions of the place ask for, and returns the address.
async fn listen(host: Arc<Host>) -> String {
    let router = Router::new()
        .route("/redis/start", post(start_redis))
        .route("/redis/stop", post(stop_redis))
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

async fn restart_app(State(host): State<Arc<Host>>, changes: String) {
    host.restart(&changes).await;
}

/// Returns the functions that the page says differ from place to place, as `bash` takes them from its
/// environment.
fn functions(address: &str, port: u16) -> [(String, String); 5] {
    let ask = |path: &str| format!("curl -fsS -X POST {address}{path}");
    [
        (
            "redis",
            format!(r#"redis-cli --no-auth-warning -a a-password-of-operators -p {port} "$@""#),
        ),
        ("start_redis", ask("/redis/start")),
        ("stop_redis", ask("/redis/stop")),
        (
            "restart_app",
            format!(
                r#"{{ [ $# -eq 0 ] || printf '%s\n' "$@"; }} | {} --data-binary @-"#,
                ask("/app")
            ),
        ),
        ("app_log", r#"cat "$LOG""#.to_owned()),
    ]
    .map(|(name, body)| (format!("BASH_FUNC_{name}%%"), format!("() {{ {body}; }}")))
}
