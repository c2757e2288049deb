//! Durations as Prometheus writes them: `30s`, `5m`, `1h30m`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The units, from long to short, in milliseconds.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Prometheus counts in nanoseconds, in 63 bits.
const LONGEST_MS: u64 = i64::MAX as u64 / 1_000_000;

/// A duration in whole milliseconds, as Prometheus reads and writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PromDuration(u64);

/// Why a text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationError {
    /// It is empty.
    Empty,
    /// A number is missing before a unit, or is no whole number.
    Number,
    /// A unit is missing or unknown.
    Unit,
    /// A unit stands twice or behind a shorter one.
    Order,
    /// It is longer than Prometheus can count.
    TooLong,
}

/// How long after a sample Prometheus takes it for the value of now, unless
/// its `--query.lookback-delta` says otherwise.
pub const LOOKBACK: PromDuration = PromDuration(5 * 60 * 1_000);

impl PromDuration {
    /// The duration that `text` says, if it does; [`FromStr`] knows why not.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// A duration of so many milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Its length in milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Its length in seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }
}

impl From<PromDuration> for Duration {
    fn from(duration: PromDuration) -> Self {
        Self::from_millis(duration.0)
    }
}

impl FromStr for PromDuration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        if text.is_empty() {
            return Err(DurationError::Empty);
        }
        if text == "0" {
            return Ok(Self(0));
        }
        let mut rest = text;
        let mut units = UNITS.as_slice();
        let mut total = 0_u64;
        while !rest.is_empty() {
            let digits = prefix_len(rest, |byte| byte.is_ascii_digit());
            let (number, behind) = rest.split_at(digits);
            let letters = prefix_len(behind, |byte| byte.is_ascii_alphabetic());
            let (unit, behind) = behind.split_at(letters);
            if number.is_empty() || behind.starts_with('.') {
                return Err(DurationError::Number);
            }
            let Some(place) = units.iter().position(|(name, _)| *name == unit) else {
                let known = UNITS.iter().any(|(name, _)| *name == unit);
                return Err(if known {
                    DurationError::Order
                } else {
                    DurationError::Unit
                });
            };
            total = number
                .parse::<u64>()
                .ok()
                .and_then(|number| number.checked_mul(units[place].1))
                .and_then(|part| part.checked_add(total))
                .filter(|total| *total <= LONGEST_MS)
                .ok_or(DurationError::TooLong)?;
            units = &units[place + 1..];
            rest = behind;
        }
        Ok(Self(total))
    }
}

impl fmt::Display for PromDuration {
    /// Years and weeks only where nothing remains, so that 90 days stay `90d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, millis) in UNITS {
            let exact_only = matches!(unit, "y" | "w");
            if rest < millis || (exact_only && !rest.is_multiple_of(millis)) {
                continue;
            }
            write!(f, "{}{unit}", rest / millis)?;
            rest %= millis;
        }
        Ok(())
    }
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a duration is missing",
            Self::Number => "a duration counts its units in whole numbers",
            Self::Unit => "a duration's units are ms, s, m, h, d, w and y",
            Self::Order => "a duration names each unit once, from long to short",
            Self::TooLong => "a duration ends at 292 years",
        })
    }
}

impl std::error::Error for DurationError {}

fn prefix_len(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    text.bytes()
        .position(|byte| !belongs(byte))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::{DurationError, PromDuration};

    #[test]
    fn reads_what_prometheus_reads() {
        let millis = |text: &str| text.parse::<PromDuration>().map(PromDuration::as_millis);
        assert_eq!(millis("0"), Ok(0));
        assert_eq!(millis("0s"), Ok(0));
        assert_eq!(millis("5m"), Ok(300_000));
        assert_eq!(millis("1h30m"), Ok(5_400_000));
        assert_eq!(millis("1s250ms"), Ok(1_250));
        assert_eq!(millis("1y2w3d"), Ok((365 + 14 + 3) * 86_400_000));
        assert_eq!(millis(""), Err(DurationError::Empty));
        assert_eq!(millis("5"), Err(DurationError::Unit));
        assert_eq!(millis("m"), Err(DurationError::Number));
        assert_eq!(millis("1.5h"), Err(DurationError::Number));
        assert_eq!(millis("5M"), Err(DurationError::Unit));
        assert_eq!(millis("5m1h"), Err(DurationError::Order));
        assert_eq!(millis("5m5m"), Err(DurationError::Order));
        assert_eq!(millis("-5m"), Err(DurationError::Number));
        assert_eq!(millis("300y"), Err(DurationError::TooLong));
        assert_eq!(millis("99999999999999999999s"), Err(DurationError::TooLong));
    }

    #[test]
    fn writes_what_prometheus_writes() {
        for (millis, text) in [
            (0, "0s"),
            (1_250, "1s250ms"),
            (90_000, "1m30s"),
            (3_600_000, "1h"),
            (90 * 86_400_000, "90d"),
            (14 * 86_400_000, "2w"),
            (365 * 86_400_000, "1y"),
        ] {
            let duration = PromDuration::from_millis(millis);
            assert_eq!(duration.to_string(), text);
            assert_eq!(text.parse(), Ok(duration));
        }
    }
}
