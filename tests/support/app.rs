//! The service under test, spoken to over real HTTP.
//!
//! A [`TestApp`] runs in the test's process, with a clock that the test moves. A [`Program`] is the
//! program that operators run, for tests of the process itself. Both start from settings as an
//! operator writes them, and neither sees the environment of the tests.

mod answer;
mod program;

use std::net::SocketAddr;
use std::time::Duration;

use app::ephemeris::{Database, Ephemeris, Options};
use app::settings::Settings;
use app::startup::Application;
use cached_runtime::ManualClock;
use reqwest::{Client, Method, RequestBuilder};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use self::answer::Answer;
pub use self::program::{Ended, Program};

use crate::redis::RedisServer;
use crate::server::Server;

/// A `CACHE_KEY_SECRET` that is long enough.
pub const SECRET: &str = "a secret for tests, of 32 bytes!";

/// Where charts are posted.
pub const CHART: &str = "/api/natal/chart";

/// How long the service may take to do what a test waits for.
const PATIENCE: Duration = Duration::from_mins(1);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The service in this process; stops when dropped.
///
/// ```no_run
/// # async fn example() {
/// use cached_tests::app::{TestApp, birth};
///
/// let app = TestApp::start(&[("CACHE_NAMESPACE", "example")]).await;
/// assert_eq!(app.post_chart(&birth()).await.status(), 200);
/// # }
/// ```
#[derive(Debug)]
pub struct TestApp {
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    client: Client,
    clock: ManualClock,
    server: JoinHandle<()>,
}

impl TestApp {
    /// Starts the service on a free port. What `settings` leave open is the default, but for the
    /// database: that is an ephemeris all tests of this process share.
    ///
    /// # Panics
    ///
    /// Panics when the service does not start.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        let settings = read(&complete(settings).await);
        let clock = ManualClock::new();
        let application = Application::build(settings, clock.clone())
            .await
            .unwrap_or_else(|error| panic!("the service does not start: {error}"));
        Self {
            address: application.address(),
            admin_address: application.admin_address(),
            client: client(),
            clock,
            server: tokio::spawn(application.run_until(std::future::pending())),
        }
    }

    /// Starts the service with its charts cached in `redis`.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn with_redis(redis: &RedisServer) -> Self {
        Self::start(&[("REDIS_URL", &redis.url()), ("CACHE_KEY_SECRET", SECRET)]).await
    }

    /// Returns the clock that decides which charts have expired.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Returns where the service listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a request to the service, to be completed and [sent](Answer::to).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }

    /// Returns a request to the listener for operators, to be completed and [sent](Answer::to).
    ///
    /// # Panics
    ///
    /// Panics when the settings leave that listener out.
    pub fn admin_request(&self, method: Method, path: &str) -> RequestBuilder {
        let address = self.admin_address.expect("operators are listened to");
        self.client
            .request(method, format!("http://{address}{path}"))
    }

    /// Gets what the service and its cache have counted.
    ///
    /// # Panics
    ///
    /// As [`admin_request`](Self::admin_request), and when no whole answer comes.
    pub async fn metrics(&self) -> Answer {
        Answer::to(self.admin_request(Method::GET, "/metrics")).await
    }

    /// Waits until the service says it is ready.
    ///
    /// # Panics
    ///
    /// Panics when that takes longer than a minute.
    pub async fn ready(&self) {
        self.eventually(async |app| app.get("/readyz").await.status() == 200)
            .await;
    }

    /// Waits until `condition`, asked again and again, is true.
    ///
    /// # Panics
    ///
    /// Panics when that takes longer than a minute.
    pub async fn eventually(&self, condition: impl AsyncFn(&Self) -> bool) {
        let becomes_true = async {
            while !condition(self).await {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        timeout(PATIENCE, becomes_true)
            .await
            .expect("what the test waits for happens");
    }

    /// Asks for a chart.
    ///
    /// # Panics
    ///
    /// Panics when no whole answer comes.
    pub async fn post_chart(&self, birth: &Value) -> Answer {
        Answer::to(self.request(Method::POST, CHART).json(birth)).await
    }

    /// Sends `body` as JSON to where charts are posted, whatever it is.
    ///
    /// # Panics
    ///
    /// Panics when no whole answer comes.
    pub async fn post_body(&self, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::POST, CHART);
        Answer::to(
            request
                .header("content-type", "application/json")
                .body(body),
        )
        .await
    }

    /// Gets a path.
    ///
    /// # Panics
    ///
    /// Panics when no whole answer comes.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Returns a good request for a chart, which holds every personal datum that a request can.
#[must_use]
pub fn birth() -> Value {
    json!({
        "name": "Ada Lovelace",
        "date": "1990-05-17",
        "time": "14:30",
        "timezone": "Europe/Berlin",
        "latitude": 52.5208,
        "longitude": 13.4094
    })
}

/// Returns [`birth`] with the fields of `changes` in place of its own; a `null` field counts as
/// absent.
///
/// # Panics
///
/// Panics when `changes` is not an object.
#[must_use]
pub fn birth_with(changes: &Value) -> Value {
    let mut birth = birth();
    let changes = changes.as_object().expect("changes are an object").clone();
    birth
        .as_object_mut()
        .expect("a birth is an object")
        .extend(changes);
    birth
}

/// Returns `settings` with free ports and the shared ephemeris where they name none.
async fn complete(settings: &[(&str, &str)]) -> Vec<(String, String)> {
    let named = |variable: &str| settings.iter().any(|(name, _)| *name == variable);
    let free = |variable: &str| (variable.to_owned(), "127.0.0.1:0".to_owned());
    let mut complete = vec![free("BIND_ADDR"), free("ADMIN_ADDR")];
    if !named("DATABASE_URL") && !named("DATA_DIR") {
        complete.push(("DATABASE_URL".to_owned(), shared_ephemeris().await));
    }
    complete.retain(|(variable, _)| !named(variable));
    complete.extend(
        settings
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned())),
    );
    complete
}

fn read(settings: &[(String, String)]) -> Settings {
    let value = |wanted: &str| settings.iter().find(|(variable, _)| variable == wanted);
    Settings::read(|variable| value(variable).map(|(_, value)| value.into()))
        .unwrap_or_else(|error| panic!("the settings are bad: {error}"))
}

/// Returns the URL of a SQLite ephemeris that is filled once per test process.
async fn shared_ephemeris() -> String {
    /// Nothing runs in it: it is a directory that is gone when the test process is.
    static DIRECTORY: OnceCell<Server> = OnceCell::const_new();
    let directory = DIRECTORY
        .get_or_init(async || {
            let directory = Server::new("ephemeris", Signal::KILL);
            let database = Database::Sqlite(directory.directory().join("ephemeris.sqlite"));
            let ephemeris = Ephemeris::open(&database, Options::default())
                .await
                .unwrap_or_else(|error| panic!("the shared ephemeris cannot be filled: {error}"));
            ephemeris.close().await;
            directory
        })
        .await;
    format!(
        "sqlite://{}/ephemeris.sqlite",
        directory.directory().display()
    )
}

/// Returns a client that keeps no connection from one request to the next, so that a test sees no
/// left-over of another.
fn client() -> Client {
    Client::builder()
        .pool_max_idle_per_host(0)
        .build()
        .expect("the client needs nothing from the system")
}
