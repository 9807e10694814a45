//! The texts of both headers.

use std::fmt::Write as _;

use http::HeaderValue;

use crate::outcome::{CallReport, Outcome, Stored};

/// Returns the word for a request that made these calls: BYPASS if any bypassed the cache, else
/// MISS if any missed, else HIT; nothing for no calls.
pub(super) fn x_cache_status(calls: &[CallReport]) -> Option<HeaderValue> {
    let rank = |call: &CallReport| match call.outcome {
        Outcome::Hit { .. } => 0,
        Outcome::Miss { .. } => 1,
        Outcome::Bypass { .. } => 2,
    };
    let words = ["HIT", "MISS", "BYPASS"];
    let worst = calls.iter().map(rank).max()?;
    Some(HeaderValue::from_static(words[worst]))
}

/// Returns the list of these calls as RFC 9211 writes it.
pub(super) fn cache_status(calls: &[CallReport]) -> HeaderValue {
    let members: Vec<String> = calls.iter().map(member).collect();
    HeaderValue::from_str(&members.join(", ")).expect("members are printable ASCII")
}

/// Returns one member: the function, then what happened as parameters.
fn member(call: &CallReport) -> String {
    let mut member = identifier(call.function);
    let written = match call.outcome {
        Outcome::Hit { ttl } => write!(member, "; hit; ttl={}", ttl.as_secs()),
        Outcome::Miss {
            stored: Stored::Yes,
        } => write!(member, "; fwd=miss; stored"),
        Outcome::Miss { stored } => {
            write!(member, "; fwd=miss; stored=?0; detail={}", stored.as_str())
        }
        Outcome::Bypass { reason } => write!(member, "; fwd=bypass; detail={}", reason.as_str()),
    };
    written.expect("writing to a string does not fail");
    member
}

/// Returns the name as a token of RFC 8941 where it is one, else as a quoted string.
fn identifier(name: &str) -> String {
    let starts_token = |c: char| c.is_ascii_alphabetic() || c == '*';
    let in_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(c);
    if name.starts_with(starts_token) && name.chars().all(in_token) {
        return name.to_owned();
    }
    let printable = |c: char| if matches!(c, ' '..='~') { c } else { '?' };
    let text: String = name.chars().map(printable).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::outcome::Bypass;

    const HIT: Outcome = Outcome::Hit {
        ttl: Duration::from_millis(59_900),
    };
    const MISS: Outcome = Outcome::Miss {
        stored: Stored::Yes,
    };
    const BYPASS: Outcome = Outcome::Bypass {
        reason: Bypass::Timeout,
    };

    fn calls(outcomes: &[Outcome]) -> Vec<CallReport> {
        let call = |&outcome| CallReport {
            function: "shop::price",
            outcome,
        };
        outcomes.iter().map(call).collect()
    }

    #[test]
    fn the_short_header_is_the_worst_of_all_calls() {
        let word = |outcomes: &[Outcome]| x_cache_status(&calls(outcomes));

        assert_eq!(word(&[]), None);
        assert_eq!(word(&[HIT, HIT]).unwrap(), "HIT");
        assert_eq!(word(&[HIT, MISS, HIT]).unwrap(), "MISS");
        assert_eq!(word(&[MISS, BYPASS, HIT]).unwrap(), "BYPASS");
    }

    #[test]
    fn each_call_is_a_member_of_the_list() {
        assert_eq!(
            cache_status(&calls(&[HIT, MISS, BYPASS])),
            "shop::price; hit; ttl=59, shop::price; fwd=miss; stored, \
             shop::price; fwd=bypass; detail=timeout"
        );
    }

    #[test]
    fn a_value_that_was_not_stored_says_why() {
        let stored = Stored::TooLarge;
        assert_eq!(
            cache_status(&calls(&[Outcome::Miss { stored }])),
            "shop::price; fwd=miss; stored=?0; detail=too-large"
        );
    }

    #[test]
    fn a_name_that_is_no_token_is_quoted() {
        assert_eq!(identifier("*a:b/c"), "*a:b/c");
        assert_eq!(identifier("2 \"fast\" \\ füße"), r#""2 \"fast\" \\ f??e""#);
    }
}
