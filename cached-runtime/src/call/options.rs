//! The options of a call: what an expansion says of one call beyond its function's settings.

use std::marker::PhantomData;
use std::time::Duration;

use super::Call;
use crate::absence::{ErrFor, Fails, NoneAndErrFor, NoneFor};
use crate::output::Output;
use crate::policy::Said;
use crate::refusal::{Failing, Refuses};
use crate::runtime::Cache;

impl<O, K: Output<O>, L, A, N> Call<O, K, L, A, N> {
    /// `cache = expr`
    pub fn cache(mut self, cache: &Cache) -> Self {
        self.cache = Some(cache.clone());
        self
    }

    /// `ttl = expr`
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// `ttl = |value| …`
    pub fn ttl_by<F>(self, lifetime: F) -> Call<O, K, Said<F, K::Stored, Duration>, A, N>
    where
        F: FnOnce(&K::Stored) -> Duration,
    {
        self.with(|_, admission, absences| (Said::new(lifetime), admission, absences))
    }

    /// `store_if = |value| …`
    pub fn store_if<F>(self, admission: F) -> Call<O, K, L, Said<F, K::Stored, bool>, N>
    where
        F: FnOnce(&K::Stored) -> bool,
    {
        self.with(|lifetime, _, absences| (lifetime, Said::new(admission), absences))
    }

    /// `none_ttl = "…"`
    pub fn none_ttl(self, ttl: Duration) -> Call<O, K, L, A, NoneFor> {
        self.with(|lifetime, admission, _| (lifetime, admission, NoneFor(ttl)))
    }

    /// `err_ttl = |error| …`
    pub fn err_ttl<F>(self, ttl: F) -> Call<O, K, L, A, ErrFor<F>>
    where
        O: Fails,
        F: FnOnce(&O::Error) -> Option<Duration>,
    {
        self.with(|lifetime, admission, _| (lifetime, admission, ErrFor(ttl)))
    }

    /// `none_ttl = "…"` and `err_ttl = |error| …`
    pub fn none_and_err_ttl<F>(self, none: Duration, err: F) -> Call<O, K, L, A, NoneAndErrFor<F>>
    where
        O: Fails,
        F: FnOnce(&O::Error) -> Option<Duration>,
    {
        self.with(|lifetime, admission, _| (lifetime, admission, NoneAndErrFor(none, err)))
    }

    /// `stale_if_error = "…"`
    pub fn stale_if_error(self) -> Self
    where
        O: Failing,
    {
        self
    }

    /// `timeout = "…"` or `max_concurrency = …`
    pub fn refusing(mut self) -> Self
    where
        O: Refuses,
    {
        self.refuse = Some(O::refuse);
        self
    }

    fn with<L2, A2, N2>(
        self,
        options: impl FnOnce(L, A, N) -> (L2, A2, N2),
    ) -> Call<O, K, L2, A2, N2> {
        let (lifetime, admission, absences) = options(self.lifetime, self.admission, self.absences);
        Call {
            spec: self.spec,
            cache: self.cache,
            arguments: self.arguments,
            ttl: self.ttl,
            lifetime,
            admission,
            absences,
            refuse: self.refuse,
            types: PhantomData,
        }
    }
}
