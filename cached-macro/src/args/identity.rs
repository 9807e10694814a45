//! Which calls share a value: `key`, `skip`, `name` and `version`.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitStr, Token, parenthesized};

use super::template::Template;
use super::value::{literal, value, whole_number};

/// How the key of a call is made.
pub(crate) enum Key {
    /// From a digest of every argument that is not skipped.
    Hash,
    /// From a digest of these expressions over the arguments.
    Expressions(Vec<Expr>),
    /// From a readable text.
    Template(Template),
}

pub(super) fn key(name: &Ident, input: ParseStream<'_>) -> syn::Result<Key> {
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
        Expr::Closure(closure) => Err(syn::Error::new_spanned(
            closure,
            "`key` takes no closure; write expressions over the arguments, as in `key = (user.id, page)`",
        )),
        Expr::Tuple(tuple) => Ok(Key::Expressions(tuple.elems.into_iter().collect())),
        expression => Ok(Key::Expressions(vec![expression])),
    }
}

pub(super) fn skip(name: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
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

pub(super) fn function_name(name: &Ident, input: ParseStream<'_>) -> syn::Result<LitStr> {
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

pub(super) fn version(name: &Ident, input: ParseStream<'_>) -> syn::Result<u32> {
    whole_number(name, input, 1..=u32::MAX)
}
