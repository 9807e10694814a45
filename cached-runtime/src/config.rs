//! How a cache is built, with the range of each setting checked once.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::backend::{
    Backend, Bounded, Breaker, BreakerOptions, Memory, Redis, Timeouts, TlsOptions,
};
use crate::background::Background;
use crate::clock::{Clock, SystemClock};
use crate::codec::{Cipher, Codec};
use crate::descriptions::describe_metrics;
use crate::error::Error;
use crate::flight::Flights;
use crate::functions::{functions, warn_of_duplicates};
use crate::key::{KeySecret, Keys};
use crate::runtime::{Cache, Engine};
use crate::spec::Spec;
use crate::switch::Switch;
use crate::tally::show_counters;
use crate::tier::Remote;

/// Settings of a [`Cache`], each with a default.
///
/// ```no_run
/// use cached_runtime::{Cache, KeySecret};
///
/// # async fn start() -> Result<(), cached_runtime::Error> {
/// let secret = KeySecret::new(std::env::var("CACHE_KEY_SECRET").unwrap_or_default())?;
/// Cache::builder()
///     .namespace("shop")
///     .redis("redis://127.0.0.1:6379")
///     .key_secret(secret)
///     .build()
///     .await?
///     .install()?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Builder {
    namespace: String,
    store: Store,
    tls: Option<TlsOptions>,
    digests: Digests,
    previous_secret: Option<KeySecret>,
    codec: Codec,
    encrypt_values: bool,
    compress_above: Option<usize>,
    capacity_bytes: u64,
    max_value_bytes: usize,
    timeouts: Timeouts,
    max_in_flight: usize,
    breaker: BreakerOptions,
    jitter: f64,
    flight_patience: Duration,
    clock: Arc<dyn Clock>,
}

/// Where the entries are.
enum Store {
    InProcess,
    Redis { url: String },
    Custom(Arc<dyn Backend>),
}

/// What protects the arguments in keys.
enum Digests {
    /// Nothing was said: a random secret where no other process reads the keys.
    Unsaid,
    Keyed(KeySecret),
    Guessable,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            namespace: "cached".to_owned(),
            store: Store::InProcess,
            tls: None,
            digests: Digests::Unsaid,
            previous_secret: None,
            codec: Codec::default(),
            encrypt_values: false,
            compress_above: None,
            capacity_bytes: 64 << 20,
            max_value_bytes: 1 << 20,
            timeouts: Timeouts {
                read: Duration::from_millis(100),
                write: Duration::from_millis(100),
                connect: Duration::from_secs(1),
            },
            max_in_flight: 1024,
            breaker: BreakerOptions::default(),
            jitter: 0.1,
            flight_patience: Duration::from_secs(5),
            clock: Arc::new(SystemClock),
        }
    }

    /// Sets the first part of every key, `cached` by default: 1 to 64 ASCII letters, digits, `-`,
    /// `_` or `.`.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// Keeps entries in the Redis at `url`: `redis://[user:password@]host[:port][/db]`, the same with
    /// `rediss` for TLS, or `redis+unix:///path`. Needs a [key secret](Self::key_secret).
    pub fn redis(mut self, url: impl Into<String>) -> Self {
        let url = url.into();
        self.store = Store::Redis { url };
        self
    }

    /// Sets whom a `rediss` URL trusts and who we are. Without it, the server's certificate must lead to
    /// one of Mozilla's root certificates, which are part of the program.
    pub fn redis_tls(mut self, options: TlsOptions) -> Self {
        self.tls = Some(options);
        self
    }

    /// Keeps entries in a store of your own. Needs a [key secret](Self::key_secret).
    pub fn backend(mut self, backend: impl Backend) -> Self {
        self.store = Store::Custom(Arc::new(backend));
        self
    }

    /// Sets the secret of the digests in keys. A cache in this process makes its own by default.
    pub fn key_secret(mut self, secret: KeySecret) -> Self {
        self.digests = Digests::Keyed(secret);
        self
    }

    /// Sets a second secret, under which entries are looked for when there is none under the
    /// [first](Self::key_secret): the old one while it is being replaced, or the next one.
    ///
    /// An entry that is served from there is stored under the first secret for the rest of its life.
    /// A look that finds nothing then costs a second one, and a key a second digest; [`invalidate`] and
    /// [`refresh`] reach both. `docs/keys.md` says in which order secrets are replaced without a loss.
    ///
    /// [`invalidate`]: crate::invalidate
    /// [`refresh`]: crate::refresh
    pub fn previous_key_secret(mut self, secret: KeySecret) -> Self {
        self.previous_secret = Some(secret);
        self
    }

    /// Uses plain SHA-256 in keys, so that whoever can list them can find guessable arguments: a
    /// birth minute at a known place takes seconds.
    pub fn guessable_keys(mut self) -> Self {
        self.digests = Digests::Guessable;
        self
    }

    /// Sets the format of values, bincode by default. A function's `codec = …` goes before it.
    ///
    /// Entries of another codec are still read, so processes can be changed over one by one.
    pub fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// Encrypts and authenticates values, with AES-256-GCM under keys from the
    /// [key secret](Self::key_secret): whoever can read the store learns nothing of them, and whoever can
    /// write to it cannot change one. A function's `encrypt` or `encrypt = false` goes before it.
    ///
    /// Entries that are not encrypted are then unreadable, and so computed anew. A cache that has the
    /// secret reads encrypted ones whatever is said here, so processes can be changed over one by one.
    pub fn encrypt_values(mut self) -> Self {
        self.encrypt_values = true;
        self
    }

    /// Compresses encoded values of so many bytes or more with LZ4 where that makes them shorter; 64 or
    /// more, and 1024 is a good number. Off by default: it saves memory in the store, not time.
    ///
    /// Compressed entries are read whatever is said here. The length of what is compressed tells
    /// something about it, also when it is encrypted.
    pub fn compress_above_bytes(mut self, bytes: usize) -> Self {
        self.compress_above = Some(bytes);
        self
    }

    /// Sets the most bytes that a store in this process takes, 64 MiB by default, 1 MiB or more.
    /// A value may take a sixteenth of it.
    pub fn capacity_bytes(mut self, bytes: u64) -> Self {
        self.capacity_bytes = bytes;
        self
    }

    /// Sets the most bytes that an encoded value may have, 1 MiB by default, 16 MiB at most. Larger
    /// values are computed on every call: a large value in Redis holds up every small one behind it.
    pub fn max_value_bytes(mut self, bytes: usize) -> Self {
        self.max_value_bytes = bytes;
        self
    }

    /// Sets how long a read may hold up a call, 100 ms by default, 1 ms to 10 s.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.read = timeout;
        self
    }

    /// Sets how long a write may hold up a call, 100 ms by default, 1 ms to 10 s. A read before it is
    /// counted in: together they take no longer than the longer of the two timeouts.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.write = timeout;
        self
    }

    /// Sets how long one attempt to connect may take, 1 s by default, 1 ms to 10 s. No call waits
    /// for it; only [`build`](Self::build) does.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.connect = timeout;
        self
    }

    /// Sets how many commands may wait for Redis at once, 1024 by default, 1 to 65,536. A further call
    /// waits for a place within its own read or write timeout. A command whose caller has gone keeps its
    /// place until Redis has answered, so a server that is slow or frozen costs a bounded memory.
    pub fn max_in_flight(mut self, commands: usize) -> Self {
        self.max_in_flight = commands;
        self
    }

    /// Sets when the cache gives its store a rest after failed and slow calls. A store in this process
    /// needs none.
    pub fn breaker(mut self, options: BreakerOptions) -> Self {
        self.breaker = options;
        self
    }

    /// Sets the share by which lifetimes are shortened, 0.1 by default, 0.0 to 0.5, so that entries
    /// written together do not expire together. The key alone decides how much of it is taken: the same
    /// call lives as long in every process.
    pub fn jitter(mut self, share: f64) -> Self {
        self.jitter = share;
        self
    }

    /// Sets how long calls wait for another call that computes the same value before one of them
    /// computes it too, 5 s by default, 10 ms to 10 min.
    pub fn flight_patience(mut self, patience: Duration) -> Self {
        self.flight_patience = patience;
        self
    }

    /// Sets the clock that decides what is fresh, the operating system's by default.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Returns the cache. With Redis, waits until the first attempt to connect has ended, at most
    /// the connect timeout; a Redis that is away is no error.
    ///
    /// Warns through `tracing` of [functions that share a name](crate::duplicate_functions).
    ///
    /// # Errors
    /// Returns a setting error that names the setting and what it takes.
    ///
    /// # Panics
    /// Panics outside a tokio runtime when entries are in Redis.
    pub async fn build(self) -> Result<Cache, Error> {
        self.check()?;
        warn_of_duplicates();
        let (keys, ciphers) = self.keys()?;
        if ciphers.is_empty() {
            self.check_without_secret()?;
        }
        describe_metrics();
        for function in functions() {
            show_counters(function.name());
        }
        let guard = |backend: Arc<dyn Backend>| guarded(backend, self.breaker, &self.namespace);
        let (backend, breaker): (Arc<dyn Backend>, _) = match self.store {
            Store::InProcess => {
                let memory = Memory::new(self.capacity_bytes, Arc::clone(&self.clock));
                (Arc::new(memory), None)
            }
            Store::Redis { url } => guard(Arc::new(
                Redis::start(&url, self.tls, self.timeouts, self.max_in_flight).await?,
            )),
            Store::Custom(backend) => guard(Arc::new(Bounded::new(backend, self.timeouts))),
        };
        let tier = Remote {
            backend,
            codec: self.codec,
            ciphers,
            encrypt: self.encrypt_values,
            compress_above: self.compress_above,
            max_value_bytes: self.max_value_bytes,
        };
        Ok(Cache::on(Engine {
            keys,
            tier,
            breaker,
            switch: Switch::on(),
            flights: Arc::new(Flights::new(self.flight_patience)),
            background: Background::default(),
            clock: self.clock,
            jitter: self.jitter,
            read_timeout: self.timeouts.read,
            write_timeout: self.timeouts.write,
            longest_wait: self.timeouts.read.max(self.timeouts.write),
            is_shut_down: AtomicBool::new(false),
        }))
    }

    fn check(&self) -> Result<(), Error> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !(1..=64).contains(&self.namespace.len()) || !self.namespace.chars().all(is_plain) {
            return Err(Error::setting(
                "the namespace takes 1 to 64 ASCII letters, digits, `-`, `_` or `.`",
            ));
        }
        if self.capacity_bytes < 1 << 20 {
            return Err(Error::setting(
                "the capacity of a store in process is 1 MiB or more",
            ));
        }
        if !(1..=16 << 20).contains(&self.max_value_bytes) {
            return Err(Error::setting("the largest value is 1 byte to 16 MiB"));
        }
        if self.compress_above.is_some_and(|bytes| bytes < 64) {
            return Err(Error::setting(
                "values are compressed above 64 bytes or more",
            ));
        }
        if !(0.0..=0.5).contains(&self.jitter) {
            return Err(Error::setting("the jitter is 0.0 to 0.5"));
        }
        if !(10..=600_000).contains(&self.flight_patience.as_millis()) {
            return Err(Error::setting("the flight patience is 10 ms to 10 min"));
        }
        let timeouts = [
            ("read", self.timeouts.read),
            ("write", self.timeouts.write),
            ("connect", self.timeouts.connect),
        ];
        for (name, timeout) in timeouts {
            if !(1..=10_000).contains(&timeout.as_millis()) {
                return Err(Error::setting(format!(
                    "the {name} timeout is 1 ms to 10 s"
                )));
            }
        }
        if !(1..=65_536).contains(&self.max_in_flight) {
            return Err(Error::setting(
                "the most commands in flight are 1 to 65,536",
            ));
        }
        self.breaker.check()
    }

    /// Returns what makes keys, and what encrypts the values under them: nothing without a secret.
    fn keys(&self) -> Result<(Keys, Vec<Cipher>), Error> {
        let namespace = self.namespace.clone();
        let secret = match (&self.digests, &self.store) {
            (Digests::Keyed(secret), _) => secret,
            (Digests::Unsaid | Digests::Guessable, _) if self.previous_secret.is_some() => {
                return Err(Error::setting(
                    "a previous key secret needs a key secret that replaces it",
                ));
            }
            (Digests::Guessable, _) => return Ok((Keys::guessable(namespace), Vec::new())),
            (Digests::Unsaid, Store::InProcess) => &KeySecret::random()?,
            (Digests::Unsaid, Store::Redis { .. } | Store::Custom(_)) => {
                return Err(Error::setting(
                    "a cache that others can read needs a key secret of 32 bytes or more (`openssl rand -hex 32` prints one)",
                ));
            }
        };
        let keys = Keys::keyed(namespace, secret);
        let cipher = Cipher::new(secret);
        match (&self.previous_secret, &self.store) {
            (Some(previous), _) if previous.id() == secret.id() => Err(Error::setting(
                "the previous key secret is the key secret itself; leave it out",
            )),
            // A store in this process begins empty: nothing in it is older than its secret.
            (None, _) | (Some(_), Store::InProcess) => Ok((keys, vec![cipher])),
            (Some(previous), _) => {
                let ciphers = vec![cipher, Cipher::new(previous)];
                Ok((keys.with_previous(previous), ciphers))
            }
        }
    }

    /// Checks that nothing has to be encrypted.
    fn check_without_secret(&self) -> Result<(), Error> {
        if self.encrypt_values {
            return Err(Error::setting(
                "encrypted values need a key secret; give one, or leave out `encrypt_values`",
            ));
        }
        // A function that names its cache may well name another one.
        let needs_secret = |function: &&Spec| {
            function.storage().encrypt == Some(true) && !function.has_own_cache()
        };
        match functions().into_iter().find(needs_secret) {
            None => Ok(()),
            Some(function) => Err(Error::setting(format!(
                "values of `{}` are stored only encrypted, which needs a key secret; give one, or take \
                 `encrypt` out of its attribute ({}:{})",
                function.name(),
                function.file(),
                function.line()
            ))),
        }
    }
}

/// Returns `backend` behind a breaker, and that, unless it is disabled.
fn guarded(
    backend: Arc<dyn Backend>,
    options: BreakerOptions,
    namespace: &str,
) -> (Arc<dyn Backend>, Option<Arc<Breaker>>) {
    if !options.is_enabled() {
        return (backend, None);
    }
    // No function's key has just two parts.
    let probe_key = format!("{namespace}:breaker-probe");
    let breaker = Arc::new(Breaker::new(backend, options, &probe_key));
    (Arc::clone(&breaker) as _, Some(breaker))
}

impl fmt::Debug for Builder {
    /// Leaves out the store's URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("namespace", &self.namespace)
            .field("codec", &self.codec)
            .field("encrypt_values", &self.encrypt_values)
            .field("compress_above", &self.compress_above)
            .field("capacity_bytes", &self.capacity_bytes)
            .field("max_value_bytes", &self.max_value_bytes)
            .field("timeouts", &self.timeouts)
            .field("max_in_flight", &self.max_in_flight)
            .field("breaker", &self.breaker)
            .field("jitter", &self.jitter)
            .field("flight_patience", &self.flight_patience)
            .finish_non_exhaustive()
    }
}
