//! Hostile bytes: for each part that reads what others wrote, a function that holds it against any bytes.
//!
//! A [target](Target) panics when the part panics, answers wrongly, or holds more memory than it may. The
//! binary is libFuzzer around one of them when it is built by `make fuzz`, and else repeats inputs from
//! files. The tests run all of them over the seeds and over mutants of these.
//! `docs/fuzzing.md` says how to fuzz, to add a seed and to repeat a crash.

mod attribute;
mod canonical;
mod codecs;
mod envelope;
mod memory;
mod seal;
mod zoo;

// The macro's own source: nothing can link a crate of procedural macros, and only the compiler can call it.
#[path = "../../cached-macro/src"]
#[expect(
    clippy::large_enum_variant,
    reason = "tokens that know their places are larger"
)]
mod cached_macro {
    pub(crate) mod args;
    pub(crate) mod check;
    pub(crate) mod diagnostics;
    pub(crate) mod expand;
    pub(crate) mod item;
}
// It names its modules from the root of its crate.
use cached_macro::{args, check, diagnostics, expand, item};

use std::path::PathBuf;

/// A function of any bytes that panics when something is wrong with what they are given to.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, which is that of the folder with its seeds too.
    pub name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<(String, Vec<u8>)>,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "envelope",
        run: envelope::run,
        seeds: envelope::seeds,
    },
    Target {
        name: "seal",
        run: seal::run,
        seeds: seal::seeds,
    },
    Target {
        name: "bincode",
        run: codecs::bincode,
        seeds: codecs::bincode_seeds,
    },
    Target {
        name: "postcard",
        run: codecs::postcard,
        seeds: codecs::postcard_seeds,
    },
    Target {
        name: "messagepack",
        run: codecs::messagepack,
        seeds: codecs::messagepack_seeds,
    },
    Target {
        name: "json",
        run: codecs::json,
        seeds: codecs::json_seeds,
    },
    Target {
        name: "canonical",
        run: canonical::run,
        seeds: canonical::seeds,
    },
    Target {
        name: "attribute",
        run: attribute::run,
        seeds: attribute::seeds,
    },
];

impl Target {
    /// Returns the target of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.iter().copied().find(|target| target.name == name)
    }

    /// Holds the part against `bytes`.
    ///
    /// # Panics
    /// Panics when it does what it must not.
    pub fn run(self, bytes: &[u8]) {
        (self.run)(bytes);
    }

    /// Returns inputs with which to start, each with a name: one for every kind that the target knows.
    #[must_use]
    pub fn seeds(self) -> Vec<(String, Vec<u8>)> {
        (self.seeds)()
    }

    /// Returns the folder with the target's seeds.
    #[must_use]
    pub fn folder(self) -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "seeds", self.name]
            .iter()
            .collect()
    }
}
