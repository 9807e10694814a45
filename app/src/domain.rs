//! What a client may ask for: raw JSON in, a validated [`ChartRequest`] out.
//!
//! Nothing here knows HTTP, databases or caches. All faults of a request are found in one pass.

mod civil;
mod contract;
mod fault;
mod fields;
mod moment;
mod place;
mod request;
mod when;
mod zone;

pub(crate) use self::contract::ChartRequestSchema;
pub use self::fault::{Fault, Faults};
pub use self::moment::Moment;
pub use self::request::ChartRequest;
pub use self::zone::TZDB_VERSION;
