//! The options between the attribute's parentheses.
//!
//! A fault in one option does not keep the others from being read: its tokens are skipped up to the
//! next comma.

mod duration;
mod identity;
mod lifetime;
mod limits;
mod names;
mod storage;
pub(crate) mod template;
mod value;

use std::time::Duration;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, LitStr, Path, Token};

use crate::diagnostics::Diagnostics;
pub(crate) use identity::Key;
use identity::{function_name, key, skip, version};
pub(crate) use lifetime::{ErrTtl, Ttl};
use lifetime::{early, err_ttl, none_ttl, stale, ttl};
pub(crate) use limits::Flight;
use limits::{command_timeout, flight, max_concurrency, max_value_bytes, timeout};
use names::{meant_by, option_names};
use storage::{codec, encrypt};
pub(crate) use template::Template;
use value::{expect_equals, value};

/// What the attribute says.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) ttl: Slot<Ttl>,
    pub(crate) key: Slot<Key>,
    pub(crate) skip: Slot<Vec<Ident>>,
    pub(crate) scope: Slot<Expr>,
    pub(crate) name: Slot<LitStr>,
    pub(crate) version: Slot<u32>,
    pub(crate) cache: Slot<Expr>,
    pub(crate) store_if: Slot<Expr>,
    pub(crate) none_ttl: Slot<Duration>,
    pub(crate) err_ttl: Slot<ErrTtl>,
    pub(crate) stale_while_revalidate: Slot<Duration>,
    pub(crate) stale_if_error: Slot<Duration>,
    pub(crate) early: Slot<f64>,
    /// Whether it was given; its value is in the next two.
    pub(crate) timeout: Slot<()>,
    pub(crate) soft_timeout: Slot<Duration>,
    pub(crate) hard_timeout: Slot<Duration>,
    pub(crate) max_concurrency: Slot<u32>,
    pub(crate) flight: Slot<Flight>,
    pub(crate) max_value_bytes: Slot<u32>,
    pub(crate) read_timeout: Slot<Duration>,
    pub(crate) write_timeout: Slot<Duration>,
    pub(crate) codec: Slot<Ident>,
    pub(crate) encrypt: Slot<bool>,
    pub(crate) krate: Slot<Path>,
    /// All of it as written.
    pub(crate) text: String,
}

/// An option: its name as it stands in the attribute if it was given, and its value if that was sound.
///
/// A faulty value has its error among the diagnostics, so that no rule need complain again.
pub(crate) struct Slot<T> {
    pub(crate) name: Option<Ident>,
    pub(crate) value: Option<T>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            name: None,
            value: None,
        }
    }
}

impl<T> Slot<T> {
    /// Returns true when the option was given, be its value sound or not.
    pub(crate) fn is_given(&self) -> bool {
        self.name.is_some()
    }

    /// Takes the value of the option called `name` from the input.
    fn set(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        parse: impl FnOnce(&Ident, ParseStream<'_>) -> syn::Result<T>,
    ) -> syn::Result<()> {
        if self.is_given() {
            let message = format!("`{name}` is given twice; keep one of them");
            return Err(syn::Error::new_spanned(name, message));
        }
        self.name = Some(name.clone());
        self.value = Some(parse(name, input)?);
        Ok(())
    }
}

impl Args {
    /// Returns the options in `tokens`.
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut args = Self {
            text: tokens.to_string(),
            ..Self::default()
        };
        let options =
            |input: ParseStream<'_>| each_option(input, diagnostics, |input| args.option(input));
        if let Err(error) = options.parse2(tokens) {
            diagnostics.push(error);
        }
        args
    }

    /// Returns the options given by which the function may run in the background, in words.
    pub(crate) fn background(&self) -> Vec<&'static str> {
        let options = [
            (
                self.stale_while_revalidate.is_given(),
                "`stale_while_revalidate`",
            ),
            (self.early.is_given(), "`early`"),
            (self.soft_timeout.is_given(), "a soft `timeout`"),
        ];
        let given = options.into_iter().filter(|(is_given, _)| *is_given);
        given.map(|(_, name)| name).collect()
    }

    /// Returns true when the function may run in the background, without a caller.
    pub(crate) fn runs_in_background(&self) -> bool {
        !self.background().is_empty()
    }

    /// Returns true when a call can be refused.
    pub(crate) fn refuses(&self) -> bool {
        self.hard_timeout.is_given() || self.max_concurrency.is_given()
    }

    fn option(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let name = input.call(Ident::parse_any).map_err(|error| {
            let message = format!("expected an option: {}", option_names());
            syn::Error::new(error.span(), message)
        })?;
        match name.to_string().as_str() {
            "ttl" => self.ttl.set(&name, input, ttl),
            "key" => self.key.set(&name, input, key),
            "skip" => self.skip.set(&name, input, skip),
            "scope" => self.scope.set(&name, input, value),
            "name" => self.name.set(&name, input, function_name),
            "version" => self.version.set(&name, input, version),
            "cache" => self.cache.set(&name, input, value),
            "store_if" => self.store_if.set(&name, input, store_if),
            "none_ttl" => self.none_ttl.set(&name, input, none_ttl),
            "err_ttl" => self.err_ttl.set(&name, input, err_ttl),
            "stale_while_revalidate" => self.stale_while_revalidate.set(&name, input, stale),
            "stale_if_error" => self.stale_if_error.set(&name, input, stale),
            "early" => self.early.set(&name, input, early),
            "timeout" => {
                let (soft, hard) = (&mut self.soft_timeout, &mut self.hard_timeout);
                let parse = |name: &Ident, input: ParseStream<'_>| timeout(soft, hard, name, input);
                self.timeout.set(&name, input, parse)
            }
            "max_concurrency" => self.max_concurrency.set(&name, input, max_concurrency),
            "flight" => self.flight.set(&name, input, flight),
            "max_value_bytes" => self.max_value_bytes.set(&name, input, max_value_bytes),
            "read_timeout" => self.read_timeout.set(&name, input, command_timeout),
            "write_timeout" => self.write_timeout.set(&name, input, command_timeout),
            "codec" => self.codec.set(&name, input, codec),
            "encrypt" => self.encrypt.set(&name, input, encrypt),
            "crate" => self.krate.set(&name, input, krate),
            unknown => Err(self.unknown_option(&name, unknown)),
        }
    }

    fn unknown_option(&mut self, name: &Ident, unknown: &str) -> syn::Error {
        let meant = meant_by(unknown);
        if meant.contains(&"ttl") {
            // A misspelled TTL is not a missing one.
            self.ttl.name.get_or_insert_with(|| name.clone());
        }
        let message = if meant.is_empty() {
            let names = option_names();
            format!("unknown option `{unknown}`; the options are {names}")
        } else {
            let meant = meant.join("` or `");
            format!("unknown option `{unknown}`; did you mean `{meant}`?")
        };
        syn::Error::new_spanned(name, message)
    }
}

/// Parses the options in all of `input`, one after another.
fn each_option(
    input: ParseStream<'_>,
    diagnostics: &mut Diagnostics,
    mut option: impl FnMut(ParseStream<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    while !input.is_empty() {
        if let Err(error) = option(input).and_then(|()| end_of_option(input)) {
            diagnostics.push(error);
            skip_past_comma(input)?;
        }
    }
    Ok(())
}

fn end_of_option(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    input
        .parse::<Token![,]>()
        .map(drop)
        .map_err(|error| syn::Error::new(error.span(), "expected a comma between two options"))
}

fn skip_past_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    input.parse::<Option<Token![,]>>()?;
    Ok(())
}

fn store_if(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    let value = value(name, input)?;
    match value {
        Expr::Closure(_) | Expr::Path(_) => Ok(value),
        _ => Err(syn::Error::new_spanned(
            value,
            "`store_if` takes a closure over a reference to the value, as in `|value| value.is_complete()`",
        )),
    }
}

fn krate(name: &Ident, input: ParseStream<'_>) -> syn::Result<Path> {
    expect_equals(name, input)?;
    input.call(Path::parse_mod_style).map_err(|error| {
        syn::Error::new(
            error.span(),
            "`crate` takes a path without quotes, as in `crate = ::my_crate::cached_runtime`",
        )
    })
}
