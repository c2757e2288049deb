//! Prometheus's functions that make numbers readable.

use super::format::significant;

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const LARGE_BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];

/// Four significant digits and a metric prefix.
pub(super) fn humanize(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return significant(value, 4);
    }
    let (value, prefix) = if value.abs() >= 1.0 {
        scale_down(value, 1000.0, LARGE)
    } else {
        scale_up(value)
    };
    format!("{}{prefix}", significant(value, 4))
}

/// Four significant digits and a binary prefix.
pub(super) fn humanize1024(value: f64) -> String {
    if value.abs() <= 1.0 || !value.is_finite() {
        return significant(value, 4);
    }
    let (value, prefix) = scale_down(value, 1024.0, LARGE_BINARY);
    format!("{}{prefix}", significant(value, 4))
}

/// A ratio in percent, with four significant digits.
pub(super) fn percentage(value: f64) -> String {
    format!("{}%", significant(value * 100.0, 4))
}

/// Seconds as days, hours, minutes and seconds. `None` for more than Go counts
/// in whole seconds: what it then says differs from machine to machine.
pub(super) fn duration(value: f64) -> Option<String> {
    if value == 0.0 || !value.is_finite() {
        let unit = if value == 0.0 { "s" } else { "" };
        return Some(format!("{}{unit}", significant(value, 4)));
    }
    if value.abs() < 1.0 {
        let (value, prefix) = scale_up(value);
        return Some(format!("{}{prefix}s", significant(value, 4)));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let value = value.abs();
    if value >= i64::MAX as f64 {
        return None;
    }
    let whole = value as i64;
    let (days, hours) = (whole / 86_400, whole / 3_600 % 24);
    let (minutes, seconds) = (whole / 60 % 60, whole % 60);
    Some(if days != 0 {
        format!("{sign}{days}d {hours}h {minutes}m {seconds}s")
    } else if hours != 0 {
        format!("{sign}{hours}h {minutes}m {seconds}s")
    } else if minutes != 0 {
        format!("{sign}{minutes}m {seconds}s")
    } else {
        format!("{sign}{}s", significant(value, 4))
    })
}

fn scale_down(mut value: f64, step: f64, prefixes: [&str; 8]) -> (f64, &str) {
    let mut prefix = "";
    for larger in prefixes {
        if value.abs() < step {
            break;
        }
        prefix = larger;
        value /= step;
    }
    (value, prefix)
}

fn scale_up(mut value: f64) -> (f64, &'static str) {
    let mut prefix = "";
    for smaller in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        prefix = smaller;
        value *= 1000.0;
    }
    (value, prefix)
}

#[cfg(test)]
mod tests {
    use super::{duration, humanize, humanize1024, percentage};

    /// Values and texts as Prometheus's own tests have them.
    #[test]
    fn as_prometheus_does() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (1_234_567.0, "1.235M"),
            (0.12, "120m"),
            (-1500.0, "-1.5k"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(humanize(value), text);
        }
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (1_048_576.0, "1Mi"),
            (0.12, "0.12"),
            (2048.0, "2ki"),
        ] {
            assert_eq!(humanize1024(value), text);
        }
        for (value, text) in [
            (0.0, "0s"),
            (1.0, "1s"),
            (60.0, "1m 0s"),
            (3600.0, "1h 0m 0s"),
            (86_400.0, "1d 0h 0m 0s"),
            (86_400.0 + 3_600.0, "1d 1h 0m 0s"),
            (
                -(86_400.0 * 2.0 + 3_600.0 * 3.0 + 60.0 * 4.0 + 5.0),
                "-2d 3h 4m 5s",
            ),
            (899.99, "14m 59s"),
            (0.1, "100ms"),
            (0.0001, "100us"),
            (12.345_6, "12.35s"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(duration(value).as_deref(), Some(text));
        }
        for (value, text) in [(-0.22, "-22%"), (0.0, "0%"), (0.1, "10%"), (1.1, "110%")] {
            assert_eq!(percentage(value), text);
        }
    }
}
