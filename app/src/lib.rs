//! app

pub mod engine;
pub mod ephemeris;
