//! What decoding a value may still take: memory, by what is charged for each part, and depth.

use std::cell::Cell;

use serde::de::Error;

/// How much more memory a value may take than its encoding: a number takes one byte of varint, and
/// an element of a vector holds fields that are mostly absent. An element is charged that much at
/// least, so that there are no more of them than bytes within the limit: one without a size takes time.
const MEMORY_PER_BYTE: usize = 16;

/// The most memory for which a collection makes room ahead, in bytes: the constant in serde's `size_hint`.
const MAX_ROOM_AHEAD: usize = 1 << 20;

/// How large an element is taken to be before one has been seen, in bytes: by what is left of the budget
/// that says for how many of them room is made ahead.
const UNSEEN_ELEMENT: usize = 256;

/// How deeply a value may be nested, as in JSON: codecs are recursive both ways, and threads have stacks of
/// as little as 2 MiB.
pub(in crate::codec) const MAX_DEPTH: usize = 128;

/// What decoding one value may still take.
pub(in crate::codec) struct Budget {
    /// Bytes of memory.
    memory: Cell<usize>,
    /// How many levels more than now a value may be nested.
    levels: Cell<usize>,
}

impl Budget {
    /// Returns the budget of a value whose encoding may have `limit` bytes.
    pub(in crate::codec) fn of(limit: usize) -> Self {
        Self {
            memory: Cell::new(limit.saturating_mul(MEMORY_PER_BYTE)),
            levels: Cell::new(MAX_DEPTH),
        }
    }

    /// Returns what `decode` makes of what is nested here: a `T`, in a place that was made for a `P`.
    ///
    /// # Errors
    /// Returns an error where that is too deep or takes too much memory, too.
    #[inline]
    pub(super) fn within<T, P, E: Error>(
        &self,
        decode: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let levels = self.levels.get();
        if levels == 0 {
            return Err(too_deep());
        }
        if size_of::<T>() > size_of::<P>() {
            // It does not fit into that place, which holds a pointer to it.
            self.charge(size_of::<T>())?;
        }
        self.levels.set(levels - 1);
        let decoded = decode();
        self.levels.set(levels);
        decoded
    }

    /// Returns for how many elements to make room ahead, of those that are expected.
    pub(super) fn room(&self, expected: Option<usize>) -> Option<usize> {
        let most = self.memory.get() / UNSEEN_ELEMENT;
        expected.map(|expected| expected.min(most))
    }

    #[inline]
    fn charge<E: Error>(&self, bytes: usize) -> Result<(), E> {
        let left = self.memory.get().checked_sub(bytes).ok_or_else(too_large)?;
        self.memory.set(left);
        Ok(())
    }
}

#[cold]
fn too_deep<E: Error>() -> E {
    E::custom("the value is nested too deeply")
}

#[cold]
fn too_large<E: Error>() -> E {
    E::custom("the value takes more memory than its limit")
}

/// How the parts of a sequence or a map are charged: one after another, all of one type.
pub(super) trait Charge: Default {
    /// Charges those for which room has been made, before the first.
    ///
    /// # Errors
    /// Returns an error where they take too much memory.
    fn ahead<T, E: Error>(
        &mut self,
        budget: &Budget,
        expected: impl FnOnce() -> Option<usize>,
    ) -> Result<(), E>;

    /// Charges one more that has been decoded.
    ///
    /// # Errors
    /// Returns an error where it takes too much memory.
    fn one<T, E: Error>(&mut self, budget: &Budget) -> Result<(), E>;
}

/// Fields are part of their struct: they cost nothing more.
#[derive(Default)]
pub(super) struct Fields;

/// Elements are charged by their size, or their keys and their values each.
#[derive(Default)]
pub(super) struct Elements {
    /// How many more are paid for; none before the first.
    ahead: Option<usize>,
}

impl Charge for Fields {
    #[inline]
    fn ahead<T, E: Error>(
        &mut self,
        _: &Budget,
        _: impl FnOnce() -> Option<usize>,
    ) -> Result<(), E> {
        Ok(())
    }

    #[inline]
    fn one<T, E: Error>(&mut self, _: &Budget) -> Result<(), E> {
        Ok(())
    }
}

impl Charge for Elements {
    #[inline]
    fn ahead<T, E: Error>(
        &mut self,
        budget: &Budget,
        expected: impl FnOnce() -> Option<usize>,
    ) -> Result<(), E> {
        if self.ahead.is_some() {
            return Ok(());
        }
        let most = MAX_ROOM_AHEAD.checked_div(size_of::<T>()).unwrap_or(0);
        let ahead = expected().unwrap_or(0).min(most);
        self.ahead = Some(ahead);
        budget.charge(ahead.saturating_mul(price::<T>()))
    }

    #[inline]
    fn one<T, E: Error>(&mut self, budget: &Budget) -> Result<(), E> {
        match &mut self.ahead {
            Some(ahead) if *ahead > 0 => {
                *ahead -= 1;
                Ok(())
            }
            _ => budget.charge(price::<T>()),
        }
    }
}

/// Returns what an element of type `T` is charged.
const fn price<T>() -> usize {
    if size_of::<T>() > MEMORY_PER_BYTE {
        size_of::<T>()
    } else {
        MEMORY_PER_BYTE
    }
}
