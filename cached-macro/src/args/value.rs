//! What stands behind the name of an option.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit, Token};

use super::names;

/// Parses what stands behind `name =`.
pub(super) fn value(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
    expect_equals(name, input)?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(missing_value(name));
    }
    let mut value = input.parse()?;
    // What comes from a fragment of a `macro_rules!` macro stands in a group without delimiters.
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    Ok(value)
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
