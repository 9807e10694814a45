//! When to stop: the signals an operator or an orchestrator sends.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Returns a future that ends with the first SIGTERM or SIGINT.
///
/// The signals are caught from this call on, not only from the first poll.
///
/// # Errors
///
/// Fails when the operating system refuses to deliver the signals.
pub fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
