//! Every shape of function is cached: a call misses, the same call hits, and calls that differ in what
//! matters never meet.

#![deny(clippy::pedantic, clippy::nursery)]

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use cached_runtime::{Cache, Outcome, observe, redis_cached};
use cached_tests::cache::{self, Source, outcome};
use cached_tests::redis::RedisServer;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Checks that a call runs and is stored, and that the same call again has its value from the cache.
async fn misses_then_hits<F>(call: impl Fn() -> F)
where
    F: Future<Output: Debug + PartialEq>,
{
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;

    let (computed, missed) = outcome(cache.scope(call())).await;
    let (cached, hit) = outcome(cache.scope(call())).await;

    assert!(matches!(missed, Outcome::Miss { .. }), "{missed:?}");
    assert!(matches!(hit, Outcome::Hit { .. }), "{hit:?}");
    assert_eq!(computed, cached);
}

/// Makes a call in a cache, and returns true when its value was stored there.
async fn hits<F: Future>(cache: &Cache, call: F) -> bool {
    matches!(outcome(cache.scope(call)).await.1, Outcome::Hit { .. })
}

/// A shop whose prices are its own.
struct Shop {
    tenant: u64,
    source: Source,
}

impl Shop {
    fn of(tenant: u64) -> Self {
        let source = Source::default();
        Self { tenant, source }
    }

    #[redis_cached(ttl = "1h", key = hash, scope = self.tenant)]
    async fn price(&self, article: u64) -> u64 {
        self.source.run();
        self.tenant * 1000 + article
    }

    #[redis_cached(ttl = "1h", key = (self.tenant, article))]
    async fn price_by_key(&self, article: u64) -> u64 {
        self.tenant * 1000 + article
    }

    #[redis_cached(ttl = "1h", key = "{self.tenant}:{article}")]
    async fn price_by_template(&self, article: u64) -> u64 {
        self.tenant * 1000 + article
    }

    #[redis_cached(ttl = "1h", key = hash, skip(self))]
    async fn tax(&self, article: u64) -> u64 {
        self.source.run();
        article / 10
    }

    #[redis_cached(ttl = "1h", key = hash, scope = self.tenant)]
    async fn shared(self: Arc<Self>, article: u64) -> u64 {
        self.tenant * 1000 + article
    }

    #[redis_cached(ttl = "1h", key = hash)]
    async fn currency(country: &str) -> String {
        Self::currency_of(country)
    }

    fn currency_of(country: &str) -> String {
        format!("the money of {country}")
    }
}

#[tokio::test]
async fn a_method_is_cached_for_its_scope() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let (one, other) = (Shop::of(1), Shop::of(2));

    assert_eq!(cache.scope(one.price(7)).await, 1007);
    assert_eq!(cache.scope(other.price(7)).await, 2007);

    assert!(hits(&cache, one.price(7)).await);
    assert!(hits(&cache, Shop::of(1).price(7)).await);
    assert_eq!((one.source.runs(), other.source.runs()), (1, 1));
}

#[tokio::test]
async fn a_key_of_its_own_tells_one_self_from_another() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let (one, other) = (Shop::of(1), Shop::of(2));

    assert_eq!(cache.scope(one.price_by_key(7)).await, 1007);
    assert_eq!(cache.scope(other.price_by_key(7)).await, 2007);
    assert_eq!(cache.scope(one.price_by_template(7)).await, 1007);
    assert_eq!(cache.scope(other.price_by_template(7)).await, 2007);

    assert!(hits(&cache, one.price_by_key(7)).await);
    assert!(hits(&cache, other.price_by_template(7)).await);
}

#[tokio::test]
async fn a_method_that_skips_self_is_shared_by_all() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let (one, other) = (Shop::of(1), Shop::of(2));

    cache.scope(one.tax(70)).await;

    assert!(hits(&cache, other.tax(70)).await);
    assert_eq!(other.source.runs(), 0);
}

#[tokio::test]
async fn a_method_of_an_arc_is_cached_for_its_scope() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let (one, other) = (Arc::new(Shop::of(1)), Arc::new(Shop::of(2)));

    assert_eq!(cache.scope(Arc::clone(&one).shared(7)).await, 1007);
    assert_eq!(cache.scope(other.shared(7)).await, 2007);

    assert!(hits(&cache, one.shared(7)).await);
}

#[tokio::test]
async fn an_associated_function_is_cached() {
    misses_then_hits(|| Shop::currency("FR")).await;
}

trait Prices {
    fn offer(&self, article: u64) -> impl Future<Output = u64> + Send;
}

impl Prices for Shop {
    #[redis_cached(ttl = "1h", key = hash, scope = self.tenant)]
    async fn offer(&self, article: u64) -> u64 {
        self.tenant + article
    }
}

/// A type with a method of the same trait and name.
struct Market;

impl Prices for Market {
    #[redis_cached(ttl = "1h", key = hash, skip(self))]
    async fn offer(&self, article: u64) -> u64 {
        article
    }
}

#[tokio::test]
async fn implementations_of_one_trait_do_not_meet() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let shop = Shop::of(1);

    assert_eq!(cache.scope(shop.offer(7)).await, 8);
    assert_eq!(cache.scope(Market.offer(7)).await, 7);

    assert!(hits(&cache, shop.offer(7)).await);
    assert!(hits(&cache, Market.offer(7)).await);
}

#[async_trait]
trait Catalogue: Sync {
    async fn name(&self, article: u64, lang: &str) -> Result<String, String>;

    #[redis_cached(ttl = "1h", key = hash, skip(self))]
    async fn length(&self, text: String) -> usize {
        text.len()
    }
}

#[async_trait]
impl Catalogue for Shop {
    #[redis_cached(ttl = "1h", key = hash, scope = self.tenant)]
    async fn name(&self, article: u64, lang: &str) -> Result<String, String> {
        self.source.run();
        if article == 0 {
            return Err("there is no article 0".to_owned());
        }
        let number: u64 = "1".parse().map_err(|_| "no number")?;
        Ok(format!("{article} {lang} of {}", self.tenant + number))
    }
}

#[tokio::test]
async fn methods_of_async_trait_are_cached() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let shops: [Box<dyn Catalogue>; 2] = [Box::new(Shop::of(1)), Box::new(Shop::of(2))];

    assert!(!hits(&cache, shops[0].name(7, "de")).await);
    assert!(hits(&cache, shops[0].name(7, "de")).await);
    assert!(!hits(&cache, shops[0].name(7, "fr")).await);
    assert!(!hits(&cache, shops[1].name(7, "de")).await);
    assert!(!hits(&cache, shops[0].length("desk".to_owned())).await);
    assert!(hits(&cache, shops[1].length("desk".to_owned())).await);

    let name = cache.scope(shops[0].name(7, "de")).await;
    assert_eq!(name.as_deref(), Ok("7 de of 2"));
}

#[tokio::test]
async fn errors_of_async_trait_methods_are_not_stored() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let shop = Shop::of(1);

    assert!(cache.scope(shop.name(0, "de")).await.is_err());
    assert!(!hits(&cache, shop.name(0, "de")).await);

    assert_eq!(shop.source.runs(), 2);
}

#[redis_cached(ttl = "1h", key = hash)]
async fn factorial(n: u64) -> u64 {
    if n == 0 {
        return 1;
    }
    n * Box::pin(factorial(n - 1)).await
}

#[tokio::test]
async fn a_recursive_function_takes_up_where_it_was() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;

    let (product, calls) = observe(cache.scope(factorial(5))).await;
    assert_eq!((product, calls.len()), (120, 6));

    let (product, calls) = observe(cache.scope(factorial(7))).await;
    assert_eq!((product, calls.len()), (5040, 3));
}

#[redis_cached(ttl = "1h", key = hash)]
fn boxed(n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    if n == 0 {
        return Box::pin(async { 1 });
    }
    Box::pin(async move { n + 1 })
}

#[redis_cached(ttl = "1h", key = hash)]
fn opaque(n: u64) -> impl Future<Output = u64> + Send {
    std::future::ready(n + 1)
}

#[tokio::test]
async fn functions_that_return_a_future_are_cached() {
    misses_then_hits(|| boxed(0)).await;
    misses_then_hits(|| boxed(7)).await;
    misses_then_hits(|| opaque(7)).await;
}

macro_rules! lookups {
    ($($name:ident($id:ident: $ty:ty) -> $result:ty: $value:expr, $ttl:literal;)*) => {
        $(
            #[redis_cached(ttl = $ttl, key = hash)]
            async fn $name($id: $ty) -> $result {
                $value
            }
        )*
    };
}

lookups! {
    next(id: u64) -> Option<u64>: Some(id + 1), "1h";
    name(id: &str) -> Result<String, ()>: Ok(id.to_owned()), "2h";
}

#[tokio::test]
async fn functions_made_by_a_macro_are_cached() {
    misses_then_hits(|| next(7)).await;
    misses_then_hits(|| name("desk")).await;
}

/// Says what is around it: the same body for every type.
#[redis_cached(ttl = "1h", key = hash)]
async fn default<T, const N: usize>() -> Vec<T>
where
    T: Default + Clone + Serialize + DeserializeOwned,
{
    vec![T::default(); N]
}

#[redis_cached(ttl = "1h", key = hash)]
async fn type_name<T>() -> String {
    std::any::type_name::<T>().to_owned()
}

#[redis_cached(ttl = "1h", key = "all")]
async fn type_name_by_template<T>() -> String {
    std::any::type_name::<T>().to_owned()
}

#[tokio::test]
async fn instantiations_never_meet() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;

    // One result type, so that nothing but the type parameter tells them apart.
    assert_eq!(cache.scope(type_name::<u8>()).await, "u8");
    assert_eq!(cache.scope(type_name::<u16>()).await, "u16");
    assert_eq!(cache.scope(type_name_by_template::<u8>()).await, "u8");
    assert_eq!(cache.scope(type_name_by_template::<u16>()).await, "u16");
    assert_eq!(cache.scope(default::<u8, 2>()).await, [0, 0]);
    assert_eq!(cache.scope(default::<u8, 3>()).await, [0, 0, 0]);

    assert!(hits(&cache, type_name::<u8>()).await);
    assert!(hits(&cache, type_name_by_template::<u16>()).await);
    assert!(hits(&cache, default::<u8, 3>()).await);
}

struct Table<T>(std::marker::PhantomData<T>);

impl<T> Table<T> {
    #[redis_cached(ttl = "1h", key = hash)]
    async fn name() -> String {
        std::any::type_name::<T>().to_owned()
    }
}

#[tokio::test]
async fn methods_of_a_generic_type_never_meet() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;

    assert_eq!(cache.scope(Table::<u8>::name()).await, "u8");
    assert_eq!(cache.scope(Table::<u16>::name()).await, "u16");

    assert!(hits(&cache, Table::<u8>::name()).await);
}

#[redis_cached(ttl = "1h", key = hash, skip(query))]
async fn skipping_impl_trait(id: u64, query: impl Fn(u64) -> u64 + Send) -> u64 {
    query(id)
}

#[redis_cached(ttl = "1h", key = name.as_ref())]
async fn keyed_impl_trait(name: impl AsRef<str> + Send) -> usize {
    name.as_ref().len()
}

#[tokio::test]
async fn impl_trait_arguments_are_skipped_or_in_the_key() {
    misses_then_hits(|| skipping_impl_trait(7, |id| id + 1)).await;
    misses_then_hits(|| keyed_impl_trait("desk")).await;
}

#[derive(Clone, Copy, Serialize)]
struct Point {
    x: u8,
    y: u8,
}

#[redis_cached(ttl = "1h", key = hash)]
async fn patterns(
    (a, b): (u8, u8),
    mut c: u8,
    _: u8,
    Point { x, .. }: Point,
    [d, ..]: [u8; 2],
) -> u8 {
    c += 1;
    a + b + c + x + d
}

#[tokio::test]
async fn arguments_that_are_taken_apart_are_cached() {
    let point = Point { x: 1, y: 2 };

    misses_then_hits(|| patterns((1, 2), 3, 4, point, [5, 6])).await;
}

#[tokio::test]
async fn what_a_pattern_leaves_out_is_in_the_key() {
    let server = RedisServer::start().await;
    let (cache, _) = cache::cache(&server).await;
    let point = Point { x: 1, y: 2 };
    cache.scope(patterns((1, 2), 3, 4, point, [5, 6])).await;

    assert!(!hits(&cache, patterns((1, 2), 3, 9, point, [5, 6])).await);
    assert!(!hits(&cache, patterns((1, 2), 3, 4, Point { x: 1, y: 9 }, [5, 6])).await);
    assert!(!hits(&cache, patterns((1, 2), 3, 4, point, [5, 9])).await);
}

#[redis_cached(ttl = "1h", key = hash)]
async fn borrowed(
    text: &str,
    path: &Path,
    list: &[u8],
    option: Option<&String>,
    cow: Cow<'_, str>,
    arc: Arc<u8>,
    id: Uuid,
) -> String {
    format!(
        "{text} {} {list:?} {option:?} {cow} {arc} {id}",
        path.display()
    )
}

#[redis_cached(ttl = "1h", key = hash)]
async fn plain(
    map: HashMap<String, u8>,
    set: HashSet<u8>,
    a: f32,
    b: u128,
    c: Result<Option<u8>, ()>,
    d: (),
) -> String {
    format!("{} {} {a} {b} {c:?} {d:?}", map.len(), set.len())
}

#[tokio::test]
async fn arguments_of_every_kind_are_cached() {
    let (option, arc) = ("o".to_owned(), Arc::new(7));
    let map: HashMap<_, _> = (0..9).map(|i| (i.to_string(), i)).collect();
    let set: HashSet<_> = (0..9).collect();

    misses_then_hits(|| {
        let arc = Arc::clone(&arc);
        borrowed(
            "t",
            Path::new("p"),
            &[1],
            Some(&option),
            "c".into(),
            arc,
            Uuid::nil(),
        )
    })
    .await;
    misses_then_hits(|| plain(map.clone(), set.clone(), 0.1, u128::MAX, Ok(None), ())).await;
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Label<'a> {
    text: Cow<'a, str>,
}

#[redis_cached(ttl = "1h", key = hash)]
async fn shared(id: u64) -> Arc<Vec<u64>> {
    Arc::new(vec![id])
}

#[redis_cached(ttl = "1h", key = hash)]
async fn label(id: u64) -> Label<'static> {
    let text = id.to_string().into();
    Label { text }
}

#[redis_cached(ttl = "1h", key = hash)]
async fn check(id: u64) -> Result<(), String> {
    if id == 0 {
        Err("no".to_owned())
    } else {
        Ok(())
    }
}

#[redis_cached(ttl = "1h", key = hash)]
async fn fallible_optional(id: u64) -> Result<Option<u64>, std::fmt::Error> {
    Ok(Some(id))
}

#[tokio::test]
async fn results_of_every_kind_are_cached() {
    misses_then_hits(|| shared(7)).await;
    misses_then_hits(|| label(7)).await;
    misses_then_hits(|| check(7)).await;
    misses_then_hits(|| fallible_optional(7)).await;
}

#[tracing::instrument]
#[redis_cached(ttl = "1h", key = hash)]
async fn traced_above(id: u64) -> u64 {
    id
}

#[redis_cached(ttl = "1h", key = hash)]
#[tracing::instrument]
async fn traced_below(id: u64) -> u64 {
    id
}

mod handlers {
    #![expect(
        clippy::unused_async,
        reason = "axum checks a copy of the handler without its body"
    )]

    use super::redis_cached;

    #[axum::debug_handler]
    #[redis_cached(ttl = "1h", key = hash)]
    pub(super) async fn shout(body: String) -> String {
        body.to_uppercase()
    }
}

#[tokio::test]
async fn functions_with_other_attributes_are_cached() {
    misses_then_hits(|| traced_above(7)).await;
    misses_then_hits(|| traced_below(7)).await;
    misses_then_hits(|| handlers::shout("desk".to_owned())).await;
}
