//! The natal-chart service; `app --help` tells how to run it.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match app::cli::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, whatever the error quotes.
            eprintln!(
                "app: {}",
                error.to_string().lines().collect::<Vec<_>>().join(" ")
            );
            ExitCode::FAILURE
        }
    }
}
