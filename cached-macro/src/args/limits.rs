//! What calls share and how much of it they may take: `flight`, `timeout`, `max_concurrency`,
//! `max_value_bytes`, `read_timeout` and `write_timeout`.

use std::time::Duration;

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, parenthesized, token};

use super::duration::{COMMAND, WAIT};
use super::value::{fixed, value, whole_number};
use super::{Slot, each_option};
use crate::diagnostics::Diagnostics;

/// Whether calls share a computation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flight {
    /// The calls of a key in one process.
    Process,
    /// None do.
    Off,
}

pub(super) fn flight(name: &Ident, input: ParseStream<'_>) -> syn::Result<Flight> {
    let value = value(name, input)?;
    match &value {
        Expr::Path(path) if path.path.is_ident("process") => Ok(Flight::Process),
        Expr::Path(path) if path.path.is_ident("off") => Ok(Flight::Off),
        _ => Err(syn::Error::new_spanned(
            value,
            "`flight` takes `process`, which is the default, or `off`, without quotes",
        )),
    }
}

const TIMEOUT_REMEDY: &str = "write `timeout = \"2s\"`, or `timeout(soft = \"200ms\", hard = \"2s\")` with one of them or both";

/// `timeout = "2s"` or `timeout(soft = "200ms", hard = "2s")`.
pub(super) fn timeout(
    soft: &mut Slot<Duration>,
    hard: &mut Slot<Duration>,
    name: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<()> {
    if !input.peek(token::Paren) {
        return hard.set(name, input, wait);
    }
    let content;
    parenthesized!(content in input);
    if content.is_empty() {
        let message = format!("`timeout` says nothing; {TIMEOUT_REMEDY}");
        return Err(syn::Error::new_spanned(name, message));
    }
    let mut diagnostics = Diagnostics::default();
    each_option(&content, &mut diagnostics, |input| {
        either_timeout(soft, hard, input)
    })?;
    diagnostics.finish()
}

fn either_timeout(
    soft: &mut Slot<Duration>,
    hard: &mut Slot<Duration>,
    input: ParseStream<'_>,
) -> syn::Result<()> {
    let unknown = |span, what: &str| {
        let message = format!("`timeout` takes `soft` and `hard`, {what}; {TIMEOUT_REMEDY}");
        syn::Error::new(span, message)
    };
    let name = input
        .call(Ident::parse_any)
        .map_err(|error| unknown(error.span(), "each with a name"))?;
    match name.to_string().as_str() {
        "soft" => soft.set(&name, input, wait),
        "hard" => hard.set(&name, input, wait),
        other => Err(unknown(name.span(), &format!("not `{other}`"))),
    }
}

fn wait(name: &Ident, input: ParseStream<'_>) -> syn::Result<Duration> {
    fixed(name, &value(name, input)?, &WAIT)
}

/// `read_timeout` or `write_timeout`.
pub(super) fn command_timeout(name: &Ident, input: ParseStream<'_>) -> syn::Result<Duration> {
    fixed(name, &value(name, input)?, &COMMAND)
}

pub(super) fn max_concurrency(name: &Ident, input: ParseStream<'_>) -> syn::Result<u32> {
    whole_number(name, input, 1..=u32::MAX)
}

pub(super) fn max_value_bytes(name: &Ident, input: ParseStream<'_>) -> syn::Result<u32> {
    whole_number(name, input, 1..=16 << 20)
}
