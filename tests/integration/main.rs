//! Behaviour of the whole against real servers; one file for each idea.

mod bad_input;
mod damage;
mod ephemeris;
mod harness;
mod hit_and_miss;
mod http;
mod http_cache;
mod http_privacy;
mod http_shutdown;
mod identity;
mod key_laws;
mod outage;
mod reference_charts;
mod settings;
mod time_zones;
