//! From tokens to tokens: parse, check, write.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{AttrStyle, Block, ItemFn, LitStr};

use crate::args::{Args, Key};
use crate::check::{self, is_skipped};
use crate::diagnostics::Diagnostics;
use crate::item::{self, Parameter};

/// Returns the cached function; or all errors and the function as it was, so that its callers do
/// not fail too.
pub(crate) fn expand(args: TokenStream, item: &TokenStream) -> TokenStream {
    cached_function(args, item).unwrap_or_else(|errors| {
        let errors = errors.into_compile_error();
        quote! { #errors #item }
    })
}

fn cached_function(args: TokenStream, item: &TokenStream) -> syn::Result<TokenStream> {
    let mut diagnostics = Diagnostics::default();
    let args = Args::parse(args, &mut diagnostics);
    let function = item::parse(item)
        .map_err(|error| diagnostics.push(error))
        .ok();
    if let Some(function) = &function {
        check::check(&args, function, &mut diagnostics);
    }
    diagnostics.finish()?;
    let function = function.expect("a function that does not parse is an error");
    Ok(emit(&args, &function))
}

/// Writes the cached function. From
///
/// ```text
/// #[redis_cached(ttl = "24h", key = hash, skip(pool))]
/// async fn price(article: u32, pool: &Pool) -> Result<Price, Error> { BODY }
/// ```
///
/// it makes
///
/// ```text
/// async fn price(article: u32, pool: &Pool) -> Result<Price, Error> {
///     ::cached_runtime::__private::cached::<Result<Price, Error>, _, _>(
///         const { &::cached_runtime::__private::Spec::new("shop::price", Duration::from_millis(86400000)) },
///         ::core::option::Option::None,
///         ::cached_runtime::__private::Shape::<Result<Price, Error>>::NEW.kind(),
///         {
///             let encoded = ::cached_runtime::__private::Arguments::encode(&[&article]);
///             encoded
///         },
///         async move {
///             if false {
///                 return ::cached_runtime::__private::return_type::<Result<Price, Error>>();
///             }
///             BODY
///         },
///     )
///     .await
/// }
/// ```
///
/// It introduces no name that the body could see. The first statement gives `return` its type, so
/// that a body of the wrong type is reported on the user's expression.
fn emit(args: &Args, function: &ItemFn) -> TokenStream {
    let output = item::output(function);
    // Errors about the result point at its type, and lints know that the code is not the user's.
    let at_output = Span::mixed_site().located_at(output.span());
    let private = private_path(args, at_output);
    let spec = spec(args, function, &private);
    let cache = cache(args);
    let arguments = arguments(args, function, &private);
    let body = body(function, &private, &output);

    let ItemFn {
        attrs, vis, sig, ..
    } = function;
    let (outer, inner): (Vec<_>, Vec<_>) = attrs
        .iter()
        .partition(|attribute| matches!(attribute.style, AttrStyle::Outer));
    let call = quote_spanned! {at_output=>
        #private::cached::<#output, _, _>(
            #spec,
            #cache,
            #private::Shape::<#output>::NEW.kind(),
            #arguments,
            #body,
        )
        .await
    };
    quote! {
        #(#outer)*
        #vis #sig {
            #(#inner)*
            #call
        }
    }
}

/// The module of the runtime that is there for expansions.
fn private_path(args: &Args, span: Span) -> TokenStream {
    let path = args.krate.value.as_ref();
    path.map_or_else(
        || quote_spanned!(span=> ::cached_runtime::__private),
        |path| quote_spanned!(span=> #path::__private),
    )
}

/// The settings, evaluated at compile time.
fn spec(args: &Args, function: &ItemFn, private: &TokenStream) -> TokenStream {
    let name = args.name.value.as_ref().map_or_else(
        || {
            let name = function.sig.ident.unraw().to_string();
            quote!(::core::concat!(::core::module_path!(), "::", #name))
        },
        LitStr::to_token_stream,
    );
    let ttl = args.ttl.value.expect("the rules ask for a TTL");
    let millis = u64::try_from(ttl.as_millis()).expect("the TTL is within its bound");
    let millis = Literal::u64_unsuffixed(millis);
    let version = args.version.value.map(|version| {
        let version = Literal::u32_unsuffixed(version);
        quote!(.with_version(#version))
    });
    quote! {
        const { &#private::Spec::new(#name, ::core::time::Duration::from_millis(#millis)) #version }
    }
}

/// The cache that the attribute names.
fn cache(args: &Args) -> TokenStream {
    let cache = args.cache.value.as_ref();
    cache.map_or_else(
        || quote!(::core::option::Option::None),
        |cache| quote_spanned!(cache.span()=> ::core::option::Option::Some(&#cache)),
    )
}

/// The encoding of the arguments that are part of the key.
fn arguments(args: &Args, function: &ItemFn, private: &TokenStream) -> TokenStream {
    match args.key.value.unwrap_or(Key::Hash) {
        Key::Hash => {
            let hashed = item::parameters(function)
                .filter(|parameter| !is_skipped(args, parameter.name))
                .map(|Parameter { name, ty }| {
                    // An argument that has no key is reported on its type.
                    let at_type = Span::mixed_site().located_at(ty.span());
                    quote_spanned!(at_type=> &#name)
                });
            // A temporary would live across the `await`, and a future is `Send` only without it.
            quote!({
                let encoded = #private::Arguments::encode(&[#(#hashed),*]);
                encoded
            })
        }
    }
}

/// The user's statements in a future that is polled only when they must run.
fn body(function: &ItemFn, private: &TokenStream, output: &TokenStream) -> TokenStream {
    let Block { brace_token, stmts } = &*function.block;
    let at_output = Span::mixed_site().located_at(output.span());
    let mut body = quote_spanned!(at_output=> async move);
    // The user's own braces: with braces around them rustc would call them unused.
    brace_token.surround(&mut body, |body| {
        body.extend(quote_spanned! {at_output=>
            if false {
                return #private::return_type::<#output>();
            }
        });
        body.append_all(stmts);
    });
    body
}
