//! Chooses a text format by the `Accept` header of a request.

/// A text format, as negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// The Prometheus text format, version 0.0.4.
    Text,
    /// `OpenMetrics`, version 1.0.0.
    OpenMetrics,
}

impl Format {
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// The format that `accept` prefers.
    ///
    /// `OpenMetrics` has to be asked for: `*/*` and a missing or unusable
    /// header mean text. Between the two at equal quality, named, it wins.
    pub(crate) fn negotiate(accept: Option<&str>) -> Self {
        let (mut text, mut open_metrics) = (Preference::default(), Preference::default());
        for range in accept.iter().flat_map(|accept| split(accept, b',')) {
            if let Some((detail, quality, format)) = rate(range) {
                if format != Some(Self::OpenMetrics) {
                    text.consider(detail, quality);
                }
                if format != Some(Self::Text) {
                    open_metrics.consider(detail, quality);
                }
            }
        }
        let named = open_metrics.detail >= Detail::Type && open_metrics.quality == text.quality;
        if open_metrics.quality > text.quality || (named && open_metrics.quality > 0) {
            Self::OpenMetrics
        } else {
            Self::Text
        }
    }
}

/// How closely a media range describes a format; the closest one counts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    #[default]
    None,
    Any,
    Group,
    Type,
    Version,
}

#[derive(Default)]
struct Preference {
    detail: Detail,
    /// In thousandths.
    quality: u16,
}

impl Preference {
    fn consider(&mut self, detail: Detail, quality: u16) {
        if (detail, quality) > (self.detail, self.quality) {
            *self = Self { detail, quality };
        }
    }
}

/// What one media range says, and about which format; `None` there means both.
/// A range that is malformed or names nothing we have says nothing.
fn rate(range: &str) -> Option<(Detail, u16, Option<Format>)> {
    let mut parts = split(range, b';').map(str::trim);
    let media = parts.next()?;
    let (mut quality, mut version) = (1000, None);
    for parameter in parts {
        let Some((name, value)) = parameter.split_once('=') else {
            continue;
        };
        let value = value.trim().trim_matches('"');
        if name.trim().eq_ignore_ascii_case("q") {
            quality = thousandths(value)?;
        } else if name.trim().eq_ignore_ascii_case("version") {
            version = Some(value);
        }
    }
    let (detail, format, ours) = match media.to_ascii_lowercase().as_str() {
        "*/*" => (Detail::Any, None, None),
        "text/*" => (Detail::Group, Some(Format::Text), None),
        "application/*" => (Detail::Group, Some(Format::OpenMetrics), None),
        "text/plain" => (Detail::Type, Some(Format::Text), Some("0.0.4")),
        "application/openmetrics-text" => (Detail::Type, Some(Format::OpenMetrics), Some("1.0.0")),
        _ => return None,
    };
    match (ours, version) {
        (Some(ours), Some(version)) if ours == version => Some((Detail::Version, quality, format)),
        (Some(_), Some(_)) => None,
        _ => Some((detail, quality, format)),
    }
}

fn thousandths(quality: &str) -> Option<u16> {
    let quality: f32 = quality.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1000"
    )]
    (0.0..=1.0)
        .contains(&quality)
        .then(|| (quality * 1000.0).round() as u16)
}

/// The parts of a list, separated outside quotes.
fn split(list: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    list.split(move |c: char| {
        quoted ^= c == '"';
        !quoted && c == char::from(separator)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Format::{OpenMetrics, Text};
    use super::*;

    #[test]
    fn the_header_decides() {
        let cases = [
            ("", Text),
            ("*/*", Text),
            ("text/plain", Text),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Text),
            ("application/openmetrics-text", OpenMetrics),
            (
                "Application/OpenMetrics-Text; Version=\"1.0.0\"",
                OpenMetrics,
            ),
            ("application/*", OpenMetrics),
            ("application/openmetrics-text, text/plain", OpenMetrics),
            ("application/openmetrics-text, */*", OpenMetrics),
            ("application/openmetrics-text;q=0.3, text/plain;q=0.7", Text),
            (
                "text/plain;q=0.3, application/openmetrics-text;q=0.7",
                OpenMetrics,
            ),
            ("application/openmetrics-text;q=0, */*", Text),
            ("application/openmetrics-text;q=0", Text),
            ("text/plain;q=0, */*;q=0.5", OpenMetrics),
            ("application/openmetrics-text;version=0.0.1", Text),
            (
                "application/openmetrics-text;version=2.0.0,text/plain;q=0.1",
                Text,
            ),
            ("application/openmetrics-text;q=NaN", Text),
            ("application/openmetrics-text;q=7", Text),
            (
                "application/openmetrics-text;x=\"a,b;c\";q=0.5, text/*;q=0.4",
                OpenMetrics,
            ),
            // Prometheus 2.42 and 3.1.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                 text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                OpenMetrics,
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                 application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
                 text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                OpenMetrics,
            ),
            (
                "text/plain;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4",
                Text,
            ),
        ];
        for (accept, format) in cases {
            assert_eq!(Format::negotiate(Some(accept)), format, "{accept}");
        }
        assert_eq!(Format::negotiate(None), Text);
    }

    proptest! {
        #[test]
        fn any_header_gets_an_answer(accept in "[a-z*/;=q,.0-9\" \\\\-]{0,80}|.{0,40}") {
            let format = Format::negotiate(Some(&accept));
            if !accept.to_ascii_lowercase().contains("application/") && !accept.contains("*/*") {
                prop_assert_eq!(format, Text);
            }
        }
    }
}
