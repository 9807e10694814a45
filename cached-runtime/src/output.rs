//! What of a function's output is stored: the value of an `Ok` or a `Some`, or all of it.
//!
//! The question is settled by the output's type, not by its name, so an alias of `Result` is a
//! `Result`. Expansions ask `Shape::<Output>::NEW.kind()`: a method that is defined for some types
//! hides the method of the same name that is reached through `Deref`, so the most specific wins.
//! (A trait cannot do this: its implementation for all types would overlap with that for `Result`.)

#![expect(
    clippy::unused_self,
    reason = "the lookup goes through a method's receiver"
)]

use std::marker::PhantomData;
use std::ops::Deref;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that can be stored: every type that is `Serialize` and `DeserializeOwned`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a cache",
    label = "this result cannot be stored",
    note = "derive `serde::Serialize` and `serde::Deserialize` for it and what it holds, or bound a type parameter by `Serialize` and `DeserializeOwned`; a stored value owns its data, so return `String` rather than `&str`"
)]
pub trait Storable: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Storable for T {}

/// How the outputs of a function divide into stored values and the rest.
pub trait Output<O> {
    /// What is stored.
    type Stored;

    /// Returns what to store of `output`, or `output` where nothing of it is stored.
    ///
    /// # Errors
    /// Returns the output of which nothing is stored: an `Err` or a `None`.
    fn split(output: O) -> Result<Self::Stored, O>;

    /// Returns the output from which `stored` came.
    fn join(stored: Self::Stored) -> O;

    /// Returns true for an output that says that the function failed: an `Err`.
    fn is_failure(_: &O) -> bool {
        false
    }
}

/// Finds how the type `O` divides; types are looked up from here down to `Whole`.
pub struct Shape<O>(PhantomData<fn() -> O>);

/// The second place to look: `Result` and `Option`.
pub struct Partial<O>(PhantomData<fn() -> O>);

/// The last place to look: any type, stored whole.
pub struct Whole<O>(PhantomData<fn() -> O>);

impl<O> Shape<O> {
    /// Where the lookup starts.
    pub const NEW: Self = Self(PhantomData);
}

impl<O> Deref for Shape<O> {
    type Target = Partial<O>;

    fn deref(&self) -> &Partial<O> {
        &Partial(PhantomData)
    }
}

impl<O> Deref for Partial<O> {
    type Target = Whole<O>;

    fn deref(&self) -> &Whole<O> {
        &Whole(PhantomData)
    }
}

impl<T, E> Shape<Result<Option<T>, E>> {
    /// Returns the way to divide `Result<Option<T>, E>`.
    #[must_use]
    pub fn kind(&self) -> FallibleOptional {
        FallibleOptional
    }
}

impl<T, E> Partial<Result<T, E>> {
    /// Returns the way to divide `Result<T, E>`.
    #[must_use]
    pub fn kind(&self) -> Fallible {
        Fallible
    }
}

impl<T> Partial<Option<T>> {
    /// Returns the way to divide `Option<T>`.
    #[must_use]
    pub fn kind(&self) -> Optional {
        Optional
    }
}

impl<T> Whole<T> {
    /// Returns the way to divide any other type: not at all.
    #[must_use]
    pub fn kind(&self) -> Plain {
        Plain
    }
}

/// Stores the whole output.
pub struct Plain;

/// Stores what is in a `Some`.
pub struct Optional;

/// Stores what is in an `Ok`.
pub struct Fallible;

/// Stores what is in an `Ok(Some(_))`.
pub struct FallibleOptional;

impl<T> Output<T> for Plain {
    type Stored = T;

    fn split(output: T) -> Result<T, T> {
        Ok(output)
    }

    fn join(stored: T) -> T {
        stored
    }
}

impl<T> Output<Option<T>> for Optional {
    type Stored = T;

    fn split(output: Option<T>) -> Result<T, Option<T>> {
        output.ok_or(None)
    }

    fn join(stored: T) -> Option<T> {
        Some(stored)
    }
}

impl<T, E> Output<Result<T, E>> for Fallible {
    type Stored = T;

    fn split(output: Result<T, E>) -> Result<T, Result<T, E>> {
        output.map_err(Err)
    }

    fn join(stored: T) -> Result<T, E> {
        Ok(stored)
    }

    fn is_failure(output: &Result<T, E>) -> bool {
        output.is_err()
    }
}

impl<T, E> Output<Result<Option<T>, E>> for FallibleOptional {
    type Stored = T;

    fn split(output: Result<Option<T>, E>) -> Result<T, Result<Option<T>, E>> {
        match output {
            Ok(Some(stored)) => Ok(stored),
            rest => Err(rest),
        }
    }

    fn join(stored: T) -> Result<Option<T>, E> {
        Ok(Some(stored))
    }

    fn is_failure(output: &Result<Option<T>, E>) -> bool {
        output.is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Alias<T> = Result<T, String>;

    fn split_by<O, K: Output<O>>(_: K, output: O) -> Result<K::Stored, O> {
        K::split(output)
    }

    /// Divides an output as an expansion for a function of this return type does.
    macro_rules! split {
        ($output:ty, $value:expr) => {
            split_by::<$output, _>(Shape::<$output>::NEW.kind(), $value)
        };
    }

    #[test]
    fn a_plain_value_is_stored_whole() {
        assert_eq!(split!(u8, 7), Ok(7));
    }

    #[test]
    fn only_ok_is_stored_also_behind_an_alias() {
        assert_eq!(split!(Alias<u8>, Ok(7)), Ok(7));
        assert_eq!(split!(Alias<u8>, Err("no".into())), Err(Err("no".into())));
    }

    #[test]
    fn only_some_is_stored() {
        assert_eq!(split!(Option<u8>, Some(7)), Ok(7));
        assert_eq!(split!(Option<u8>, None), Err(None));
    }

    #[test]
    fn an_absence_inside_a_result_is_not_stored() {
        assert_eq!(split!(Alias<Option<u8>>, Ok(Some(7))), Ok(7));
        assert_eq!(split!(Alias<Option<u8>>, Ok(None)), Err(Ok(None)));
    }

    #[test]
    fn an_absence_inside_an_option_is_stored() {
        assert_eq!(split!(Option<Option<u8>>, Some(None)), Ok(None));
    }

    #[test]
    fn an_error_need_be_neither_clone_nor_serde() {
        struct Opaque;
        assert!(split!(Result<u8, Opaque>, Err(Opaque)).is_err());
    }
}
