//! Values and lists in words.

use crate::diagnostic::nearest;
use crate::promql::PromDuration;

/// Names that are listed before `…`.
const LISTED: usize = 6;

/// `12s`, `1h30m`: whole seconds, in Prometheus's notation.
pub(super) fn seconds(seconds: f64) -> String {
    let whole = seconds.round().max(0.0);
    // Beyond that no duration is meant.
    let millis = (whole * 1000.0).min(1e15) as u64;
    PromDuration::from_millis(millis).to_string()
}

/// `` `a`, `b` and `c` ``, or the first few of many.
pub(super) fn list<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<String> = names
        .into_iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [first @ .., last] if names.len() <= LISTED => format!("{} and {last}", first.join(", ")),
        many => format!(
            "{} and {} more",
            many[..LISTED - 1].join(", "),
            many.len() - LISTED + 1
        ),
    }
}

/// A number as people write it: at most six significant digits.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let digits = 5 - value.abs().log10().floor() as i32;
    let rounded = match digits {
        0..=12 => format!("{value:.*}", digits as usize),
        _ => return format!("{value:e}"),
    };
    if rounded.contains('.') {
        rounded
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    } else {
        rounded
    }
}

/// `1 series`, `2 panels`: the noun as given, with an `s` unless it has one.
pub(super) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 || noun.ends_with('s') {
        ""
    } else {
        "s"
    };
    match noun.strip_suffix('y') {
        Some(stem) if count != 1 => format!("{count} {stem}ies"),
        _ => format!("{count} {noun}{plural}"),
    }
}

/// The name among `names` that `name` may have become: a similar one, or one
/// that begins or ends as it does.
pub(super) fn kin<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let names: Vec<&str> = names.into_iter().collect();
    let grown = |other: &&&str| {
        other.starts_with(name)
            || other.ends_with(name)
            || name.starts_with(**other)
            || name.ends_with(**other)
    };
    nearest(name, names.iter().copied()).or_else(|| names.iter().find(grown).copied())
}

#[cfg(test)]
mod tests {
    use super::{counted, list, number, seconds};

    #[test]
    fn words() {
        assert_eq!(seconds(0.2), "0s");
        assert_eq!(seconds(5_400.4), "1h30m");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(
            list(["1", "2", "3", "4", "5", "6", "7"]),
            "`1`, `2`, `3`, `4`, `5` and 2 more"
        );
        assert_eq!(number(0.051_234_567), "0.0512346");
        assert_eq!(number(1_234_567.0), "1.234567e6");
        assert_eq!(number(30.0), "30");
        assert_eq!(number(f64::NAN), "NaN");
        assert_eq!(counted(1, "query"), "1 query");
        assert_eq!(counted(2, "query"), "2 queries");
        assert_eq!(counted(2, "series"), "2 series");
    }
}
