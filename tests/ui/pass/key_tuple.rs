//! The key may be a tuple of expressions.

#![deny(warnings)]

use cached_runtime::redis_cached;

struct Request {
    user: u64,
    lang: String,
    trace: u64,
}

#[redis_cached(ttl = "24h", key = (request.user, request.lang.as_str(), page + 1), skip(log))]
async fn page(request: &Request, page: u32, log: &dyn Fn(u64)) -> Vec<u64> {
    log(request.trace);
    vec![request.user, u64::from(page)]
}

struct Shop {
    tenant: u32,
}

impl Shop {
    #[redis_cached(ttl = "24h", key = (self.tenant, article))]
    async fn price(&self, article: u32) -> u32 {
        self.tenant + article
    }
}

fn main() {
    let request = Request { user: 7, lang: String::new(), trace: 1 };
    drop(page(&request, 1, &|_| {}));
    drop(Shop { tenant: 1 }.price(7));
}
