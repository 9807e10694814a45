//! The annotated function, as the rules and the expansion see it.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::{
    FnArg, GenericArgument, ItemFn, Pat, PatType, PathArguments, PathSegment, Receiver, ReturnType,
    Type, TypeParamBound, parse_quote,
};

/// A function that can be cached, or that the rules explain why it cannot.
pub(crate) struct CachedFn {
    /// The function with a plain name for every parameter.
    pub(crate) function: ItemFn,
    /// Its parameters without `self`.
    pub(crate) parameters: Vec<Parameter>,
    /// How it returns a future.
    pub(crate) future: FutureKind,
    /// What the future returns.
    pub(crate) output: Type,
}

/// A parameter of the function.
pub(crate) struct Parameter {
    /// Its name; one of our own where the user took it apart.
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// The user's pattern, where it is not a name.
    pub(crate) pattern: Option<Pat>,
}

/// How a function returns a future.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FutureKind {
    /// `async fn`
    Async,
    /// `-> Pin<Box<dyn Future<Output = …>>>`, which is also what `#[async_trait]` makes.
    Boxed,
    /// `-> impl Future<Output = …>`
    Opaque,
    /// Not at all.
    None,
}

impl CachedFn {
    /// Returns the function in `tokens`.
    ///
    /// # Errors
    /// Returns an error for anything else.
    pub(crate) fn parse(tokens: &TokenStream) -> syn::Result<Self> {
        let mut function: ItemFn = syn::parse2(tokens.clone()).map_err(|error| {
            if is_function(tokens) {
                return error;
            }
            let first = tokens.clone().into_iter().next();
            let message = "`#[redis_cached]` goes on an async function with a body";
            syn::Error::new_spanned(first.map_or_else(|| quote!(), Into::into), message)
        })?;
        let inputs = function.sig.inputs.iter_mut();
        let typed = inputs.filter_map(|input| match input {
            FnArg::Typed(typed) => Some(typed),
            FnArg::Receiver(_) => None,
        });
        let parameters = typed
            .enumerate()
            .map(|(at, typed)| Parameter::of(at, typed))
            .collect();
        let (future, output) = future_of(&function);
        Ok(Self {
            function,
            parameters,
            future,
            output,
        })
    }

    /// Returns `self`, if the function is a method.
    pub(crate) fn receiver(&self) -> Option<&Receiver> {
        self.function.sig.receiver()
    }
}

impl Parameter {
    /// Returns the parameter, which has a plain name from then on.
    fn of(at: usize, input: &mut PatType) -> Self {
        let ty = ungrouped(&input.ty).clone();
        if let Pat::Ident(name) = &*input.pat
            && name.by_ref.is_none()
            && name.subpat.is_none()
        {
            let name = name.ident.clone();
            let pattern = None;
            return Self { name, ty, pattern };
        }
        let name = format_ident!("argument_{at}", span = Span::mixed_site());
        let replacement: Pat = Pat::Verbatim(quote!(#name));
        let pattern = Some(std::mem::replace(&mut *input.pat, replacement));
        Self { name, ty, pattern }
    }
}

/// Returns true for tokens that are meant as a function with a body, though they may not parse.
fn is_function(tokens: &TokenStream) -> bool {
    let mut trees = tokens.clone().into_iter();
    let has_fn = trees
        .by_ref()
        .any(|tree| matches!(&tree, TokenTree::Ident(word) if word == "fn"));
    let is_body =
        |tree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    has_fn && trees.any(is_body)
}

fn future_of(function: &ItemFn) -> (FutureKind, Type) {
    let ty = match &function.sig.output {
        ReturnType::Default => return (kind_of_async(function), parse_quote!(())),
        ReturnType::Type(_, ty) => ungrouped(ty),
    };
    if function.sig.asyncness.is_some() {
        return (FutureKind::Async, ty.clone());
    }
    let boxed = argument_of(ty, "Pin").and_then(|ty| argument_of(ty, "Box"));
    let future = match (boxed, ty) {
        (Some(Type::TraitObject(object)), _) => Some((FutureKind::Boxed, &object.bounds)),
        (None, Type::ImplTrait(opaque)) => Some((FutureKind::Opaque, &opaque.bounds)),
        _ => None,
    };
    let output = future.and_then(|(kind, bounds)| {
        let output = bounds.iter().find_map(output_of)?;
        Some((kind, output.clone()))
    });
    output.unwrap_or_else(|| (FutureKind::None, ty.clone()))
}

fn kind_of_async(function: &ItemFn) -> FutureKind {
    match function.sig.asyncness {
        Some(_) => FutureKind::Async,
        None => FutureKind::None,
    }
}

/// Returns a type without the groups in which fragments of `macro_rules!` macros stand.
pub(crate) fn ungrouped(mut ty: &Type) -> &Type {
    while let Type::Group(group) = ty {
        ty = &group.elem;
    }
    ty
}

/// Returns the `T` of a `Name<T>`.
fn argument_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ungrouped(ty) else {
        return None;
    };
    let segment = path
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == name)?;
    generic_arguments(segment)?.find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Returns the `T` of a `Future<Output = T>`.
fn output_of(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(bound) = bound else {
        return None;
    };
    let segment = bound
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == "Future")?;
    generic_arguments(segment)?.find_map(|argument| match argument {
        GenericArgument::AssocType(output) if output.ident == "Output" => Some(&output.ty),
        _ => None,
    })
}

/// Returns what stands between `<` and `>`.
pub(crate) fn generic_arguments(
    segment: &PathSegment,
) -> Option<impl Iterator<Item = &GenericArgument>> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter()),
        _ => None,
    }
}
