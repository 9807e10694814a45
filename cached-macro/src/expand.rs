//! From tokens to tokens: parse, check, write.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{AttrStyle, Block, Expr, ItemFn, Token};

use crate::args::{Args, ErrTtl, Flight, Key, Template, Ttl};
use crate::check::{self, is_skipped};
use crate::diagnostics::Diagnostics;
use crate::item::{CachedFn, FutureKind, Parameter};

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
    let function = CachedFn::parse(item)
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
///     ::cached_runtime::__private::call!(
///         Result<Price, Error>,
///         (&article),
///         (.with_options("ttl = …").with_ttl(Duration::from_millis(86400000))),
///     )
///     .run(async move {
///         if false {
///             return ::cached_runtime::__private::return_type::<Result<Price, Error>>();
///         }
///         BODY
///     })
///     .await
/// }
/// ```
///
/// It introduces no name that the body could see. The first statement gives `return` its type, so
/// that a body of the wrong type is reported on the user's expression.
fn emit(args: &Args, function: &CachedFn) -> TokenStream {
    let output = &function.output;
    // Errors about the result point at its type, and lints know that the code is not the user's.
    let at_output = Span::mixed_site().located_at(output.span());
    let private = private_path(args, at_output);

    let settings = settings(args, &private);
    let arguments = arguments(args, function);
    let options = options(args, at_output);
    let body = body(function, &private, at_output);
    let run = if args.runs_in_background() {
        quote_spanned!(at_output=> run_owned)
    } else {
        quote_spanned!(at_output=> run)
    };
    let call = quote_spanned! {at_output=>
        #private::call!(#output, (#arguments), (#settings), #options)
        .#run(#body)
        .await
    };
    let returned = match function.future {
        FutureKind::Boxed => quote_spanned!(at_output=> #private::Box::pin(async move { #call })),
        FutureKind::Opaque => quote_spanned!(at_output=> async move { #call }),
        FutureKind::Async | FutureKind::None => call,
    };

    let ItemFn {
        attrs, vis, sig, ..
    } = &function.function;
    let (outer, inner): (Vec<_>, Vec<_>) = attrs
        .iter()
        .partition(|attribute| matches!(attribute.style, AttrStyle::Outer));
    quote! {
        #(#outer)*
        #vis #sig {
            #(#inner)*
            #returned
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

/// The settings that are known at compile time.
fn settings(args: &Args, private: &TokenStream) -> TokenStream {
    let text = &args.text;
    let mut settings = quote!(.with_options(#text));
    if let Some(Ttl::Fixed(ttl)) = &args.ttl.value {
        let ttl = duration(*ttl);
        settings.extend(quote!(.with_ttl(#ttl)));
    }
    if let Some(name) = &args.name.value {
        settings.extend(quote!(.with_name(#name)));
    }
    if let Some(version) = args.version.value {
        let version = Literal::u32_unsuffixed(version);
        settings.extend(quote!(.with_version(#version)));
    }
    settings.extend(freshness(args));
    settings.extend(limits(args));
    settings.extend(storage(args, private));
    settings
}

/// The settings of what is served stale and what is computed anew early.
fn freshness(args: &Args) -> TokenStream {
    let mut settings = TokenStream::new();
    if let Some(window) = args.stale_while_revalidate.value.map(duration) {
        settings.extend(quote!(.with_stale_while_revalidate(#window)));
    }
    if let Some(window) = args.stale_if_error.value.map(duration) {
        settings.extend(quote!(.with_stale_if_error(#window)));
    }
    if let Some(beta) = args.early.value.map(Literal::f64_unsuffixed) {
        settings.extend(quote!(.with_early(#beta)));
    }
    settings
}

/// The settings of what a call may take and share.
fn limits(args: &Args) -> TokenStream {
    let mut settings = TokenStream::new();
    if let Some(timeout) = args.soft_timeout.value.map(duration) {
        settings.extend(quote!(.with_soft_timeout(#timeout)));
    }
    if let Some(timeout) = args.hard_timeout.value.map(duration) {
        settings.extend(quote!(.with_hard_timeout(#timeout)));
    }
    if let Some(most) = args.max_concurrency.value.map(Literal::u32_unsuffixed) {
        settings.extend(quote!(.with_max_concurrency(#most)));
    }
    if args.flight.value == Some(Flight::Off) {
        settings.extend(quote!(.without_flight()));
    }
    if let Some(bytes) = args.max_value_bytes.value.map(Literal::u32_unsuffixed) {
        settings.extend(quote!(.with_max_value_bytes(#bytes)));
    }
    if let Some(timeout) = args.read_timeout.value.map(duration) {
        settings.extend(quote!(.with_read_timeout(#timeout)));
    }
    if let Some(timeout) = args.write_timeout.value.map(duration) {
        settings.extend(quote!(.with_write_timeout(#timeout)));
    }
    settings
}

/// The settings of where and in which form values are stored.
fn storage(args: &Args, private: &TokenStream) -> TokenStream {
    let mut settings = TokenStream::new();
    if let Some(codec) = &args.codec.value {
        // A codec that the library was built without is reported on its name.
        settings.extend(quote!(.with_codec(#private::codecs::#codec)));
    }
    if let Some(encrypt) = args.encrypt.value {
        settings.extend(quote!(.with_encrypt(#encrypt)));
    }
    if args.cache.is_given() {
        settings.extend(quote!(.with_own_cache()));
    }
    settings
}

/// The settings that are worked out in each call or that ask something of the result.
fn options(args: &Args, at_output: Span) -> TokenStream {
    let mut options = TokenStream::new();
    if let Some(cache) = &args.cache.value {
        let reference = reference(cache);
        options.extend(quote_spanned!(cache.span()=> .cache(#reference)));
    }
    match &args.ttl.value {
        Some(Ttl::OfArguments(ttl)) => options.extend(quote_spanned!(ttl.span()=> .ttl(#ttl))),
        Some(Ttl::OfValue(ttl)) => {
            let closure = capturing(args, &Expr::Closure(ttl.clone()));
            options.extend(quote_spanned!(ttl.span()=> .ttl_by(#closure)));
        }
        Some(Ttl::Fixed(_)) | None => {}
    }
    if let Some(condition) = &args.store_if.value {
        let closure = capturing(args, condition);
        options.extend(quote_spanned!(condition.span()=> .store_if(#closure)));
    }
    let none = args.none_ttl.value.map(duration);
    let err = args.err_ttl.value.as_ref().map(|ttl| match ttl {
        ErrTtl::Fixed(ttl, span) => {
            let ttl = duration(*ttl);
            let at_ttl = Span::mixed_site().located_at(*span);
            quote_spanned!(at_ttl=> |_| ::core::option::Option::Some(#ttl))
        }
        ErrTtl::OfError(ttl) => capturing(args, ttl),
    });
    options.extend(match (none, err) {
        (Some(none), Some(err)) => {
            quote_spanned!(err.span()=> .none_and_err_ttl(#none, #err))
        }
        (Some(none), None) => quote!(.none_ttl(#none)),
        (None, Some(err)) => quote_spanned!(err.span()=> .err_ttl(#err)),
        (None, None) => TokenStream::new(),
    });
    if args.stale_if_error.is_given() {
        options.extend(quote_spanned!(at_output=> .stale_if_error()));
    }
    if args.refuses() {
        options.extend(quote_spanned!(at_output=> .refusing()));
    }
    options
}

/// Returns a closure of the user's, which owns what it captures where the call may go on in the
/// background.
fn capturing(args: &Args, closure: &Expr) -> TokenStream {
    match closure {
        Expr::Closure(closure) if args.runs_in_background() && closure.capture.is_none() => {
            let mut closure = closure.clone();
            let at_closure = Span::mixed_site().located_at(closure.inputs_begin.span());
            closure.capture = Some(Token![move](at_closure));
            closure.into_token_stream()
        }
        closure => closure.to_token_stream(),
    }
}

fn duration(duration: std::time::Duration) -> TokenStream {
    let millis = u64::try_from(duration.as_millis()).expect("durations are within their bound");
    let millis = Literal::u64_unsuffixed(millis);
    quote!(::core::time::Duration::from_millis(#millis))
}

/// What the key is made of.
fn arguments(args: &Args, function: &CachedFn) -> TokenStream {
    match args.key.value.as_ref().unwrap_or(&Key::Hash) {
        Key::Hash => {
            let scope = args.scope.value.iter().map(reference);
            let hashed = function
                .parameters
                .iter()
                .filter(|parameter| !is_skipped(args, &parameter.name))
                .map(|Parameter { name, ty, .. }| {
                    // An argument that has no key is reported on its type.
                    let at_type = Span::mixed_site().located_at(ty.span());
                    quote_spanned!(at_type=> &#name)
                });
            let values = scope.chain(hashed);
            quote!(#(#values),*)
        }
        Key::Expressions(expressions) => {
            let values = expressions.iter().map(reference);
            quote!(#(#values),*)
        }
        Key::Template(Template {
            before,
            arguments,
            after,
            ..
        }) => {
            let values = arguments.iter().map(reference);
            quote!(readable [#(#before),*], #after, [#(#values),*])
        }
    }
}

/// A reference to what an expression of the user's makes.
fn reference(expression: &Expr) -> TokenStream {
    let at_expression = Span::mixed_site().located_at(expression.span());
    match expression {
        Expr::Path(_) | Expr::Field(_) | Expr::MethodCall(_) | Expr::Call(_) => {
            quote_spanned!(at_expression=> &#expression)
        }
        // `&a % b` is `(&a) % b`.
        _ => quote_spanned!(at_expression=> &(#expression)),
    }
}

/// The user's statements in a future that is polled only when they must run.
fn body(function: &CachedFn, private: &TokenStream, at_output: Span) -> TokenStream {
    let CachedFn {
        output, parameters, ..
    } = function;
    let Block { brace_token, stmts } = &*function.function.block;
    let patterns: Vec<(&syn::Pat, &Ident)> = parameters
        .iter()
        .filter_map(|parameter| Some((parameter.pattern.as_ref()?, &parameter.name)))
        .collect();
    let bindings = patterns
        .iter()
        .map(|(pattern, name)| quote_spanned!(at_output=> let #pattern = #name;));
    let prelude = if function.future == FutureKind::Async {
        quote_spanned! {at_output=>
            if false {
                return #private::return_type::<#output>();
            }
            #(#bindings)*
        }
    } else {
        quote!(#(#bindings)*)
    };
    let mut block = TokenStream::new();
    // The user's own braces: with braces around them rustc would call them unused.
    brace_token.surround(&mut block, |block| {
        block.extend(prelude);
        block.append_all(stmts);
    });
    match function.future {
        FutureKind::Async | FutureKind::None => quote_spanned!(at_output=> async move #block),
        FutureKind::Boxed => {
            let returned = &function.function.sig.output;
            quote_spanned!(at_output=> async move { (move || #returned #block)().await })
        }
        FutureKind::Opaque => quote_spanned!(at_output=> async move { (move || #block)().await }),
    }
}
