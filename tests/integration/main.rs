//! Behaviour of the whole against real servers; one file for each idea.

mod harness;
mod reference_charts;
