//! The annotated function, as the rules and the expansion see it.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::{FnArg, ItemFn, Pat, PatType, ReturnType, Type};

/// Returns the function in `tokens`.
///
/// # Errors
/// Returns an error for anything else.
pub(crate) fn parse(tokens: &TokenStream) -> syn::Result<ItemFn> {
    syn::parse2(tokens.clone()).map_err(|error| {
        if is_function(tokens) {
            return error;
        }
        let first = tokens.clone().into_iter().next();
        let message = "`#[redis_cached]` goes on an async function with a body";
        syn::Error::new_spanned(first.map_or_else(|| quote!(), Into::into), message)
    })
}

/// Returns true for tokens that are meant as a function with a body, though they may not parse.
fn is_function(tokens: &TokenStream) -> bool {
    let mut trees = tokens.clone().into_iter();
    let has_fn = trees
        .by_ref()
        .any(|tree| matches!(&tree, TokenTree::Ident(word) if word == "fn"));
    let is_body = |tree| matches!(tree, TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace);
    has_fn && trees.any(is_body)
}

/// A parameter, with the name by which the body knows it.
pub(crate) struct Parameter<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) ty: &'a Type,
}

/// Returns the parameters that are plain names; [`check`](crate::check) refuses all others.
pub(crate) fn parameters(function: &ItemFn) -> impl Iterator<Item = Parameter<'_>> {
    function.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(PatType { pat, ty, .. }) => match &**pat {
            Pat::Ident(ident) => Some(Parameter {
                name: &ident.ident,
                ty,
            }),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    })
}

/// Returns the return type as written, or `()`.
pub(crate) fn output(function: &ItemFn) -> TokenStream {
    match &function.sig.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => quote!(#ty),
    }
}
