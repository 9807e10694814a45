//! What is logged in a test.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// Where log lines end up. Clones are the same log.
///
/// ```
/// use cached_tests::log::Log;
/// use tracing_subscriber::filter::LevelFilter;
///
/// let log = Log::default();
/// let listening = log.listen(LevelFilter::INFO);
/// tracing::info!(number = 7, "seen");
/// drop(listening);
///
/// assert!(log.text().contains("seen number=7"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Keeps the lines of this thread, of this level and above, until what it returns is dropped.
    #[must_use]
    pub fn listen(&self, level: LevelFilter) -> DefaultGuard {
        let log = self.clone();
        tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .without_time()
            .with_writer(move || log.clone())
            .set_default()
    }

    /// Returns what has been logged so far.
    #[must_use]
    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
