//! In which form values are stored: `codec` and `encrypt`.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Expr, Lit};

use super::value::{is_end, literal, value};

/// The codecs as they stand in the attribute.
const CODECS: [&str; 4] = ["bincode", "postcard", "messagepack", "json"];

pub(super) fn codec(name: &Ident, input: ParseStream<'_>) -> syn::Result<Ident> {
    let value = value(name, input)?;
    let codec = match &value {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    };
    codec
        .filter(|codec| CODECS.iter().any(|known| codec == known))
        .cloned()
        .ok_or_else(|| {
            let message =
                "`codec` takes `bincode`, `postcard`, `messagepack` or `json`, without quotes";
            syn::Error::new_spanned(value, message)
        })
}

/// `encrypt` or `encrypt = false`.
pub(super) fn encrypt(name: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
    if is_end(input) {
        return Ok(true);
    }
    let value = value(name, input)?;
    if let Some(Lit::Bool(encrypt)) = literal(&value) {
        return Ok(encrypt.value);
    }
    let message = "`encrypt` stands alone, or is `encrypt = false` where the cache encrypts what is not said \
                   otherwise";
    Err(syn::Error::new_spanned(value, message))
}
