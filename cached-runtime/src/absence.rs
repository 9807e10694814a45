//! Absences that are stored: what becomes of a `None` or an `Err`.
//!
//! By default nothing. `none_ttl` and `err_ttl` give them lifetimes of their own, shorter than that
//! of values, so that a missing row is not asked for again and again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::output::Storable;

/// What is stored of an absence.
#[derive(Serialize, Deserialize)]
pub enum Absence<E> {
    /// It was a `None` or an `Ok(None)`.
    None,
    /// It was this `Err`.
    Err(E),
}

/// Which absences among the outputs `O` of a function are stored, and for how long.
#[diagnostic::on_unimplemented(
    message = "`none_ttl` or `err_ttl` does not go with a function that returns `{O}`",
    label = "this result has no such absence",
    note = "`none_ttl` is for `Option<T>` and `Result<Option<T>, E>`; `err_ttl` is for `Result<T, E>` where `E` is `serde::Serialize` and `serde::Deserialize`"
)]
pub trait Absences<O> {
    /// The error that is stored; [`Never`] where none is, so that a future need not be able to hold
    /// one.
    type Error: Storable;

    /// Whether errors are stored, and their shape is part of the key.
    const STORES_ERRORS: bool = false;

    /// Returns an absence to be stored and its lifetime.
    ///
    /// # Errors
    /// Returns an output of which nothing is stored.
    fn admit(self, output: O) -> Result<(Absence<Self::Error>, Duration), O>;

    /// Returns the output that an absence stands for, or `None` for a kind that is not stored.
    fn restore(absence: Absence<Self::Error>) -> Option<O>;
}

/// A function's output that can be an error.
#[diagnostic::on_unimplemented(
    message = "`err_ttl` does not go with a function that returns `{Self}`",
    label = "this result is never an error",
    note = "`err_ttl` is for `Result<T, E>` where `E` is `serde::Serialize` and `serde::Deserialize`"
)]
pub trait Fails {
    /// The error.
    type Error;
}

#[diagnostic::do_not_recommend]
impl<T, E> Fails for Result<T, E> {
    type Error = E;
}

/// An error that never was.
#[derive(Serialize, Deserialize)]
pub enum Never {}

/// Stores no absence: the default.
pub struct Unstored;

/// Stores what is `None` for so long.
pub struct NoneFor(pub Duration);

/// Stores an error for as long as a function of it says; `None` means not at all.
pub struct ErrFor<F>(pub F);

/// Stores both.
pub struct NoneAndErrFor<F>(pub Duration, pub F);

#[diagnostic::do_not_recommend]
impl<O> Absences<O> for Unstored {
    type Error = Never;

    fn admit(self, output: O) -> Result<(Absence<Never>, Duration), O> {
        Err(output)
    }

    fn restore(_: Absence<Never>) -> Option<O> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<T> Absences<Option<T>> for NoneFor {
    type Error = Never;

    fn admit(self, output: Option<T>) -> Result<(Absence<Never>, Duration), Option<T>> {
        output.map_or(Ok((Absence::None, self.0)), |value| Err(Some(value)))
    }

    fn restore(absence: Absence<Never>) -> Option<Option<T>> {
        matches!(absence, Absence::None).then_some(None)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E> Absences<Result<Option<T>, E>> for NoneFor {
    type Error = Never;

    fn admit(
        self,
        output: Result<Option<T>, E>,
    ) -> Result<(Absence<Never>, Duration), Result<Option<T>, E>> {
        match output {
            Ok(None) => Ok((Absence::None, self.0)),
            output => Err(output),
        }
    }

    fn restore(absence: Absence<Never>) -> Option<Result<Option<T>, E>> {
        matches!(absence, Absence::None).then_some(Ok(None))
    }
}

impl<T, E, F> Absences<Result<T, E>> for ErrFor<F>
where
    E: Storable,
    F: FnOnce(&E) -> Option<Duration>,
{
    type Error = E;

    const STORES_ERRORS: bool = true;

    fn admit(self, output: Result<T, E>) -> Result<(Absence<E>, Duration), Result<T, E>> {
        let error = output.map_or_else(Ok, |value| Err(Ok(value)))?;
        match (self.0)(&error) {
            Some(ttl) => Ok((Absence::Err(error), ttl)),
            None => Err(Err(error)),
        }
    }

    fn restore(absence: Absence<E>) -> Option<Result<T, E>> {
        match absence {
            Absence::Err(error) => Some(Err(error)),
            Absence::None => None,
        }
    }
}

impl<T, E, F> Absences<Result<Option<T>, E>> for NoneAndErrFor<F>
where
    E: Storable,
    F: FnOnce(&E) -> Option<Duration>,
{
    type Error = E;

    const STORES_ERRORS: bool = true;

    fn admit(
        self,
        output: Result<Option<T>, E>,
    ) -> Result<(Absence<E>, Duration), Result<Option<T>, E>> {
        match output {
            Ok(None) => Ok((Absence::None, self.0)),
            output => ErrFor(self.1).admit(output),
        }
    }

    fn restore(absence: Absence<E>) -> Option<Result<Option<T>, E>> {
        Some(match absence {
            Absence::None => Ok(None),
            Absence::Err(error) => Err(error),
        })
    }
}
