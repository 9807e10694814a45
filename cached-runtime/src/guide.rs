//! The pages of the book whose examples need this library alone: they compile as they stand.
//!
//! `docs/testing.md` is with the kit that it shows, in `testing`; pages that need a web framework are
//! tested by `cached-tests`.

macro_rules! pages {
    ($($page:ident = $path:literal,)*) => {$(
        #[doc = include_str!($path)]
        struct $page;
    )*};
}

pages! {
    Background = "../../docs/options/background.md",
    CacheOption = "../../docs/options/cache.md",
    Codec = "../../docs/options/codec.md",
    Companions = "../../docs/companions.md",
    Crate = "../../docs/options/crate.md",
    Early = "../../docs/options/early.md",
    Encrypt = "../../docs/options/encrypt.md",
    ErrTtl = "../../docs/options/err_ttl.md",
    Flight = "../../docs/options/flight.md",
    FromCached = "../../docs/from-cached.md",
    FromHitbox = "../../docs/from-hitbox.md",
    Key = "../../docs/options/key.md",
    MaxConcurrency = "../../docs/options/max_concurrency.md",
    MaxValueBytes = "../../docs/options/max_value_bytes.md",
    Name = "../../docs/options/name.md",
    NoneTtl = "../../docs/options/none_ttl.md",
    ReadTimeout = "../../docs/options/read_timeout.md",
    Readme = "../../README.md",
    Scope = "../../docs/options/scope.md",
    Skip = "../../docs/options/skip.md",
    StaleIfError = "../../docs/options/stale_if_error.md",
    StaleWhileRevalidate = "../../docs/options/stale_while_revalidate.md",
    StoreIf = "../../docs/options/store_if.md",
    Timeout = "../../docs/options/timeout.md",
    Ttl = "../../docs/options/ttl.md",
    Version = "../../docs/options/version.md",
}
