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

/// How long a call waits for the function.
#[derive(Default)]
pub(crate) struct Timeouts {
    /// Before it is served a stale value.
    pub(crate) soft: Slot<Duration>,
    /// Before it is refused.
    pub(crate) hard: Slot<Duration>,
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

/// `timeout = "2s"` or `timeout(soft = "200ms", hard = "2s")`.
pub(super) fn timeout(name: &Ident, input: ParseStream<'_>) -> syn::Result<Timeouts> {
    let mut timeouts = Timeouts::default();
    if !input.peek(token::Paren) {
        timeouts.hard.set(name, input, wait)?;
        return Ok(timeouts);
    }
    let content;
    parenthesized!(content in input);
    if content.is_empty() {
        let message = format!("`timeout` says nothing; {TIMEOUT_REMEDY}");
        return Err(syn::Error::new_spanned(name, message));
    }
    let mut diagnostics = Diagnostics::default();
    each_option(&content, &mut diagnostics, |input| timeouts.limit(input))?;
    diagnostics.finish().map(|()| timeouts)
}

const TIMEOUT_REMEDY: &str = "write `timeout = \"2s\"`, or `timeout(soft = \"200ms\", hard = \"2s\")` with one of them or both";

impl Timeouts {
    fn limit(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let unknown = |span, what: &str| {
            let message = format!("`timeout` takes `soft` and `hard`, {what}; {TIMEOUT_REMEDY}");
            syn::Error::new(span, message)
        };
        let name = input
            .call(Ident::parse_any)
            .map_err(|error| unknown(error.span(), "each with a name"))?;
        match name.to_string().as_str() {
            "soft" => self.soft.set(&name, input, wait),
            "hard" => self.hard.set(&name, input, wait),
            other => Err(unknown(name.span(), &format!("not `{other}`"))),
        }
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
