//! The endpoints, one file each.

pub(crate) mod chart;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod openapi;
