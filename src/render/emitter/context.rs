//! What the templates of an emitter are told. `docs/emitters.md` describes it
//! to those who write templates.

use super::USUAL_LIMIT;
use super::names::{Namer, Names};
use crate::diagnostic::Spanned;
use crate::model::{
    Action, ArgKind, Emitter, Event, EventArg, Guard, Label, LabelValue, Metric, Model, Operand,
    Series, Update,
};
use crate::spec::shape::{Language, MetricType};
use minijinja::value::{Serde, Value};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Serialize)]
struct Context {
    language: Arc<str>,
    package: Named,
    options: BTreeMap<Arc<str>, Arc<str>>,
    width: u32,
    indent: Arc<str>,
    metrics: Vec<MetricView>,
    labels: Vec<LabelView>,
    events: Vec<EventView>,
    guards: Vec<GuardView>,
}

/// Something with a name.
#[derive(Clone, Serialize)]
struct Named {
    name: Arc<str>,
    names: Names,
}

#[derive(Clone, Serialize)]
struct MetricView {
    name: Arc<str>,
    names: Names,
    #[serde(rename = "type")]
    kind: &'static str,
    help: Arc<str>,
    unit: Option<Arc<str>>,
    labels: Vec<LabelRef>,
    buckets: Vec<f64>,
}

/// A label where a metric or an argument names it.
#[derive(Clone, Serialize)]
struct LabelRef {
    name: Arc<str>,
    names: Names,
    closed: bool,
}

#[derive(Serialize)]
struct LabelView {
    name: Arc<str>,
    names: Names,
    closed: bool,
    help: Option<Arc<str>>,
    limit: usize,
    values: Vec<Named>,
}

#[derive(Serialize)]
struct EventView {
    name: Arc<str>,
    names: Names,
    help: Arc<str>,
    args: Vec<ArgView>,
    moves: Vec<Arc<str>>,
    updates: Vec<UpdateView>,
    guard: Option<Arc<str>>,
}

#[derive(Clone, Serialize)]
struct ArgView {
    name: Arc<str>,
    names: Names,
    #[serde(rename = "type")]
    kind: &'static str,
    label: Option<LabelRef>,
    help: Option<Arc<str>>,
    used: bool,
}

#[derive(Serialize)]
struct UpdateView {
    action: &'static str,
    metric: MetricView,
    labels: Vec<LabelValueView>,
    value: Option<OperandView>,
    when: Option<WhenView>,
}

#[derive(Serialize)]
struct LabelValueView {
    label: LabelRef,
    arg: Option<ArgView>,
    constant: Option<Arc<str>>,
}

#[derive(Serialize)]
struct OperandView {
    arg: Option<ArgView>,
    number: Option<f64>,
}

#[derive(Serialize)]
struct WhenView {
    arg: ArgView,
    negated: bool,
}

#[derive(Serialize)]
struct GuardView {
    name: Arc<str>,
    names: Names,
    help: Arc<str>,
    event: Named,
    args: Vec<ArgView>,
    kept: Vec<ArgView>,
    measures: bool,
    ends: Vec<EndView>,
    dropped: EndView,
}

#[derive(Clone, Serialize)]
struct EndView {
    name: Arc<str>,
    names: Names,
    help: Arc<str>,
    event: Named,
    args: Vec<ArgView>,
    values: Vec<EndValueView>,
}

/// An argument of an end's event, and where the guard takes it from.
#[derive(Clone, Serialize)]
struct EndValueView {
    from: &'static str,
    arg: ArgView,
}

/// What the views are made from.
struct Views<'v> {
    model: &'v Model,
    namer: Namer<'v>,
    metrics: BTreeMap<&'v str, MetricView>,
    labels: BTreeMap<&'v str, Names>,
}

/// The scope of a language's templates.
pub(super) fn context(model: &Model, emitter: &Emitter, language: &Language) -> Value {
    let namer = Namer {
        reserved: language.reserved.iter().map(Spanned::as_str).collect(),
    };
    let emitted: Vec<&Metric> = model
        .metrics
        .values()
        .filter(|metric| metric.kind != MetricType::Summary)
        .collect();
    let of_metrics = emitted.iter().flat_map(|metric| &metric.labels);
    // An argument may name a label that no metric has.
    let of_args = model.events.values().flat_map(|event| &event.args);
    let of_args = of_args.filter_map(|arg| match &arg.kind {
        ArgKind::Label(label) => Some(label),
        _ => None,
    });
    let labels: BTreeSet<&str> = of_metrics.chain(of_args).map(|label| &**label).collect();
    let names = namer.all(labels.iter().copied());
    let mut views = Views {
        model,
        labels: labels.into_iter().zip(names).collect(),
        metrics: BTreeMap::new(),
        namer,
    };
    let names = views.namer.all(emitted.iter().map(|metric| &*metric.name));
    for (metric, names) in emitted.into_iter().zip(names) {
        views
            .metrics
            .insert(&metric.name, views.metric(metric, names));
    }
    let package: &str = &emitter.package;
    // The scope of an npm package takes no part in names.
    let bare = package.rsplit('/').next().unwrap_or(package);
    let guards = model.events.values();
    let guards = guards.filter_map(|event| views.guard(event, event.guard.as_ref()?));
    Value::from(Serde(Context {
        language: emitter.language.clone(),
        package: Named {
            name: emitter.package.clone(),
            names: views.namer.name(bare),
        },
        options: emitter.options.clone(),
        width: language.width.map_or(100, |width| width.value),
        indent: language
            .indent
            .as_ref()
            .map_or_else(|| "    ".into(), |indent| indent.value.clone()),
        labels: views
            .labels
            .iter()
            .map(|(name, names)| views.label_view(name, names))
            .collect(),
        events: model
            .events
            .values()
            .map(|event| views.event(event))
            .collect(),
        guards: guards.collect(),
        metrics: views.metrics.values().cloned().collect(),
    }))
}

impl Views<'_> {
    fn spec(&self, label: &str) -> Option<&Label> {
        self.model.labels.get(label)
    }

    fn label(&self, name: &Arc<str>) -> LabelRef {
        let known = self.labels.get(&**name);
        LabelRef {
            name: name.clone(),
            names: known.cloned().unwrap_or_else(|| self.namer.name(name)),
            closed: self.spec(name).is_some_and(Label::is_closed),
        }
    }

    fn label_view(&self, name: &str, names: &Names) -> LabelView {
        let spec = self.spec(name);
        let closed = spec.is_some_and(Label::is_closed);
        let values: &[Arc<str>] = spec.map_or(&[], |label| &label.values);
        let limit = if closed {
            values.len()
        } else {
            let limit = spec.and_then(|label| label.limit).unwrap_or(USUAL_LIMIT);
            limit as usize
        };
        LabelView {
            name: name.into(),
            names: names.clone(),
            closed,
            help: spec.map(|label| label.help.clone()),
            limit,
            values: values
                .iter()
                .zip(self.namer.all(values.iter().map(|value| &**value)))
                .map(|(name, names)| Named {
                    name: name.clone(),
                    names,
                })
                .collect(),
        }
    }

    fn metric(&self, metric: &Metric, names: Names) -> MetricView {
        MetricView {
            name: metric.name.clone(),
            names,
            kind: metric.kind.word(),
            help: metric.help.clone(),
            unit: metric.unit.clone(),
            labels: metric
                .labels
                .iter()
                .map(|label| self.label(label))
                .collect(),
            buckets: metric.buckets.clone(),
        }
    }

    fn named(&self, name: &Arc<str>) -> Named {
        Named {
            name: name.clone(),
            names: self.namer.name(name),
        }
    }

    fn event(&self, event: &Event) -> EventView {
        let args = self.args(event);
        let mut moves: Vec<Arc<str>> = Vec::new();
        for update in &event.updates {
            if !moves.contains(&update.metric) {
                moves.push(update.metric.clone());
            }
        }
        let updates = event.updates.iter();
        EventView {
            name: event.name.clone(),
            names: self.namer.name(&event.name),
            help: event.help.clone(),
            moves,
            updates: updates
                .filter_map(|update| self.update(update, &args))
                .collect(),
            guard: event.guard.as_ref().map(|guard| guard.name.clone()),
            args,
        }
    }

    fn args(&self, event: &Event) -> Vec<ArgView> {
        let names = self.namer.all(event.args.iter().map(|arg| &*arg.name));
        let views = event.args.iter().zip(names).map(|(arg, names)| {
            let (kind, label) = match &arg.kind {
                ArgKind::Label(label) => ("label", Some(self.label(label))),
                ArgKind::Seconds => ("seconds", None),
                ArgKind::Amount => ("amount", None),
                ArgKind::Count => ("count", None),
                ArgKind::Flag => ("flag", None),
            };
            ArgView {
                name: arg.name.clone(),
                names,
                kind,
                label,
                help: arg.help.clone(),
                used: event.updates.iter().any(|update| update.uses(&arg.name)),
            }
        });
        views.collect()
    }

    fn update(&self, update: &Update, args: &[ArgView]) -> Option<UpdateView> {
        let arg = |name: &Arc<str>| args.iter().find(|arg| arg.name == *name).cloned();
        let metric = self.metrics.get(&*update.metric)?.clone();
        let (action, operand) = match (&update.action, &update.series) {
            (Action::Inc, _) => ("inc", None),
            (Action::Dec, _) => ("dec", None),
            (Action::Add(operand), _) => ("add", Some(operand)),
            (Action::Set(operand), Series::All) => ("set_all", Some(operand)),
            (Action::Set(operand), Series::With(_)) => ("set", Some(operand)),
            (Action::Observe(operand), _) => ("observe", Some(operand)),
        };
        let values: &[LabelValue] = match &update.series {
            Series::All => &[],
            Series::With(values) => values,
        };
        let labels = metric.labels.iter().zip(values);
        let labels = labels.map(|(label, value)| {
            let (arg, constant) = match value {
                LabelValue::Arg(name) => (arg(name), None),
                LabelValue::Constant(text) => (None, Some(text.clone())),
            };
            LabelValueView {
                label: label.clone(),
                arg,
                constant,
            }
        });
        Some(UpdateView {
            action,
            labels: labels.collect(),
            value: operand.map(|operand| match operand {
                Operand::Arg(name) => OperandView {
                    arg: arg(name),
                    number: None,
                },
                Operand::Number(number) => OperandView {
                    arg: None,
                    number: Some(*number),
                },
            }),
            when: update.when.as_ref().and_then(|when| {
                Some(WhenView {
                    arg: arg(&when.arg)?,
                    negated: when.negated,
                })
            }),
            metric,
        })
    }

    fn guard(&self, start: &Event, guard: &Guard) -> Option<GuardView> {
        let args = self.args(start);
        let measured = |arg: &EventArg| guard.elapsed.as_ref() == Some(&arg.name);
        let end_names = self.namer.all(guard.ends.iter().map(|(name, _)| &**name));
        let mut kept: Vec<ArgView> = Vec::new();
        let mut ends = Vec::new();
        for ((name, event), names) in guard.ends.iter().zip(end_names) {
            let event = self.model.events.get(event)?;
            let mut given = Vec::new();
            let mut values = Vec::new();
            for (arg, view) in event.args.iter().zip(self.args(event)) {
                let own = start.args.iter().zip(&args);
                let own = own
                    .into_iter()
                    .find(|(own, _)| own.name == arg.name && own.kind == arg.kind);
                let (from, arg) = match own {
                    _ if measured(arg) => ("elapsed", view),
                    Some((_, own)) => ("kept", own.clone()),
                    None => ("given", view),
                };
                match from {
                    "kept" if !kept.iter().any(|other| other.name == arg.name) => {
                        kept.push(arg.clone());
                    }
                    "given" => given.push(arg.clone()),
                    _ => {}
                }
                values.push(EndValueView { from, arg });
            }
            ends.push(EndView {
                name: name.clone(),
                names,
                help: event.help.clone(),
                event: self.named(&event.name),
                args: given,
                values,
            });
        }
        let dropped = ends.iter().find(|end| end.name == guard.dropped)?.clone();
        Some(GuardView {
            name: guard.name.clone(),
            names: self.namer.name(&guard.name),
            help: start.help.clone(),
            event: self.named(&start.name),
            args,
            kept,
            measures: guard.elapsed.is_some(),
            ends,
            dropped,
        })
    }
}
