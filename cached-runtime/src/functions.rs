//! Every annotated function in the program, called or not.
//!
//! Expansions submit their [`Spec`] at link time (crate `inventory`), so the list is complete before
//! `main` begins.

use crate::spec::Spec;

/// An entry of the list; made by expansions.
pub struct Registered(pub &'static Spec);

inventory::collect!(Registered);

/// Returns the settings of every function in the program that has the attribute, by name and place.
///
/// ```
/// use cached_runtime::{functions, redis_cached};
///
/// #[redis_cached(ttl = "24h", key = hash, name = "shop::price")]
/// async fn price(article: u32) -> u64 {
///     u64::from(article) * 100
/// }
///
/// let listed = functions();
/// for spec in &listed {
///     println!("{} {}:{} ttl {:?}", spec.name(), spec.file(), spec.line(), spec.ttl());
/// }
///
/// let price = listed.iter().find(|spec| spec.name() == "shop::price").unwrap();
/// assert_eq!(price.version(), 1);
/// assert_eq!(price.options(), r#"ttl = "24h", key = hash, name = "shop::price""#);
/// ```
#[must_use]
pub fn functions() -> Vec<&'static Spec> {
    let submitted = inventory::iter::<Registered>;
    let mut functions: Vec<_> = submitted.into_iter().map(|function| function.0).collect();
    functions.sort_by_key(|spec| (spec.name(), spec.version(), spec.file(), spec.line()));
    functions
}

/// Returns the functions that share name and version with another one, next to each other.
///
/// Where their results are of one type too, one reads the other's entries.
/// [`Builder::build`](crate::Builder::build) warns of them; another `name` for one of them mends it.
///
/// ```
/// use cached_runtime::duplicate_functions;
///
/// # async fn example() {
/// // In a test of the program: no two functions read each other's entries.
/// assert!(duplicate_functions().is_empty());
/// # }
/// ```
#[must_use]
pub fn duplicate_functions() -> Vec<&'static Spec> {
    let functions = functions();
    let identity = |spec: &&'static Spec| (spec.name(), spec.version());
    functions
        .chunk_by(|one, other| identity(one) == identity(other))
        .filter(|namesakes| namesakes.len() > 1)
        .flatten()
        .copied()
        .collect()
}

/// Says where functions of one name and version stand: nothing else shows that they share entries.
pub(crate) fn warn_of_duplicates() {
    for namesakes in duplicate_functions().windows(2) {
        let (one, other) = (namesakes[0], namesakes[1]);
        if (one.name(), one.version()) != (other.name(), other.version()) {
            continue;
        }
        tracing::warn!(
            function = one.name(),
            version = one.version(),
            first = %format_args!("{}:{}", one.file(), one.line()),
            second = %format_args!("{}:{}", other.file(), other.line()),
            "two cached functions have one name and share their entries; give one of them another `name`"
        );
    }
}
