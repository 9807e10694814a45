//! The rules between options and function. One function a rule; [`check`] lists them.
//!
//! What rustc reports well, such as an argument that is not `Serialize`, is left to rustc.

use quote::ToTokens;
use syn::{
    FnArg, GenericArgument, GenericParam, ItemFn, Pat, PathArguments, ReturnType, Safety, Type,
};

use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::item::{self, Parameter};

/// Adds an error for every broken rule.
pub(crate) fn check(args: &Args, function: &ItemFn, diagnostics: &mut Diagnostics) {
    has_a_ttl(args, diagnostics);
    is_async(function, diagnostics);
    has_no_other_qualifier(function, diagnostics);
    has_no_receiver(function, diagnostics);
    is_not_generic(function, diagnostics);
    parameters_are_names(function, diagnostics);
    nothing_is_changed_in_place(args, function, diagnostics);
    skipped_parameters_exist(args, function, diagnostics);
    returns_something_to_store(function, diagnostics);
}

fn has_a_ttl(args: &Args, diagnostics: &mut Diagnostics) {
    if !args.ttl.is_given {
        diagnostics.push(syn::Error::new(
            proc_macro2::Span::call_site(),
            "`ttl` is missing: say how long a result may be served, as in `ttl = \"24h\"`",
        ));
    }
}

fn is_async(function: &ItemFn, diagnostics: &mut Diagnostics) {
    if function.sig.asyncness.is_none() {
        diagnostics.error(
            function.sig.fn_token,
            "a cached function is async; write `async fn`",
        );
    }
}

fn has_no_other_qualifier(function: &ItemFn, diagnostics: &mut Diagnostics) {
    const REMEDY: &str = "cannot be cached; cache a plain `async fn` that calls it";
    let signature = &function.sig;
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

fn has_no_receiver(function: &ItemFn, diagnostics: &mut Diagnostics) {
    if let Some(receiver) = function.sig.receiver() {
        diagnostics.error(
            receiver,
            "a method cannot be cached, because the key would not tell one `self` from another; \
             cache a free function that takes what it needs of `self` as arguments",
        );
    }
}

fn is_not_generic(function: &ItemFn, diagnostics: &mut Diagnostics) {
    const REMEDY: &str = "cannot be cached, because all its instances would share entries; cache a function of one type";
    for parameter in &function.sig.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            diagnostics.error(parameter, format!("a generic function {REMEDY}"));
        }
    }
    for Parameter { ty, .. } in item::parameters(function) {
        if matches!(ty, Type::ImplTrait(_)) {
            diagnostics.error(
                ty,
                format!("a function with an `impl Trait` argument {REMEDY}"),
            );
        }
    }
}

fn parameters_are_names(function: &ItemFn, diagnostics: &mut Diagnostics) {
    for input in &function.sig.inputs {
        let FnArg::Typed(input) = input else { continue };
        let is_name = matches!(&*input.pat, Pat::Ident(name) if name.subpat.is_none() && name.by_ref.is_none());
        if !is_name {
            diagnostics.error(
                &input.pat,
                "a parameter of a cached function is a name, because it is part of the key; \
                 take it apart in the body with `let`",
            );
        }
    }
}

fn nothing_is_changed_in_place(args: &Args, function: &ItemFn, diagnostics: &mut Diagnostics) {
    for Parameter { name, ty } in item::parameters(function) {
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

fn skipped_parameters_exist(args: &Args, function: &ItemFn, diagnostics: &mut Diagnostics) {
    let skipped = args.skip.value.as_deref().unwrap_or_default();
    for (at, name) in skipped.iter().enumerate() {
        if skipped[..at].contains(name) {
            diagnostics.error(name, format!("`{name}` is skipped twice"));
        } else if !item::parameters(function).any(|parameter| parameter.name == name) {
            let function = &function.sig.ident;
            diagnostics.error(
                name,
                format!("`{function}` has no parameter `{name}` to skip"),
            );
        }
    }
}

fn returns_something_to_store(function: &ItemFn, diagnostics: &mut Diagnostics) {
    let (at, what) = match &function.sig.output {
        ReturnType::Default => (function.sig.ident.to_token_stream(), "nothing"),
        ReturnType::Type(_, ty) => match &**ty {
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
    match ty {
        Type::Reference(_) => Some(ty),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(reference_in),
        Type::Path(path) => {
            let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments
            else {
                return None;
            };
            let mut types = arguments.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            types.next().and_then(reference_in)
        }
        _ => None,
    }
}

/// Returns true when the attribute leaves `parameter` out of the key.
pub(crate) fn is_skipped(args: &Args, parameter: &syn::Ident) -> bool {
    let skipped = args.skip.value.as_deref().unwrap_or_default();
    skipped.contains(parameter)
}
