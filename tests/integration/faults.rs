//! Whatever happens to Redis: every call is answered, rightly, and hits come back.

mod crowds;
mod function;
mod load;
mod origin;
mod service;
mod store;
