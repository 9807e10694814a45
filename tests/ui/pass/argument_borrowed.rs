//! Arguments may be borrowed in every way.

#![deny(warnings)]

use cached_runtime::redis_cached;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

#[redis_cached(ttl = "24h", key = hash)]
async fn all(text: &str, path: &Path, list: &[u8], option: Option<&String>, cow: Cow<'_, str>, arc: Arc<str>, twice: &&str, boxed: Box<[u8]>) -> usize {
    let _ = (path, option, twice);
    text.len() + list.len() + cow.len() + arc.len() + boxed.len()
}

fn main() {
    drop(all("", Path::new(""), &[], None, "".into(), "".into(), &"", Box::new([])));
}
