//! Pages of the book whose examples need a web framework: they compile as they stand.

#[doc = include_str!("../../docs/start.md")]
struct Start;
