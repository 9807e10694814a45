//! The ephemeris: where the Sun, the Moon and the planets are, as rows of a database.
//!
//! A JPL development ephemeris gives each body's place as Chebyshev polynomials over short spans
//! of time. [`kernel`] reads them from JPL's file, an [`Ephemeris`] keeps them in SQLite or
//! PostgreSQL and hands out the [`Records`] around an instant. [`engine`](crate::engine) makes the
//! chart from them; nothing here knows about charts.

mod chebyshev;
mod daf;
mod database;
mod error;
mod import;
pub mod kernel;
mod records;
mod spk;

pub use database::{Database, Ephemeris, Options};
pub use error::Error;
pub use kernel::Kernel;
pub use records::{Coverage, Record, Records, Target};
