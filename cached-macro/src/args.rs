//! The options between the attribute's parentheses.
//!
//! A fault in one option does not keep the others from being read: its tokens are skipped up to the
//! next comma.

mod duration;
pub(crate) mod template;

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, ExprLit, ExprUnary, Lit, LitStr, Path, Token, UnOp, parenthesized};

use crate::diagnostics::Diagnostics;
pub(crate) use template::Template;

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

/// Every option with an example of its use.
const OPTIONS: [(&str, &str); 11] = [
    ("ttl", "ttl = \"24h\""),
    ("key", "key = hash"),
    ("skip", "skip(pool)"),
    ("scope", "scope = self.tenant"),
    ("name", "name = \"shop::price\""),
    ("version", "version = 2"),
    ("cache", "cache = state.cache"),
    ("store_if", "store_if = |value| value.is_complete()"),
    ("none_ttl", "none_ttl = \"30s\""),
    ("err_ttl", "err_ttl = \"5s\""),
    ("crate", "crate = ::my_crate::cached_runtime"),
];

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

/// How the key of a call is made.
pub(crate) enum Key {
    /// From a digest of every argument that is not skipped.
    Hash,
    /// From a digest of these expressions over the arguments.
    Expressions(Vec<Expr>),
    /// From a readable text.
    Template(Template),
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

fn ttl(name: &Ident, input: ParseStream<'_>) -> syn::Result<Ttl> {
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

fn none_ttl(name: &Ident, input: ParseStream<'_>) -> syn::Result<Duration> {
    fixed(name, &value(name, input)?)
}

fn err_ttl(name: &Ident, input: ParseStream<'_>) -> syn::Result<ErrTtl> {
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

fn key(name: &Ident, input: ParseStream<'_>) -> syn::Result<Key> {
    let value = value(name, input)?;
    match value {
        Expr::Path(path) if path.path.is_ident("hash") => Ok(Key::Hash),
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) if text.value() == "hash" => Err(syn::Error::new_spanned(
            text,
            "in quotes `hash` would be a readable key; write `key = hash`",
        )),
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Template::parse(&text).map(Key::Template),
        Expr::Lit(literal) => Err(syn::Error::new_spanned(
            literal,
            "a constant key would be that of every call; `key` takes `hash`, a text with arguments in \
             braces such as \"user:{id}\", or an expression over the arguments",
        )),
        Expr::Tuple(tuple) => Ok(Key::Expressions(tuple.elems.into_iter().collect())),
        expression => Ok(Key::Expressions(vec![expression])),
    }
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

fn skip(name: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new_spanned(
            name,
            "`skip` takes the names of arguments in parentheses, as in `skip(pool)`",
        ));
    }
    let content;
    parenthesized!(content in input);
    // All of it, or syn would report what is left over too.
    let content: TokenStream = content.parse()?;
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with;
    let names = (|content: ParseStream<'_>| names(content, Ident::parse_any))
        .parse2(content)
        .map_err(|error| {
            syn::Error::new(
                error.span(),
                "`skip` takes the names of arguments, as in `skip(pool, state)`",
            )
        })?;
    if names.is_empty() {
        let message = "`skip` names no argument; leave it out";
        return Err(syn::Error::new_spanned(name, message));
    }
    Ok(names.into_iter().collect())
}

fn function_name(name: &Ident, input: ParseStream<'_>) -> syn::Result<LitStr> {
    const CHARACTERS: &str = "1 to 128 ASCII letters, digits or any of _-.:/";
    let value = value(name, input)?;
    let Some(Lit::Str(text)) = literal(&value) else {
        let message = format!("`name` takes text in quotes, {CHARACTERS}");
        return Err(syn::Error::new_spanned(value, message));
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.:/".contains(c);
    let plain = text.value();
    if !(1..=128).contains(&plain.len()) || !plain.chars().all(is_plain) {
        let message = format!("`name` is part of keys and takes {CHARACTERS}");
        return Err(syn::Error::new_spanned(text, message));
    }
    Ok(text.clone())
}

fn version(name: &Ident, input: ParseStream<'_>) -> syn::Result<u32> {
    let value = value(name, input)?;
    let number = match literal(&value) {
        Some(Lit::Int(number)) if number.suffix().is_empty() => number.base10_parse().ok(),
        _ => None,
    };
    number.filter(|&number| number > 0).ok_or_else(|| {
        let message = format!("`version` takes a whole number from 1 to {}", u32::MAX);
        syn::Error::new_spanned(value, message)
    })
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

/// Parses what stands behind `name =`.
fn value(name: &Ident, input: ParseStream<'_>) -> syn::Result<Expr> {
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

fn expect_equals(name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    let equals = input.parse::<Token![=]>();
    equals.map(drop).map_err(|_| missing_value(name))
}

fn missing_value(name: &Ident) -> syn::Error {
    let example = OPTIONS.iter().find(|(option, _)| name == option);
    let (_, example) = example.expect("only known options are parsed");
    syn::Error::new_spanned(name, format!("`{name}` needs a value, as in `{example}`"))
}

/// Returns the literal that an expression consists of.
fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        _ => None,
    }
}

fn option_names() -> String {
    OPTIONS.map(|(name, _)| name).join(", ")
}

/// Returns the option whose name is at most two changes away from `unknown`.
fn nearest_option(unknown: &str) -> Option<&'static str> {
    let distances = OPTIONS.map(|(name, _)| (edit_distance(unknown, name), name));
    let (distance, nearest) = distances.into_iter().min()?;
    (distance <= 2).then_some(nearest)
}

/// Returns how many insertions, deletions and replacements turn `one` into `other` (Levenshtein).
fn edit_distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.bytes().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edit_distance_counts_the_changes() {
        assert_eq!(edit_distance("ttl", "ttl"), 0);
        assert_eq!(edit_distance("tll", "ttl"), 1);
        assert_eq!(edit_distance("verison", "version"), 2);
        assert_eq!(edit_distance("", "key"), 3);
    }
}
