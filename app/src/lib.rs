//! The natal-chart service: a birth in, its chart out, cached in Redis.
//!
//! The path of a request, in reading order: [`router`] finds the route, `routes::chart` reads the
//! request through [`domain`], [`chart`] answers from the cache or has [`engine`] compute from the
//! [`ephemeris`]. Only [`chart`] knows that anything is cached.

mod admin;
mod body;
pub mod chart;
pub mod cli;
pub mod domain;
pub mod engine;
pub mod ephemeris;
pub mod error;
mod functions;
pub mod router;
mod routes;
mod server;
pub mod services;
pub mod settings;
pub mod shutdown;
pub mod startup;
mod surroundings;
pub mod telemetry;
