//! What expansions name, and nothing else. Not for use by hand: it changes without notice.

pub use std::boxed::Box;

pub use inventory;

pub use crate::call::call;
pub use crate::functions::Registered;
pub use crate::key::{Argument, Arguments, Readable, Template};
pub use crate::output::Shape;
pub use crate::spec::Spec;

/// The codecs by the names that they have in the attribute.
#[expect(non_upper_case_globals, reason = "the names are the user's")]
pub mod codecs {
    use crate::codec::Codec;

    /// `codec = bincode`
    pub const bincode: Codec = Codec::Bincode;
    /// `codec = postcard`
    #[cfg(feature = "postcard")]
    pub const postcard: Codec = Codec::Postcard;
    /// `codec = messagepack`
    #[cfg(feature = "messagepack")]
    pub const messagepack: Codec = Codec::MessagePack;
    /// `codec = json`
    #[cfg(feature = "json")]
    pub const json: Codec = Codec::Json;
}

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

/// The [`Arguments`] of a call: the type arguments of the function in which it is expanded, and
/// references to the values given; for a readable key with the texts before and behind them.
#[doc(hidden)]
#[macro_export]
macro_rules! __arguments {
    (readable [$($before:literal),*], $after:literal, [$($value:expr),*]) => {
        $crate::__private::Arguments::readable(
            $crate::__private::instance(&|| ()),
            const { &$crate::__private::Template::new([$($before),*], $after) },
            [$($value),*],
        )
    };
    ($($value:expr),*) => {
        $crate::__private::Arguments::encode(&[
            &$crate::__private::instance(&|| ()),
            $($value),*
        ])
    };
}

pub use __arguments as arguments;

/// A [`Call`](crate::call::Call) of the function in which it is expanded, which returns `$output`,
/// with arguments and settings as [`arguments!`](__arguments) and [`spec!`](__spec) take them, and
/// with options: methods of the call.
#[doc(hidden)]
#[macro_export]
macro_rules! __call {
    ($output:ty, $arguments:tt, ($($settings:tt)*), $($options:tt)*) => {{
        // Temporaries of the user's expressions, a lock's guard among them, end with this statement:
        // they would live across the `await`, and the future would be `Send` only if they were.
        let call = $crate::__private::call::<$output, _>(
            $crate::__private::spec!($($settings)*),
            $crate::__private::Shape::<$output>::NEW.kind(),
            $crate::__private::arguments! $arguments,
        )
        $($options)*;
        call
    }};
}

pub use __call as call;

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
