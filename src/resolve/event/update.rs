//! The updates of events: what may be done to which metric, and with what.

use super::{Args, Catalog};
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{Action, ArgKind, EventArg, LabelValue, Metric, Operand, Series, Update, When};
use crate::resolve::{find, names, not_exactly_one, unknown};
use crate::spec::shape::{self, LabelSource, MetricType};
use std::sync::Arc;

/// The keys that say what an update does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Inc,
    Dec,
    Add,
    Set,
    Observe,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Inc => "inc",
            Self::Dec => "dec",
            Self::Add => "add",
            Self::Set => "set",
            Self::Observe => "observe",
        }
    }

    fn takes_value(self) -> bool {
        !matches!(self, Self::Inc | Self::Dec)
    }
}

/// An update being resolved: its metric as written and as declared.
struct Target<'c> {
    verb: Verb,
    written: &'c Spanned<Arc<str>>,
    spec: &'c shape::Metric,
    metric: &'c Metric,
}

/// Binds one update. `None` if nothing usable is left, which has been reported.
pub(super) fn resolve(
    spec: &shape::Update,
    args: &Args<'_>,
    catalog: &Catalog<'_>,
    sink: &mut Sink,
) -> Option<Update> {
    let when = spec.when.as_ref().map(|when| condition(when, args, sink));
    let target = target(spec, catalog, sink);
    // Whatever the target is, arguments that are named count as used.
    let operand = spec.value.as_ref().map(|value| operand(value, args, sink));
    let target = target?;
    let allowed = check_type(&target, sink);
    let action = action(spec, &target, operand, args, allowed, sink);
    let series = series(spec, &target, args, catalog, sink);
    Some(Update {
        metric: target.metric.name.clone(),
        action: action?,
        series: series?,
        when: match when {
            Some(when) => Some(when?),
            None => None,
        },
    })
}

fn target<'c>(
    spec: &'c shape::Update,
    catalog: &Catalog<'c>,
    sink: &mut Sink,
) -> Option<Target<'c>> {
    let verbs = [
        (Verb::Inc, &spec.inc),
        (Verb::Dec, &spec.dec),
        (Verb::Add, &spec.add),
        (Verb::Set, &spec.set),
        (Verb::Observe, &spec.observe),
    ];
    let given: Vec<_> = verbs
        .into_iter()
        .filter_map(|(verb, metric)| Some((verb, metric.as_ref()?)))
        .collect();
    let [(verb, written)] = given[..] else {
        sink.push(not_exactly_one(
            !given.is_empty(),
            "an update says one of `inc`, `dec`, `add`, `set` and `observe`",
            spec.span,
        ));
        return None;
    };
    let declared = find(&catalog.specs.metrics, written.as_str());
    let Ok(declared) = declared else {
        let known = names(&catalog.specs.metrics);
        let mut diagnostic = unknown(Code::UnknownMetric, "metric", written, known);
        let mut external = catalog
            .specs
            .external
            .iter()
            .filter_map(|own| own.item.as_ref());
        if external.any(|external| names(&external.metrics).any(|name| name == written.as_str())) {
            diagnostic = diagnostic.help(
                "events move the metrics of the section `metrics`, not those that others expose",
            );
        }
        sink.push(diagnostic);
        return None;
    };
    Some(Target {
        verb,
        written,
        spec: declared?,
        metric: catalog.metrics.get(&written.value)?,
    })
}

/// Reports what the metric's type does not allow.
fn check_type(target: &Target<'_>, sink: &mut Sink) -> bool {
    let name = &target.metric.name;
    let (problem, remedy) = match (target.metric.kind, target.verb) {
        (MetricType::Counter, Verb::Inc | Verb::Add)
        | (MetricType::Gauge, Verb::Inc | Verb::Dec | Verb::Add | Verb::Set)
        | (MetricType::Histogram, Verb::Observe) => return true,
        (MetricType::Counter, Verb::Dec) => (
            format!("`{name}` is a counter, and a counter never goes down"),
            "what goes down as well is a gauge",
        ),
        (MetricType::Counter, Verb::Set) => (
            format!("`{name}` is a counter, and a counter is never set"),
            "a counter takes `inc` and `add`",
        ),
        (MetricType::Histogram, verb) => (
            format!("`{name}` is a histogram, which has no `{}`", verb.word()),
            "a histogram takes `observe`, with a `value`",
        ),
        (MetricType::Summary, _) => (
            format!("`{name}` is a summary, and emitters have no summaries"),
            "a histogram can be added up over instances; declare one",
        ),
        (kind @ (MetricType::Counter | MetricType::Gauge), Verb::Observe) => (
            format!("`{name}` is a {}, and only histograms observe", kind.word()),
            "a gauge takes `set`; to see how values spread, declare a histogram",
        ),
    };
    sink.push(
        Diagnostic::new(Code::EventUpdate, problem)
            .at(
                target.written.span,
                format!("not for a {}", target.metric.kind.word()),
            )
            .because(target.spec.kind.span, "the type is given here")
            .help(remedy),
    );
    false
}

fn action(
    spec: &shape::Update,
    target: &Target<'_>,
    operand: Option<Option<(Operand, Option<EventArg>)>>,
    args: &Args<'_>,
    allowed: bool,
    sink: &mut Sink,
) -> Option<Action> {
    let verb = target.verb;
    match (&spec.value, verb.takes_value()) {
        (Some(value), false) => {
            sink.push(
                Diagnostic::new(
                    Code::ConflictingKeys,
                    format!("`{}` takes no `value`: it is always one", verb.word()),
                )
                .at(value.span, "not with this")
                .because(target.written.span, "moves the metric by one")
                .help("`add` takes a value"),
            );
            return None;
        }
        (None, true) => {
            sink.push(
                Diagnostic::new(
                    Code::MissingKey,
                    format!("`{}` needs a `value`", verb.word()),
                )
                .at(target.written.span, "by which `value`?")
                .help("it is an argument of the event, or a number"),
            );
            return None;
        }
        _ => {}
    }
    match verb {
        Verb::Inc => return allowed.then_some(Action::Inc),
        Verb::Dec => return allowed.then_some(Action::Dec),
        Verb::Add | Verb::Set | Verb::Observe => {}
    }
    let (operand, arg) = operand??;
    let at = spec.value.as_ref()?.span;
    if !allowed {
        return None;
    }
    match (&operand, &arg) {
        (Operand::Number(number), _) => check_number(*number, at, target, sink)?,
        (Operand::Arg(_), Some(arg)) => check_operand(arg, at, target, args, sink)?,
        (Operand::Arg(_), None) => return None,
    }
    Some(match verb {
        Verb::Add => Action::Add(operand),
        Verb::Set => Action::Set(operand),
        _ => Action::Observe(operand),
    })
}

/// A number, or an argument of the event.
fn operand(
    value: &Spanned<Arc<str>>,
    args: &Args<'_>,
    sink: &mut Sink,
) -> Option<(Operand, Option<EventArg>)> {
    let number = value
        .value
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite());
    if let Some(number) = number {
        return Some((Operand::Number(number), None));
    }
    let arg = args.find(value, sink)?;
    Some((Operand::Arg(arg.name.clone()), Some(arg.clone())))
}

/// The largest number up to which every whole number is one of floating point.
const WHOLE: f64 = 9_007_199_254_740_992.0;

fn check_number(number: f64, at: Span, target: &Target<'_>, sink: &mut Sink) -> Option<()> {
    let name = &target.metric.name;
    let problem = match target.metric.kind {
        MetricType::Counter if number < 0.0 || number.fract() != 0.0 || number > WHOLE => {
            format!("`{name}` is a counter, which grows by whole numbers")
        }
        MetricType::Histogram if number < 0.0 => {
            format!("`{name}` is a histogram, which records no negative numbers")
        }
        _ => return Some(()),
    };
    sink.push(
        Diagnostic::new(Code::EventUpdate, problem)
            .at(at, "not such a number")
            .because(target.spec.kind.span, "the type is given here"),
    );
    None
}

/// Whether the argument is the kind of number that the update needs.
fn check_operand(
    arg: &EventArg,
    at: Span,
    target: &Target<'_>,
    args: &Args<'_>,
    sink: &mut Sink,
) -> Option<()> {
    let name = &target.metric.name;
    let in_seconds = target.metric.unit.as_deref() == Some("seconds");
    let (code, problem, help) = match (&arg.kind, target.metric.kind) {
        (ArgKind::Label(_), _) => (
            Code::ArgumentType,
            format!(
                "the argument `{}` is the value of a label, not a number",
                arg.name
            ),
            "numbers are `seconds`, `amount` and `count`",
        ),
        (ArgKind::Flag, MetricType::Gauge) if target.verb == Verb::Set => return Some(()),
        (ArgKind::Flag, _) => (
            Code::ArgumentType,
            format!("the argument `{}` is a flag, not a number", arg.name),
            "a flag goes into `when`, or into `set` of a gauge, where it is 1 or 0",
        ),
        (ArgKind::Seconds | ArgKind::Amount, MetricType::Counter) => (
            Code::ArgumentType,
            format!("`{name}` is a counter, which grows by whole numbers"),
            "declare the argument as `count`, or the metric as a gauge",
        ),
        (ArgKind::Seconds, _) => match &target.spec.unit {
            Some(unit) if !in_seconds => {
                sink.push(
                    Diagnostic::new(
                        Code::EventUpdate,
                        format!("`{}` is in seconds, and `{name}` in {unit}", arg.name),
                    )
                    .at(at, "seconds")
                    .because(unit.span, "the metric's unit"),
                );
                return None;
            }
            _ => return Some(()),
        },
        (ArgKind::Amount | ArgKind::Count, _) if in_seconds => (
            Code::ArgumentType,
            format!(
                "`{name}` is in seconds, and `{}` is a bare number",
                arg.name
            ),
            "declare the argument as `seconds`: emitters then take a duration in their language's own type",
        ),
        (ArgKind::Amount | ArgKind::Count, _) => return Some(()),
    };
    let mut diagnostic = Diagnostic::new(code, problem)
        .at(at, "does not fit")
        .help(help);
    if let Some(place) = args.place(&arg.name) {
        diagnostic = diagnostic.because(place, "declared here");
    }
    sink.push(diagnostic);
    None
}

fn condition(when: &Spanned<Arc<str>>, args: &Args<'_>, sink: &mut Sink) -> Option<When> {
    let (negated, name) = match when.value.strip_prefix("not ") {
        Some(name) => (true, name.trim_start()),
        None => (false, when.as_str()),
    };
    let name = Spanned::new(Arc::from(name), when.span);
    let arg = args.find(&name, sink)?;
    if arg.kind != ArgKind::Flag {
        let mut diagnostic = Diagnostic::new(
            Code::ArgumentType,
            format!("`when` needs a flag, and the argument `{name}` is none"),
        )
        .at(when.span, "not a flag");
        if let Some(place) = args.place(&arg.name) {
            diagnostic = diagnostic.because(place, "declared here");
        }
        sink.push(diagnostic);
        return None;
    }
    Some(When {
        arg: name.value,
        negated,
    })
}

fn series(
    spec: &shape::Update,
    target: &Target<'_>,
    args: &Args<'_>,
    catalog: &Catalog<'_>,
    sink: &mut Sink,
) -> Option<Series> {
    let metric = target.metric;
    if let Some(all) = &spec.series {
        let (code, problem) = if target.verb != Verb::Set {
            let problem = format!("`{}` moves one series at a time", target.verb.word());
            (Code::ConflictingKeys, problem)
        } else if metric.labels.is_empty() {
            let problem = format!("`{}` has no labels, and so only one series", metric.name);
            (Code::EventUpdate, problem)
        } else if !spec.labels.is_empty() {
            let problem = "`labels` choose a series, and `series: all` chooses all".to_owned();
            (Code::ConflictingKeys, problem)
        } else {
            return Some(Series::All);
        };
        sink.push(
            Diagnostic::new(code, problem)
                .at(all.span, "not here")
                .because(target.written.span, "this update"),
        );
        return None;
    }
    for given in &spec.labels {
        if !metric.labels.contains(&given.name.value) {
            let known = metric.labels.iter().map(|label| &**label);
            let what = format!("label of `{}`", metric.name);
            sink.push(unknown(Code::UnknownLabel, &what, &given.name, known));
        }
    }
    let values: Vec<_> = metric
        .labels
        .iter()
        .map(|label| label_value(label, spec, target, args, catalog, sink))
        .collect();
    Some(Series::With(values.into_iter().collect::<Option<_>>()?))
}

fn label_value(
    label: &Arc<str>,
    spec: &shape::Update,
    target: &Target<'_>,
    args: &Args<'_>,
    catalog: &Catalog<'_>,
    sink: &mut Sink,
) -> Option<LabelValue> {
    let given = spec.labels.iter().find(|given| given.name.value == *label);
    match given.map(|given| given.item.as_ref()) {
        Some(None) => None,
        Some(Some(LabelSource::Constant(constant))) => {
            let known = catalog.labels.get(label).filter(|known| known.is_closed());
            if let Some(known) = known.filter(|known| !known.values.contains(&constant.value)) {
                let values = known.values.iter().map(|value| &**value);
                let what = format!("value of the label `{label}`");
                sink.push(unknown(Code::InvalidValue, &what, constant, values));
                return None;
            }
            Some(LabelValue::Constant(constant.value.clone()))
        }
        Some(Some(LabelSource::Arg(name))) => {
            let arg = args.find(name, sink)?;
            if arg.kind == ArgKind::Label(label.clone()) {
                return Some(LabelValue::Arg(arg.name.clone()));
            }
            let mut diagnostic = Diagnostic::new(
                Code::ArgumentType,
                format!("the argument `{name}` does not hold the label `{label}`"),
            )
            .at(name.span, "another type")
            .help(format!("declare it as `{name}: {{ label: {label} }}`; what is always the same is written `{{ constant: {name} }}`"));
            if let Some(place) = args.place(&arg.name) {
                diagnostic = diagnostic.because(place, "declared here");
            }
            sink.push(diagnostic);
            None
        }
        None => by_name(label, target, args, sink),
    }
}

/// The argument that holds the label, if only one does or one has its name.
fn by_name(
    label: &Arc<str>,
    target: &Target<'_>,
    args: &Args<'_>,
    sink: &mut Sink,
) -> Option<LabelValue> {
    if args.broken.contains(label) {
        return None;
    }
    let holds = |arg: &&EventArg| arg.kind == ArgKind::Label(label.clone());
    let all = args.list.iter().map(|(_, arg)| arg);
    let holders: Vec<_> = all.filter(holds).collect();
    let same = holders.iter().find(|arg| arg.name == *label);
    let found = match (same, &holders[..]) {
        (Some(arg), _) => arg,
        (None, [only]) => only,
        (None, several) => {
            let metric = &target.metric.name;
            let mut diagnostic = Diagnostic::new(
                Code::LabelWithoutValue,
                format!(
                    "`{}` moves `{metric}` and gives its label `{label}` no value",
                    args.event
                ),
            )
            .at(target.written.span, format!("needs a value for `{label}`"));
            if let Some(place) = target.spec.labels.iter().find(|own| own.value == *label) {
                diagnostic = diagnostic.because(place.span, "the label");
            }
            let ambiguous = several.iter().map(|arg| arg.name.clone());
            args.used.borrow_mut().extend(ambiguous);
            diagnostic = match several {
                [] => diagnostic.help(format!(
                    "add the argument `{label}: label`, or `labels: {{ {label}: {{ constant: … }} }}` to the update"
                )),
                _ => diagnostic.help(format!(
                    "several arguments hold it; say which with `labels: {{ {label}: … }}`"
                )),
            };
            sink.push(diagnostic);
            return None;
        }
    };
    args.used.borrow_mut().insert(found.name.clone());
    Some(LabelValue::Arg(found.name.clone()))
}
