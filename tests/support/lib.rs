//! Support for the tests.

pub mod reference;
