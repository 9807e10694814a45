//! The arguments of a function that may run in the background: it owns them.
//!
//! Only what stands in the signature is seen. A lifetime that a type does not show, and a type
//! parameter that may borrow, are reported by rustc.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    GenericArgument, Lifetime, Path, PathArguments, ReceiverKind, Type, TypeParamBound,
    TypeReference,
};

use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::item::{CachedFn, ungrouped};

/// Adds an error for every parameter that borrows where an option needs owned ones.
pub(super) fn owns_its_arguments(args: &Args, function: &CachedFn, diagnostics: &mut Diagnostics) {
    if !args.runs_in_background() {
        return;
    }
    let options = listed(&args.background());
    let mut report = |at: TokenStream, remedy: &str| {
        diagnostics.error(
            at,
            format!(
                "with {options} the function may run in the background, so it must own its arguments; \
                 {remedy}"
            ),
        );
    };
    if let Some(receiver) = function.receiver() {
        let borrows = match &receiver.kind {
            ReceiverKind::Reference(_, lifetime, _) => lifetime.as_ref().is_none_or(is_short),
            ReceiverKind::Typed(_, ty) => borrowed_in(ty).is_some(),
            _ => false,
        };
        if borrows {
            report(receiver.to_token_stream(), "take `self: Arc<Self>`");
        }
    }
    for parameter in &function.parameters {
        if let Some(borrowed) = borrowed_in(&parameter.ty) {
            report(borrowed.to_token_stream(), remedy(borrowed));
        }
    }
}

/// Returns the items as in "a, b and c".
fn listed(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Returns what to take instead of a type that borrows.
fn remedy(borrowed: &Type) -> &'static str {
    let Type::Reference(TypeReference { elem, .. }) = ungrouped(borrowed) else {
        return "take a type without a lifetime, or with `'static`";
    };
    match ungrouped(elem) {
        Type::Slice(_) => "take a `Vec`",
        Type::Path(path) if ends_with(&path.path, "str") => "take a `String`",
        Type::Path(path) if ends_with(&path.path, "Path") => "take a `PathBuf`",
        _ => "take it by value, if need be a clone, or in an `Arc`",
    }
}

fn ends_with(path: &Path, name: &str) -> bool {
    let last = path.segments.last();
    last.is_some_and(|segment| segment.ident == name)
}

/// Returns the first part of a type that borrows for less than `'static`, as far as it shows.
fn borrowed_in(ty: &Type) -> Option<&Type> {
    match ungrouped(ty) {
        Type::Reference(reference) => match &reference.lifetime {
            Some(lifetime) if lifetime.ident == "static" => borrowed_in(&reference.elem),
            _ => Some(ty),
        },
        Type::Tuple(tuple) => tuple.elems.iter().find_map(borrowed_in),
        Type::Array(array) => borrowed_in(&array.elem),
        Type::Slice(slice) => borrowed_in(&slice.elem),
        Type::Paren(paren) => borrowed_in(&paren.elem),
        Type::Path(path) => borrowed_in_path(&path.path, ty),
        Type::TraitObject(object) => borrowed_in_bounds(&object.bounds, ty),
        Type::ImplTrait(opaque) => borrowed_in_bounds(&opaque.bounds, ty),
        // The lifetimes of a function pointer are those of its calls.
        _ => None,
    }
}

fn borrowed_in_bounds<'a>(
    bounds: impl IntoIterator<Item = &'a TypeParamBound>,
    whole: &'a Type,
) -> Option<&'a Type> {
    bounds.into_iter().find_map(|bound| match bound {
        TypeParamBound::Lifetime(lifetime) => is_short(lifetime).then_some(whole),
        // `for<'a>` are lifetimes of the trait's own.
        TypeParamBound::Trait(bound) if bound.lifetimes.is_none() => {
            borrowed_in_path(&bound.path, whole)
        }
        _ => None,
    })
}

/// Returns a part that borrows among the arguments of a path, or `whole` for a lifetime there.
fn borrowed_in_path<'a>(path: &'a Path, whole: &'a Type) -> Option<&'a Type> {
    let arguments = path.segments.iter().filter_map(|segment| {
        // The references in `Fn(&str)` are those of its calls.
        match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
            _ => None,
        }
    });
    arguments.flatten().find_map(|argument| match argument {
        GenericArgument::Lifetime(lifetime) => is_short(lifetime).then_some(whole),
        GenericArgument::Type(ty) => borrowed_in(ty),
        GenericArgument::AssocType(assigned) => borrowed_in(&assigned.ty),
        _ => None,
    })
}

fn is_short(lifetime: &Lifetime) -> bool {
    lifetime.ident != "static"
}
