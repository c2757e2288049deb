//! Colors and color schemes.

use crate::check::context::{Board, Context, items};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned, nearest};
use std::sync::Arc;

/// Colors of Grafana's palette that are no shades of a hue.
const NAMED: [&str; 3] = ["transparent", "text", "panel-bg"];
const HUES: [&str; 6] = ["red", "orange", "yellow", "green", "blue", "purple"];
const SHADES: [&str; 5] = ["", "dark-", "semi-dark-", "light-", "super-light-"];

/// The color schemes of heatmaps, which are d3's.
const SCHEMES: [&str; 38] = [
    "BrBG",
    "PRGn",
    "PiYG",
    "PuOr",
    "RdBu",
    "RdGy",
    "RdYlBu",
    "RdYlGn",
    "Spectral",
    "Blues",
    "Greens",
    "Greys",
    "Oranges",
    "Purples",
    "Reds",
    "Turbo",
    "Cividis",
    "Viridis",
    "Magma",
    "Inferno",
    "Plasma",
    "Warm",
    "Cool",
    "Cubehelix",
    "BuGn",
    "BuPu",
    "GnBu",
    "OrRd",
    "PuBuGn",
    "PuBu",
    "PuRd",
    "RdPu",
    "YlGnBu",
    "YlGn",
    "YlOrBr",
    "YlOrRd",
    "Rainbow",
    "Sinebow",
];

/// Colors of levels.
pub(in crate::check) fn of_thresholds(context: &Context<'_>, sink: &mut Sink) {
    for (_, thresholds) in items(&context.specs.thresholds) {
        let levels = thresholds.levels.iter();
        let levels = levels.filter_map(|(_, level)| level.color.as_ref());
        for color in thresholds.normal.iter().chain(levels) {
            judge(color, sink);
        }
    }
}

/// Colors of series and states, and schemes of heatmaps.
pub(in crate::check) fn of_panels(board: &Board<'_>, _: &Context<'_>, sink: &mut Sink) {
    for panel in &board.panels {
        if let Some(data) = panel.spec.data() {
            let queries = data.queries.iter().filter_map(|query| query.color.as_ref());
            let series = data.colors.iter().filter_map(|color| color.item.as_ref());
            for color in queries.chain(series) {
                judge(color, sink);
            }
        }
        if let Some(timeline) = &panel.spec.state_timeline {
            for (_, state) in items(&timeline.value.states) {
                state.color.iter().for_each(|color| judge(color, sink));
            }
        }
        let heatmap = panel.spec.heatmap.as_ref();
        if let Some(scheme) = heatmap.and_then(|heatmap| heatmap.value.scheme.as_ref())
            && !SCHEMES.contains(&scheme.as_str())
        {
            report("color scheme", scheme, SCHEMES, sink);
        }
    }
}

fn judge(color: &Spanned<Arc<str>>, sink: &mut Sink) {
    let text = color.as_str();
    let is_shade = HUES.into_iter().any(|hue| {
        text.strip_suffix(hue)
            .is_some_and(|shade| SHADES.contains(&shade))
    });
    if is_shade || NAMED.contains(&text) || csscolorparser::parse(text).is_ok() {
        return;
    }
    let shades = SHADES
        .into_iter()
        .flat_map(|shade| HUES.map(|hue| format!("{shade}{hue}")));
    let known: Vec<String> = shades.chain(NAMED.map(str::to_owned)).collect();
    report("color", color, known.iter().map(String::as_str), sink);
}

fn report<'n>(
    what: &str,
    name: &Spanned<Arc<str>>,
    known: impl IntoIterator<Item = &'n str>,
    sink: &mut Sink,
) {
    let near = nearest(name.as_str(), known);
    sink.push(
        Diagnostic::new(Code::UnknownColor, format!("there is no {what} `{name}`")).at(
            name.span,
            near.map_or(format!("unknown {what}"), |near| {
                format!("did you mean `{near}`?")
            }),
        ),
    );
}
