//! What expansions name, and nothing else. Not for use by hand: it changes without notice.

pub use crate::call::cached;
pub use crate::key::{Argument, Arguments};
pub use crate::output::Shape;
pub use crate::spec::Spec;

/// Gives `return` its type before the first statement of a function is checked. Never called.
///
/// # Panics
/// Panics when called after all.
#[must_use]
pub fn return_type<T>() -> T {
    unreachable!("expansions guard this call with `if false`")
}
