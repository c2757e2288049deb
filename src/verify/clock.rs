//! Clocks: what time a server says it is, and how far apart two may be.

use crate::diagnostic::{Code, Diagnostic};

/// Seconds that clocks may differ by: requests take time, and HTTP tells it
/// in whole seconds.
const TOLERANCE: f64 = 10.0;

/// A finding if the clock of `server` is off by too much.
pub(super) fn judge(server: &str, ahead: Option<f64>) -> Option<Diagnostic> {
    let ahead = ahead.filter(|ahead| ahead.abs() > TOLERANCE)?;
    let direction = if ahead > 0.0 { "ahead of" } else { "behind" };
    Some(
        Diagnostic::new(
            Code::ClockSkew,
            format!(
                "the clock of {server} is {} {direction} this machine's",
                super::words::seconds(ahead.abs())
            ),
        )
        .note("samples are stored at Prometheus's time and shown at the browser's; Alertmanager ends alerts by its own")
        .help("let all machines keep time by NTP"),
    )
}

/// Seconds since 1970 of a date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn http_date(text: &str) -> Option<f64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut words = text
        .split(&[' ', ',', ':'][..])
        .filter(|word| !word.is_empty());
    let _weekday = words.next()?;
    let day: i64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as i64 + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let mut next = || words.next()?.parse::<i64>().ok();
    let (hour, minute, second) = (next()?, next()?, next()?);
    if !(1970..10_000).contains(&year) || !(1..=31).contains(&day) {
        return None;
    }
    Some((days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second) as f64)
}

/// Seconds since 1970 of a moment as Prometheus's API writes it, in UTC or
/// with an offset: `2026-01-31T10:00:00.123+01:00`.
pub(super) fn rfc3339(text: &str) -> Option<f64> {
    let (date, time) = text.split_once('T')?;
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let zone = time.find(['Z', '+', '-'])?;
    let (time, zone) = time.split_at(zone);
    let mut parts = time.splitn(3, ':');
    let hour: f64 = parts.next()?.parse().ok()?;
    let minute: f64 = parts.next()?.parse().ok()?;
    let second: f64 = parts.next()?.parse().ok()?;
    let offset = match zone.split_once(':') {
        None => 0.0,
        Some((hours, minutes)) => {
            let hours: f64 = hours.parse().ok()?;
            let minutes: f64 = minutes.parse().ok()?;
            hours * 3_600.0 + minutes * 60.0_f64.copysign(hours)
        }
    };
    if !(1..=9_999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let midnight = days(year, month, day) as f64 * 86_400.0;
    Some(midnight + hour * 3_600.0 + minute * 60.0 + second - offset)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // March is the first month of a year that ends with the leap day.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::{http_date, judge, rfc3339};

    #[test]
    fn dates_are_seconds() {
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0.0));
        assert_eq!(
            http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(784_111_777.0)
        );
        assert_eq!(
            http_date("Thu, 29 Feb 2024 12:00:00 GMT"),
            Some(1_709_208_000.0)
        );
        for nothing in [
            "",
            "yesterday",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "a, b c d e f g",
        ] {
            assert_eq!(http_date(nothing), None);
        }
    }

    #[test]
    fn moments_are_seconds() {
        assert_eq!(rfc3339("1994-11-06T08:49:37Z"), Some(784_111_777.0));
        assert_eq!(rfc3339("1994-11-06T10:19:37.5+01:30"), Some(784_111_777.5));
        assert_eq!(rfc3339("1994-11-06T07:49:37-01:00"), Some(784_111_777.0));
        assert_eq!(rfc3339("now"), None);
        assert!(rfc3339("0001-01-01T00:00:00Z").is_some_and(|never| never < 0.0));
    }

    #[test]
    fn a_little_is_tolerated() {
        assert!(judge("Prometheus", Some(3.0)).is_none());
        assert!(judge("Prometheus", None).is_none());
        let finding = judge("Prometheus", Some(-600.0)).unwrap();
        assert_eq!(
            finding.message,
            "the clock of Prometheus is 10m behind this machine's"
        );
    }
}
