//! The attribute: any text between its parentheses, on functions of several shapes.
//!
//! The first byte of an input chooses the function, as digits do; the last one takes it from the lines
//! after the first.

use std::str;

use proc_macro2::{TokenStream, extra};
use quote::quote;

use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::expand::expand;

/// The parser is recursive, and so is the one of the compiler.
const MAX_BYTES: usize = 512;

/// The functions that the attribute stands on.
const FUNCTIONS: [&str; 8] = [
    "async fn price(article: u32, pool: &Pool) -> Result<Option<u64>, Error> { pool.price(article).await }",
    "pub async fn owned(name: String, id: u64) -> String { format!(\"{name}{id}\") }",
    "fn boxed(n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> { Box::pin(async move { n }) }",
    "async fn generic<T: Serialize + Clone>(value: T, (a, b): (u8, u8)) -> Vec<T> { vec![value; 2] }",
    "async fn method(&self, id: u64) -> Option<String> { self.names.get(&id).cloned() }",
    "async fn nothing() {}",
    "struct NoFunction;",
    "",
];
const METHOD: usize = 4;
const OWN: usize = 7;

pub(crate) fn run(bytes: &[u8]) {
    let Some((choice, text)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    if text.len() <= MAX_BYTES {
        let choice = usize::from(*choice) % FUNCTIONS.len();
        let (options, function) = match text.split_once('\n') {
            Some(both) if choice == OWN => both,
            _ => (text, FUNCTIONS[choice]),
        };
        check(options, function, choice == METHOD);
        // What is known of places grows with each text.
        extra::invalidate_current_thread_spans();
    }
}

fn check(text: &str, function: &str, is_method: bool) {
    // What has no tokens is the compiler's to report.
    let (Ok(options), Ok(function)) = (text.parse::<TokenStream>(), function.parse()) else {
        return;
    };
    let mut diagnostics = Diagnostics::default();
    let _ = Args::parse(options.clone(), &mut diagnostics);
    let errors = diagnostics.finish().err();
    for error in errors.clone().into_iter().flatten() {
        let place = error.span().byte_range();
        let is_in_text = place.start <= place.end && place.end <= text.len() + 1;
        assert!(is_in_text, "{error} stands at {place:?}");
        assert!(!error.to_string().is_empty(), "an error says nothing");
    }

    let expansion = expand(options, &function);

    if expansion.to_string().contains("compile_error") {
        return;
    }
    assert!(errors.is_none(), "errors are not reported: {errors:?}");
    let parsed = if is_method {
        syn::parse2::<syn::ItemImpl>(quote! { impl Shop { #expansion } }).map(drop)
    } else {
        syn::parse2::<syn::File>(expansion.clone()).map(drop)
    };
    assert!(parsed.is_ok(), "what is written is not Rust: {expansion}");
}

pub(crate) fn seeds() -> Vec<(String, Vec<u8>)> {
    let seeds = [
        ("plain", r#"0ttl = "24h", key = hash, skip(pool)"#),
        (
            "expression",
            "1ttl = Duration::from_secs(if id > 5 { 5 } else { 3600 }), key = (name.to_lowercase(), id)",
        ),
        (
            "closure",
            "1ttl = |value| value.expires_in / 2, store_if = |value| !value.is_empty()",
        ),
        (
            "template",
            r#"1ttl = "1h30m", key = "user:{id}:{name.first}", version = 2, name = "shop::owned""#,
        ),
        (
            "absences",
            r#"0ttl = "10m", none_ttl = "30s", err_ttl = "5s", skip(pool)"#,
        ),
        (
            "err-closure",
            r#"0ttl = "10m", err_ttl = |error| error.retry_after(), skip(pool)"#,
        ),
        (
            "freshness",
            r#"1ttl = "10m", stale_while_revalidate = "1h", stale_if_error = "1d", early"#,
        ),
        (
            "early",
            r#"2ttl = "10m", early = 1.5, cache = state.cache.clone()"#,
        ),
        (
            "limits",
            r#"1ttl = "10m", timeout(soft = "100ms", hard = "2s"), max_concurrency = 16, flight = off"#,
        ),
        (
            "timeouts",
            r#"2ttl = "10m", read_timeout = "20ms", write_timeout = "20ms", max_value_bytes = 65_536"#,
        ),
        (
            "storage",
            r#"3ttl = "10m", codec = messagepack, encrypt = false, crate = ::my::runtime"#,
        ),
        ("scope", r#"4ttl = "5m", scope = self.tenant, encrypt"#),
        ("no-arguments", r#"5ttl = "1w""#),
        ("no-function", r#"6ttl = "1w""#),
        (
            "own",
            "7ttl = \"1s\", skip(self)\nasync fn get<'a>(self: Arc<Self>, #[cfg(a)] b: &'a str) -> &'static str { \"\" }",
        ),
        (
            "mistakes",
            r#"0tll = "1h", key, skip(pol, 3), version = -1, early = "x", , codec = "json""#,
        ),
        ("nothing", "0"),
    ];
    let seeds = seeds.into_iter();
    seeds
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .collect()
}
