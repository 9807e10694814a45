//! Behaviour of the whole against real servers; one file for each idea.

mod damage;
mod harness;
mod hit_and_miss;
mod identity;
mod outage;
mod reference_charts;
