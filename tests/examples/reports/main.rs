//! Measures what the reports tell, and writes them: `make reports`. With names of reports, only those.
//!
//! Each part returns the figures of one report; its prose stands in `templates/`.

mod commands;
mod endpoint;
mod load;
mod performance;
mod quality;
mod redis_use;
mod rollout;
mod servers;
mod tested;

use std::fs;

use cached_tests::machine;
use cached_tests::reports::{
    AllFigures, Figures, NAMES, figures_path, folder, render, template_path,
};
use serde_json::{Value, json};

#[tokio::main]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|name| !NAMES.contains(&&***name)) {
        eprintln!(
            "there is no report {unknown}; there are {}",
            NAMES.join(", ")
        );
        std::process::exit(2);
    }
    let mut all: AllFigures = fs::read(figures_path()).map_or_else(
        |_| AllFigures::new(),
        |json| serde_json::from_slice(&json).expect("reports/figures.json holds figures"),
    );
    for name in NAMES {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == name) {
            continue;
        }
        eprintln!("{name}");
        let mut figures = measure(name).await;
        figures.insert("measured_on".to_owned(), measured_on());
        write(name, &figures);
        all.insert(name.to_owned(), figures);
        let mut json = serde_json::to_string_pretty(&all).expect("figures are JSON");
        json.push('\n');
        fs::write(figures_path(), json).expect("the repository is writable");
    }
}

async fn measure(name: &str) -> Figures {
    match name {
        "performance" => performance::measure().await,
        "redis-integration" => redis_use::measure().await,
        "endpoint" => endpoint::measure().await,
        "integration_report" => rollout::measure().await,
        "testing" => tested::measure(),
        "iosm_report" => quality::measure(),
        _ => unreachable!("the names are those of the list"),
    }
}

/// Writes the page of the report `name`.
fn write(name: &str, figures: &Figures) {
    let template = fs::read_to_string(template_path(name)).expect("it has a template");
    let page = render(&template, figures).unwrap_or_else(|error| panic!("{name}: {error}"));
    fs::write(folder().join(format!("{name}.md")), page).expect("the repository is writable");
}

/// Returns what the figures of every report were measured on.
fn measured_on() -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "machine": machine::machine(),
        "compiler": machine::compiler(),
        "redis": machine::redis(),
        "load": machine::load(),
    })
}

/// Returns figures out of an object.
fn figures(value: Value) -> Figures {
    serde_json::from_value(value).expect("figures are an object")
}

/// Returns the median of `values`, the least and the most.
fn spread(values: &[f64]) -> (f64, f64, f64) {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    (
        values[values.len() / 2],
        values[0],
        values[values.len() - 1],
    )
}
