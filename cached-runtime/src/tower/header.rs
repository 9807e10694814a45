//! The texts of both headers.

use std::fmt::Write as _;

use http::HeaderValue;

use crate::outcome::{CallReport, Outcome, Stale, Stored};

/// Returns the word for a request that made these calls: BYPASS if any bypassed the cache, else
/// MISS if any missed, else STALE if any was served a stale value, else HIT; nothing for no calls.
pub(super) fn x_cache_status(calls: &[CallReport]) -> Option<HeaderValue> {
    let rank = |call: &CallReport| match call.outcome {
        Outcome::Hit { .. } => 0,
        Outcome::Stale { .. } => 1,
        Outcome::Miss { .. } => 2,
        Outcome::Bypass { .. } => 3,
    };
    let words = ["HIT", "STALE", "MISS", "BYPASS"];
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
        // A stale hit has a negative freshness (RFC 9211, 3); where the function ran, or was to run,
        // the call went forward.
        Outcome::Stale { late, reason } => {
            let way = match reason {
                Stale::Revalidating => "hit",
                _ => "fwd=stale",
            };
            let late = late.as_secs_f64().ceil();
            write!(member, "; {way}; ttl=-{late}; detail={}", reason.as_str())
        }
        Outcome::Miss {
            stored: Stored::Yes,
        } => write!(member, "; fwd=miss; stored"),
        Outcome::Miss {
            stored: Stored::Collapsed,
        } => write!(member, "; fwd=miss"),
        Outcome::Miss { stored } => {
            write!(member, "; fwd=miss; stored=?0; detail={}", stored.as_str())
        }
        Outcome::Bypass { reason } => write!(member, "; fwd=bypass; detail={}", reason.as_str()),
    };
    written.expect("writing to a string does not fail");
    if call.is_collapsed {
        member.push_str("; collapsed");
    }
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
    const STALE: Outcome = Outcome::Stale {
        late: Duration::from_millis(30_100),
        reason: Stale::Revalidating,
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
            is_collapsed: false,
        };
        outcomes.iter().map(call).collect()
    }

    #[test]
    fn the_short_header_is_the_worst_of_all_calls() {
        let word = |outcomes: &[Outcome]| x_cache_status(&calls(outcomes));

        assert_eq!(word(&[]), None);
        assert_eq!(word(&[HIT, HIT]).unwrap(), "HIT");
        assert_eq!(word(&[HIT, STALE]).unwrap(), "STALE");
        assert_eq!(word(&[HIT, MISS, STALE]).unwrap(), "MISS");
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
    fn a_stale_value_has_a_negative_freshness_and_says_why_it_was_served() {
        let late = Duration::from_secs(30);
        let reason = Stale::Failed;
        assert_eq!(
            cache_status(&calls(&[STALE, Outcome::Stale { late, reason }])),
            "shop::price; hit; ttl=-31; detail=revalidating, \
             shop::price; fwd=stale; ttl=-30; detail=failed"
        );
    }

    #[test]
    fn a_value_of_another_call_is_collapsed() {
        let stored = Stored::Collapsed;
        let mut calls = calls(&[Outcome::Miss { stored }, BYPASS]);
        for call in &mut calls {
            call.is_collapsed = true;
        }
        assert_eq!(
            cache_status(&calls),
            "shop::price; fwd=miss; collapsed, shop::price; fwd=bypass; detail=timeout; collapsed"
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
