//! Units of what panels show.

use crate::check::context::{Ask, Board, BoardPanel, Context};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::{PanelKind, Unit};
use crate::spec::shape::{Stack, ThresholdStyle};

/// Panels whose numbers have no unit.
pub(in crate::check) fn missing(board: &Board<'_>, _: &Context<'_>, sink: &mut Sink) {
    for panel in &board.panels {
        let shows_numbers = matches!(
            panel.model.kind,
            PanelKind::TimeSeries { .. }
                | PanelKind::Stat { .. }
                | PanelKind::Gauge { .. }
                | PanelKind::BarGauge { .. }
                | PanelKind::PieChart { .. }
                | PanelKind::BarChart { .. }
                | PanelKind::Heatmap { .. }
        );
        let by_hand = panel.model.raw.as_ref();
        let by_hand = by_hand.is_some_and(|raw| raw.get("fieldConfig").is_some());
        let (Some(first), None, true, false) = (
            panel.asks.first(),
            &panel.model.fields.unit,
            shows_numbers,
            by_hand,
        ) else {
            continue;
        };
        let found = Diagnostic::new(
            Code::MissingUnit,
            format!(
                "the panel \"{}\" shows numbers without a unit",
                panel.model.title
            ),
        )
        .help("`unit: short` is for bare numbers");
        sink.push(match first.named {
            Some(named) => found
                .at(first.at, "the query has none")
                .because(named.expr.span, "the query"),
            None => found.at(first.at, "needs `unit` beside it"),
        });
    }
}

/// Queries of a panel with different units that are shown as one.
pub(in crate::check) fn mixed(board: &Board<'_>, _: &Context<'_>, sink: &mut Sink) {
    for panel in &board.panels {
        let Some((first, first_unit)) = panel
            .asks
            .first()
            .and_then(|ask| Some((ask, unit(ask, panel)?)))
        else {
            continue;
        };
        for ask in &panel.asks[1..] {
            let Some(other) = unit(ask, panel).filter(|unit| *unit != first_unit) else {
                continue;
            };
            if let Some(what) = shown_as_one(panel, first, ask) {
                sink.push(
                    Diagnostic::new(
                        Code::MixedUnits,
                        format!("`{first_unit}` and `{other}` are {what}"),
                    )
                    .at(ask.at, format!("in `{other}`"))
                    .because(first.at, format!("in `{first_unit}`")),
                );
            }
        }
    }
}

fn unit<'p>(ask: &Ask<'p>, panel: &BoardPanel<'p>) -> Option<&'p Unit> {
    ask.target
        .unit
        .as_ref()
        .or(panel.model.fields.unit.as_ref())
}

/// What is done to values of both queries, if they are treated alike.
fn shown_as_one(panel: &BoardPanel<'_>, first: &Ask<'_>, other: &Ask<'_>) -> Option<&'static str> {
    let judged = panel.model.fields.thresholds.is_some();
    match &panel.model.kind {
        PanelKind::TimeSeries { stack, .. } if *stack != Stack::None => Some("added up"),
        PanelKind::TimeSeries {
            show_thresholds, ..
        } if judged && *show_thresholds != ThresholdStyle::Off => {
            Some("judged by the same thresholds")
        }
        PanelKind::TimeSeries { .. } => {
            let axes = (first.target.axis, other.target.axis);
            matches!(axes, (Some(one), Some(two)) if one == two).then_some("drawn on one axis")
        }
        PanelKind::PieChart { .. } => Some("compared as shares"),
        PanelKind::BarChart { stack, .. } if *stack != Stack::None => Some("added up"),
        PanelKind::Stat { .. } | PanelKind::Gauge { .. } | PanelKind::BarGauge { .. } if judged => {
            Some("judged by the same thresholds")
        }
        _ => None,
    }
}
