//! What tests of cached functions need: time that moves by hand, and stores that fail (feature
//! `testing`).
//!
//! - [`ManualClock`] decides what is fresh, and stands still until it is moved, in either direction.
//! - [`FaultyBackend`] is a store that delays, fails, freezes, lies or loses what it is given, on a
//!   schedule that a seed decides.
//! - [`FaultProxy`] stands in front of a real server and does to its connections what networks do.
//!
//! The library's own tests use this kit.

mod backend;
mod proxy;

pub use backend::{Fault, Faults, FaultyBackend, Lie};
pub use proxy::{FaultProxy, Wire};

pub use crate::clock::ManualClock;

/// The examples of the page on testing, which compile as they stand.
#[cfg(doctest)]
#[doc = include_str!("../../docs/testing.md")]
struct Guide;

/// Returns a number that looks random and that `seed` and `index` decide: `SplitMix64` (Steele, Lea
/// and Flood, *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014).
fn random(seed: u64, index: u64) -> u64 {
    let step = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = seed.wrapping_add(step);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
