//! Functions, options and types may come from a macro of the user.

#![deny(warnings)]

use cached_runtime::redis_cached;

macro_rules! lookup {
    ($name:ident, $id:ident: $ty:ty, $ttl:literal, $version:literal, $label:literal, $value:expr) => {
        #[redis_cached(ttl = $ttl, key = hash, version = $version, name = $label)]
        async fn $name($id: $ty) -> Option<$ty> {
            Some($value)
        }
    };
}

macro_rules! typed {
    ($name:ident, $result:ty) => {
        #[redis_cached(ttl = "24h", key = hash)]
        fn $name() -> $result {
            Box::pin(async { Some(7) })
        }
    };
}

macro_rules! keyed {
    ($vis:vis $name:ident($($argument:ident: $ty:ty),*), $key:expr, $ttl:expr) => {
        #[redis_cached(ttl = $ttl, key = $key)]
        $vis async fn $name($($argument: $ty),*) -> u64 {
            0 $(+ u64::from($argument))*
        }
    };
}

macro_rules! limited {
    ($name:ident($argument:ident: $ty:ty), $soft:literal, $early:expr, $most:literal, $flight:ident) => {
        #[redis_cached(
            ttl = "24h",
            timeout(soft = $soft),
            stale_if_error = $soft,
            early = $early,
            max_value_bytes = $most,
            flight = $flight,
        )]
        async fn $name($argument: $ty) -> Result<u64, u8> {
            Ok($argument.into())
        }
    };
}

typed!(boxed, std::pin::Pin<Box<dyn std::future::Future<Output = Option<u8>>>>);
lookup!(next, id: u64, "24h", 2, "shop::next", id + 1);
lookup!(name, id: String, "1m", 1, "shop::name", id);
keyed!(pub sum(a: u8, b: u8), (a, b), "24h");
keyed!(double(a: u8), a, std::time::Duration::from_secs(u64::from(a)));
limited!(limited(a: u8), "1s", 1.5, 64, off);

fn main() {
    drop(limited(1));
    drop(boxed());
    drop(next(7));
    drop(name(String::new()));
    drop(sum(1, 2));
    drop(double(1));
}
