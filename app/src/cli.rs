//! The command line: without a command the service runs.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;

use cached_runtime::SystemClock;
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::ephemeris::Kernel;
use crate::settings::Settings;
use crate::startup::Application;
use crate::{functions, shutdown, startup, telemetry};

const ENVIRONMENT: &str = "\
Settings, all optional, from the environment:
  BIND_ADDR         where to listen [127.0.0.1:3000]
  ADMIN_ADDR        where operators find metrics and the switch of the cache, or off [127.0.0.1:9464]
  ADMIN_HOSTS       names they may call it by, with commas, beside localhost and addresses [none]
  MAX_CONNECTIONS   how many clients may be connected; fewer where descriptors are short [4096]
  DATABASE_URL      postgres://… or sqlite://… [a SQLite file in DATA_DIR]
  DATABASE_PASSWORD_FILE  a file that holds the password of PostgreSQL, instead of the URL
  DATA_DIR          where the service keeps its files [data]
  REDIS_URL         redis://…, or rediss://… for TLS, where charts are cached [in this process]
  REDIS_PASSWORD_FILE  a file that holds the password of Redis, instead of the URL
  REDIS_TLS_CA      a file of certificates to trust with rediss:// [Mozilla's roots]
  REDIS_TLS_CERT    a file of a client certificate, with its key in the file REDIS_TLS_KEY
  ENABLE_CACHE      true or false; false makes no connection to Redis [true]
  CACHE_KEY_SECRET  32 bytes or more, needed with REDIS_URL; make one with: openssl rand -hex 32
  CACHE_KEY_SECRET_FILE           a file that holds it, instead
  CACHE_KEY_SECRET_PREVIOUS       a second one, under which charts are looked for too
  CACHE_KEY_SECRET_PREVIOUS_FILE  a file that holds that, instead
  CACHE_NAMESPACE   the first part of every key in Redis [natal]
  CACHE_STATUS_HEADER  true or false; false keeps from clients what the cache did [true]
  LOG               error, warn, info, debug, trace or off, also per module: info,app=debug [info]
  OTEL_EXPORTER_OTLP_ENDPOINT  http://host:port of a collector to send spans to [none]
  OTEL_SERVICE_NAME            what the service is called there [natal-chart]";

/// Natal charts over HTTP. Without a command, serves.
#[derive(Debug, Parser)]
#[command(version, after_help = ENVIRONMENT)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fill the database with an ephemeris, replacing what is there.
    ImportEphemeris {
        /// A JPL ephemeris in SPK form, such as de440s.bsp [default: DE421, which is built in]
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// List every cached function: its name, version, time to live, place and options.
    Functions {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
}

/// Does what the command line asks for.
///
/// # Errors
///
/// Returns what kept it from being done, fit for one line.
pub async fn run() -> Result<(), Box<dyn Error>> {
    match Cli::parse().command {
        None => serve(Settings::from_env()?).await,
        Some(Command::ImportEphemeris { file }) => {
            import_ephemeris(Settings::from_env()?, file).await
        }
        Some(Command::Functions { json }) => list_functions(json),
    }
}

async fn serve(settings: Settings) -> Result<(), Box<dyn Error>> {
    let export = telemetry::init(settings.log.clone(), settings.export.as_ref())?;
    let stop = shutdown::stop_signal()?;
    let application = Application::build(settings, SystemClock).await?;
    application.run_until(stop).await;
    if let Some(export) = export {
        export.end().await;
    }
    Ok(())
}

async fn import_ephemeris(settings: Settings, file: Option<PathBuf>) -> Result<(), Box<dyn Error>> {
    let kernel = match file {
        Some(file) => {
            Kernel::read(&file).map_err(|error| format!("--file {}: {error}", file.display()))?
        }
        None => Kernel::embedded(),
    };
    let ephemeris = startup::open(&settings.database).await?;
    let style = ProgressStyle::with_template(
        "{msg} {wide_bar} {human_pos}/{human_len} records, {eta} left",
    )?;
    let bar = ProgressBar::no_length()
        .with_style(style)
        .with_message(kernel.coverage().ephemeris.clone());
    ephemeris
        .import(&kernel, |done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        })
        .await
        .map_err(|error| format!("{}: {error}", settings.database.variable))?;
    bar.finish_and_clear();
    println!(
        "imported {}: {} records",
        kernel.coverage().ephemeris,
        kernel.record_count()
    );
    Ok(())
}

fn list_functions(json: bool) -> Result<(), Box<dyn Error>> {
    let functions = cached_runtime::functions();
    let list = if json {
        format!("{:#}\n", functions::json(&functions))
    } else {
        functions::table(&functions)
    };
    io::stdout().write_all(list.as_bytes())?;
    Ok(())
}
