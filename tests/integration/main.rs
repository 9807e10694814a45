//! Behaviour of the whole against real servers; one file for each idea.

mod ephemeris;
mod harness;
mod reference_charts;
