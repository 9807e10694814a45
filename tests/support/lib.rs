//! Support for the tests: real servers that belong to the test that started them.
//!
//! A test asks for a server and gets one of its own, on a loopback port nobody else uses, in a
//! directory nobody else sees. It is gone when the value is dropped, and also when the test process
//! is killed. A server that is not installed is a failure that says how to get it, never a skip.

#[cfg(feature = "service")]
pub mod app;
pub mod cache;
pub mod certificates;
pub mod faults;
pub mod guess;
#[cfg(doctest)]
mod guide;
#[cfg(feature = "service")]
pub mod log;
pub mod machine;
#[cfg(feature = "service")]
pub mod nginx;
pub mod origin;
pub mod ports;
#[cfg(feature = "service")]
pub mod postgres;
pub mod redis;
#[cfg(feature = "service")]
pub mod reference;
pub mod reports;
mod server;
