//! The switch of a cache, for all functions or for one, while the process runs.
//!
//! A hit reads one atomic of it. Whoever is switched off goes past the cache from the next call on, and what is
//! being computed then is not stored.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use metrics::gauge;

use crate::error::Error;
use crate::functions::functions;
use crate::spec::Spec;

/// Whether calls use the cache.
pub(crate) struct Switch {
    /// Tells most calls enough: one of the three constants below.
    state: AtomicU8,
    /// What is switched off. Locked for changes, and to look up a function while some are off.
    off: Mutex<Off>,
}

const ALL_ON: u8 = 0;
const SOME_OFF: u8 = 1;
const ALL_OFF: u8 = 2;

#[derive(Default)]
struct Off {
    is_everything: bool,
    functions: BTreeSet<&'static str>,
}

impl Off {
    fn holds(&self, function: &'static str) -> bool {
        self.is_everything || self.functions.contains(function)
    }
}

impl Switch {
    /// Returns a switch with which everything is on.
    pub(crate) fn on() -> Self {
        let switch = Self {
            state: AtomicU8::new(ALL_ON),
            off: Mutex::default(),
        };
        switch.change(|_| ());
        switch
    }

    /// Returns true when calls of the function go past the cache.
    pub(crate) fn is_off(&self, spec: &'static Spec) -> bool {
        match self.state.load(Ordering::Relaxed) {
            ALL_ON => false,
            ALL_OFF => true,
            _ => self.off().holds(spec.name()),
        }
    }

    /// Returns true when all calls go past the cache, whatever is said of their functions.
    pub(crate) fn is_everything_off(&self) -> bool {
        self.state.load(Ordering::Relaxed) == ALL_OFF
    }

    /// Switches everything on or off; what is said of single functions stays.
    pub(crate) fn set(&self, is_enabled: bool) {
        self.change(|off| off.is_everything = !is_enabled);
    }

    /// Switches the functions of a name on or off.
    ///
    /// # Errors
    /// Returns an error where the program has no function of that name.
    pub(crate) fn set_function(&self, name: &str, is_enabled: bool) -> Result<(), Error> {
        let name = known(name)?;
        self.change(|off| {
            if is_enabled {
                off.functions.remove(name);
            } else {
                off.functions.insert(name);
            }
        });
        Ok(())
    }

    /// Returns whether single functions of a name are switched on, whatever is said of everything.
    ///
    /// # Errors
    /// As [`set_function`](Self::set_function).
    pub(crate) fn is_function_on(&self, name: &str) -> Result<bool, Error> {
        let name = known(name)?;
        Ok(!self.off().functions.contains(name))
    }

    fn change(&self, change: impl FnOnce(&mut Off)) {
        let mut off = self.off();
        change(&mut off);
        let state = match (off.is_everything, off.functions.is_empty()) {
            (true, _) => ALL_OFF,
            (false, true) => ALL_ON,
            (false, false) => SOME_OFF,
        };
        self.state.store(state, Ordering::Relaxed);
        // Under the lock, so that the last to be shown is the one that holds.
        show(|function| !off.holds(function));
    }

    fn off(&self) -> MutexGuard<'_, Off> {
        self.off.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows for every function whether its calls use the cache.
pub(crate) fn show(is_on: impl Fn(&'static str) -> bool) {
    for spec in functions() {
        let level = if is_on(spec.name()) { 1.0 } else { 0.0 };
        gauge!("cached_enabled", "function" => spec.name()).set(level);
    }
}

/// Returns the name as it stands in the program.
fn known(name: &str) -> Result<&'static str, Error> {
    let functions = functions();
    let found = functions.iter().find(|spec| spec.name() == name);
    let found = found.map(|spec| spec.name());
    found.ok_or_else(|| Error::setting("no cached function of the program has this name"))
}
