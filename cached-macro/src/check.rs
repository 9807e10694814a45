//! The rules between options and function. One function a rule; [`check`] lists them.
//!
//! What rustc reports well, such as an argument that is not `Serialize`, is left to rustc.

mod owned;
mod variables;

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{Attribute, Expr, FnArg, GenericArgument, ReceiverKind, ReturnType, Safety, Type};

use crate::args::{Args, Key, template};
use crate::diagnostics::Diagnostics;
use crate::item::{CachedFn, FutureKind, Parameter, generic_arguments, ungrouped};

/// Adds an error for every broken rule.
pub(crate) fn check(args: &Args, function: &CachedFn, diagnostics: &mut Diagnostics) {
    has_a_ttl(args, diagnostics);
    is_async(function, diagnostics);
    has_no_other_qualifier(function, diagnostics);
    is_cached_once(function, diagnostics);
    has_every_parameter_always(function, diagnostics);
    says_what_of_self_matters(args, function, diagnostics);
    has_a_scope_only_where_it_counts(args, function, diagnostics);
    nothing_is_changed_in_place(args, function, diagnostics);
    skipped_parameters_exist(args, function, diagnostics);
    every_parameter_is_in_the_key(args, function, diagnostics);
    readable_keys_hold_parameters(args, function, diagnostics);
    returns_something_to_store(function, diagnostics);
    a_soft_timeout_serves_something(args, diagnostics);
    a_soft_timeout_is_the_shorter_one(args, diagnostics);
    owned::owns_its_arguments(args, function, diagnostics);
}

fn has_a_ttl(args: &Args, diagnostics: &mut Diagnostics) {
    if !args.ttl.is_given() {
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

fn is_cached_once(function: &CachedFn, diagnostics: &mut Diagnostics) {
    let is_ours = |attribute: &&Attribute| {
        let name = attribute.path().segments.last();
        name.is_some_and(|segment| segment.ident == "redis_cached")
    };
    if let Some(second) = function.function.attrs.iter().find(is_ours) {
        diagnostics.error(
            second,
            "a function has one `#[redis_cached]`; put all options into it",
        );
    }
}

fn has_every_parameter_always(function: &CachedFn, diagnostics: &mut Diagnostics) {
    let attributes = function
        .function
        .sig
        .inputs
        .iter()
        .flat_map(|input| match input {
            FnArg::Typed(typed) => &typed.attrs,
            FnArg::Receiver(receiver) => &receiver.attrs,
        });
    for condition in attributes.filter(|attribute| attribute.path().is_ident("cfg")) {
        diagnostics.error(
            condition,
            "a cached function has the same parameters in every build, because they are its key; write \
             a function for each build with `#[cfg(…)]` above it",
        );
    }
}

fn says_what_of_self_matters(args: &Args, function: &CachedFn, diagnostics: &mut Diagnostics) {
    let Some(receiver) = function.receiver() else {
        return;
    };
    if args.scope.is_given() || is_skipped(args, "self") || is_in_own_key(args, &"self") {
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
    let is_mutable =
        |ty: &Type| matches!(ty, Type::Reference(reference) if reference.mutability.is_some());
    let receiver = function.receiver().filter(|receiver| match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_some(),
        ReceiverKind::Typed(_, ty) => is_mutable(ty),
        _ => false,
    });
    let receiver = receiver.map(|receiver| ("self".to_owned(), receiver.to_token_stream()));
    let parameters = function.parameters.iter();
    let parameters = parameters
        .filter(|parameter| is_mutable(&parameter.ty))
        .map(|Parameter { name, ty, .. }| (name.to_string(), ty.to_token_stream()));
    for (name, at) in receiver.into_iter().chain(parameters) {
        if !is_skipped(args, &name) {
            diagnostics.error(
                at,
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

fn readable_keys_hold_parameters(args: &Args, function: &CachedFn, diagnostics: &mut Diagnostics) {
    let Some(Key::Template(template)) = &args.key.value else {
        return;
    };
    for name in template.arguments.iter().filter_map(template::root) {
        let is_self = name == "self" && function.receiver().is_some();
        if !is_self
            && !function
                .parameters
                .iter()
                .any(|parameter| parameter.name == *name)
        {
            let function = &function.function.sig.ident;
            diagnostics.error(
                &template.text,
                format!("`{function}` has no parameter `{name}` to put into the key"),
            );
        }
    }
}

fn returns_something_to_store(function: &CachedFn, diagnostics: &mut Diagnostics) {
    let output = &function.output;
    let at_output = output.to_token_stream();
    let (at, what) = match ungrouped(output) {
        Type::Tuple(tuple) if tuple.elems.is_empty() => match &function.function.sig.output {
            ReturnType::Default => (function.function.sig.ident.to_token_stream(), "nothing"),
            ReturnType::Type(..) => (at_output, "nothing"),
        },
        Type::Never(_) => (at_output, "nothing"),
        Type::ImplTrait(_) if function.future != FutureKind::None => {
            (at_output, "a type without a name")
        }
        output => match reference_in(output) {
            Some(reference) => (reference.to_token_stream(), "a reference"),
            None => return,
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

fn a_soft_timeout_serves_something(args: &Args, diagnostics: &mut Diagnostics) {
    if args.soft_timeout.is_given() && !args.stale_if_error.is_given() {
        diagnostics.error(
            &args.soft_timeout.name,
            "after a `soft` timeout a stale value is served, and nothing says how old it may be; add \
             `stale_if_error = \"24h\"`, or leave `soft` out",
        );
    }
}

fn a_soft_timeout_is_the_shorter_one(args: &Args, diagnostics: &mut Diagnostics) {
    if let (Some(soft), Some(hard)) = (args.soft_timeout.value, args.hard_timeout.value)
        && soft >= hard
    {
        diagnostics.error(
            &args.soft_timeout.name,
            "the `soft` timeout is not shorter than the `hard` one, so it would never be reached; make \
             it shorter or leave it out",
        );
    }
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
fn own_key(args: &Args) -> Option<&[Expr]> {
    match args.key.value.as_ref()? {
        Key::Hash => None,
        Key::Expressions(expressions) => Some(expressions),
        Key::Template(template) => Some(&template.arguments),
    }
}

/// Returns true when a `key` other than `hash` reads the parameter of this name.
fn is_in_own_key(args: &Args, name: &impl ToString) -> bool {
    own_key(args).is_some_and(|key| variables::reads(key, &name.to_string()))
}
