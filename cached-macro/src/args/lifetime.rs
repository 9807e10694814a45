//! How long what is stored may be served: `ttl`, `none_ttl` and `err_ttl`.

use std::time::Duration;

use proc_macro2::{Ident, Span};
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, ExprUnary, Lit, UnOp};

use super::duration;
use super::value::{literal, value};

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
        }) => fixed(name, &value).map(Ttl::Fixed),
        Expr::Closure(closure) => Ok(Ttl::OfValue(closure)),
        expression => Ok(Ttl::OfArguments(expression)),
    }
}

pub(super) fn none_ttl(name: &Ident, input: ParseStream<'_>) -> syn::Result<Duration> {
    fixed(name, &value(name, input)?)
}

pub(super) fn err_ttl(name: &Ident, input: ParseStream<'_>) -> syn::Result<ErrTtl> {
    let value = value(name, input)?;
    match value {
        Expr::Closure(_) | Expr::Path(_) => Ok(ErrTtl::OfError(value)),
        _ => fixed(name, &value).map(|ttl| ErrTtl::Fixed(ttl, value.span())),
    }
}

/// Returns the duration that a literal names.
fn fixed(name: &Ident, value: &Expr) -> syn::Result<Duration> {
    match literal(value) {
        Some(Lit::Str(text)) => duration::parse(&text.value()).map_err(|message| {
            syn::Error::new_spanned(text, format!("invalid `{name}`: {message}"))
        }),
        Some(Lit::Int(number)) => Err(syn::Error::new_spanned(
            number,
            format!("`{name}` needs a unit; write `{name} = \"{number}s\"` for seconds"),
        )),
        _ => Err(syn::Error::new_spanned(
            value,
            format!(
                "`{name}` takes a number and a unit in quotes, as in \"90s\", \"15m\" or \"24h\""
            ),
        )),
    }
}
