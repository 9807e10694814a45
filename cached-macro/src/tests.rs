//! Snapshots of expansions: for each shape of function the input, and beside it what becomes of it.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p cached-macro` writes them anew; read the difference before it is
//! committed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::expand::expand;

const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/snapshots");

#[test]
fn expansions_are_as_reviewed() {
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let mut changed = Vec::new();
    for input in inputs() {
        let reviewed = input.with_extension("expanded.rs");
        let expansion = pretty(expand_all(parse(&input)));
        if update {
            fs::write(&reviewed, &expansion).unwrap();
        }
        if fs::read_to_string(&reviewed).ok() != Some(expansion) {
            changed.push(reviewed);
        }
    }
    assert!(
        changed.is_empty(),
        "expansions changed; run `UPDATE_SNAPSHOTS=1 cargo test -p cached-macro` and read {changed:#?}"
    );
}

#[test]
fn every_reviewed_expansion_has_its_input() {
    let inputs: BTreeSet<PathBuf> = inputs()
        .iter()
        .map(|input| input.with_extension("expanded.rs"))
        .collect();

    assert_eq!(files(true), inputs);
}

#[test]
fn the_simplest_expansion_fits_into_fifteen_lines() {
    let input = Path::new(SNAPSHOTS).join("simplest.rs");

    let expansion = pretty(expand_all(parse(&input)));

    assert!(expansion.lines().count() <= 15, "{expansion}");
}

#[test]
fn a_renamed_crate_is_named_as_the_user_names_it() {
    let expansion = pretty(expand_all(parse(
        &Path::new(SNAPSHOTS).join("renamed_crate.rs"),
    )));

    assert!(!expansion.contains("::cached_runtime::"), "{expansion}");
}

/// Returns the files with functions to expand.
fn inputs() -> BTreeSet<PathBuf> {
    files(false)
}

/// Returns the files that hold expansions, or those that do not.
fn files(expanded: bool) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(SNAPSHOTS).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.to_str().unwrap().ends_with(".expanded.rs") == expanded)
        .collect()
}

fn parse(file: &Path) -> TokenStream {
    fs::read_to_string(file).unwrap().parse().unwrap()
}

/// Returns the tokens with every `#[redis_cached(…)]` applied to the function behind it.
fn expand_all(tokens: TokenStream) -> TokenStream {
    let mut expanded = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(tree) = tokens.next() {
        let options = match (&tree, tokens.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(attribute)))
                if hash.as_char() == '#' =>
            {
                options_of(attribute)
            }
            _ => None,
        };
        if let Some(options) = options {
            tokens.next();
            expanded.extend(expand(options, &function(&mut tokens)));
        } else if let TokenTree::Group(group) = tree {
            let inner = expand_all(group.stream());
            expanded.extend([TokenTree::Group(Group::new(group.delimiter(), inner))]);
        } else {
            expanded.extend([tree]);
        }
    }
    expanded
}

/// Returns what stands between the parentheses of `[redis_cached(…)]`.
fn options_of(attribute: &Group) -> Option<TokenStream> {
    let mut trees = attribute.stream().into_iter();
    let is_ours = matches!(trees.next()?, TokenTree::Ident(name) if name == "redis_cached");
    match trees.next()? {
        TokenTree::Group(options) if is_ours => Some(options.stream()),
        _ => None,
    }
}

/// Takes a function from the front of the tokens, up to its body.
fn function(tokens: &mut impl Iterator<Item = TokenTree>) -> TokenStream {
    let mut function = TokenStream::new();
    for tree in tokens {
        let is_body =
            matches!(&tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        function.extend([tree]);
        if is_body {
            break;
        }
    }
    function
}

fn pretty(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("an expansion is Rust"))
}
