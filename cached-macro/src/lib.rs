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
/// `ttl` has passed. An `Err` and a `None` are returned and not stored, also behind an alias of
/// `Result`. Whatever happens to the cache, the function's result is returned.
///
/// The arguments must be `serde::Serialize`; what is stored must be `serde::Serialize` and
/// `serde::Deserialize`. Which cache is used is said by `cache`, by `Cache::scope` or by
/// `Cache::install`.
///
/// # `ttl = "24h"`
///
/// How long a value may be served after it was computed: numbers with the units `ms`, `s`, `m`,
/// `h`, `d` or `w`, from `"1ms"` to `"3650d"`, as in `"90s"` or `"1h30m"`. Required.
///
/// # `key = hash`
///
/// Every argument that is not skipped is part of the key, in a canonical encoding and hashed with
/// the cache's secret, so that the key does not reveal it. This is also the default.
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
/// # `name = "shop::price"`
///
/// The function's name in keys, metrics and headers, in place of its crate, module path and name. A
/// function that has one can move without losing its entries. Letters, digits and `_-.:/`.
///
/// # `version = 2`
///
/// Entries of one version are not seen by another: raise it when the function's answers change.
///
/// # `cache = expr`
///
/// The cache to use, an expression of type `Cache` that may use the arguments.
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
/// # `crate = path`
///
/// Where `cached-runtime` is, if not at `::cached_runtime`: for a crate that renames it or
/// re-exports this attribute.
///
/// ```
/// # use cached_runtime::redis_cached;
/// mod prelude {
///     pub use cached_runtime as cache;
/// }
///
/// #[redis_cached(ttl = "5m", key = hash, crate = crate::prelude::cache)]
/// # async fn a() -> u8 { 1 }
/// # mod hidden {
/// #     mod prelude { pub use cached_runtime as cache; }
/// # }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn redis_cached(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(args.into(), &item.into()).into()
}
