//! The attribute `#[redis_cached]`. Use it through `cached-runtime`, which re-exports it.
//!
//! The stages of an expansion, a file each: `args` parses the options and `item` the function,
//! `check` knows the rules between them, `expand` writes the tokens. Everything wrong is collected in
//! `diagnostics` and reported at once.

mod args;
mod check;
mod diagnostics;
mod expand;
mod item;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Caches what an async function returns.
///
/// ```
/// use cached_runtime::redis_cached;
///
/// #[derive(Debug)]
/// struct NotFound;
///
/// #[redis_cached(ttl = "24h", key = hash)]
/// async fn user_name(id: u64) -> Result<String, NotFound> {
///     Ok(format!("user {id}")) // a slow query
/// }
/// ```
///
/// The signature and the call sites stay as they are. The first call with some arguments runs the
/// function and stores what is in `Ok` or `Some`; later calls with equal arguments return it until
/// `ttl` has passed. An `Err` and a `None` are returned and, unless [`err_ttl`](#err_ttl--5s) or
/// [`none_ttl`](#none_ttl--30s) says so, not stored, also behind an alias of `Result`. Whatever
/// happens to the cache, the function's result is returned.
///
/// It goes on free functions, methods, methods of trait implementations and generic functions that
/// are `async` or return a boxed or an `impl` future. What is stored must be `serde::Serialize` and
/// `serde::Deserialize`, and arguments in the key `serde::Serialize`.
///
/// # `ttl = "24h"`
///
/// How long a value may be served after it was computed. Required.
///
/// - A duration: numbers with the units `ms`, `s`, `m`, `h`, `d` or `w`, from `"1ms"` to `"3650d"`,
///   as in `"90s"` or `"1h30m"`.
/// - An expression of type `Duration` over the arguments.
/// - A closure from a reference to the value to its `Duration`.
///
/// What is worked out in the call is cut to 3650 days; below 1 ms nothing is stored.
///
/// ```
/// # use cached_runtime::redis_cached;
/// use std::time::Duration;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Token {
///     text: String,
///     expires_in: Duration,
/// }
///
/// #[redis_cached(ttl = |token| token.expires_in / 2)]
/// async fn token(user: u64) -> Token {
///     Token { text: user.to_string(), expires_in: Duration::from_secs(600) }
/// }
///
/// #[redis_cached(ttl = Duration::from_secs(if is_draft { 5 } else { 3600 }))]
/// async fn page(number: u32, is_draft: bool) -> String {
///     format!("page {number}, draft: {is_draft}")
/// }
/// ```
///
/// # `key = hash`
///
/// Which calls share a value.
///
/// - `hash`, the default: those whose arguments are equal. Every argument that is not skipped is part
///   of the key, in a canonical encoding and hashed with the cache's secret, so that the key does not
///   reveal it.
/// - An expression over the arguments, or several in parentheses: those for which their values are
///   equal. They are hashed likewise.
/// - A text with arguments in braces, as in `"user:{id}"`: a key to be read in the store, from what
///   their `Display` writes. Not for personal data, which `Personal` keeps out of it.
///
/// Every argument is in the key or skipped by name; else it does not compile.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "10m", key = (word.to_lowercase(), language))]
/// async fn translation(word: &str, language: &str) -> Option<String> {
///     (language == "fr" && word.eq_ignore_ascii_case("cat")).then(|| "chat".to_owned())
/// }
///
/// #[redis_cached(ttl = "10m", key = "user:{id}:{language}")]
/// async fn greeting(id: u64, language: &str) -> String {
///     format!("{language} {id}")
/// }
/// ```
///
/// # `skip(a, b)`
///
/// Arguments on which the result does not depend, such as a connection pool. They are not part of
/// the key and can have any type.
///
/// ```
/// # use cached_runtime::redis_cached;
/// # struct Pool;
/// #[redis_cached(ttl = "5m", key = hash, skip(pool))]
/// async fn price(article: u32, pool: &Pool) -> Option<u64> {
///     # let _ = pool;
///     (article != 0).then_some(100)
/// }
/// ```
///
/// # `scope = self.tenant`
///
/// What of `self` the result depends on: an expression over `self` and the arguments. A method says
/// either this or `skip(self)`, or names `self` in a `key` of its own.
///
/// ```
/// # use cached_runtime::redis_cached;
/// struct Shop {
///     tenant: String,
/// }
///
/// impl Shop {
///     #[redis_cached(ttl = "5m", scope = self.tenant)]
///     async fn title(&self, article: u32) -> String {
///         format!("{} {article}", self.tenant)
///     }
///
///     #[redis_cached(ttl = "5m", skip(self))]
///     async fn tax_in_percent(&self, country: &str) -> u8 {
///         if country == "DE" { 19 } else { 20 }
///     }
/// }
/// ```
///
/// # `name = "shop::price"`
///
/// The function's name in keys, metrics and headers, in place of its crate, modules, type and name.
/// A function that has one can move without losing its entries. 1 to 128 ASCII letters, digits or any
/// of `_-.:/`.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "5m", name = "shop::price")]
/// # async fn price(article: u32) -> u64 { u64::from(article) * 100 }
/// ```
///
/// # `version = 2`
///
/// Entries of one version are not seen by another: raise it when the function's answers change while the
/// fields of its result stay; where these change, old entries are misses by themselves. From 1, the default,
/// to 4294967295.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "5m", version = 2)]
/// # async fn price(article: u32) -> u64 { u64::from(article) * 100 }
/// ```
///
/// # `cache = expr`
///
/// The cache to use, an expression of type `Cache` that may use the arguments. Without it a function
/// uses that of `Cache::scope`, else that of `Cache::install`.
///
/// ```
/// # use cached_runtime::{Cache, redis_cached};
/// struct State {
///     cache: Cache,
/// }
///
/// #[redis_cached(ttl = "5m", key = hash, cache = state.cache, skip(state))]
/// async fn price(article: u32, state: &State) -> u64 {
///     u64::from(article) * 100
/// }
/// ```
///
/// # `store_if = |value| …`
///
/// Which values are stored: a closure, or the path of a function, from a reference to what is in `Ok`
/// or `Some` to `bool`. Others are returned and computed again in the next call.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "1h", store_if = |hits| !hits.is_empty())]
/// async fn search(text: &str) -> Option<Vec<String>> {
///     Some(text.split(',').map(str::to_owned).collect())
/// }
/// ```
///
/// # `none_ttl = "30s"`
///
/// How long a `None` or an `Ok(None)` is remembered; not at all by default.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "1h", none_ttl = "30s")]
/// async fn user_name(id: u64) -> Option<String> {
///     (id != 0).then(|| format!("user {id}"))
/// }
/// ```
///
/// # `err_ttl = "5s"`
///
/// How long an `Err` is remembered; not at all by default. A duration, or a closure (or the path of a
/// function) from a reference to the error to `Option<Duration>`. The error must be
/// `serde::Serialize` and `serde::Deserialize`.
///
/// ```
/// # use cached_runtime::redis_cached;
/// use std::time::Duration;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Failure {
///     is_final: bool,
/// }
///
/// #[redis_cached(
///     ttl = "1h",
///     err_ttl = |failure| failure.is_final.then_some(Duration::from_secs(60)),
/// )]
/// async fn price(article: u32) -> Result<u64, Failure> {
///     Err(Failure { is_final: article == 0 })
/// }
/// ```
///
/// # `stale_while_revalidate = "10m"`
///
/// How long a value is still served after its `ttl`, while it is computed anew in the background.
/// [Owned arguments](#what-runs-in-the-background) are needed.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "10m", stale_while_revalidate = "1h")]
/// # async fn price(article: String) -> usize { article.len() }
/// ```
///
/// # `stale_if_error = "24h"`
///
/// How long a value is still served after its `ttl` when the function returns an `Err`, is too late
/// or is refused. For functions that return a `Result`.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "10m", stale_if_error = "24h")]
/// # async fn price(article: &str) -> Result<u64, std::num::ParseIntError> { article.parse() }
/// ```
///
/// # `early = 2.0`
///
/// How eagerly a value is computed anew, in the background, before it expires: the beta of `XFetch`,
/// above 0 and up to 100. `early` alone is 2.0.
/// [Owned arguments](#what-runs-in-the-background) are needed.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "10m", early)]
/// # async fn price(article: String) -> usize { article.len() }
/// ```
///
/// # `timeout = "2s"`, `timeout(soft = "200ms", hard = "2s")`
///
/// How long a call waits for the function. After the hard timeout, which `"2s"` alone is, the
/// function's future is dropped and the call returns an error made from `Refusal`, so the function
/// returns `Result<T, E>` where `E` is `From<Refusal>`. After the soft one the call returns a value
/// that `stale_if_error` allows, if there is one, and the function goes on in the background:
/// [owned arguments](#what-runs-in-the-background) are needed.
///
/// ```
/// # use cached_runtime::{Refusal, redis_cached};
/// # struct PriceError;
/// impl From<Refusal> for PriceError {
///     // …
/// #   fn from(_: Refusal) -> Self { Self }
/// }
///
/// #[redis_cached(ttl = "10m", stale_if_error = "24h", timeout(soft = "200ms", hard = "2s"))]
/// async fn price(article: String) -> Result<u64, PriceError> {
///     article.parse().map_err(|_| PriceError)
/// }
/// ```
///
/// # `max_concurrency = 64`
///
/// How many calls of the function run at once in this process, from 1. Others return an error made
/// from `Refusal`, as for a hard `timeout`, or the value that `stale_if_error` allows.
///
/// ```
/// # use cached_runtime::{Refusal, redis_cached};
/// # struct PriceError;
/// # impl From<Refusal> for PriceError { fn from(_: Refusal) -> Self { Self } }
/// #[redis_cached(ttl = "10m", max_concurrency = 64)]
/// # async fn price(article: &str) -> Result<u64, PriceError> { article.parse().map_err(|_| PriceError) }
/// ```
///
/// # `flight = off`
///
/// Whether concurrent calls of one key share a computation: `process`, the default, those in this
/// process do; `off`, none do.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "10m", flight = off)]
/// # async fn price(article: u32) -> u64 { u64::from(article) * 100 }
/// ```
///
/// # `max_value_bytes = 65536`
///
/// How many bytes a value may have when it is encoded, in place of the cache's limit: 1 to 16777216.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "10m", max_value_bytes = 65_536)]
/// # async fn thumbnail(image: usize) -> Vec<u8> { vec![0; image] }
/// ```
///
/// # `read_timeout = "20ms"`, `write_timeout = "20ms"`
///
/// How long a call waits for the cache, where that is less than the cache's own: 1 ms to 10 s.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "10m", read_timeout = "20ms", write_timeout = "20ms")]
/// # async fn price(article: u32) -> u64 { u64::from(article) * 100 }
/// ```
///
/// # `codec = json`
///
/// How values are written: `bincode`, `postcard`, `messagepack` or `json`, each but bincode a feature of
/// `cached-runtime`. By default as the cache says, else bincode.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "5m", codec = bincode)]
/// # async fn price(article: u32) -> u64 { u64::from(article) * 100 }
/// ```
///
/// # `encrypt`, `encrypt = false`
///
/// Whether values are stored encrypted and authenticated, and read in no other form. By default as the cache
/// says, else not.
///
/// ```
/// # use cached_runtime::redis_cached;
/// #[redis_cached(ttl = "5m", encrypt)]
/// # async fn price(article: u32) -> u64 { u64::from(article) * 100 }
/// ```
///
/// # `crate = path`
///
/// Where `cached-runtime` is, if not at `::cached_runtime`: for a crate that renames it or
/// re-exports this attribute.
///
/// ```
/// use cached_runtime as cache;
///
/// #[cache::redis_cached(ttl = "5m", crate = crate::cache)]
/// async fn price(article: u32) -> u64 {
///     u64::from(article) * 100
/// }
/// # fn main() {}
/// ```
///
/// # What runs in the background
///
/// With `stale_while_revalidate`, `early` or a soft `timeout` the function may run in a task of its
/// own when its caller has got an answer already. So it owns its arguments, skipped ones and `self`
/// included: `String` in place of `&str`, `Arc<Pool>` in place of `&Pool`, `self: Arc<Self>` in place
/// of `&self`. Type parameters are `Send + 'static`, and the result and what the body holds across an
/// `.await` are `Send`.
#[proc_macro_attribute]
pub fn redis_cached(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(args.into(), &item.into()).into()
}
