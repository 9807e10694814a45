//! Named, elided and higher lifetimes.

#![deny(warnings)]

use cached_runtime::redis_cached;

struct Client<'c>(&'c str);

#[redis_cached(ttl = "24h", key = hash, skip(client, convert))]
async fn join<'a, 'b: 'a>(one: &'a str, other: &'b str, client: &Client<'_>, convert: &dyn for<'t> Fn(&'t str) -> &'t str) -> String {
    format!("{}{}{}", convert(one), other, client.0)
}

fn main() {
    drop(join("a", "b", &Client(""), &|text| text));
}
