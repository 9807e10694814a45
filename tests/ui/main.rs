//! What the attribute accepts and what it says about mistakes: one file for each.
//!
//! The `.stderr` files hold the words of rustc 1.95, which `rust-toolchain.toml` pins. To accept new
//! ones, run `TRYBUILD=overwrite cargo test -p cached-runtime --test ui` and read them as prose.

#[test]
fn mistakes_are_reported_with_their_remedy() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("../tests/ui/fail/*/*.rs");
}

#[test]
fn what_is_right_compiles_without_warnings() {
    let cases = trybuild::TestCases::new();
    cases.pass("../tests/ui/pass/*.rs");
}
