//! Behaviour of the whole against real servers; one file for each idea.

mod bad_input;
mod cache_shutdown;
mod companions;
mod damage;
mod duplicate_names;
mod ephemeris;
mod faults;
mod flight;
mod freshness;
mod functions;
mod harness;
mod hit_and_miss;
mod http;
mod http_cache;
mod http_privacy;
mod http_shutdown;
mod identity;
mod key_laws;
mod limits;
mod options;
mod outage;
mod reference_charts;
mod settings;
mod shapes;
mod time_zones;
mod wire;
