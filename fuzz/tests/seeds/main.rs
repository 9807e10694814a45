//! Every target over its seeds, and over mutants of them that are the same in every run.

mod mutants;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use cached_fuzz::{TARGETS, Target};

use mutants::Mutants;

/// How long one input may take: ten thousand times what the slowest of them does.
const DEADLINE: Duration = Duration::from_mins(1);

/// As much as the main thread has, with which libFuzzer runs; for builds without optimisation twice that.
const STACK_BYTES: usize = 16 << 20;

/// Defines a test for each target; it is held against so many mutants.
macro_rules! targets {
    ($($test:ident: $target:literal, $mutants:literal;)*) => {$(
        #[test]
        fn $test() {
            hold($target, $mutants);
        }
    )*};
}

targets! {
    hostile_envelopes_are_refused: "envelope", 20_000;
    changed_envelopes_are_refused: "seal", 5_000;
    hostile_bincode_is_refused: "bincode", 20_000;
    hostile_postcard_is_refused: "postcard", 20_000;
    hostile_messagepack_is_refused: "messagepack", 20_000;
    hostile_json_is_refused: "json", 20_000;
    different_arguments_have_different_encodings: "canonical", 20_000;
    any_attribute_is_expanded_or_refused: "attribute", 4_000;
}

#[test]
fn every_kind_of_input_has_a_seed() {
    for target in TARGETS {
        let kept = seeds(*target);
        for (name, _) in target.seeds() {
            let is_kept = kept.iter().any(|(kept, _)| *kept == name);
            assert!(
                is_kept,
                "{}/{name}; `cargo run -p cached-fuzz -- --write-seeds`",
                target.name
            );
        }
    }
}

/// Holds the target of this name against its seeds and so many mutants.
fn hold(name: &str, mutants: usize) {
    // The memory of a whole process is counted, so one target runs at a time.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let target = Target::named(name).expect("it is one of the targets");
    let seeds = seeds(target);
    let worker = Worker::start(target);

    for (_, seed) in &seeds {
        worker.run(seed);
    }
    for mutant in Mutants::of(&seeds).take(mutants) {
        worker.run(&mutant);
    }
}

/// A thread that holds a target against one input after another.
struct Worker {
    target: Target,
    inputs: SyncSender<Vec<u8>>,
    results: Receiver<thread::Result<()>>,
}

impl Worker {
    fn start(target: Target) -> Self {
        let (inputs, taken) = mpsc::sync_channel::<Vec<u8>>(0);
        let (done, results) = mpsc::sync_channel(0);
        let work = move || {
            for input in taken {
                let result = catch_unwind(AssertUnwindSafe(|| target.run(&input)));
                if done.send(result).is_err() {
                    break;
                }
            }
        };
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
        drop(thread.expect("a thread starts"));
        Self {
            target,
            inputs,
            results,
        }
    }

    /// Holds the target against one input.
    fn run(&self, input: &[u8]) {
        self.inputs
            .send(input.to_vec())
            .expect("the thread takes inputs");
        let (name, input) = (self.target.name, input.escape_ascii());
        match self.results.recv_timeout(DEADLINE) {
            Ok(Ok(())) => {}
            Ok(Err(panic)) => {
                eprintln!("{name} fails with the input b\"{input}\"");
                resume_unwind(panic);
            }
            Err(RecvTimeoutError::Timeout) => panic!("{name} hangs with the input b\"{input}\""),
            Err(RecvTimeoutError::Disconnected) => unreachable!("the thread catches panics"),
        }
    }
}

/// Returns the target's seeds, each with its file's name, in the order of these.
fn seeds(target: Target) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(target.folder()).expect("every target has seeds");
    let seeds = files.map(|file| {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read(path).unwrap())
    });
    let mut seeds: Vec<_> = seeds.collect();
    seeds.sort();
    seeds
}
