//! What stands behind the name of an option.

use std::ops::RangeInclusive;
use std::time::Duration;

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit, Token};

use super::duration::{self, Range};
use super::names;

/// Parses what stands behind `name =`.
pub(super) fn value(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    expect_equals(name, input)?;
    if is_end(input) {
        return Err(missing_value(name));
    }
    let mut value = input.parse()?;
    // What comes from a fragment of a `macro_rules!` macro stands in a group without delimiters.
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    Ok(value)
}

/// Returns true where an option ends.
pub(super) fn is_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

pub(super) fn expect_equals(name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    let equals = input.parse::<Token![=]>();
    equals.map(drop).map_err(|_| missing_value(name))
}

fn missing_value(name: &Ident) -> syn::Error {
    let example = names::example(name);
    syn::Error::new_spanned(name, format!("`{name}` needs a value, as in `{example}`"))
}

/// Returns the literal that an expression consists of.
pub(super) fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        _ => None,
    }
}

/// Returns the duration that a literal names.
pub(super) fn fixed(name: &Ident, value: &Expr, range: &Range) -> syn::Result<Duration> {
    match literal(value) {
        Some(Lit::Str(text)) => duration::parse(&text.value(), range).map_err(|message| {
            syn::Error::new_spanned(text, format!("invalid `{name}`: {message}"))
        }),
        Some(Lit::Int(number)) => {
            let remedy = range.with_unit(|unit| format!("`{name} = \"{number}{unit}\"`"));
            let message = format!("`{name}` needs a unit; write {remedy}");
            Err(syn::Error::new_spanned(number, message))
        }
        _ => Err(syn::Error::new_spanned(
            value,
            format!(
                "`{name}` takes a number and a unit in quotes, as in \"90s\", \"15m\" or \"24h\""
            ),
        )),
    }
}

/// Parses a whole number behind `name =`.
pub(super) fn whole_number(
    name: &Ident,
    input: ParseStream<'_>,
    range: RangeInclusive<u32>,
) -> syn::Result<u32> {
    let value = value(name, input)?;
    let number = match literal(&value) {
        Some(Lit::Int(number)) if number.suffix().is_empty() => number.base10_parse().ok(),
        _ => None,
    };
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            let message = format!("`{name}` takes a whole number from {least} to {most}");
            syn::Error::new_spanned(value, message)
        })
}
