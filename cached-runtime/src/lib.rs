//! cached-runtime
