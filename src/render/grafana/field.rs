//! How a panel's values look: `fieldConfig`, with its overrides.

use super::custom::Custom;
use super::number::Number;
use super::overrides::{Override, overrides};
use crate::model::{Link, Panel, PanelKind, State, Step, Thresholds};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Defaults for all of a panel's values, and exceptions from them.
#[derive(Serialize)]
pub(super) struct FieldConfig<'a> {
    defaults: Defaults<'a>,
    overrides: Vec<Override<'a>>,
}

impl<'a> FieldConfig<'a> {
    /// Of a panel without values.
    pub(super) fn none() -> Self {
        Self {
            defaults: Defaults::default(),
            overrides: Vec::new(),
        }
    }

    /// Of a panel with values.
    pub(super) fn new(panel: &'a Panel) -> Self {
        Self {
            defaults: Defaults::new(panel),
            overrides: overrides(panel),
        }
    }
}

#[derive(Default, Serialize)]
struct Defaults<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<Color<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom: Option<Custom<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimals: Option<u32>,
    #[serde(skip_serializing_if = "DataLinks::is_empty")]
    links: DataLinks<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mappings: Option<Vec<ValueMap<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thresholds: Option<Levels<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
}

impl<'a> Defaults<'a> {
    fn new(panel: &'a Panel) -> Self {
        let fields = &panel.fields;
        let custom = Custom::new(&panel.kind);
        let links = DataLinks(&panel.links);
        let mode = match panel.kind {
            // A heatmap's values are counts. What is known of the measured
            // quantity belongs to its axis, and so to the panel's options.
            PanelKind::Heatmap { .. } => {
                return Self {
                    custom,
                    links,
                    ..Self::default()
                };
            }
            PanelKind::TimeSeries { .. }
            | PanelKind::BarChart { .. }
            | PanelKind::PieChart { .. } => PALETTE,
            _ => BY_THRESHOLDS,
        };
        let is_pie = matches!(panel.kind, PanelKind::PieChart { .. });
        Self {
            color: Some(Color {
                fixed_color: None,
                mode,
            }),
            custom,
            decimals: fields.decimals,
            links,
            mappings: Some(match &panel.kind {
                PanelKind::StateTimeline { states, .. } if !states.is_empty() => {
                    vec![ValueMap::new(states)]
                }
                _ => Vec::new(),
            }),
            max: fields.max.map(Number),
            min: fields.min.map(Number),
            // Slices have no thresholds.
            thresholds: (!is_pie).then(|| Levels::new(fields.thresholds.as_deref())),
            unit: fields.unit.as_ref().map(|unit| &**unit.id()),
        }
    }
}

/// Each series has a color of its own.
const PALETTE: &str = "palette-classic";
/// The value decides on the color.
const BY_THRESHOLDS: &str = "thresholds";

/// How values get their colors.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Color<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_color: Option<&'a str>,
    mode: &'static str,
}

impl<'a> Color<'a> {
    /// One color for all of them.
    pub(super) fn fixed(color: &'a str) -> Self {
        Self {
            fixed_color: Some(color),
            mode: "fixed",
        }
    }
}

/// Links that a click may follow.
#[derive(Default)]
pub(super) struct DataLinks<'a>(pub(super) &'a [Link]);

impl DataLinks<'_> {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for DataLinks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|link| LinkJson {
            target_blank: link.new_tab,
            title: &link.title,
            url: &link.url,
        }))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LinkJson<'a> {
    target_blank: bool,
    title: &'a str,
    url: &'a str,
}

/// Thresholds, or the one colour of values without.
#[derive(Serialize)]
pub(super) struct Levels<'a> {
    mode: &'static str,
    steps: Steps<'a>,
}

impl<'a> Levels<'a> {
    /// The steps of `thresholds`, or the single step of values without any.
    pub(super) fn new(thresholds: Option<&'a Thresholds>) -> Self {
        Self {
            mode: "absolute",
            steps: thresholds.map_or(Steps::Plain, |own| Steps::Own(&own.steps)),
        }
    }
}

enum Steps<'a> {
    Plain,
    Own(&'a [Step]),
}

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain => serializer.collect_seq([StepJson {
                color: "green",
                value: None,
            }]),
            Self::Own(steps) => serializer.collect_seq(steps.iter().map(|step| StepJson {
                color: &step.color,
                value: step.value.map(Number),
            })),
        }
    }
}

#[derive(Serialize)]
struct StepJson<'a> {
    color: &'a str,
    /// `null` in the base step: from minus infinity on.
    value: Option<Number>,
}

/// What values are called.
#[derive(Serialize)]
struct ValueMap<'a> {
    options: BTreeMap<&'a str, ValueText<'a>>,
    r#type: &'static str,
}

impl<'a> ValueMap<'a> {
    fn new(states: &'a [State]) -> Self {
        let options = states.iter().enumerate().map(|(index, state)| {
            (
                &*state.value,
                ValueText {
                    color: state.color.as_deref(),
                    index,
                    text: &state.text,
                },
            )
        });
        Self {
            options: options.collect(),
            r#type: "value",
        }
    }
}

#[derive(Serialize)]
struct ValueText<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<&'a str>,
    index: usize,
    text: &'a str,
}
