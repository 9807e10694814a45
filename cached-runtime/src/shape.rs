//! Shape: what a stored type looks like to a codec, found out without a derive of ours.
//!
//! A type's `Deserialize` says what it expects, step by step: a struct of this name with these fields,
//! a number in the first, a list in the second. So it is run against a deserializer ([tracer]) that
//! writes down what is asked for and answers with [probes], again and again, until each
//! field and each variant has been seen: the result is a [graph], and its digest the fingerprint that
//! stands in the key. It depends on names, order, types and nesting, and on nothing else: not on the
//! module of a type, nor on comments, nor on attributes that leave the encoding alone.
//!
//! What hides its shape is known by the name of its Rust type: what asks for "anything" (untagged and
//! internally tagged enums, `flatten`), refuses every probe, or panics.
//!
//! (The crate `serde-reflection` does nearly this. It knows types by their bare name, so that two of one
//! name are an error or one shape; it needs sample values for types that refuse its own; and each enum
//! has to be asked for by itself.)

mod explorer;
mod graph;
mod probes;
mod tracer;

use std::any::type_name;
use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

/// Separates these digests from all others.
const DOMAIN: &[u8] = b"cached-fingerprint-v2";

/// Returns the fingerprint of `T`: 64 bits of a digest of its shape, both in the compact form of
/// binary codecs and in the form for people that textual ones use.
///
/// Runs `T::deserialize` many times, which takes from microseconds to milliseconds, and for types with
/// hundreds of fields and variants longer; the explorer's limits end it within seconds. Says in the log which parts hide their
/// shape.
pub(crate) fn fingerprint<T: DeserializeOwned>() -> u64 {
    let mut encoded = Vec::with_capacity(1 << 10);
    graph::write_text(&mut encoded, DOMAIN);
    let mut hidden = BTreeSet::new();
    for is_human_readable in [false, true] {
        let graph = explorer::explore::<T>(is_human_readable);
        hidden.extend(graph.hidden());
        graph.encode(&mut encoded);
    }
    if !hidden.is_empty() {
        tracing::info!(
            result = type_name::<T>(),
            ?hidden,
            "parts of a result type are known by name alone: a change inside them needs a new `version`"
        );
    }
    let digest: [u8; 32] = Sha256::digest(&encoded).into();
    let first = digest
        .first_chunk()
        .expect("a digest has more than 8 bytes");
    u64::from_be_bytes(*first)
}

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;
