//! The cache that a call uses: passed, scoped to its task, or installed.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::backend::{Breaker, BreakerStates};
use crate::background::Background;
use crate::clock::Clock;
use crate::config::Builder;
use crate::error::Error;
use crate::flight::Flights;
use crate::key::{Key, Keys};
use crate::outcome::Bypass;
use crate::switch::{self, Switch};
use crate::tier::Remote;

/// A cache for annotated functions. Cloning it is cheap; clones are the same cache.
///
/// A function uses the cache that its attribute names (`cache = expr`), else the one that its task
/// is [scoped](Self::scope) to, else the [installed](Self::install) one. Without any it just runs.
///
/// ```
/// use cached_runtime::{Cache, redis_cached};
///
/// #[redis_cached(ttl = "24h", key = hash)]
/// async fn greeting(name: &str) -> String {
///     format!("Hello, {name}!")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cached_runtime::Error> {
/// Cache::builder().build().await?.install()?;
/// assert_eq!(greeting("Ada").await, "Hello, Ada!");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Cache {
    /// What calls work with; nothing where the cache is switched off.
    engine: Option<Arc<Engine>>,
}

/// The parts of a cache that is switched on.
pub(crate) struct Engine {
    pub(crate) keys: Keys,
    pub(crate) tier: Remote,
    /// The breaker around the tier's backend, if there is one.
    pub(crate) breaker: Option<Arc<Breaker>>,
    pub(crate) switch: Switch,
    pub(crate) flights: Arc<Flights>,
    pub(crate) background: Background,
    pub(crate) clock: Arc<dyn Clock>,
    /// The most by which a lifetime is shortened, as a share of it.
    pub(crate) jitter: f64,
    /// How long reads may hold up a call.
    pub(crate) read_timeout: Duration,
    /// How long a write may take.
    pub(crate) write_timeout: Duration,
    /// For how long a call waits for the store, in all.
    pub(crate) longest_wait: Duration,
    /// Whether no call uses the cache any more.
    pub(crate) is_shut_down: AtomicBool,
}

/// Where the value of one call is.
pub(crate) type Place = (Arc<Engine>, Key);

/// The cache of functions that have no other.
static INSTALLED: OnceLock<Cache> = OnceLock::new();

tokio::task_local! {
    /// The cache that this task is scoped to.
    static SCOPED: Cache;
}

impl Cache {
    /// Returns a builder; as it stands, it builds a cache in this process.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn on(engine: Engine) -> Self {
        let engine = Some(Arc::new(engine));
        Self { engine }
    }

    /// Returns a cache that is switched off: every call bypasses it and nothing is connected.
    ///
    /// ```
    /// assert!(!cached_runtime::Cache::disabled().is_enabled());
    /// ```
    #[must_use]
    pub fn disabled() -> Self {
        switch::show(|_| false);
        Self { engine: None }
    }

    /// Returns false when the cache is switched off, from the beginning or since.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        let engine = self.engine.as_ref();
        engine.is_some_and(|engine| !engine.switch.is_everything_off())
    }

    /// Switches the cache on or off while the process runs; what is said of
    /// [single functions](Self::set_function_enabled) stays as it is.
    ///
    /// Calls that begin after this returns go past a cache that is off: the function runs, nothing is read and
    /// nothing is stored ([`Bypass::SwitchedOff`]). Values that are being computed at this time are
    /// [not stored](crate::Stored::SwitchedOff) either; writes under way go on. The connection stays, with its sign of
    /// life every two seconds, so that the first call after switching on can be a hit.
    /// [`invalidate`](crate::invalidate) goes on removing: what it removes must not come back with the cache.
    ///
    /// Says nothing in the log: whoever asks for the change knows who wants it. The metric `cached_enabled` shows it.
    ///
    /// ```
    /// use cached_runtime::{Bypass, Cache, Outcome, observe, redis_cached};
    ///
    /// #[redis_cached(ttl = "1m", key = hash)]
    /// async fn double(number: u64) -> u64 {
    ///     number * 2
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cached_runtime::Error> {
    /// let cache = Cache::builder().build().await?;
    /// cache.set_enabled(false)?;
    ///
    /// let (output, calls) = observe(cache.scope(double(4))).await;
    /// assert_eq!(output, 8);
    /// assert!(matches!(calls[0].outcome, Outcome::Bypass { reason: Bypass::SwitchedOff, .. }));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns [no cache](Error::is_no_cache) for one that was [made switched off](Self::disabled) and is to be switched
    /// on: it has no store.
    pub fn set_enabled(&self, is_enabled: bool) -> Result<(), Error> {
        match &self.engine {
            Some(engine) => engine.switch.set(is_enabled),
            None if is_enabled => return Err(without_store()),
            None => {}
        }
        Ok(())
    }

    /// Switches the use of the cache by the functions of this [name](crate::Spec::name) on or off, as
    /// [`set_enabled`](Self::set_enabled) does for all. A function uses the cache where both are on.
    ///
    /// ```
    /// # use cached_runtime::{Cache, redis_cached};
    /// #[redis_cached(ttl = "1m", key = hash, name = "shop::stock")]
    /// async fn stock(article: u64) -> u64 {
    ///     article + 1
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cached_runtime::Error> {
    /// let cache = Cache::builder().build().await?;
    /// cache.set_function_enabled("shop::stock", false)?;
    ///
    /// assert!(!cache.is_function_enabled("shop::stock")?);
    /// assert!(cache.set_function_enabled("shop::stork", false).is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns a [setting error](Error::is_setting) where the program has no cached function of that name, and
    /// [no cache](Error::is_no_cache) as [`set_enabled`](Self::set_enabled) does.
    pub fn set_function_enabled(&self, name: &str, is_enabled: bool) -> Result<(), Error> {
        match &self.engine {
            Some(engine) => engine.switch.set_function(name, is_enabled),
            None if is_enabled => Err(without_store()),
            None => Ok(()),
        }
    }

    /// Returns whether the functions of this [name](crate::Spec::name) are switched on, whatever is said of
    /// [all functions](Self::is_enabled); false of a cache that was [made switched off](Self::disabled).
    ///
    /// # Errors
    /// Returns a [setting error](Error::is_setting) where the program has no cached function of that name.
    pub fn is_function_enabled(&self, name: &str) -> Result<bool, Error> {
        match &self.engine {
            Some(engine) => engine.switch.is_function_on(name),
            None => Ok(false),
        }
    }

    /// Returns what the breaker does with reads and with writes, or `None` where there is none: around a store in this
    /// process, and where it is disabled.
    ///
    /// ```
    /// # use cached_runtime::Cache;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cached_runtime::Error> {
    /// assert!(Cache::builder().build().await?.breaker().is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn breaker(&self) -> Option<BreakerStates> {
        let engine = self.engine.as_ref()?;
        engine.breaker.as_ref().map(|breaker| breaker.states())
    }

    /// Returns true while the store can be reached; always true of a store in this process, and
    /// false of a cache that was [made switched off](Self::disabled).
    ///
    /// ```
    /// # use cached_runtime::Cache;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cached_runtime::Error> {
    /// assert!(Cache::builder().build().await?.is_connected());
    /// assert!(!Cache::disabled().is_connected());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_connected(&self) -> bool {
        let engine = self.engine.as_ref();
        engine.is_some_and(|engine| engine.tier.backend.is_connected())
    }

    /// Ends what the cache does in the background and closes its connection; calls bypass it from
    /// then on.
    ///
    /// Computations in the background and writes under way get the write timeout to end in; what is
    /// not done by then is dropped. Returns when nothing runs any more. Dropping the future leaves the
    /// shutdown half done; it can be called again, and more than once.
    ///
    /// ```
    /// # use cached_runtime::{Cache, redis_cached};
    /// # #[redis_cached(ttl = "1m", key = hash, cache = cache, skip(cache))]
    /// # async fn double(number: u64, cache: &Cache) -> u64 { number * 2 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cached_runtime::Error> {
    /// let cache = Cache::builder().build().await?;
    /// cache.shutdown().await;
    /// assert_eq!(double(4, &cache).await, 8); // a bypass
    /// # Ok(())
    /// # }
    /// ```
    pub async fn shutdown(&self) {
        let Some(engine) = &self.engine else { return };
        engine.is_shut_down.store(true, Ordering::Release);
        engine.background.end(engine.write_timeout).await;
        engine.tier.shutdown().await;
    }

    /// Makes this the cache of every function in the process that has no other; [`installed`](Self::installed)
    /// returns it.
    ///
    /// # Errors
    /// Returns a setting error when a cache is installed already.
    pub fn install(self) -> Result<(), Error> {
        INSTALLED
            .set(self)
            .map_err(|_| Error::setting("a cache is installed already; install one per process"))
    }

    /// Returns the installed cache, if there is one: to ask it how it is, or to shut it down.
    ///
    /// ```
    /// # use cached_runtime::Cache;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cached_runtime::Error> {
    /// assert!(Cache::installed().is_none());
    /// Cache::builder().build().await?.install()?;
    ///
    /// if let Some(cache) = Cache::installed() {
    ///     cache.shutdown().await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn installed() -> Option<Self> {
        INSTALLED.get().cloned()
    }

    /// Runs `future` with this cache instead of the installed one.
    ///
    /// Tasks that `future` spawns are outside the scope.
    ///
    /// ```
    /// # use cached_runtime::{Cache, redis_cached};
    /// # #[redis_cached(ttl = "1m", key = hash)]
    /// # async fn double(number: u64) -> u64 { number * 2 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cached_runtime::Error> {
    /// let cache = Cache::builder().build().await?;
    /// assert_eq!(cache.scope(double(4)).await, 8);
    /// # Ok(())
    /// # }
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        SCOPED.scope(self.clone(), future)
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("keys", &self.engine.as_ref().map(|engine| &engine.keys))
            .field("connected", &self.is_connected())
            .finish()
    }
}

/// Returns the engine that a call uses, or why it uses none.
pub(crate) fn engine(passed: Option<&Cache>) -> Result<Arc<Engine>, Bypass> {
    let engine_of = |cache: &Cache| match &cache.engine {
        Some(engine) if engine.is_shut_down.load(Ordering::Acquire) => Err(Bypass::ShutDown),
        Some(engine) => Ok(Arc::clone(engine)),
        None => Err(Bypass::Disabled),
    };
    if let Some(cache) = passed {
        return engine_of(cache);
    }
    if let Ok(engine) = SCOPED.try_with(engine_of) {
        return engine;
    }
    INSTALLED.get().map_or_else(
        || {
            warn_not_installed();
            Err(Bypass::NotInstalled)
        },
        engine_of,
    )
}

/// Returns the error of switching on a cache that has nothing to be used.
fn without_store() -> Error {
    Error::no_cache("the cache was made switched off, so it has no store to be used")
}

/// Returns `future` in the scope that this task is in, for another task.
pub(crate) fn within_scope<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let scope = SCOPED.try_with(Cache::clone).ok();
    async move {
        match scope {
            Some(cache) => cache.scope(future).await,
            None => future.await,
        }
    }
}

/// Says once that functions run uncached, because no caller sees it.
fn warn_not_installed() {
    static WARNED: OnceLock<()> = OnceLock::new();
    WARNED.get_or_init(|| {
        tracing::warn!("a cached function ran uncached: install a cache with `Cache::install`");
    });
}
