//! The options between the attribute's parentheses.
//!
//! A fault in one option does not keep the others from being read: its tokens are skipped up to the
//! next comma.

mod duration;
mod identity;
mod lifetime;
mod names;
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
use lifetime::{err_ttl, none_ttl, ttl};
use names::{nearest_option, option_names};
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
    pub(crate) krate: Slot<Path>,
    /// All of it as written.
    pub(crate) text: String,
}

/// An option: whether it was given, and its value if that was sound.
///
/// A faulty value has its error among the diagnostics, so that no rule need complain again.
pub(crate) struct Slot<T> {
    pub(crate) is_given: bool,
    pub(crate) value: Option<T>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            is_given: false,
            value: None,
        }
    }
}

impl<T> Slot<T> {
    /// Takes the value of the option called `name` from the input.
    fn set(
        &mut self,
        name: &Ident,
        input: ParseStream<'_>,
        parse: impl FnOnce(&Ident, ParseStream<'_>) -> syn::Result<T>,
    ) -> syn::Result<()> {
        if self.is_given {
            let message = format!("`{name}` is given twice; keep one of them");
            return Err(syn::Error::new_spanned(name, message));
        }
        self.is_given = true;
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
        let options = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let option = args.option(input).and_then(|()| end_of_option(input));
                if let Err(error) = option {
                    diagnostics.push(error);
                    skip_past_comma(input)?;
                }
            }
            Ok(())
        };
        if let Err(error) = options.parse2(tokens) {
            diagnostics.push(error);
        }
        args
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
            "crate" => self.krate.set(&name, input, krate),
            unknown => Err(self.unknown_option(&name, unknown)),
        }
    }

    fn unknown_option(&mut self, name: &Ident, unknown: &str) -> syn::Error {
        let message = match nearest_option(unknown) {
            Some(nearest) => {
                // A misspelled TTL is not a missing one.
                self.ttl.is_given |= nearest == "ttl";
                format!("unknown option `{unknown}`; did you mean `{nearest}`?")
            }
            None => format!(
                "unknown option `{unknown}`; the options are {}",
                option_names()
            ),
        };
        syn::Error::new_spanned(name, message)
    }
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
