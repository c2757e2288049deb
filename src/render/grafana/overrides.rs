//! Exceptions from a panel's defaults: for the series of one query, for one
//! series, for one column.

use super::custom::Cell;
use super::field::{Color, Levels};
use super::table::bar_names;
use crate::model::{Column, Panel, PanelKind, Target};
use crate::spec::shape::CellStyle;
use serde::Serialize;
use std::borrow::Cow;

/// An exception.
#[derive(Serialize)]
pub(super) struct Override<'a> {
    matcher: Matcher<'a>,
    properties: Vec<Property<'a>>,
}

#[derive(Serialize)]
struct Matcher<'a> {
    id: &'static str,
    options: Cow<'a, str>,
}

impl<'a> Matcher<'a> {
    fn name(name: impl Into<Cow<'a, str>>) -> Self {
        Self {
            id: "byName",
            options: name.into(),
        }
    }

    fn query(target: &'a Target) -> Self {
        Self {
            id: "byFrameRefID",
            options: Cow::from(&target.ref_id),
        }
    }
}

#[derive(Serialize)]
struct Property<'a> {
    id: &'static str,
    value: PropertyValue<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum PropertyValue<'a> {
    Word(&'a str),
    Count(u32),
    Color(Color<'a>),
    Cell(Cell),
    Levels(Levels<'a>),
}

/// The panel's overrides. Grafana applies them in order, so that a series'
/// own color comes after that of its query.
pub(super) fn overrides(panel: &Panel) -> Vec<Override<'_>> {
    let mut overrides = Vec::new();
    let mut add = |matcher, properties: Vec<_>| {
        if !properties.is_empty() {
            overrides.push(Override {
                matcher,
                properties,
            });
        }
    };
    match &panel.kind {
        PanelKind::Table { columns, .. } => {
            for column in columns {
                add(Matcher::name(&*column.title), of_column(column));
            }
        }
        // Its queries' answers are one table by now, in which only names tell
        // them apart.
        PanelKind::BarChart { .. } => {
            for (target, name) in panel.targets.iter().zip(bar_names(panel)) {
                add(Matcher::name(name), of_target(target, false));
            }
        }
        kind => {
            let has_axes = matches!(kind, PanelKind::TimeSeries { .. });
            for target in &panel.targets {
                add(Matcher::query(target), of_target(target, has_axes));
            }
        }
    }
    for color in &panel.fields.colors {
        add(Matcher::name(&*color.series), vec![fixed(&color.color)]);
    }
    overrides
}

fn of_target(target: &Target, has_axes: bool) -> Vec<Property<'_>> {
    let mut properties = Vec::new();
    if let Some(color) = &target.color {
        properties.push(fixed(color));
    }
    if let Some(axis) = target.axis.filter(|_| has_axes) {
        properties.push(Property {
            id: "custom.axisPlacement",
            value: PropertyValue::Word(axis.word()),
        });
    }
    if let Some(unit) = &target.unit {
        properties.push(Property {
            id: "unit",
            value: PropertyValue::Word(unit.id()),
        });
    }
    properties
}

fn of_column(column: &Column) -> Vec<Property<'_>> {
    let cell = |mode, r#type| Some(PropertyValue::Cell(Cell { mode, r#type }));
    let cell = match column.cell {
        CellStyle::Text => None,
        CellStyle::Color => cell(None, "color-text"),
        CellStyle::Background => cell(Some("basic"), "color-background"),
        CellStyle::Bar => cell(Some("gradient"), "gauge"),
    };
    let properties = [
        ("custom.cellOptions", cell),
        ("custom.width", column.width.map(PropertyValue::Count)),
        ("decimals", column.decimals.map(PropertyValue::Count)),
        (
            "thresholds",
            column
                .thresholds
                .as_deref()
                .map(|own| PropertyValue::Levels(Levels::new(Some(own)))),
        ),
        (
            "unit",
            column
                .unit
                .as_ref()
                .map(|unit| PropertyValue::Word(unit.id())),
        ),
    ];
    properties
        .into_iter()
        .filter_map(|(id, value)| Some(Property { id, value: value? }))
        .collect()
}

fn fixed(color: &str) -> Property<'_> {
    Property {
        id: "color",
        value: PropertyValue::Color(Color::fixed(color)),
    }
}
