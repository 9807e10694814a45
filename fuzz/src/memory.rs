//! How much memory something takes at most.

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Returns what `work` returns, after a check that it held no more than `bytes` at any time.
///
/// Other threads are counted too, so nothing else may be at work.
///
/// # Panics
/// Panics when it held more.
pub(crate) fn within<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();

    let output = work();

    let held = ALLOCATOR.peak_usage().saturating_sub(before);
    assert!(
        held <= bytes,
        "{held} bytes are held, and {bytes} are allowed"
    );
    output
}
