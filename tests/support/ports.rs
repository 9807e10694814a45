//! Free ports on the loopback address.

use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// Ports below the range that Linux hands to outgoing connections (32768 to 60999).
///
/// A client that retries towards a port inside that range can be given the same port as its own and
/// connect to itself: a stopped server would seem to answer, and could not have its port back.
const FIRST: u16 = 16_384;
const COUNT: u16 = 16_384;

/// How many ports this process has tried.
static TRIED: AtomicU16 = AtomicU16::new(0);

/// Returns a port of 127.0.0.1 that nothing listens on, never the same twice in one process.
///
/// Test processes start at different places, so two that run at once rarely meet; whoever listens
/// on the port must still be ready to find it taken.
///
/// # Panics
///
/// Panics when every port of the range is taken.
#[must_use]
pub fn free() -> u16 {
    // A stride that shares no factor with `COUNT` spreads neighbouring process ids over the range.
    let start = process::id().wrapping_mul(7919) % u32::from(COUNT);
    let start = u16::try_from(start).expect("a remainder of a u16 is a u16");
    loop {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        assert!(
            tried < COUNT,
            "no free port from {FIRST} to {}",
            FIRST + COUNT - 1
        );
        let port = FIRST + (start + tried) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
