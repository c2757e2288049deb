//! Thresholds, bound to the unit of the query that uses them.

use super::unknown;
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model::{self, Level, Query, Unit};
use crate::spec::shape::{self, Worse};
use crate::spec::{Named, Quantity, QuantityUnit, scaled};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Levels that need no colour of their own: rank from best to worst, color.
const USUAL_LEVELS: [(&str, u8, &str); 8] = [
    ("good", 0, "green"),
    ("info", 1, "blue"),
    ("notice", 2, "blue"),
    ("warning", 3, "yellow"),
    ("error", 4, "orange"),
    ("high", 4, "orange"),
    ("critical", 5, "red"),
    ("emergency", 6, "dark-red"),
];

/// The thresholds of the specs, to be bound to units.
pub(super) struct Thresholds<'s> {
    specs: &'s [Named<shape::Thresholds>],
    /// What each is in the units that it was bound to: thousands of panels
    /// bind the same.
    bound: Vec<Mutex<Vec<InUnit>>>,
}

/// Thresholds as numbers of a unit.
type InUnit = (Option<Unit>, Arc<model::Thresholds>);

impl<'s> Thresholds<'s> {
    /// Takes the section, reporting levels that contradict their direction.
    pub(super) fn new(specs: &'s [Named<shape::Thresholds>], sink: &mut Sink) -> Self {
        for Named { name, item } in specs {
            if let Some(spec) = item {
                check(name, spec, sink);
            }
        }
        let bound = specs.iter().map(|_| Mutex::default()).collect();
        Self { specs, bound }
    }

    /// The thresholds called `name`, as numbers of `unit`. `None` if there
    /// are none, or if they do not fit, which is reported.
    pub(super) fn bind(
        &self,
        name: &Spanned<Arc<str>>,
        unit: Option<&Unit>,
        unit_at: Option<&Spanned<Arc<str>>>,
        sink: &mut Sink,
    ) -> Option<Arc<model::Thresholds>> {
        let mut known = self.specs.iter().zip(&self.bound);
        let found = known.find(|(spec, _)| spec.name.as_str() == name.as_str());
        let Some((Named { item, .. }, in_units)) = found else {
            sink.push(unknown(
                Code::UnknownThreshold,
                "threshold",
                name,
                super::names(self.specs),
            ));
            return None;
        };
        let spec = item.as_ref()?;
        let mut in_units = in_units.lock().unwrap_or_else(PoisonError::into_inner);
        let same_unit = in_units.iter().find(|(own, _)| own.as_ref() == unit);
        if let Some((_, thresholds)) = same_unit {
            return Some(thresholds.clone());
        }
        let mut fits = true;
        for (level, bound) in &spec.levels {
            if convert(bound.value.value, unit).is_none() {
                fits = false;
                let written = bound.value.value.unit.describe();
                let (expected, at) = match unit {
                    Some(unit) => (format!("the unit `{unit}`"), unit_at),
                    None => ("no unit".to_owned(), None),
                };
                let mut diagnostic = Diagnostic::new(
                    Code::UnitMismatch,
                    format!(
                        "the level `{level}` of `{name}` is {written}, but the query has {expected}"
                    ),
                )
                .at(bound.value.span, written)
                .because(name.span, "used here");
                if let Some(at) = at {
                    diagnostic = diagnostic.because(at.span, "the unit is given here");
                }
                sink.push(diagnostic);
            }
        }
        fits.then(|| {
            let thresholds = Arc::new(bound(&name.value, spec, unit));
            in_units.push((unit.cloned(), thresholds.clone()));
            thresholds
        })
    }

    /// All thresholds by name, in the unit of the first query that uses them.
    pub(super) fn finish(
        &self,
        queries: &BTreeMap<Arc<str>, Query>,
    ) -> BTreeMap<Arc<str>, Arc<model::Thresholds>> {
        let mut all: BTreeMap<_, _> = BTreeMap::new();
        for Named { name, item } in self.specs {
            let used = queries
                .values()
                .filter_map(|query| query.thresholds.as_ref());
            let used = used
                .clone()
                .find(|thresholds| thresholds.name == name.value)
                .cloned();
            let unused = || {
                item.as_ref()
                    .map(|spec| Arc::new(bound(&name.value, spec, None)))
            };
            all.extend(
                used.or_else(unused)
                    .map(|thresholds| (name.value.clone(), thresholds)),
            );
        }
        all
    }

    /// The names of all thresholds.
    pub(super) fn names(&self) -> impl Iterator<Item = &'s str> + use<'s> {
        super::names(self.specs)
    }

    /// The bound of a level as a number: seconds, bytes, or a share of one.
    /// `Ok(None)` if the thresholds are broken.
    ///
    /// # Errors
    /// The names of the levels that there are, or `None` if there are no
    /// thresholds of that name.
    pub(super) fn number(
        &self,
        name: &str,
        level: &str,
    ) -> Result<Option<f64>, Option<Vec<&'s str>>> {
        let spec = super::find(self.specs, name).map_err(|()| None)?;
        let Some(spec) = spec else { return Ok(None) };
        let found = spec.levels.iter().find(|(own, _)| own.as_str() == level);
        let Some((_, bound)) = found else {
            return Err(Some(
                spec.levels.iter().map(|(own, _)| own.as_str()).collect(),
            ));
        };
        let quantity = bound.value.value;
        let share = quantity.unit == QuantityUnit::Percent;
        Ok(Some(if share {
            scaled(quantity.value, 1, 100)
        } else {
            quantity.value
        }))
    }

    /// Where the level called `level` of the thresholds `name` is written.
    pub(super) fn written(&self, name: &str, level: &str) -> Option<&Spanned<Quantity>> {
        let spec = super::find(self.specs, name).ok()??;
        spec.levels
            .iter()
            .find(|(own, _)| own.as_str() == level)
            .map(|(_, bound)| &bound.value)
    }
}

impl QuantityUnit {
    /// What a quantity with this suffix is, in the words of a message.
    fn describe(self) -> &'static str {
        match self {
            Self::Bare => "a bare number",
            Self::Percent => "a percentage",
            Self::Duration => "a duration",
            Self::Bytes => "an amount of data",
        }
    }
}

/// The quantity as a number of the unit. Without a unit, only bare numbers
/// mean the same to every reader.
pub(super) fn convert(quantity: Quantity, unit: Option<&Unit>) -> Option<f64> {
    match unit {
        Some(unit) => unit.convert(quantity),
        None => (quantity.unit == QuantityUnit::Bare).then_some(quantity.value),
    }
}

/// Reports a quantity that does not fit the unit, and converts it if it does.
pub(super) fn convert_or_report(
    quantity: Option<&Spanned<Quantity>>,
    unit: Option<&Unit>,
    sink: &mut Sink,
) -> Option<f64> {
    let quantity = quantity?;
    let converted = convert(quantity.value, unit);
    if converted.is_none() {
        let written = quantity.value.unit.describe();
        let expected = unit.map_or("no unit".to_owned(), |unit| format!("the unit `{unit}`"));
        sink.push(
            Diagnostic::new(
                Code::UnitMismatch,
                format!("this is {written}, but the query has {expected}"),
            )
            .at(quantity.span, written),
        );
    }
    converted
}

fn usual(name: &str) -> Option<(u8, &'static str)> {
    USUAL_LEVELS
        .iter()
        .find(|(usual, _, _)| *usual == name)
        .map(|(_, rank, color)| (*rank, *color))
}

fn bound(name: &Arc<str>, spec: &shape::Thresholds, unit: Option<&Unit>) -> model::Thresholds {
    let mut levels: Vec<Level> = spec
        .levels
        .iter()
        .map(|(level, bound)| {
            let color = match (&bound.color, usual(level.as_str())) {
                (Some(color), _) => color.value.clone(),
                (None, Some((_, color))) => color.into(),
                (None, None) => "orange".into(),
            };
            let quantity = bound.value.value;
            Level {
                name: level.value.clone(),
                value: convert(quantity, unit).unwrap_or(quantity.value),
                written: display(quantity, unit).into(),
                color,
                good: level.as_str() == "good",
            }
        })
        .collect();
    levels.sort_by(|a, b| a.value.total_cmp(&b.value));
    let has_good = levels.iter().any(|level| level.good);
    let normal = super::value(spec.normal.as_ref())
        .unwrap_or_else(|| if has_good { "light-green" } else { "green" }.into());
    let steps = model::Thresholds::compute_steps(spec.worse, &levels, &normal);
    model::Thresholds {
        name: name.clone(),
        worse: spec.worse,
        levels,
        steps,
    }
}

fn display(quantity: Quantity, unit: Option<&Unit>) -> String {
    match (unit, convert(quantity, unit)) {
        (Some(unit), Some(value)) => unit.display(value),
        _ if quantity.unit == QuantityUnit::Percent => format!("{}%", quantity.value),
        _ => quantity.value.to_string(),
    }
}

/// Levels with usual names must get worse in the direction of the thresholds.
fn check(name: &Spanned<Arc<str>>, spec: &shape::Thresholds, sink: &mut Sink) {
    if spec.levels.is_empty() {
        sink.push(
            Diagnostic::new(
                Code::MissingKey,
                format!("the thresholds `{name}` have no level"),
            )
            .at(name.span, "needs a level such as `warning: 5%`"),
        );
    }
    for (level, bound) in &spec.levels {
        if bound.color.is_none() && usual(level.as_str()).is_none() {
            sink.push(
                Diagnostic::new(
                    Code::MissingKey,
                    format!("the level `{level}` has no usual color"),
                )
                .at(level.span, "needs a color")
                .help(format!("write `{level}: {{ value: …, color: orange }}`")),
            );
        }
    }
    for (index, (level, bound)) in spec.levels.iter().enumerate() {
        for (earlier, other) in &spec.levels[..index] {
            let (Some((rank, _)), Some((other_rank, _))) =
                (usual(level.as_str()), usual(earlier.as_str()))
            else {
                continue;
            };
            let (mine, theirs) = (bound.value.value, other.value.value);
            if mine.unit != theirs.unit {
                sink.push(
                    Diagnostic::new(
                        Code::UnitMismatch,
                        format!("the levels of `{name}` are written in different units"),
                    )
                    .at(bound.value.span, mine.unit.describe())
                    .because(other.value.span, theirs.unit.describe()),
                );
                return;
            }
            let rises = mine.value > theirs.value;
            let worse = rank > other_rank;
            let fits = match spec.worse {
                Worse::Higher => rises == worse,
                Worse::Lower => rises != worse,
            };
            if mine.value == theirs.value || !fits {
                let (bad, mild) = if worse {
                    (level, earlier)
                } else {
                    (earlier, level)
                };
                let side = match spec.worse {
                    Worse::Higher => "above",
                    Worse::Lower => "below",
                };
                sink.push(
                    Diagnostic::new(
                        Code::ThresholdOrder,
                        format!(
                            "`{bad}` of `{name}` must lie {side} `{mild}`, as {} values are worse",
                            spec.worse.word()
                        ),
                    )
                    .at(bound.value.span, format!("`{level}`"))
                    .because(other.value.span, format!("`{earlier}`"))
                    .help(match spec.worse {
                        Worse::Higher => "if low values are bad, say `worse: lower`",
                        Worse::Lower => "if high values are bad, leave out `worse: lower`",
                    }),
                );
                return;
            }
        }
    }
}
