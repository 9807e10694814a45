//! The rules between options and function. One function a rule; [`check`] lists them.
//!
//! What rustc reports well, such as an argument that is not `Serialize`, is left to rustc.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, ReturnType, Safety, Type};

use crate::args::{Args, Key};
use crate::diagnostics::Diagnostics;
use crate::item::{CachedFn, FutureKind, Parameter, generic_arguments, ungrouped};

/// Adds an error for every broken rule.
pub(crate) fn check(args: &Args, function: &CachedFn, diagnostics: &mut Diagnostics) {
    has_a_ttl(args, diagnostics);
    is_async(function, diagnostics);
    has_no_other_qualifier(function, diagnostics);
    says_what_of_self_matters(args, function, diagnostics);
    has_a_scope_only_where_it_counts(args, function, diagnostics);
    nothing_is_changed_in_place(args, function, diagnostics);
    skipped_parameters_exist(args, function, diagnostics);
    every_parameter_is_in_the_key(args, function, diagnostics);
    returns_something_to_store(function, diagnostics);
}

fn has_a_ttl(args: &Args, diagnostics: &mut Diagnostics) {
    if !args.ttl.is_given {
        diagnostics.push(syn::Error::new(
            Span::call_site(),
            "`ttl` is missing: say how long a result may be served, as in `ttl = \"24h\"`",
        ));
    }
}

fn is_async(function: &CachedFn, diagnostics: &mut Diagnostics) {
    if function.future == FutureKind::None {
        diagnostics.error(
            function.function.sig.fn_token,
            "a cached function is async; write `async fn`",
        );
    }
}

fn has_no_other_qualifier(function: &CachedFn, diagnostics: &mut Diagnostics) {
    const REMEDY: &str = "cannot be cached; cache a plain `async fn` that calls it";
    let signature = &function.function.sig;
    if let Some(constness) = &signature.constness {
        diagnostics.error(constness, format!("a `const` function {REMEDY}"));
    }
    if let Safety::Unsafe(unsafety) = &signature.safety {
        diagnostics.error(unsafety, format!("an `unsafe` function {REMEDY}"));
    }
    if let Some(abi) = &signature.abi {
        diagnostics.error(abi, format!("an `extern` function {REMEDY}"));
    }
    if let Some(variadic) = &signature.variadic {
        diagnostics.error(variadic, format!("a variadic function {REMEDY}"));
    }
}

fn says_what_of_self_matters(args: &Args, function: &CachedFn, diagnostics: &mut Diagnostics) {
    let Some(receiver) = function.receiver() else {
        return;
    };
    if args.scope.is_given || is_skipped(args, "self") || is_in_own_key(args, "self") {
        return;
    }
    diagnostics.error(
        receiver,
        "the key does not tell one `self` from another; say what of it the result depends on, as in \
         `scope = self.tenant`, or write `skip(self)` if on nothing",
    );
}

fn has_a_scope_only_where_it_counts(
    args: &Args,
    function: &CachedFn,
    diagnostics: &mut Diagnostics,
) {
    let Some(scope) = &args.scope.value else {
        return;
    };
    if function.receiver().is_none() {
        diagnostics.error(
            scope,
            "`scope` says what of `self` matters, and this function has no `self`; \
             write `key = (…)` with everything that matters",
        );
    } else if is_skipped(args, "self") {
        diagnostics.error(
            scope,
            "`scope` and `skip(self)` contradict each other; keep one of them",
        );
    } else if own_key(args).is_some() {
        diagnostics.error(
            scope,
            "`scope` goes with `key = hash`; put it into the `key` instead",
        );
    }
}

fn nothing_is_changed_in_place(args: &Args, function: &CachedFn, diagnostics: &mut Diagnostics) {
    for Parameter { name, ty, .. } in &function.parameters {
        let is_mutable = matches!(ty, Type::Reference(reference) if reference.mutability.is_some());
        if is_mutable && !is_skipped(args, name) {
            diagnostics.error(
                ty,
                format!(
                    "a cached function may not run, so it cannot be relied on to change `{name}`; \
                     take `&` or a value, or add `skip({name})` if the change does not matter to callers"
                ),
            );
        }
    }
}

fn skipped_parameters_exist(args: &Args, function: &CachedFn, diagnostics: &mut Diagnostics) {
    let skipped = args.skip.value.as_deref().unwrap_or_default();
    let is_parameter = |name: &Ident| {
        function
            .parameters
            .iter()
            .any(|parameter| parameter.name == *name)
            || (name == "self" && function.receiver().is_some())
    };
    for (at, name) in skipped.iter().enumerate() {
        if skipped[..at].contains(name) {
            diagnostics.error(name, format!("`{name}` is skipped twice"));
        } else if !is_parameter(name) {
            let function = &function.function.sig.ident;
            diagnostics.error(
                name,
                format!("`{function}` has no parameter `{name}` to skip"),
            );
        } else if is_in_own_key(args, name) {
            diagnostics.error(
                name,
                format!("`{name}` is in the key and skipped; keep one of them"),
            );
        }
    }
}

fn every_parameter_is_in_the_key(args: &Args, function: &CachedFn, diagnostics: &mut Diagnostics) {
    if own_key(args).is_none() {
        return;
    }
    for Parameter { name, pattern, .. } in &function.parameters {
        if let Some(pattern) = pattern {
            diagnostics.error(
                pattern,
                "with a `key` of your own, parameters have names, so that it can be seen which of them \
                 are in it; take them apart in the body with `let`",
            );
        } else if !is_in_own_key(args, name) && !is_skipped(args, name) {
            diagnostics.error(
                name,
                format!(
                    "`{name}` is neither in the `key` nor skipped, so calls that differ in it would share \
                     a value; add it to the key, or `skip({name})` if the result does not depend on it"
                ),
            );
        }
    }
}

fn returns_something_to_store(function: &CachedFn, diagnostics: &mut Diagnostics) {
    let (at, what) = match &function.function.sig.output {
        ReturnType::Default => (function.function.sig.ident.to_token_stream(), "nothing"),
        ReturnType::Type(..) if function.future != FutureKind::Async => return,
        ReturnType::Type(_, ty) => match ungrouped(ty) {
            Type::Tuple(tuple) if tuple.elems.is_empty() => (ty.to_token_stream(), "nothing"),
            Type::Never(_) => (ty.to_token_stream(), "nothing"),
            Type::ImplTrait(_) => (ty.to_token_stream(), "a type without a name"),
            ty => match reference_in(ty) {
                Some(reference) => (reference.to_token_stream(), "a reference"),
                None => return,
            },
        },
    };
    diagnostics.error(
        at,
        format!(
            "a function that returns {what} cannot be cached; return an owned value of a type that is \
             `serde::Serialize` and `serde::Deserialize`"
        ),
    );
}

/// Returns a reference that a value of type `ty` holds, looking where it would be stored: the second
/// argument of a `Result`, under whatever name, is its error.
fn reference_in(ty: &Type) -> Option<&Type> {
    match ungrouped(ty) {
        Type::Reference(_) => Some(ty),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(reference_in),
        Type::Path(path) => {
            let mut arguments = generic_arguments(path.path.segments.last()?)?;
            let first = arguments.find_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            first.and_then(reference_in)
        }
        _ => None,
    }
}

/// Returns true when the attribute leaves the parameter of this name out of the key.
pub(crate) fn is_skipped<N: ?Sized>(args: &Args, name: &N) -> bool
where
    Ident: PartialEq<N>,
{
    let skipped = args.skip.value.as_deref().unwrap_or_default();
    skipped.iter().any(|skipped| skipped == name)
}

/// Returns the expressions of a `key` other than `hash`.
fn own_key(args: &Args) -> Option<TokenStream> {
    let expressions = match args.key.value.as_ref()? {
        Key::Hash => return None,
        Key::Expressions(expressions) => expressions,
        Key::Template(template) => &template.arguments,
    };
    Some(expressions.iter().map(ToTokens::to_token_stream).collect())
}

/// Returns true when a `key` other than `hash` names the parameter of this name.
fn is_in_own_key<N: ?Sized>(args: &Args, name: &N) -> bool
where
    Ident: PartialEq<N>,
{
    fn names<N: ?Sized>(tokens: TokenStream, name: &N) -> bool
    where
        Ident: PartialEq<N>,
    {
        tokens.into_iter().any(|tree| match tree {
            TokenTree::Ident(ident) => ident == *name,
            TokenTree::Group(group) => names(group.stream(), name),
            _ => false,
        })
    }
    own_key(args).is_some_and(|key| names(key, name))
}
