//! Dashboard variables, and which labels they filter.

mod fit;

use super::catalog::report_twice;
use super::{Context, unknown};
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{Variable, VariableKind, grafana_duration};
use crate::promql::{MatchOp, NewMatcher, PromDuration};
use crate::spec::Named;
use crate::spec::shape::{self, MetricType, Sort};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Grafana refuses names with other characters.
pub(super) fn valid_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with("__")
        && !matches!(name, "window" | "threshold")
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The variables of a dashboard.
#[derive(Default)]
pub(super) struct Variables<'s> {
    specs: HashMap<&'s str, (&'s Spanned<Arc<str>>, Option<&'s shape::Variable>)>,
    /// Variables that filter a label, in the order in which they are shown.
    pub(super) bindings: Vec<Binding<'s>>,
    pub(super) resolved: Vec<Variable>,
}

/// A variable that filters a label.
pub(super) struct Binding<'s> {
    pub(super) name: &'s Spanned<Arc<str>>,
    pub(super) label: Arc<str>,
    /// What a selector gains that the variable filters.
    pub(super) matcher: NewMatcher,
}

impl<'s> Variables<'s> {
    /// Resolves the variables of a dashboard.
    pub(super) fn resolve(
        specs: &'s [Named<shape::Variable>],
        context: &Context<'_>,
        sink: &mut Sink,
    ) -> Self {
        let mut variables = Self::default();
        for Named { name, item } in specs {
            variables.specs.insert(name.as_str(), (name, item.as_ref()));
            if let (Some(spec), Some(label)) =
                (item, item.as_ref().and_then(|spec| spec.label.as_ref()))
            {
                // Grafana makes a pattern only of what may be several values.
                let (op, value) = if spec.textbox.is_some() {
                    // What is typed may stand anywhere; nothing typed is no filter.
                    (MatchOp::Regex, format!(".*${name}.*"))
                } else if is_multi(spec) {
                    (MatchOp::Regex, format!("${name}"))
                } else {
                    (MatchOp::Equal, format!("${name}"))
                };
                variables.bindings.push(Binding {
                    name,
                    label: label.value.clone(),
                    matcher: NewMatcher::new(label.as_str(), op, &value),
                });
            }
        }
        for Named { name, item } in specs {
            if !valid_name(name.as_str()) {
                sink.push(
                    Diagnostic::new(Code::InvalidName, format!("`{name}` is no name for a variable"))
                        .at(name.span, "letters, digits and `_`, no `__` in front, neither `window` nor `threshold`"),
                );
            }
            if let Some(spec) = item {
                let kind = variables.kind(name, spec, context, sink);
                variables.resolved.extend(kind.map(|kind| {
                    Variable {
                        name: name.value.clone(),
                        title: super::value(spec.title.as_ref())
                            .unwrap_or_else(|| humanise(name.as_str()).into()),
                        description: super::value(spec.description.as_ref()),
                        hide: spec.hide,
                        label: super::value(spec.label.as_ref()),
                        kind,
                    }
                }));
            }
        }
        variables.check_cycles(sink);
        variables
    }

    /// Where a variable is defined.
    pub(super) fn defined(&self, name: &str) -> Option<Span> {
        self.specs.get(name).map(|(name, _)| name.span)
    }

    /// Names of all variables, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &'s str> + use<'s> {
        let mut names: Vec<_> = self.specs.keys().copied().collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// Where a variable that may hold several values is defined.
    pub(super) fn multi(&self, name: &str) -> Option<Span> {
        let (name, spec) = self.specs.get(name)?;
        spec.filter(|spec| is_multi(spec)).map(|_| name.span)
    }

    /// Whether the variable offers durations.
    pub(super) fn is_interval(&self, name: &str) -> bool {
        self.specs
            .get(name)
            .is_some_and(|(_, spec)| spec.is_none_or(|spec| spec.interval.is_some()))
    }

    fn kind(
        &self,
        name: &Spanned<Arc<str>>,
        spec: &shape::Variable,
        context: &Context<'_>,
        sink: &mut Sink,
    ) -> Option<VariableKind> {
        let kinds = [
            ("from", spec.from.as_ref().map(|from| from.span)),
            (
                "interval",
                spec.interval.as_ref().map(|interval| interval.span),
            ),
            ("custom", spec.custom.as_ref().map(|custom| custom.span)),
            (
                "constant",
                spec.constant.as_ref().map(|constant| constant.span),
            ),
            ("textbox", spec.textbox.as_ref().map(|textbox| textbox.span)),
            (
                "datasource",
                spec.datasource.as_ref().map(|datasource| datasource.span),
            ),
        ];
        let given: Vec<_> = kinds
            .iter()
            .filter_map(|(key, span)| Some((key, (*span)?)))
            .collect();
        match given.as_slice() {
            [(kind, _)] => fit::check_keys(kind, spec, sink),
            [] if !spec.broken.is_empty() => return None,
            [] => {
                sink.push(
                    Diagnostic::new(Code::MissingKey, format!("the variable `{name}` does not say what it offers"))
                        .at(name.span, "needs one of the keys below")
                        .help("give one of `from`, `interval`, `custom`, `constant`, `textbox`, `datasource`"),
                );
                return None;
            }
            [(first, at), (second, again), ..] => {
                sink.push(
                    Diagnostic::new(
                        Code::ConflictingKeys,
                        format!("the variable `{name}` offers two things at once"),
                    )
                    .at(*again, format!("`{second}`"))
                    .because(*at, format!("`{first}`")),
                );
                return None;
            }
        }
        if let Some(from) = &spec.from {
            return self.values(name, spec, from, context, sink);
        }
        if let Some(options) = &spec.interval {
            return interval(name, spec, options, context, sink);
        }
        if let Some(options) = &spec.custom {
            return custom(name, spec, options, sink);
        }
        if let Some(value) = &spec.constant {
            return Some(VariableKind::Constant(value.value.clone()));
        }
        if let Some(value) = &spec.textbox {
            return Some(VariableKind::Textbox(value.value.clone()));
        }
        let plugin = spec.datasource.as_ref()?.value.clone();
        let own = context
            .grafana
            .as_ref()
            .and_then(|grafana| grafana.datasource.as_ref());
        let default = own
            .filter(|_| &*plugin == "prometheus")
            .map(|own| (own.name.clone(), own.uid.clone()));
        Some(VariableKind::Datasource { plugin, default })
    }

    fn values(
        &self,
        name: &Spanned<Arc<str>>,
        spec: &shape::Variable,
        from: &Spanned<Arc<str>>,
        context: &Context<'_>,
        sink: &mut Sink,
    ) -> Option<VariableKind> {
        let Some(label) = &spec.label else {
            sink.push(
                Diagnostic::new(
                    Code::MissingKey,
                    format!("the variable `{name}` does not say which label it offers"),
                )
                .at(name.span, "needs `label`"),
            );
            return None;
        };
        let series = series_of(from, context, sink)?;
        require_label(&series, label, from, context, sink)?;
        let mut matchers = Vec::new();
        for outer in &spec.within {
            match self
                .bindings
                .iter()
                .find(|binding| binding.name.value == outer.value)
            {
                Some(binding) => {
                    let filtered = Spanned::new(binding.label.clone(), outer.span);
                    require_label(&series, &filtered, from, context, sink)?;
                    matchers.push(binding.matcher.to_string());
                }
                None => {
                    let filtering = self.bindings.iter().map(|binding| binding.name.as_str());
                    sink.push(unknown(
                        Code::UnknownVariable,
                        "variable with a label",
                        outer,
                        filtering,
                    ));
                }
            }
        }
        let selector = if matchers.is_empty() {
            series
        } else {
            format!("{series}{{{}}}", matchers.join(", "))
        };
        Some(VariableKind::Values {
            query: format!("label_values({selector}, {label})"),
            regex: super::value(spec.regex.as_ref()),
            sort: super::value(spec.sort.as_ref()).unwrap_or(Sort::Alphabetical),
            multi: super::value(spec.multi.as_ref()).unwrap_or(true),
            all: super::value(spec.all.as_ref()).unwrap_or(true),
            default: super::value(spec.default.as_ref()),
        })
    }

    fn check_cycles(&self, sink: &mut Sink) {
        for binding in &self.bindings {
            let mut seen: HashSet<&str> = HashSet::new();
            let mut open: Vec<&str> = self.within(binding.name.as_str()).collect();
            while let Some(outer) = open.pop() {
                if outer == binding.name.as_str() {
                    sink.push(
                        Diagnostic::new(
                            Code::VariableCycle,
                            format!(
                                "the variable `{}` is narrowed by itself, through `within`",
                                binding.name
                            ),
                        )
                        .at(binding.name.span, "part of a circle"),
                    );
                    return;
                }
                if seen.insert(outer) {
                    open.extend(self.within(outer));
                }
            }
        }
    }

    fn within(&self, name: &str) -> impl Iterator<Item = &'s str> + use<'s> {
        let spec = self.specs.get(name).and_then(|(_, spec)| *spec);
        spec.into_iter()
            .flat_map(|spec| spec.within.iter().map(Spanned::as_str))
    }
}

fn is_multi(spec: &shape::Variable) -> bool {
    let lists = spec.from.is_some();
    let given = |flag: &Option<Spanned<bool>>| flag.as_ref().map_or(lists, |flag| flag.value);
    given(&spec.multi) || given(&spec.all)
}

/// The series under which a metric's labels are found: a histogram has none
/// under its own name.
fn series_of(from: &Spanned<Arc<str>>, context: &Context<'_>, sink: &mut Sink) -> Option<String> {
    if let Some(metric) = context.metrics.get(&from.value) {
        let suffix = if metric.kind == MetricType::Histogram {
            "_count"
        } else {
            ""
        };
        return Some(format!("{from}{suffix}"));
    }
    if context.catalog.contains(from.as_str()) {
        return Some(from.to_string());
    }
    let known = crate::promql::Catalog::names(context.catalog);
    sink.push(unknown(Code::UnknownMetric, "metric", from, known));
    None
}

fn require_label(
    series: &str,
    label: &Spanned<Arc<str>>,
    from: &Spanned<Arc<str>>,
    context: &Context<'_>,
    sink: &mut Sink,
) -> Option<()> {
    if context.catalog.carries(series, label.as_str()) || context.catalog.is_broken(series) {
        return Some(());
    }
    let catalog = context.catalog;
    sink.push(catalog.unknown_label(series, from.as_str(), label.as_str(), label.span));
    None
}

fn interval(
    name: &Spanned<Arc<str>>,
    spec: &shape::Variable,
    options: &Spanned<Vec<Spanned<PromDuration>>>,
    context: &Context<'_>,
    sink: &mut Sink,
) -> Option<VariableKind> {
    let Some(first) = options.value.first() else {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                format!("the variable `{name}` offers no duration"),
            )
            .at(options.span, "needs at least one"),
        );
        return None;
    };
    let written: Vec<Spanned<Arc<str>>> = options
        .value
        .iter()
        .map(|option| Spanned::new(grafana_duration(option.value).into(), option.span))
        .collect();
    report_twice(&written, "the value", sink);
    let written = super::values(&written);
    let default =
        default_of(spec, &written, sink)?.unwrap_or_else(|| grafana_duration(first.value).into());
    // A window of fewer than four scrapes can lose the second sample that a rate needs.
    let shortest = PromDuration::from_millis(4 * context.scrape.interval.as_millis());
    let auto = spec.auto.as_ref().is_some_and(|auto| auto.value);
    let auto = auto.then_some(shortest);
    Some(VariableKind::Interval {
        options: written,
        auto,
        default,
    })
}

fn custom(
    name: &Spanned<Arc<str>>,
    spec: &shape::Variable,
    options: &Spanned<Vec<shape::CustomOption>>,
    sink: &mut Sink,
) -> Option<VariableKind> {
    if options.value.is_empty() {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                format!("the variable `{name}` offers no value"),
            )
            .at(options.span, "needs at least one"),
        );
        return None;
    }
    let unfit: Vec<Diagnostic> = options.value.iter().filter_map(fit::unfit_option).collect();
    if !unfit.is_empty() {
        unfit.into_iter().for_each(|finding| sink.push(finding));
        return None;
    }
    let values: Vec<Spanned<Arc<str>>> = options
        .value
        .iter()
        .map(|option| option.value.clone())
        .collect();
    report_twice(&values, "the value", sink);
    let values = super::values(&values);
    let all = spec.all.as_ref().is_some_and(|all| all.value);
    let default = match default_of(spec, &values, sink)? {
        None if !all => values.first().cloned(),
        default => default,
    };
    let options = options
        .value
        .iter()
        .map(|option| (option.text.value.clone(), option.value.value.clone()))
        .collect();
    let multi = spec.multi.as_ref().is_some_and(|multi| multi.value);
    Some(VariableKind::Custom {
        options,
        multi,
        all,
        default,
    })
}

/// The default value, which must be among those offered.
fn default_of(
    spec: &shape::Variable,
    offered: &[Arc<str>],
    sink: &mut Sink,
) -> Option<Option<Arc<str>>> {
    let Some(default) = &spec.default else {
        return Some(None);
    };
    // A duration may be written in another way than the offered one.
    let same = PromDuration::parse(default.as_str()).map(grafana_duration);
    if let Some(same) = offered
        .iter()
        .find(|value| same.as_deref() == Some(&***value))
    {
        return Some(Some(same.clone()));
    }
    if offered.contains(&default.value) {
        return Some(Some(default.value.clone()));
    }
    let list: Vec<_> = offered.iter().map(|value| format!("`{value}`")).collect();
    sink.push(
        Diagnostic::new(
            Code::InvalidValue,
            format!("the default `{default}` is not offered"),
        )
        .at(default.span, "not among the values")
        .help(format!("offered are {}", list.join(", "))),
    );
    None
}

/// `violation_type` as people read it: "Violation type".
pub(super) fn humanise(name: &str) -> String {
    let spaced = name.replace(['_', '-'], " ");
    let mut chars = spaced.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => spaced,
    }
}
