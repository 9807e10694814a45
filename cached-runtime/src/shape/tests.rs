//! Whether two types have one shape.

/// Compares the shapes of the types `T` in two modules.
macro_rules! shapes {
    ({ $($one:tt)* } $relation:tt { $($other:tt)* }) => {{
        #[expect(dead_code, reason = "nobody makes values of these")]
        mod one {
            use super::*;
            $($one)*
        }
        #[expect(dead_code, reason = "nobody makes values of these")]
        mod other {
            use super::*;
            $($other)*
        }
        let (one, other) = (fingerprint::<one::T>(), fingerprint::<other::T>());
        assert!(one $relation other, "{}", stringify!($($other)*));
    }};
}

/// Compares the shape of one type `T` with those of others.
macro_rules! all_differ {
    ($one:tt from $($other:tt)*) => {
        $(shapes!($one != $other);)*
    };
}

mod by_hand;
mod derived;
mod hidden;
