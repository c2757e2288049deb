//! An expression as written, parsed, and its place in the specs.

use super::series::SeriesCatalog;
use super::threshold::Thresholds;
use super::unknown;
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::promql::{self, Flow, MatchOp, Rewrite, VarRef};
use crate::spec::{Files, locate};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use xxhash_rust::xxh3::Xxh3DefaultBuilder;

/// The variable that stands for a bound of thresholds, as in
/// `${threshold:error_ratio.warning}`.
const THRESHOLD: &str = "threshold";

/// A parsed expression that can say where its parts stand.
#[derive(Debug, Clone)]
pub(super) struct Expression<'s> {
    pub(super) text: &'s Spanned<Arc<str>>,
    pub(super) query: Arc<promql::Query>,
    /// References to bounds of thresholds, as written, and what they become.
    bounds: Vec<(String, String)>,
}

/// Reads expressions. The same text is parsed once, wherever it is written.
pub(super) struct Expressions<'c> {
    files: &'c Files,
    thresholds: &'c Thresholds<'c>,
    parsed: Mutex<HashMap<Arc<str>, Arc<promql::Query>, Xxh3DefaultBuilder>>,
}

impl<'c> Expressions<'c> {
    pub(super) fn new(files: &'c Files, thresholds: &'c Thresholds<'c>) -> Self {
        Self {
            files,
            thresholds,
            parsed: Mutex::default(),
        }
    }

    /// Reads `text`; a syntax error is reported at its place, and so are
    /// bounds of thresholds that do not exist.
    pub(super) fn read<'s>(
        &self,
        text: &'s Spanned<Arc<str>>,
        sink: &mut Sink,
    ) -> Option<Expression<'s>> {
        match self.parse(&text.value) {
            Ok(query) => Expression::new(text, query, self.thresholds, self.files, sink),
            Err(error) => {
                let files = self.files.sources();
                sink.push(error.diagnostic(&|range| locate(files, text, range)));
                None
            }
        }
    }

    fn parse(&self, text: &Arc<str>) -> Result<Arc<promql::Query>, promql::ParseError> {
        // A thread that failed while it had the lock has left a sound map.
        let parsed = || self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(query) = parsed().get(text) {
            return Ok(Arc::clone(query));
        }
        let query = Arc::new(promql::Query::parse(Arc::clone(text))?);
        Ok(Arc::clone(
            parsed().entry(Arc::clone(text)).or_insert(query),
        ))
    }
}

impl<'s> Expression<'s> {
    fn new(
        text: &'s Spanned<Arc<str>>,
        query: Arc<promql::Query>,
        thresholds: &Thresholds<'_>,
        files: &Files,
        sink: &mut Sink,
    ) -> Option<Self> {
        let mut bounds = Vec::new();
        for variable in query
            .variables()
            .iter()
            .filter(|variable| &*variable.name == THRESHOLD)
        {
            let at = locate(files.sources(), text, variable.range.bytes());
            let written = text.as_str()[variable.range.bytes()].to_owned();
            bounds.push((written, bound(variable, at, thresholds, sink)?));
        }
        Some(Self {
            text,
            query,
            bounds,
        })
    }

    /// The expression with the changes, and with numbers for the bounds of
    /// thresholds that it names.
    pub(super) fn rewrite(&self, rewrite: &Rewrite<'_>) -> String {
        let mut text = self.query.rewrite(rewrite);
        for (written, number) in &self.bounds {
            text = text.replace(written, number);
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// Where a range of the expression stands in its file.
    pub(super) fn span(&self, files: &Files, range: Range<usize>) -> Span {
        locate(files.sources(), self.text, range)
    }

    /// Types the expression and follows its labels, reporting what is wrong.
    pub(super) fn check(&self, catalog: &SeriesCatalog, files: &Files, sink: &mut Sink) -> Flow {
        self.check_bounds(catalog, files, sink);
        promql::check(&self.query, catalog, &|range| self.span(files, range), sink)
    }

    /// Reports bounds of thresholds that are compared with `le` and are no
    /// bound of a bucket: nothing would match.
    fn check_bounds(&self, catalog: &SeriesCatalog, files: &Files, sink: &mut Sink) {
        if self.bounds.is_empty() {
            return;
        }
        for selector in self.query.selectors() {
            let buckets = selector
                .metric_name()
                .map_or(&[][..], |name| catalog.buckets(name));
            let on_le = selector
                .matchers
                .iter()
                .filter(|matcher| &*matcher.name.text == "le");
            let named = on_le.flat_map(|matcher| {
                let variables = matcher.value.variables.iter();
                variables.map(move |variable| (matcher, variable))
            });
            for (matcher, variable) in named {
                let written = &self.text.as_str()[variable.range.bytes()];
                let bound = self.bounds.iter().find(|(own, _)| own == written);
                let number = bound.and_then(|(_, number)| number.parse::<f64>().ok());
                let Some(number) = number.filter(|_| !buckets.is_empty()) else {
                    continue;
                };
                let at = self.span(files, variable.range.bytes());
                if !buckets.contains(&number) {
                    sink.push(no_bucket(number, buckets, at));
                } else if !matcher.op.is_regex() && number.fract() == 0.0 {
                    sink.push(bucket_without_fraction(number, written, at));
                }
            }
        }
    }

    /// Reports Grafana variables and macros: Prometheus knows none of them.
    /// `user` is the alert or record that needs the expression without.
    pub(super) fn reject_variables(
        &self,
        user: &Spanned<Arc<str>>,
        files: &Files,
        sink: &mut Sink,
    ) -> bool {
        let mut clean = true;
        for variable in self.query.variables() {
            if is_own(variable) {
                continue;
            }
            clean = false;
            let mut diagnostic = Diagnostic::new(
                Code::MacroOutsideDashboard,
                format!(
                    "`${}` exists in dashboards only, and the rule `{user}` uses this expression",
                    variable.name
                ),
            )
            .at(
                self.span(files, variable.range.bytes()),
                "unknown to Prometheus",
            )
            .because(user.span, "the rule");
            if variable.is_builtin() {
                diagnostic = diagnostic
                    .help("write `$window`: panels and rules each put in their own range");
            }
            sink.push(diagnostic);
        }
        clean
    }

    /// Reports `=` and `!=` against a variable that may hold several values.
    pub(super) fn check_variables(
        &self,
        is_multi: impl Fn(&str) -> Option<Span>,
        files: &Files,
        sink: &mut Sink,
    ) {
        for matcher in self
            .query
            .selectors()
            .flat_map(|selector| &selector.matchers)
        {
            let fixed = match matcher.op {
                MatchOp::Equal => "=~",
                MatchOp::NotEqual => "!~",
                MatchOp::Regex | MatchOp::NotRegex => continue,
            };
            for variable in &matcher.value.variables {
                if let Some(defined) = is_multi(&variable.name) {
                    sink.push(
                        Diagnostic::new(
                            Code::MatcherOnVariable,
                            format!("`${}` may hold several values, which only a regular expression matches", variable.name),
                        )
                        .at(self.span(files, matcher.range.bytes()), format!("use `{fixed}`"))
                        .because(defined, "several values may be chosen here"),
                    );
                }
            }
        }
    }
}

/// Whether the compiler itself puts something in the variable's place.
pub(super) fn is_own(variable: &VarRef) -> bool {
    variable.is_window() || &*variable.name == THRESHOLD
}

fn no_bucket(bound: f64, buckets: &[f64], at: Span) -> Diagnostic {
    let list: Vec<_> = buckets.iter().map(ToString::to_string).collect();
    Diagnostic::new(
        Code::InvalidValue,
        format!(
            "the bound {bound} is no bucket of the histogram, so nothing can be counted up to it"
        ),
    )
    .at(at, format!("{bound} is not among its buckets"))
    .help(format!(
        "its buckets end at {}; move the threshold, or add a bucket",
        list.join(", ")
    ))
}

/// A bound is put in as the number that it is elsewhere in expressions.
fn bucket_without_fraction(bound: f64, written: &str, at: Span) -> Diagnostic {
    Diagnostic::new(
        Code::UnknownBucket,
        format!(
            "the bucket up to {bound} is called `{}` by emitters and Prometheus 3",
            promql::bucket_label(bound)
        ),
    )
    .at(at, format!("becomes `{bound}`, which matches no series"))
    .help(format!("match both, as in `le=~\"{written}([.]0)?\"`"))
}

/// The number behind `${threshold:NAME.LEVEL}`; what is wrong with it is reported.
fn bound(
    variable: &VarRef,
    at: Span,
    thresholds: &Thresholds<'_>,
    sink: &mut Sink,
) -> Option<String> {
    let path = variable
        .format
        .as_deref()
        .and_then(|path| path.split_once('.'));
    let Some((name, level)) = path else {
        sink.push(
            Diagnostic::new(
                Code::UnknownThreshold,
                "a bound is named by thresholds and level",
            )
            .at(at, "expected `${threshold:NAME.LEVEL}`"),
        );
        return None;
    };
    match thresholds.number(name, level) {
        Ok(number) => number.map(|number| number.to_string()),
        Err(levels) => {
            let found = |text: &str| Spanned::new(Arc::from(text), at);
            sink.push(match levels {
                Some(levels) => unknown(Code::UnknownLevel, "level", &found(level), levels),
                None => unknown(
                    Code::UnknownThreshold,
                    "threshold",
                    &found(name),
                    thresholds.names(),
                ),
            });
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Expressions;
    use crate::diagnostic::Sink;
    use crate::resolve::threshold::Thresholds;
    use crate::spec::Files;
    use std::sync::Arc;

    #[test]
    fn the_same_text_is_parsed_once() {
        let files = Files::default();
        let thresholds = Thresholds::new(&[], &mut Sink::default());
        let expressions = Expressions::new(&files, &thresholds);
        let parse = |text: &str| expressions.parse(&Arc::from(text)).unwrap();
        assert!(Arc::ptr_eq(&parse("sum(x)"), &parse("sum(x)")));
        assert!(!Arc::ptr_eq(&parse("sum(x)"), &parse("sum( x)")));
        assert!(expressions.parse(&Arc::from("sum(")).is_err());
    }
}
