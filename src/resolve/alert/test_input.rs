//! Input series of written tests, held to promtool's notation and to the
//! catalog: a test of a series that does not exist passes for no reason.

use crate::diagnostic::{Code, Diagnostic, Sink, Spanned, nearest};
use crate::promql::{self, Catalog, ExprKind, MatchOp};
use crate::resolve::Context;
use crate::spec::locate;
use crate::spec::shape::TestSeries;
use std::sync::Arc;

/// promtool itself counts no further.
const MOST_SAMPLES: u64 = 1_000_000;

/// Reports an input series that promtool would refuse, or that nothing emits.
pub(super) fn check(series: &TestSeries, context: &Context<'_>, sink: &mut Sink) {
    check_series(&series.series, context, sink);
    for word in series.values.as_str().split_whitespace() {
        // Native histograms have a notation with blanks, which promtool knows best.
        if series.values.as_str().contains("{{") {
            break;
        }
        if !is_sample(word) {
            sink.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    format!("`{word}` is no sample of a test"),
                )
                .at(series.values.span, "promtool cannot read it")
                .help("write samples like `1`, `5x10`, `0+10x20`, `100-5x20`, `_x3` or `stale`"),
            );
        }
    }
}

fn check_series(text: &Spanned<Arc<str>>, context: &Context<'_>, sink: &mut Sink) {
    let sources = context.files.sources();
    let query = match promql::Query::parse(text.value.clone()) {
        Ok(query) => query,
        Err(error) => {
            sink.push(error.diagnostic(&|range| locate(sources, text, range)));
            return;
        }
    };
    let plain = match &query.root().kind {
        ExprKind::Selector(selector) => Some(selector).filter(|selector| {
            let equal = selector
                .matchers
                .iter()
                .all(|matcher| matcher.op == MatchOp::Equal);
            equal && !selector.is_range() && selector.offset.is_none() && selector.at.is_none()
        }),
        _ => None,
    };
    let Some((selector, (metric, place))) =
        plain.and_then(|selector| Some((selector, selector.metric_place()?)))
    else {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                "an input series is a name and labels with `=`",
            )
            .at(text.span, "not a single series"),
        );
        return;
    };
    if !context.catalog.contains(metric) {
        let similar = nearest(metric, context.catalog.names());
        let label = similar.map_or("in no catalog".to_owned(), |near| {
            format!("did you mean `{near}`?")
        });
        sink.push(
            Diagnostic::new(
                Code::UnknownMetric,
                format!("there is no metric `{metric}`"),
            )
            .at(locate(sources, text, place.bytes()), label),
        );
        return;
    }
    if context.catalog.is_broken(metric) {
        return;
    }
    for matcher in &selector.matchers {
        let name = &*matcher.name.text;
        if name != "__name__" && !context.catalog.carries(metric, name) {
            let at = locate(sources, text, matcher.name.range.bytes());
            sink.push(context.catalog.unknown_label(metric, metric, name, at));
        }
    }
}

/// Whether promtool reads the word: a number, `_`, or `stale`, once or
/// repeated, or a run such as `0+10x20`.
fn is_sample(word: &str) -> bool {
    let (start, times) = match word.split_once('x') {
        Some((start, times)) => (start, Some(times)),
        None => (word, None),
    };
    if let Some(times) = times
        && !times
            .parse::<u64>()
            .is_ok_and(|times| times <= MOST_SAMPLES)
    {
        return false;
    }
    match start {
        "_" => true,
        "stale" => times.is_none(),
        _ if is_number(start) => true,
        _ => {
            let signs = start
                .char_indices()
                .skip(1)
                .filter(|(_, c)| matches!(c, '+' | '-'));
            times.is_some()
                && signs
                    .map(|(at, _)| start.split_at(at))
                    .any(|(first, step)| is_number(first) && is_number(step))
        }
    }
}

fn is_number(text: &str) -> bool {
    let bare = text.trim_start_matches(['+', '-']);
    text.len() - bare.len() <= 1
        && (matches!(bare, "Inf" | "NaN")
            || (bare.starts_with(|c: char| c.is_ascii_digit() || c == '.')
                && bare.parse::<f64>().is_ok()))
}

#[cfg(test)]
mod tests {
    use super::is_sample;

    #[test]
    fn samples_are_those_of_promtool() {
        for word in [
            "1", "-1.5", "1e3", "_", "_x5", "stale", "0x20", "0+10x20", "100-5x20", "-2+4x3",
            "NaN", "1e-3+1x2",
        ] {
            assert!(is_sample(word), "{word}");
        }
        for word in [
            "",
            "junk",
            "yes",
            "1x",
            "1xy",
            "1x999999999999",
            "0+10",
            "1++2x3",
            "stalex2",
            "x3",
        ] {
            assert!(!is_sample(word), "{word}");
        }
    }
}
