//! `"user:{id}:{lang}"`: a readable key.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, LitStr, Member};

/// Text with arguments in it.
pub(crate) struct Template {
    /// What stands before, between and behind the arguments; one more than these.
    pub(crate) pieces: Vec<String>,
    /// The arguments, or fields of theirs.
    pub(crate) arguments: Vec<Expr>,
    /// All of it as written.
    pub(crate) text: LitStr,
}

impl Template {
    /// Returns the template in a literal.
    ///
    /// # Errors
    /// Returns what is wrong with its braces, and what to write.
    pub(super) fn parse(text: &LitStr) -> syn::Result<Self> {
        let error =
            |message: &str| syn::Error::new_spanned(text, format!("invalid `key`: {message}"));
        let template = text.value();
        let mut pieces = Vec::new();
        let mut arguments = Vec::new();
        let mut rest = template.as_str();
        while let Some((piece, behind)) = rest.split_once('{') {
            let (name, behind) = behind.split_once('}').ok_or_else(|| {
                error("a brace is not closed; arguments stand in braces, as in \"user:{id}\"")
            })?;
            pieces.push(piece.to_owned());
            arguments.push(argument(name, text).ok_or_else(|| {
                error(&format!(
                    "`{{{name}}}` is no argument; braces hold the name of one or a field of it, as in \"user:{{id}}\" or \"user:{{user.id}}\""
                ))
            })?);
            rest = behind;
        }
        pieces.push(rest.to_owned());
        if pieces.iter().any(|piece| piece.contains('}')) {
            return Err(error("a brace is closed that was not opened"));
        }
        let is_plain = |c: char| c.is_ascii_graphic() && !"\"'%".contains(c);
        if !pieces.iter().all(|piece| piece.chars().all(is_plain)) {
            return Err(error(
                "a readable key takes ASCII without spaces, quotes or `%`, and arguments in braces",
            ));
        }
        let text = text.clone();
        Ok(Self {
            pieces,
            arguments,
            text,
        })
    }
}

/// Returns a name or a field access such as `user.id` with the place of the literal.
fn argument(name: &str, text: &LitStr) -> Option<Expr> {
    let tokens: TokenStream = name.parse().ok()?;
    let placed = tokens.into_iter().map(|mut token: TokenTree| {
        token.set_span(text.span());
        token
    });
    let argument: Expr = syn::parse2(placed.collect()).ok()?;
    root(&argument).is_some().then_some(argument)
}

/// Returns the name at the root of a name or a field access.
fn root(argument: &Expr) -> Option<&Ident> {
    match argument {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Field(field) => match &field.member {
            Member::Named(_) | Member::Unnamed(_) => root(&field.base),
        },
        _ => None,
    }
}

impl ToTokens for Template {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.text.to_tokens(tokens);
    }
}
