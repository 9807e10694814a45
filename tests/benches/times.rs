//! How long the parts take that have nothing to be compared with: a key, an envelope, and a chart.

mod support;

use std::hint::black_box;

use app::engine::{self, Chart};
use cached_runtime::KeySecret;
use cached_runtime::measure::Keymaker;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;

criterion_group!(benches, parts);
criterion_main!(benches);

fn parts(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("the system has threads");
    let (ephemeris, _folder) = runtime.block_on(support::ephemeris());
    let birth = support::birth(52.52);
    let chart = runtime
        .block_on(engine::compute(&birth, &ephemeris))
        .expect("the ephemeris covers 1990");
    let keymaker = Keymaker::new(&KeySecret::random().expect("the system has randomness"));
    let identity = || {
        keymaker
            .identity::<Chart>(&[black_box(&birth)])
            .expect("a birth has a key")
    };

    criterion.bench_function("key of a birth", |bencher| bencher.iter(identity));

    let key = identity();
    let sealed = key.seal(&chart).expect("a chart encodes");
    criterion.bench_function("seal a chart", |bencher| {
        bencher.iter(|| key.seal(black_box(&chart)));
    });
    criterion.bench_function("open a chart", |bencher| {
        bencher.iter(|| key.open::<Chart>(black_box(&sealed)));
    });

    criterion.bench_function("chart with SQLite", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(|| engine::compute(black_box(&birth), &ephemeris));
    });
    let tt = chart.julian_day + chart.delta_t / 86_400.0;
    let records = runtime
        .block_on(ephemeris.records(tt - 0.5, tt + 0.1))
        .expect("the ephemeris covers 1990");
    criterion.bench_function("chart from its records", |bencher| {
        bencher.iter(|| engine::chart(black_box(&birth), &records));
    });
}
