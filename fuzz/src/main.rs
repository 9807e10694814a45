//! One target, held against the inputs of libFuzzer, or against those in files.
//!
//! `make fuzz` builds it with libFuzzer around the target that `FUZZ_TARGET` names. Otherwise it needs
//! nothing but Rust:
//!
//! ```text
//! cargo run -p cached-fuzz -- json crash-0a1b…    holds a target against the files
//! cargo run -p cached-fuzz -- --write-seeds       writes the seeds anew
//! ```

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
mod fuzzer {
    use std::env;
    use std::sync::LazyLock;

    use cached_fuzz::Target;
    use libfuzzer_sys::fuzz_target;

    static TARGET: LazyLock<Target> = LazyLock::new(|| {
        let name = env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
        Target::named(&name).expect("there is a target of this name")
    });

    fuzz_target!(|bytes: &[u8]| TARGET.run(bytes));
}

#[cfg(not(fuzzing))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::{env, fs};

    use cached_fuzz::{TARGETS, Target};

    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    if name == "--write-seeds" {
        for target in TARGETS {
            fs::create_dir_all(target.folder())?;
            for (name, bytes) in target.seeds() {
                fs::write(target.folder().join(name), bytes)?;
            }
        }
        return Ok(());
    }
    let Some(target) = Target::named(&name) else {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("give a target ({}) and files", names.join(", ")).into());
    };
    for file in arguments {
        target.run(&fs::read(&file)?);
        println!("{file} passes");
    }
    Ok(())
}
