//! cached-macro
