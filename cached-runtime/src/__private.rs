//! What expansions name, and nothing else. Not for use by hand: it changes without notice.

pub use std::boxed::Box;

pub use inventory;

pub use crate::call::call;
pub use crate::functions::Registered;
pub use crate::key::{Argument, Arguments, Readable, Template};
pub use crate::output::Shape;
pub use crate::spec::Spec;

/// The [`Spec`] of the function in which it is expanded, with the settings given; listed in
/// [`functions`](crate::functions).
#[doc(hidden)]
#[macro_export]
macro_rules! __spec {
    ($($settings:tt)*) => {{
        static SPEC: $crate::__private::Spec = $crate::__private::Spec::new(|| {
            fn here() {}
            ::core::any::type_name_of_val(&here)
        })
        $($settings)*;
        $crate::__private::inventory::submit! { $crate::__private::Registered(&SPEC) }
        &SPEC
    }};
}

pub use __spec as spec;

/// Gives `return` its type before the first statement of a function is checked. Never called.
///
/// # Panics
/// Panics when called after all.
#[must_use]
pub fn return_type<T>() -> T {
    unreachable!("expansions guard this call with `if false`")
}

/// Returns the type arguments of the function around a closure, its type's included, or nothing for
/// a function without any: `here` is a type that the function's instances do not share.
#[must_use]
pub fn instance<F>(here: &F) -> &'static str {
    let path = std::any::type_name_of_val(here);
    match (path.find('<'), path.rfind('>')) {
        (Some(first), Some(last)) => &path[first..=last],
        _ => "",
    }
}
