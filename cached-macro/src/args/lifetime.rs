//! How long what is stored may be served, and when it is computed anew: `ttl`, `none_ttl`, `err_ttl`,
//! `stale_while_revalidate`, `stale_if_error` and `early`.

use std::time::Duration;

use proc_macro2::{Ident, Span};
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, ExprUnary, Lit, UnOp};

use super::duration::{LIFETIME, STALE};
use super::value::{fixed, is_end, literal, value};

/// How long values live.
pub(crate) enum Ttl {
    /// `"24h"`
    Fixed(Duration),
    /// An expression over the arguments.
    OfArguments(Expr),
    /// A closure over the value.
    OfValue(ExprClosure),
}

/// How long errors live.
pub(crate) enum ErrTtl {
    /// `"5s"`, all of them, and where it says so.
    Fixed(Duration, Span),
    /// A closure over the error.
    OfError(Expr),
}

pub(super) fn ttl(name: &Ident, input: ParseStream<'_>) -> syn::Result<Ttl> {
    let value = value(name, input)?;
    match value {
        Expr::Lit(_)
        | Expr::Unary(ExprUnary {
            op: UnOp::Neg(_), ..
        }) => fixed(name, &value, &LIFETIME).map(Ttl::Fixed),
        Expr::Closure(closure) => Ok(Ttl::OfValue(closure)),
        expression => Ok(Ttl::OfArguments(expression)),
    }
}

pub(super) fn none_ttl(name: &Ident, input: ParseStream<'_>) -> syn::Result<Duration> {
    fixed(name, &value(name, input)?, &LIFETIME)
}

pub(super) fn err_ttl(name: &Ident, input: ParseStream<'_>) -> syn::Result<ErrTtl> {
    let value = value(name, input)?;
    match value {
        Expr::Closure(_) | Expr::Path(_) => Ok(ErrTtl::OfError(value)),
        _ => fixed(name, &value, &LIFETIME).map(|ttl| ErrTtl::Fixed(ttl, value.span())),
    }
}

/// `stale_while_revalidate` or `stale_if_error`: how long a value is served after its `ttl`.
pub(super) fn stale(name: &Ident, input: ParseStream<'_>) -> syn::Result<Duration> {
    fixed(name, &value(name, input)?, &STALE)
}

/// How eager `XFetch` is: its beta.
pub(super) fn early(name: &Ident, input: ParseStream<'_>) -> syn::Result<f64> {
    // Without a lock between processes the eagerness of the theory, 1.0, costs e computations of
    // each value; twice that costs their square root.
    const DEFAULT: f64 = 2.0;
    if is_end(input) {
        return Ok(DEFAULT);
    }
    let value = value(name, input)?;
    let beta: Option<f64> = match literal(&value) {
        Some(Lit::Int(number)) if number.suffix().is_empty() => number.base10_parse().ok(),
        Some(Lit::Float(number)) if number.suffix().is_empty() => number.base10_parse().ok(),
        _ => None,
    };
    beta.filter(|&beta| 0.0 < beta && beta <= 100.0)
        .ok_or_else(|| {
            let message = "`early` takes a number above 0 and up to 100, as in `early = 2.0`; the larger, \
                           the earlier";
            syn::Error::new_spanned(value, message)
        })
}
