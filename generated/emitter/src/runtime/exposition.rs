//! Writes metrics in the text formats, whole or piece by piece.

use std::sync::Arc;

pub(crate) use super::accept::Format;
use super::text::escape;

/// A metric as a scrape sees it.
pub(crate) trait Expose: Send + Sync {
    /// The lines before the series.
    fn header(&self, format: Format) -> &str;

    /// The series there are by now, in the order to write them.
    fn order(&self) -> Arc<Vec<u32>>;

    /// Appends the lines of these series until `out` holds `enough` bytes.
    /// Answers how many series that were.
    fn write(&self, order: &[u32], out: &mut Vec<u8>, enough: usize) -> usize;
}

/// The type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MetricType {
    Counter,
    Gauge,
    Histogram,
}

impl MetricType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// The metadata lines of a metric, in each format.
pub(crate) struct Headers {
    text: Box<str>,
    open_metrics: Box<str>,
}

impl Headers {
    pub(crate) fn new(kind: MetricType, name: &str, help: &str, unit: Option<&str>) -> Self {
        let escaped = |quoted| {
            let mut out = String::new();
            escape(&mut out, help, quoted);
            out
        };
        let (plain, quoted) = (escaped(false), escaped(true));
        let text = format!("# HELP {name} {plain}\n# TYPE {name} {}\n", kind.as_str());

        let family = family_name(kind, name);
        let kind = match kind {
            MetricType::Counter if family == name => "unknown",
            kind => kind.as_str(),
        };
        let unit = unit
            .filter(|unit| ends_in_unit(family, unit))
            .map_or(String::new(), |unit| format!("# UNIT {family} {unit}\n"));
        let open_metrics = format!("# HELP {family} {quoted}\n# TYPE {family} {kind}\n{unit}");
        Self {
            text: text.into(),
            open_metrics: open_metrics.into(),
        }
    }

    pub(crate) fn get(&self, format: Format) -> &str {
        match format {
            Format::Text => &self.text,
            Format::OpenMetrics => &self.open_metrics,
        }
    }
}

/// The name of the family that `OpenMetrics` puts the metric in.
pub(crate) fn family_name(kind: MetricType, name: &str) -> &str {
    match kind {
        MetricType::Counter => name.strip_suffix("_total").unwrap_or(name),
        MetricType::Gauge | MetricType::Histogram => name,
    }
}

fn ends_in_unit(family: &str, unit: &str) -> bool {
    !unit.is_empty()
        && family
            .strip_suffix(unit)
            .is_some_and(|rest| rest.ends_with('_'))
}

/// One scrape under way. It reads numbers as they are when it comes to them,
/// and never keeps an update waiting.
pub(crate) struct Scrape {
    format: Format,
    families: std::vec::IntoIter<Arc<dyn Expose>>,
    current: Option<Cursor>,
    ended: bool,
}

/// Where in a family a scrape is.
struct Cursor {
    family: Arc<dyn Expose>,
    order: Arc<Vec<u32>>,
    next: usize,
}

impl Scrape {
    pub(crate) fn new(families: Vec<Arc<dyn Expose>>, format: Format) -> Self {
        Self {
            format,
            families: families.into_iter(),
            current: None,
            ended: false,
        }
    }

    /// Appends to `out` until it holds `enough` bytes, or a little more, or
    /// everything has been written, which the answer says.
    pub(crate) fn fill(&mut self, out: &mut Vec<u8>, enough: usize) -> bool {
        while !self.ended && out.len() < enough {
            if let Some(cursor) = &mut self.current {
                if cursor.fill(out, enough) {
                    self.current = None;
                }
            } else if let Some(family) = self.families.next() {
                out.extend_from_slice(family.header(self.format).as_bytes());
                self.current = Some(Cursor {
                    order: family.order(),
                    family,
                    next: 0,
                });
            } else {
                if self.format == Format::OpenMetrics {
                    out.extend_from_slice(b"# EOF\n");
                }
                self.ended = true;
            }
        }
        self.ended
    }
}

impl Cursor {
    /// Whether the family is finished.
    fn fill(&mut self, out: &mut Vec<u8>, enough: usize) -> bool {
        let rest = self.order.get(self.next..).unwrap_or_default();
        let written = self.family.write(rest, out, enough);
        self.next += written;
        written == rest.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_named_without_its_suffix_in_open_metrics() {
        let headers = Headers::new(
            MetricType::Counter,
            "x_seconds_total",
            "Busy",
            Some("seconds"),
        );
        assert_eq!(
            headers.get(Format::Text),
            "# HELP x_seconds_total Busy\n# TYPE x_seconds_total counter\n"
        );
        assert_eq!(
            headers.get(Format::OpenMetrics),
            "# HELP x_seconds Busy\n# TYPE x_seconds counter\n# UNIT x_seconds seconds\n"
        );
    }

    #[test]
    fn a_counter_without_the_suffix_keeps_its_name() {
        let headers = Headers::new(MetricType::Counter, "hits", "Hits", None);
        assert_eq!(
            headers.get(Format::OpenMetrics),
            "# HELP hits Hits\n# TYPE hits unknown\n"
        );
    }

    #[test]
    fn a_unit_that_is_not_in_the_name_is_left_out() {
        for (name, unit) in [("x_ms", "seconds"), ("xseconds", "seconds"), ("x_", "")] {
            let headers = Headers::new(MetricType::Gauge, name, "X", Some(unit));
            assert!(!headers.get(Format::OpenMetrics).contains("UNIT"), "{name}");
        }
    }

    #[test]
    fn help_is_escaped_as_each_format_asks() {
        let headers = Headers::new(MetricType::Gauge, "x", "a \"b\"\n\\c", None);
        assert!(
            headers
                .get(Format::Text)
                .starts_with("# HELP x a \"b\"\\n\\\\c\n")
        );
        assert!(
            headers
                .get(Format::OpenMetrics)
                .starts_with("# HELP x a \\\"b\\\"\\n\\\\c\n")
        );
    }
}
