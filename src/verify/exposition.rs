//! Reads expositions, in the text format 0.0.4 or as OpenMetrics, with the
//! place of everything and of everything that is wrong.

mod line;

use line::{Reader, sample};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// Faults after which nobody reads on.
const MAX_FAULTS: usize = 10;

/// What a target exposes.
#[derive(Debug, Default)]
pub(super) struct Exposition<'t> {
    /// Metric families, in the order of the text.
    pub(super) families: Vec<Family<'t>>,
    /// What cannot be read.
    pub(super) faults: Vec<Fault>,
    /// Whether `# EOF` has been read.
    ended: bool,
}

/// The samples of a metric, and what is said about it.
#[derive(Debug)]
pub(super) struct Family<'t> {
    /// Its name, as `# TYPE` gives it.
    pub(super) name: &'t str,
    pub(super) kind: Option<Said<'t>>,
    pub(super) help: Option<Said<'t>>,
    pub(super) unit: Option<Said<'t>>,
    pub(super) samples: Vec<Sample<'t>>,
    /// The line that names it first.
    pub(super) line: Range<usize>,
}

/// A word or text about a metric, and its line.
#[derive(Debug)]
pub(super) struct Said<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) line: Range<usize>,
}

/// One sample.
#[derive(Debug)]
pub(super) struct Sample<'t> {
    pub(super) name: &'t str,
    pub(super) labels: Vec<(&'t str, Cow<'t, str>)>,
    pub(super) value: f64,
    /// Name and labels, as a place in the text.
    pub(super) series: Range<usize>,
}

/// Something that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) place: Range<usize>,
    pub(super) message: String,
}

impl Sample<'_> {
    /// The value of `label`.
    pub(super) fn label(&self, label: &str) -> Option<&str> {
        let mut labels = self.labels.iter();
        labels
            .find(|(name, _)| *name == label)
            .map(|(_, value)| &**value)
    }
}

impl<'t> Exposition<'t> {
    /// Reads `text`. `open_metrics` says what the server calls it; without,
    /// the closing `# EOF` tells.
    pub(super) fn parse(text: &'t str, open_metrics: Option<bool>) -> Self {
        let mut exposition = Self::default();
        let start = text.len() - text.trim_start().len();
        if text[start..].starts_with('<') {
            let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
            exposition.fault(start..end, "this is HTML, and no exposition");
            return exposition;
        }
        let ends = text.trim_end().ends_with("# EOF");
        let open_metrics = open_metrics.unwrap_or(ends) || ends;
        if open_metrics && !ends {
            let end = text.trim_end().len();
            exposition.fault(
                end..end,
                "the last line is not `# EOF`: the exposition is cut off",
            );
        }
        let mut names = HashMap::new();
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let place = offset..offset + line.trim_end().len();
            offset += line.len();
            if exposition.faults.len() >= MAX_FAULTS {
                break;
            }
            exposition.line(text, place, open_metrics, &mut names);
        }
        exposition
    }

    fn fault(&mut self, place: Range<usize>, message: impl Into<String>) {
        self.faults.push(Fault {
            place,
            message: message.into(),
        });
    }

    fn line(
        &mut self,
        text: &'t str,
        place: Range<usize>,
        open_metrics: bool,
        names: &mut HashMap<&'t str, usize>,
    ) {
        let line = &text[place.clone()];
        let blanks = line.len() - line.trim_start().len();
        let line = &line[blanks..];
        let start = place.start + blanks;
        if line.is_empty() {
            return;
        }
        if self.ended {
            // Once is enough: what follows is as wrong.
            if self.faults.is_empty() {
                self.fault(start..place.end, "nothing comes behind `# EOF`");
            }
            return;
        }
        if let Some(comment) = line.strip_prefix('#') {
            self.ended = comment.trim() == "EOF";
            self.comment(comment.trim_start(), start..place.end, names);
            return;
        }
        match sample(&mut Reader::new(text, start, place.end), open_metrics) {
            Ok(sample) => {
                let family = self.family_of(sample.name, names);
                let index = family.unwrap_or_else(|| self.add(sample.name, place, names));
                self.families[index].samples.push(sample);
            }
            Err(fault) => self.faults.push(fault),
        }
    }

    /// `HELP name text`, `TYPE name word`, `UNIT name word`; all else says nothing.
    fn comment(
        &mut self,
        comment: &'t str,
        line: Range<usize>,
        names: &mut HashMap<&'t str, usize>,
    ) {
        let mut words = comment.splitn(3, [' ', '\t']);
        let (Some(keyword), Some(name)) = (words.next(), words.next()) else {
            return;
        };
        let rest = words.next().unwrap_or_default();
        if !matches!(keyword, "HELP" | "TYPE" | "UNIT") || name.is_empty() {
            return;
        }
        let name = name.trim_matches('"');
        let known = names.get(name).copied();
        let index = known.unwrap_or_else(|| self.add(name, line.clone(), names));
        let family = &mut self.families[index];
        let (place, text) = match keyword {
            "HELP" => (&mut family.help, line::unescaped(rest)),
            "UNIT" => (&mut family.unit, Cow::Borrowed(rest.trim())),
            _ => (&mut family.kind, Cow::Borrowed(rest.trim())),
        };
        if place.is_some() {
            self.fault(line, format!("a second `{keyword}` of `{name}`"));
            return;
        }
        *place = Some(Said {
            text,
            line: line.clone(),
        });
        let known = [
            "counter",
            "gauge",
            "histogram",
            "summary",
            "untyped",
            "unknown",
            "info",
            "stateset",
            "gaugehistogram",
        ];
        if keyword == "TYPE" && !known.contains(&rest.trim()) {
            self.fault(line, format!("`{}` is no type of metrics", rest.trim()));
        } else if keyword == "TYPE" && !self.families[index].samples.is_empty() {
            self.fault(
                line,
                format!("the type of `{name}` comes after its samples"),
            );
        }
    }

    fn add(
        &mut self,
        name: &'t str,
        line: Range<usize>,
        names: &mut HashMap<&'t str, usize>,
    ) -> usize {
        self.families.push(Family {
            name,
            kind: None,
            help: None,
            unit: None,
            samples: Vec::new(),
            line,
        });
        names.insert(name, self.families.len() - 1);
        self.families.len() - 1
    }

    /// The family that a series belongs to: that of its name, or the one whose
    /// type gives it its suffix.
    fn family_of(&self, series: &str, names: &HashMap<&'t str, usize>) -> Option<usize> {
        const SUFFIXES: [(&str, &[&str]); 6] = [
            ("_bucket", &["histogram", "gaugehistogram"]),
            ("_sum", &["histogram", "summary"]),
            ("_count", &["histogram", "summary"]),
            ("_created", &["histogram", "summary", "counter"]),
            ("_total", &["counter"]),
            ("_info", &["info"]),
        ];
        if let Some(index) = names.get(series) {
            return Some(*index);
        }
        SUFFIXES.iter().find_map(|(suffix, kinds)| {
            let index = *names.get(series.strip_suffix(suffix)?)?;
            let kind = self.families[index].kind.as_ref()?;
            kinds.contains(&&*kind.text).then_some(index)
        })
    }
}

impl Family<'_> {
    /// The name under which a catalog declares it: that of a counter's series
    /// in OpenMetrics, which its family does not have.
    pub(super) fn metric(&self) -> Cow<'_, str> {
        let is_counter = self
            .kind
            .as_ref()
            .is_some_and(|kind| kind.text == "counter");
        if !is_counter || self.name.ends_with("_total") {
            return Cow::Borrowed(self.name);
        }
        let total = |sample: &&Sample<'_>| sample.name.strip_suffix("_total") == Some(self.name);
        match self.samples.iter().find(total) {
            Some(sample) => Cow::Borrowed(sample.name),
            None if self.samples.is_empty() => Cow::Owned(format!("{}_total", self.name)),
            None => Cow::Borrowed(self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Exposition, Fault};

    fn faults(text: &str) -> Vec<(&str, String)> {
        let exposition = Exposition::parse(text, None);
        let faults = exposition.faults.into_iter();
        faults
            .map(|Fault { place, message }| (&text[place], message))
            .collect()
    }

    #[test]
    fn families_gather_their_samples() {
        let text = "# HELP seconds Time\\n\"spent\"\n# TYPE seconds histogram\n\
            seconds_bucket{path=\"/a,b=\\\"c\\\"}\",le=\"+Inf\"} 3\nseconds_sum{path=\"/\"} 1.5 1700000000000\n\
            # TYPE up gauge\nup 1\nbare_total +Inf\n";
        let read = Exposition::parse(text, None);
        assert!(read.faults.is_empty(), "{:?}", read.faults);
        let names: Vec<_> = read.families.iter().map(|family| family.name).collect();
        assert_eq!(names, ["seconds", "up", "bare_total"]);
        let seconds = &read.families[0];
        assert_eq!(seconds.samples.len(), 2);
        assert_eq!(seconds.samples[0].label("path"), Some("/a,b=\"c\"}"));
        assert_eq!(seconds.help.as_ref().unwrap().text, "Time\n\"spent\"");
        assert_eq!(
            &text[seconds.samples[1].series.clone()],
            "seconds_sum{path=\"/\"}"
        );
        assert!(read.families[2].kind.is_none());
    }

    #[test]
    fn openmetrics_counters_are_declared_by_their_series() {
        let text = "# TYPE jobs counter\n# UNIT jobs jobs\njobs_total{q=\"a\"} 1 # {trace=\"x\"} 1 2\njobs_created{q=\"a\"} 1\n# TYPE idle counter\n# EOF\n";
        let read = Exposition::parse(text, Some(true));
        assert!(read.faults.is_empty(), "{:?}", read.faults);
        assert_eq!(read.families[0].metric(), "jobs_total");
        assert_eq!(read.families[0].samples.len(), 2);
        assert_eq!(read.families[1].metric(), "idle_total");
    }

    #[test]
    fn names_may_be_quoted() {
        let text = "{\"http.requests\",\"service.name\"=\"x\"} 1\n";
        let read = Exposition::parse(text, None);
        assert!(read.faults.is_empty(), "{:?}", read.faults);
        assert_eq!(read.families[0].name, "http.requests");
        assert_eq!(read.families[0].samples[0].label("service.name"), Some("x"));
    }

    #[test]
    fn faults_know_their_place() {
        for (text, at, message) in [
            (
                "<!doctype html>\n<p>",
                "<!doctype html>",
                "this is HTML, and no exposition",
            ),
            ("up one\n", "one", "`one` is no number"),
            ("up\n", "", "the value is missing"),
            (
                "up{a=\"b} 1\n",
                "\"b} 1",
                "the value of `a` has no closing quote",
            ),
            ("up{a=b} 1\n", "b", "the value of `a` is not quoted"),
            ("up{a=\"1\",a=\"2\"} 1\n", "a", "the label `a` stands twice"),
            ("up{a=\"\\x\"} 1\n", "\\x", "`\\x` is no escape"),
            ("up{=\"1\"} 1\n", "=", "a label's name belongs here"),
            ("up 1 x\n", "x", "`x` is no timestamp"),
            ("up 1 2 3\n", "3", "nothing belongs here"),
            ("!up 1\n", "!", "a metric's name belongs here"),
            (
                "# TYPE up thing\n",
                "# TYPE up thing",
                "`thing` is no type of metrics",
            ),
            (
                "# TYPE a gauge\n# TYPE a gauge\n",
                "# TYPE a gauge",
                "a second `TYPE` of `a`",
            ),
            (
                "a 1\n# TYPE a gauge\n",
                "# TYPE a gauge",
                "the type of `a` comes after its samples",
            ),
        ] {
            assert_eq!(faults(text), [(at, message.to_owned())], "{text}");
        }
        let cut = Exposition::parse("a 1\n", Some(true));
        assert_eq!(cut.faults[0].place, 3..3);
    }

    #[test]
    fn garbage_is_neither_fatal_nor_endless() {
        let read = Exposition::parse(&"\u{1}é{\n".repeat(10_000), None)
            .faults
            .len();
        assert_eq!(read, super::MAX_FAULTS);
        for text in [
            "", "\n", "#", "# ", "# TYPE", "# TYPE ", "{", "{}", "a{", "a{b", "a{b=", "a{b=\"",
            "{\"", "a{} 1",
        ] {
            Exposition::parse(text, None);
        }
    }
}
