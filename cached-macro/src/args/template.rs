//! `"user:{id}:{lang}"`: a readable key.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, LitStr, Member};

/// Text with arguments in it.
pub(crate) struct Template {
    /// What stands before each argument.
    pub(crate) before: Vec<String>,
    /// The arguments, or fields of theirs.
    pub(crate) arguments: Vec<Expr>,
    /// What stands at the end.
    pub(crate) after: String,
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
        let mut before: Vec<String> = Vec::new();
        let mut arguments = Vec::new();
        let mut rest = template.as_str();
        while let Some((piece, behind)) = rest.split_once('{') {
            let (name, behind) = behind.split_once('}').ok_or_else(|| {
                error("a brace is not closed; arguments stand in braces, as in \"user:{id}\"")
            })?;
            if !arguments.is_empty() && !separates(piece) {
                return Err(error(
                    "between two arguments stands a character that tells where the first one ends, such as `:`",
                ));
            }
            arguments.push(argument(name, text).ok_or_else(|| {
                error(&format!(
                    "`{{{name}}}` is no argument; braces hold the name of one or a field of it, as in \"user:{{id}}\" or \"user:{{user.id}}\""
                ))
            })?);
            before.push(piece.to_owned());
            rest = behind;
        }
        let after = rest.to_owned();
        let pieces = || before.iter().chain([&after]);
        if pieces().any(|piece| piece.contains('}')) {
            return Err(error("a brace is closed that was not opened"));
        }
        if !pieces().all(|piece| piece.chars().all(|c| c.is_ascii_graphic())) {
            return Err(error(
                "a readable key takes printable ASCII without spaces, and arguments in braces",
            ));
        }
        let text = text.clone();
        Ok(Self {
            before,
            arguments,
            after,
            text,
        })
    }
}

/// Returns true when the text holds a character that no escaped value has.
fn separates(piece: &str) -> bool {
    piece
        .chars()
        .any(|c| !c.is_ascii_alphanumeric() && !"-_.%".contains(c))
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
pub(crate) fn root(argument: &Expr) -> Option<&Ident> {
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
