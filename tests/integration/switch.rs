//! The switch of a cache in a program: what calls do, and what comes back with it.

use cached_runtime::{Bypass, Cache, Outcome, Stored, invalidate, key, peek, redis_cached};
use cached_tests::cache::outcome;
use cached_tests::origin::Origin;

#[redis_cached(ttl = "1h", key = hash, name = "switch::price", cache = cache, skip(cache, origin))]
async fn price(article: u32, cache: &Cache, origin: &Origin) -> Result<u32, String> {
    Ok(article * 100 + origin.ask().await?)
}

#[redis_cached(ttl = "1h", key = hash, name = "switch::stock", cache = cache, skip(cache))]
async fn stock(article: u32, cache: &Cache) -> u32 {
    article
}

async fn cache() -> Cache {
    let cache = Cache::builder().build().await;
    cache.expect("the settings are sound")
}

fn switched_off(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Bypass {
            reason: Bypass::SwitchedOff,
            ..
        }
    )
}

#[tokio::test]
async fn a_cache_that_is_switched_off_and_on_has_what_it_had() {
    let (cache, origin) = (cache().await, Origin::default());
    assert_eq!(price(7, &cache, &origin).await, Ok(701));

    cache.set_enabled(false).expect("the cache has a store");
    assert!(!cache.is_enabled());
    for run in [702, 703] {
        let (output, outcome) = outcome(price(7, &cache, &origin)).await;
        assert_eq!(output, Ok(run));
        assert!(switched_off(outcome), "{outcome:?}");
    }
    assert!(matches!(peek(price(7, &cache, &origin)).await, Ok(None)));

    cache.set_enabled(true).expect("the cache has a store");
    let (output, outcome) = outcome(price(7, &cache, &origin)).await;
    assert_eq!(output, Ok(701));
    assert!(matches!(outcome, Outcome::Hit { .. }), "{outcome:?}");
}

#[tokio::test]
async fn one_function_is_switched_and_the_others_are_not() {
    let (cache, origin) = (cache().await, Origin::default());
    let price_of = async || outcome(price(7, &cache, &origin)).await.1;
    let stock_of = async || outcome(stock(7, &cache)).await.1;
    price_of().await;
    stock_of().await;

    cache
        .set_function_enabled("switch::price", false)
        .expect("there is one");
    assert!(cache.is_enabled());
    assert_eq!(cache.is_function_enabled("switch::price").ok(), Some(false));
    assert_eq!(cache.is_function_enabled("switch::stock").ok(), Some(true));
    assert!(switched_off(price_of().await));
    assert!(matches!(stock_of().await, Outcome::Hit { .. }));

    // The switch of everything leaves that of the one as it is.
    cache.set_enabled(false).expect("the cache has a store");
    assert!(switched_off(stock_of().await));
    cache.set_enabled(true).expect("the cache has a store");
    assert!(switched_off(price_of().await));
    assert!(matches!(stock_of().await, Outcome::Hit { .. }));

    cache
        .set_function_enabled("switch::price", true)
        .expect("there is one");
    assert!(matches!(price_of().await, Outcome::Hit { .. }));
}

#[tokio::test]
async fn a_value_that_is_computed_while_the_cache_is_switched_off_is_not_stored() {
    let (cache, origin) = (cache().await, Origin::default());
    origin.block();
    let call = tokio::spawn({
        let (cache, origin) = (cache.clone(), origin.clone());
        async move { outcome(price(7, &cache, &origin)).await }
    });
    origin.asked(1).await;

    cache.set_enabled(false).expect("the cache has a store");
    origin.unblock();

    let (output, outcome) = call.await.expect("the call returns");
    assert_eq!(output, Ok(701));
    let is_kept_back = matches!(
        outcome,
        Outcome::Miss {
            stored: Stored::SwitchedOff,
            ..
        }
    );
    assert!(is_kept_back, "{outcome:?}");
    cache.set_enabled(true).expect("the cache has a store");
    assert!(matches!(peek(price(7, &cache, &origin)).await, Ok(None)));
}

#[tokio::test]
async fn what_is_invalidated_while_the_cache_is_off_does_not_come_back() {
    let (cache, origin) = (cache().await, Origin::default());
    price(7, &cache, &origin).await.expect("the origin answers");
    let before = key(price(7, &cache, &origin)).await.expect("it has a key");

    cache.set_enabled(false).expect("the cache has a store");
    assert_eq!(key(price(7, &cache, &origin)).await.ok(), Some(before));
    invalidate(price(7, &cache, &origin))
        .await
        .expect("the store answers");
    cache.set_enabled(true).expect("the cache has a store");

    assert_eq!(price(7, &cache, &origin).await, Ok(702));
}

#[tokio::test]
async fn what_cannot_be_switched_is_refused() {
    let (none, some) = (Cache::disabled(), cache().await);

    assert!(none.set_enabled(false).is_ok());
    assert!(
        none.set_enabled(true)
            .is_err_and(|error| error.is_no_cache())
    );
    let one = none.set_function_enabled("switch::price", true);
    assert!(one.is_err_and(|error| error.is_no_cache()));
    for refused in [
        some.set_function_enabled("switch::prices", false),
        some.is_function_enabled("switch::prices").map(drop),
    ] {
        assert!(refused.is_err_and(|error| error.is_setting()));
    }
}
