//! Grafana's units, as far as the compiler must know them: which exist, and
//! how a quantity written by a person becomes a number in one.

use crate::spec::{Quantity, QuantityUnit, scaled};
use std::fmt;
use std::sync::Arc;

/// A Grafana unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(Arc<str>);

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Family {
    /// A share; the number is what 100 % is written as.
    Share(f64),
    /// Time; the number is the unit's length in seconds.
    Time(f64),
    /// Data; the number is the unit's size in bytes.
    Data(f64),
    /// Anything else: bare numbers only.
    Other,
}

impl Unit {
    /// The unit with Grafana's id, if Grafana has it: one of its own list, or
    /// one with a free text such as `suffix:req`.
    pub fn new(id: &str) -> Option<Self> {
        let free = [
            "suffix:",
            "prefix:",
            "time:",
            "si:",
            "count:",
            "currency:",
            "bool:",
        ];
        let known = IDS.binary_search(&id).is_ok()
            || free
                .iter()
                .any(|prefix| id.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()));
        known.then(|| Self(id.into()))
    }

    /// Every id of Grafana's own list, sorted.
    pub fn ids() -> &'static [&'static str] {
        IDS
    }

    /// Grafana's id of the unit.
    pub fn id(&self) -> &Arc<str> {
        &self.0
    }

    /// What the unit measures.
    pub fn family(&self) -> Family {
        match &*self.0 {
            "percentunit" => Family::Share(1.0),
            "percent" => Family::Share(100.0),
            "ns" => Family::Time(1e-9),
            "µs" => Family::Time(1e-6),
            "ms" | "dtdurationms" | "durationms" | "clockms" => Family::Time(1e-3),
            "s" | "dtdurations" | "durations" | "clocks" => Family::Time(1.0),
            "m" => Family::Time(60.0),
            "h" => Family::Time(3600.0),
            "d" => Family::Time(86400.0),
            "bytes" | "decbytes" | "Bps" | "binBps" => Family::Data(1.0),
            "bits" | "decbits" | "bps" | "binbps" => Family::Data(0.125),
            "kbytes" => Family::Data(1024.0),
            "mbytes" => Family::Data(1_048_576.0),
            "gbytes" => Family::Data(1_073_741_824.0),
            "deckbytes" => Family::Data(1e3),
            "decmbytes" => Family::Data(1e6),
            "decgbytes" => Family::Data(1e9),
            _ => Family::Other,
        }
    }

    /// The quantity as a number in this unit, or `None` if it measures
    /// something else. A bare number is taken as it is.
    pub fn convert(&self, quantity: Quantity) -> Option<f64> {
        match (quantity.unit, self.family()) {
            (QuantityUnit::Bare, _) => Some(quantity.value),
            (QuantityUnit::Percent, Family::Share(whole)) => {
                Some(divided(quantity.value, 100.0 / whole))
            }
            (QuantityUnit::Duration, Family::Time(length)) => Some(divided(quantity.value, length)),
            (QuantityUnit::Bytes, Family::Data(size)) => Some(divided(quantity.value, size)),
            _ => None,
        }
    }

    /// The value as people read it: `5%`, `1m 30s`, `$25`, `20`.
    pub fn display(&self, value: f64) -> String {
        match (self.family(), &*self.0) {
            (Family::Share(whole), _) => format!("{}%", trim(multiplied(value, 100.0 / whole))),
            (Family::Time(length), _) => seconds(multiplied(value, length)),
            (_, "currencyUSD") => format!("${}", trim(value)),
            (_, "currencyEUR") => format!("€{}", trim(value)),
            (_, "currencyGBP") => format!("£{}", trim(value)),
            (_, "none" | "short" | "locale" | "sishort" | "string") => trim(value),
            (_, id) => match (id.strip_prefix("suffix:"), id.strip_prefix("prefix:")) {
                (Some(suffix), _) => format!("{} {}", trim(value), suffix.trim()),
                (_, Some(prefix)) => format!("{prefix}{}", trim(value)),
                _ => format!("{} {}", trim(value), short_name(id)),
            },
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn short_name(id: &str) -> &str {
    match id {
        "bytes" | "decbytes" => "B",
        "bits" | "decbits" => "b",
        "reqps" => "req/s",
        "ops" | "wps" | "rps" | "cps" | "eps" => "/s",
        "opm" | "wpm" | "rpm" | "cpm" => "/min",
        "Bps" | "binBps" => "B/s",
        "celsius" => "°C",
        other => other,
    }
}

/// `value` divided by a whole number, or by one of so many parts of one.
fn divided(value: f64, by: f64) -> f64 {
    if by < 1.0 {
        scaled(value, (1.0 / by).round() as u64, 1)
    } else {
        scaled(value, 1, by as u64)
    }
}

/// The same, multiplied.
fn multiplied(value: f64, by: f64) -> f64 {
    if by < 1.0 {
        scaled(value, 1, (1.0 / by).round() as u64)
    } else {
        scaled(value, by as u64, 1)
    }
}

/// At most six decimals, without trailing zeros, unless that says another number.
fn trim(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let off = text.parse::<f64>().map_or(0.0, |shown| shown - value);
    if off.abs() > LAST_BITS * value.abs() {
        return value.to_string();
    }
    text.to_owned()
}

/// What arithmetic leaves in the last bits of a value, as a share of it.
const LAST_BITS: f64 = 1e-12;

fn seconds(value: f64) -> String {
    if value.abs() < 1.0 && value != 0.0 {
        return format!("{}ms", trim(multiplied(value, 1_000.0)));
    }
    let (whole, rest) = (value.abs().trunc(), value.abs().fract());
    let sign = if value < 0.0 { "-" } else { "" };
    let mut parts = Vec::new();
    let mut left = whole;
    for (suffix, length) in [("d", 86400.0), ("h", 3600.0), ("m", 60.0)] {
        let count = (left / length).trunc();
        // One minute reads better as 60s, being compared with other seconds.
        if count > 0.0 && whole > 60.0 {
            parts.push(format!("{count}{suffix}"));
            left -= count * length;
        }
    }
    if left > 0.0 || rest > 0.0 || parts.is_empty() {
        parts.push(format!("{}s", trim(left + rest)));
    }
    format!("{sign}{}", parts.join(" "))
}

/// Ids of Grafana's own units, sorted; a test compares them with Grafana's
/// published package.
const IDS: &[&str] = &[
    "Bps",
    "EHs",
    "GBs",
    "GHs",
    "Gbits",
    "GiBs",
    "Gibits",
    "Hs",
    "KBs",
    "KHs",
    "Kbits",
    "KiBs",
    "Kibits",
    "MBs",
    "MHs",
    "Mbits",
    "MiBs",
    "Mibits",
    "Mohm",
    "Nm3",
    "PBs",
    "PHs",
    "Pbits",
    "PiBs",
    "Pibits",
    "TBs",
    "THs",
    "Tbits",
    "TiBs",
    "Tibits",
    "Wm2",
    "accFS2",
    "accG",
    "accMS2",
    "acres",
    "amp",
    "amph",
    "arcmin",
    "arcsec",
    "areaF2",
    "areaM2",
    "areaMI2",
    "binBps",
    "binbps",
    "bits",
    "bool",
    "bool_on_off",
    "bool_yes_no",
    "bps",
    "bytes",
    "candela",
    "celsius",
    "clockms",
    "clocks",
    "congNm3",
    "congm3",
    "conmgNm3",
    "conmgdL",
    "conmgm3",
    "conmmolL",
    "conngNm3",
    "conngm3",
    "conppb",
    "conμgNm3",
    "conμgm3",
    "cpm",
    "cps",
    "currencyBGN",
    "currencyBRL",
    "currencyBTC",
    "currencyCHF",
    "currencyCZK",
    "currencyDKK",
    "currencyEUR",
    "currencyGBP",
    "currencyIDR",
    "currencyILS",
    "currencyINR",
    "currencyISK",
    "currencyJPY",
    "currencyKRW",
    "currencyMYR",
    "currencyNOK",
    "currencyPHP",
    "currencyPLN",
    "currencyPYG",
    "currencyRUB",
    "currencySEK",
    "currencyTRY",
    "currencyUAH",
    "currencyUSD",
    "currencyUYU",
    "currencyVND",
    "currencyXPF",
    "currencyZAR",
    "currencymBTC",
    "currencyμBTC",
    "d",
    "dB",
    "dBm",
    "dateTimeAsIso",
    "dateTimeAsIsoNoDateIfToday",
    "dateTimeAsLocal",
    "dateTimeAsLocalNoDateIfToday",
    "dateTimeAsSystem",
    "dateTimeAsUS",
    "dateTimeAsUSNoDateIfToday",
    "dateTimeFromNow",
    "decbits",
    "decbytes",
    "decgbytes",
    "deckbytes",
    "decmbytes",
    "decpbytes",
    "dectbytes",
    "degree",
    "dm3",
    "dtdhms",
    "dtdurationms",
    "dtdurations",
    "dthms",
    "eflops",
    "epm",
    "eps",
    "ev",
    "fahrenheit",
    "farad",
    "ffarad",
    "flops",
    "flowcfm",
    "flowcfs",
    "flowcms",
    "flowgpm",
    "flowlpm",
    "flowmlpm",
    "forceN",
    "forceNm",
    "forcekN",
    "forcekNm",
    "gallons",
    "gbytes",
    "gflops",
    "grad",
    "gwatt",
    "h",
    "hectares",
    "henry",
    "hertz",
    "hex",
    "hex0x",
    "humidity",
    "iops",
    "joule",
    "kamp",
    "kamph",
    "kbytes",
    "kelvin",
    "kohm",
    "kvolt",
    "kvoltamp",
    "kvoltampreact",
    "kwatt",
    "kwatth",
    "kwattm",
    "lengthcm",
    "lengthft",
    "lengthin",
    "lengthkm",
    "lengthm",
    "lengthmi",
    "lengthmm",
    "litre",
    "litreh",
    "locale",
    "lumens",
    "lux",
    "m",
    "m3",
    "mamp",
    "mamph",
    "massg",
    "masskg",
    "masslb",
    "massmg",
    "masst",
    "mbytes",
    "megwatt",
    "mflops",
    "mhenry",
    "mlitre",
    "mohm",
    "mpm",
    "mps",
    "ms",
    "mvolt",
    "mwatt",
    "mwatth",
    "nfarad",
    "none",
    "ns",
    "ohm",
    "opm",
    "ops",
    "pbytes",
    "percent",
    "percentunit",
    "pfarad",
    "pflops",
    "pixel",
    "ppm",
    "pps",
    "pressurebar",
    "pressurehg",
    "pressurehpa",
    "pressurekbar",
    "pressurekpa",
    "pressurembar",
    "pressurepa",
    "pressurepsi",
    "radbq",
    "radci",
    "radexpckg",
    "radgy",
    "radian",
    "radmsv",
    "radmsvh",
    "radr",
    "radrad",
    "radrem",
    "radsv",
    "radsvh",
    "radusv",
    "radusvh",
    "recpm",
    "recps",
    "reqpm",
    "reqps",
    "rotdegs",
    "rotghz",
    "rothz",
    "rotkhz",
    "rotmhz",
    "rotrads",
    "rotrpm",
    "rowspm",
    "rowsps",
    "rpm",
    "rps",
    "s",
    "sci",
    "short",
    "sishort",
    "string",
    "tbytes",
    "tflops",
    "timeticks",
    "velocitykmh",
    "velocityknot",
    "velocitymph",
    "velocityms",
    "volt",
    "voltamp",
    "voltampreact",
    "watt",
    "watth",
    "watthperkg",
    "wpm",
    "wps",
    "yflops",
    "zflops",
    "µfarad",
    "µhenry",
    "µs",
];

#[cfg(test)]
mod tests {
    use super::{IDS, Unit};
    use crate::spec::Quantity;

    fn convert(unit: &str, quantity: &str) -> Option<f64> {
        Unit::new(unit)
            .unwrap()
            .convert(Quantity::parse(quantity).unwrap())
    }

    #[test]
    fn what_is_written_in_decimals_is_not_rounded_twice() {
        for (unit, quantity, number) in [
            ("ms", "43ms", "43"),
            ("ms", "0.043s", "43"),
            ("ns", "43ms", "43000000"),
            ("s", "43ms", "0.043"),
            ("s", "1.1h", "3960"),
            ("m", "90s", "1.5"),
            ("percentunit", "0.07%", "0.0007"),
            ("percentunit", "0.14%", "0.0014"),
            ("percentunit", "0.0000001%", "0.000000001"),
            ("percent", "99.95%", "99.95"),
            ("decbytes", "8.2TB", "8200000000000"),
            ("bits", "1.1kB", "8800"),
            ("mbytes", "1.5GiB", "1536"),
        ] {
            let written = Quantity::parse(quantity).unwrap();
            let unit = Unit::new(unit).unwrap();
            let converted = unit.convert(written).unwrap();
            assert_eq!(converted.to_string(), number, "{quantity} in {unit}");
        }
    }

    #[test]
    fn every_bound_in_milliseconds_and_hundredths_of_a_percent_is_exact() {
        for whole in 1..20_000_u32 {
            let number = f64::from(whole);
            assert_eq!(convert("ms", &format!("{whole}ms")), Some(number));
            let percent = format!("{}.{:02}%", whole / 100, whole % 100);
            let share: f64 = format!("{whole}e-4").parse().unwrap();
            assert_eq!(convert("percentunit", &percent), Some(share), "{percent}");
        }
    }

    #[test]
    fn bounds_are_shown_with_as_many_digits_as_they_have() {
        let shown = |unit: &str, quantity: &str| {
            let number = convert(unit, quantity).unwrap();
            Unit::new(unit).unwrap().display(number)
        };
        assert_eq!(shown("percentunit", "0.0000001%"), "0.0000001%");
        assert_eq!(shown("percentunit", "99.9999999%"), "99.9999999%");
        assert_eq!(shown("percentunit", "7%"), "7%");
        assert_eq!(shown("decbytes", "8.2TB"), "8200000000000 B");
        assert_eq!(shown("s", "1.1h"), "1h 6m");
        assert_eq!(shown("s", "0.3ms"), "0.3ms");
    }

    #[test]
    fn quantities_become_numbers_of_the_unit() {
        assert_eq!(convert("percentunit", "5%"), Some(0.05));
        assert_eq!(convert("percent", "5%"), Some(5.0));
        assert_eq!(convert("percent", "7%"), Some(7.0));
        assert_eq!(convert("s", "2m"), Some(120.0));
        assert_eq!(convert("ms", "1.5s"), Some(1500.0));
        assert_eq!(convert("bytes", "1.5GiB"), Some(1_610_612_736.0));
        assert_eq!(convert("currencyUSD", "25"), Some(25.0));
        assert_eq!(convert("s", "5%"), None);
        assert_eq!(convert("short", "60s"), None);
        assert_eq!(convert("percentunit", "1GiB"), None);
    }

    #[test]
    fn values_read_as_people_write_them() {
        let shown = |unit: &str, value| Unit::new(unit).unwrap().display(value);
        assert_eq!(shown("percentunit", 0.05), "5%");
        assert_eq!(shown("percentunit", 0.07), "7%");
        assert_eq!(shown("s", 60.0), "60s");
        assert_eq!(shown("s", 90.0), "1m 30s");
        assert_eq!(shown("ms", 250.0), "250ms");
        assert_eq!(shown("currencyUSD", 25.0), "$25");
        assert_eq!(shown("short", 20.0), "20");
        assert_eq!(shown("suffix:tasks/min", 3.0), "3 tasks/min");
        assert_eq!(shown("s", 0.0), "0s");
        assert_eq!(shown("h", 25.0), "1d 1h");
    }

    #[test]
    fn only_units_that_grafana_has_are_units() {
        assert!(IDS.is_sorted());
        assert!(Unit::new("seconds").is_none());
        assert!(Unit::new("suffix:").is_none());
        assert!(Unit::new("suffix:req").is_some());
    }
}
