//! Prints how far our charts are from the reference charts, as Markdown tables.
//!
//! `cargo run --release -p cached-tests --example accuracy`; the output stands in `docs/accuracy.md`.

use app::engine::{Body, HouseSystem};
use app::ephemeris::{Database, Ephemeris, Options};
use cached_tests::reference::{self, Deviation, Quantity};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let database = Database::Sqlite(folder.path().join("ephemeris.db"));
    let ephemeris = Ephemeris::open(&database, Options::default()).await?;
    let deviations: Vec<_> = reference::deviations(&ephemeris)
        .await
        .into_iter()
        .map(|(_, deviation)| deviation)
        .collect();

    println!("| body | longitude, \" | latitude, \" | speed, \"/day |");
    println!("| --- | --: | --: | --: |");
    for body in Body::ALL {
        let [longitude, latitude, speed] = [
            Quantity::Longitude(body),
            Quantity::Latitude(body),
            Quantity::Speed(body),
        ]
        .map(|quantity| largest(&deviations, quantity));
        println!("| {body:?} | {longitude} | {latitude} | {speed} |");
    }
    println!();
    println!("| angle or cusps | longitude, \" |");
    println!("| --- | --: |");
    println!(
        "| Ascendant, Descendant | {} |",
        largest(&deviations, Quantity::Ascendant)
    );
    println!(
        "| Midheaven, Imum Coeli | {} |",
        largest(&deviations, Quantity::Midheaven)
    );
    for house_system in HouseSystem::ALL {
        println!(
            "| {house_system} | {} |",
            largest(&deviations, Quantity::Cusp(house_system))
        );
    }
    println!();
    let wrong = deviations
        .iter()
        .filter(|deviation| matches!(deviation, Deviation::Wrong(_)));
    println!(
        "Signs, houses, directions and aspects that differ: {}",
        wrong.count()
    );
    Ok(())
}

/// Returns the largest error of `quantity` under each limit it is held to, as `error (limit)`.
fn largest(deviations: &[Deviation], quantity: Quantity) -> String {
    let mut worst: Vec<(f64, f64)> = Vec::new();
    for deviation in deviations {
        let Deviation::Angle {
            quantity: of,
            error,
            limit,
        } = deviation
        else {
            continue;
        };
        if *of != quantity {
            continue;
        }
        match worst
            .iter_mut()
            .find(|(_, held_to)| held_to.total_cmp(limit).is_eq())
        {
            Some((largest, _)) => *largest = largest.max(*error),
            None => worst.push((*error, *limit)),
        }
    }
    worst.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    let cells: Vec<_> = worst
        .iter()
        .map(|(error, limit)| format!("{error:.3} (of {limit})"))
        .collect();
    cells.join(", ")
}
