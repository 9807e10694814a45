//! The one cached function of the service.

use crate::engine::{self, BirthData, Chart, ChartError};
use crate::services::Services;

/// Returns the chart of a birth.
///
/// # Errors
///
/// Fails when the ephemeris does not cover the instant, the house system has no solution at that
/// latitude, or the database cannot answer.
pub async fn calculate_chart(birth: BirthData, services: &Services) -> Result<Chart, ChartError> {
    engine::compute(&birth, &services.ephemeris).await
}
