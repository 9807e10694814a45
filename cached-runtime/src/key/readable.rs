//! Readable keys: what `key = "user:{id}:{lang}"` makes of a call.
//!
//! A value is percent-escaped to letters, digits, `-`, `_` and `.`, and what stands between two values
//! holds a character beyond these. So the text of one template can be read back in one way only, and
//! two calls share it only when their values are written alike.

use std::fmt::{self, Display, Write as _};

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Error;

/// The characters of a value that are escaped, beside all that are not ASCII.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// A value that can stand in a readable key: every `Display` type, known by what its `Display` writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a readable key",
    label = "this argument's type is not `std::fmt::Display`",
    note = "a readable key shows its values to whoever can list the keys of the cache; `Personal` data may only enter a hashed one: write `key = hash`",
    note = "for other data implement `std::fmt::Display`, so that different values are written differently"
)]
pub trait Readable {
    /// Appends the text of the value, percent-escaped, to `out`.
    ///
    /// # Errors
    /// Returns an error when the value's `Display` does.
    fn append(&self, out: &mut String) -> Result<(), Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Display> Readable for T {
    fn append(&self, out: &mut String) -> Result<(), Error> {
        write!(Escaping { out }, "{self}")
            .map_err(|fmt::Error| Error::unencodable("an argument failed to format"))
    }
}

/// Escapes what is written to it.
struct Escaping<'a> {
    out: &'a mut String,
}

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.extend(utf8_percent_encode(text, ESCAPED));
        Ok(())
    }
}

/// The text of a readable key around its `N` values.
///
/// `"user:{id}:{lang}"` is `Template::new(["user:", ":"], "")`.
pub struct Template<const N: usize> {
    /// What stands before each value.
    before: [&'static str; N],
    /// What stands after the last one, or all there is.
    after: &'static str,
}

impl<const N: usize> Template<N> {
    /// Returns the template with `before[i]` before the value `i`, and `after` at its end.
    ///
    /// # Panics
    /// Panics, at compile time in an expansion, when a character is not printable ASCII or is a space, and
    /// when two values have nothing between them that tells where the first one ends.
    #[must_use]
    pub const fn new(before: [&'static str; N], after: &'static str) -> Self {
        let mut at = 0;
        while at < N {
            assert_printable(before[at]);
            assert!(
                at == 0 || separates(before[at]),
                "between two values of a readable key stands a character that no value has, such as `:`"
            );
            at += 1;
        }
        assert_printable(after);
        Self { before, after }
    }

    /// Returns the text with these values.
    ///
    /// # Errors
    /// Returns an error when one of them has no text.
    pub(super) fn render(&self, values: [&dyn Readable; N]) -> Result<String, Error> {
        let mut text = String::with_capacity(64);
        for (before, value) in self.before.iter().zip(values) {
            text.push_str(before);
            value.append(&mut text)?;
        }
        text.push_str(self.after);
        Ok(text)
    }
}

/// Returns the text of a function's type arguments, `<u8>` or nothing, in printable ASCII.
pub(super) fn instance(instance: &str) -> String {
    const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'%');
    utf8_percent_encode(instance, ESCAPED).collect()
}

const fn assert_printable(text: &str) {
    let mut at = 0;
    while at < text.len() {
        assert!(
            text.as_bytes()[at].is_ascii_graphic(),
            "a readable key takes printable ASCII without spaces"
        );
        at += 1;
    }
}

/// Returns true when `text` holds a character that no escaped value does.
const fn separates(text: &str) -> bool {
    let mut at = 0;
    while at < text.len() {
        let byte = text.as_bytes()[at];
        if !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'.' | b'%') {
            return true;
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: Template<2> = Template::new(["user:", ":"], "");

    fn user(id: &str, lang: &str) -> String {
        USER.render([&id, &lang]).unwrap()
    }

    #[test]
    fn values_stand_in_the_template() {
        let text = Template::new(["", "/", "?"], "!").render([&7_u32, &"de", &-1.5]);

        assert_eq!(text.unwrap(), "7/de?-1.5!");
        assert_eq!(Template::new([], "all").render([]).unwrap(), "all");
    }

    #[test]
    fn a_value_keeps_letters_digits_and_three_marks() {
        assert_eq!(user("aZ09-_.", "de"), "user:aZ09-_.:de");
        assert_eq!(user("a:b", "~ *"), "user:a%3Ab:%7E%20%2A");
        assert_eq!(user("100%", "café"), "user:100%25:caf%C3%A9");
        assert_eq!(user("{id}", "\0\n"), "user:%7Bid%7D:%00%0A");
    }

    #[test]
    fn an_empty_value_is_told_from_a_missing_one() {
        assert_eq!(user("", "de"), "user::de");
        assert_eq!(user("de", ""), "user:de:");
        assert_eq!(user("", ""), "user::");
    }

    #[test]
    fn calls_share_a_text_only_when_their_values_are_equal() {
        let alphabet = ["", "a", ":", "%", "3A", "-", "é"];
        let values: Vec<String> = alphabet
            .iter()
            .flat_map(|one| alphabet.map(|other| format!("{one}{other}")))
            .collect();
        let template = Template::new(["a", "-:-"], "a");
        let mut texts = std::collections::HashMap::new();
        for id in &values {
            for lang in &values {
                let text = template.render([id, lang]).unwrap();
                let same = texts.entry(text).or_insert((id, lang));
                assert_eq!(*same, (id, lang));
            }
        }
    }

    #[test]
    fn a_value_that_fails_to_format_has_no_key() {
        struct Unprintable;
        impl Display for Unprintable {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                Err(fmt::Error)
            }
        }

        let error = Template::new([""], "").render([&Unprintable]).unwrap_err();

        assert!(error.is_unencodable());
    }

    #[test]
    #[should_panic = "between two values of a readable key stands a character that no value has"]
    fn values_that_run_into_each_other_are_refused() {
        let _ = Template::new(["user:", "-"], "");
    }

    #[test]
    #[should_panic = "a readable key takes printable ASCII without spaces"]
    fn a_template_with_a_space_is_refused() {
        let _ = Template::new(["user: "], "");
    }
}
