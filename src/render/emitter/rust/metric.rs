//! Metrics and labels: fields, registration, enums.

use super::{Facade, USUAL_LIMIT, layout, text};
use crate::model::{Metric, field_name};
use crate::spec::shape::MetricType;
use serde::Serialize;

/// A metric, as templates see it.
#[derive(Serialize)]
pub(super) struct View {
    name: String,
    kind: &'static str,
    labels: String,
    help: String,
    doc: String,
    field: String,
    #[serde(rename = "type")]
    type_name: String,
    declaration: String,
    registration: String,
}

/// A closed label, as templates see it.
#[derive(Serialize)]
pub(super) struct EnumView {
    name: String,
    doc: String,
    all: String,
    /// The label with these values.
    closed: String,
    variants: Vec<VariantView>,
}

#[derive(Serialize)]
struct VariantView {
    name: String,
    /// What it is as text, in a `match`.
    arm: String,
    doc: String,
}

pub(super) fn views(facade: &Facade<'_>) -> Vec<View> {
    facade
        .metrics
        .values()
        .map(|metric| {
            let labels: Vec<_> = metric
                .labels
                .iter()
                .map(|label| format!("`{label}`"))
                .collect();
            let field = field_name(&metric.name);
            let type_name = match metric.labels.len() {
                0 => handle_type(metric.kind).to_owned(),
                count => format!("{}Family<{count}>", handle_type(metric.kind)),
            };
            View {
                name: metric.name.to_string(),
                kind: metric.kind.word(),
                labels: labels.join(", "),
                help: text::prose(&metric.help),
                doc: text::doc(4, "///", &documentation(metric)),
                declaration: layout::field(&format!("pub {field}"), &type_name),
                field,
                type_name,
                registration: registration(facade, metric),
            }
        })
        .collect()
}

fn documentation(metric: &Metric) -> Vec<String> {
    let mut paragraphs = vec![text::sentence(&metric.help)];
    let labels: Vec<_> = metric
        .labels
        .iter()
        .map(|label| format!("`{label}`"))
        .collect();
    match &labels[..] {
        [] => {}
        [label] => paragraphs.push(format!("Its label is {label}.")),
        labels => paragraphs.push(format!(
            "Its labels are, in this order, {}.",
            labels.join(", ")
        )),
    }
    paragraphs
}

/// The type of one series.
pub(super) fn handle_type(kind: MetricType) -> &'static str {
    match kind {
        MetricType::Counter => "Counter",
        MetricType::Histogram => "Histogram",
        MetricType::Gauge | MetricType::Summary => "Gauge",
    }
}

fn registration(facade: &Facade<'_>, metric: &Metric) -> String {
    let field = field_name(&metric.name);
    let unit = metric.unit.as_ref().map_or_else(
        || "None".to_owned(),
        |unit| format!("Some({})", text::string(unit)),
    );
    let kind = metric.kind.word();
    let labelled = !metric.labels.is_empty();
    let indent = if labelled { 16 } else { 20 };
    let pad = " ".repeat(indent);
    let labels: Vec<_> = metric
        .labels
        .iter()
        .map(|label| format!("&{}", facade.label_local(label)))
        .collect();
    let mut args = format!(
        "{pad}Metric {{\n{pad}    name: {},\n{pad}    help: {},\n{pad}    unit: {unit},\n{pad}}},\n{}",
        text::string(&metric.name),
        text::string(&metric.help),
        layout::array(indent, "", &labels, ","),
    );
    if metric.kind == MetricType::Histogram {
        let bounds: Vec<_> = metric
            .buckets
            .iter()
            .map(|bound| text::float(*bound))
            .collect();
        args.push('\n');
        args.push_str(&layout::array(indent, "&", &bounds, ","));
    }
    let pad = " ".repeat(12);
    if labelled {
        format!("{pad}{field}: registry.{kind}(\n{args}\n{pad})?,")
    } else {
        format!(
            "{pad}{field}: registry\n{pad}    .{kind}(\n{args}\n{pad}    )?\n{pad}    .with([]),"
        )
    }
}

/// The lines that make the labels.
pub(super) fn label_setup(facade: &Facade<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for (&label, names) in &facade.labels {
        let local = &names.local;
        if facade.closed(label).is_some() {
            let name = &names.type_name;
            lines.push(layout::binding(
                8,
                local,
                &format!("labels::{name}::label()"),
            ));
            continue;
        }
        let known = facade.model.labels.get(label);
        let limit = known.and_then(|known| known.limit).unwrap_or(USUAL_LIMIT);
        let open = format!(
            "Label::open({}, {})",
            text::string(label),
            text::grouped(&limit.to_string())
        );
        lines.push(layout::binding(8, local, &open));
        for value in known.into_iter().flat_map(|known| &known.values) {
            let reserve = format!(".reserve({});", text::string(value));
            lines.push(layout::method(8, local, &reserve));
        }
    }
    lines
}

pub(super) fn enums(facade: &Facade<'_>) -> Vec<EnumView> {
    let closed = facade
        .labels
        .iter()
        .filter_map(|(name, names)| Some((*name, names, facade.closed(name)?)));
    closed
        .map(|(name, label_names, label)| {
            let values: Vec<&str> = label.values.iter().map(|value| &**value).collect();
            let names = text::variants(&values);
            let all: Vec<_> = names.iter().map(|name| format!("Self::{name}")).collect();
            let before = format!("pub const ALL: [Self; {}] = ", all.len());
            let variants = names
                .into_iter()
                .zip(values)
                .map(|(name, value)| VariantView {
                    arm: layout::arm(12, &format!("Self::{name}"), &text::string(value)),
                    doc: code(value),
                    name,
                });
            let closed = [text::string(name), "Self::ALL.map(Self::as_str)".to_owned()];
            EnumView {
                name: label_names.type_name.clone(),
                closed: layout::call(8, "runtime::Label::closed", &closed, ""),
                doc: text::doc(0, "///", &[text::sentence(&label.help)]),
                all: layout::array(4, &before, &all, ";"),
                variants: variants.collect(),
            }
        })
        .collect()
}

/// A value of a label in documentation.
fn code(value: &str) -> String {
    let plain =
        !value.trim().is_empty() && !value.contains('`') && !value.contains(char::is_control);
    if plain {
        format!("`{value}`")
    } else {
        "The value that the name suggests.".to_owned()
    }
}

/// What the facade's own file uses.
pub(super) fn imports(facade: &Facade<'_>) -> String {
    let mut names: Vec<&str> = vec!["Metric", "Registry"];
    if facade.metrics.is_empty() {
        names.remove(0);
    }
    for metric in facade.metrics.values() {
        names.push(match (metric.kind, metric.labels.is_empty()) {
            (MetricType::Counter, true) => "Counter",
            (MetricType::Counter, false) => "CounterFamily",
            (MetricType::Histogram, true) => "Histogram",
            (MetricType::Histogram, false) => "HistogramFamily",
            (_, true) => "Gauge",
            (_, false) => "GaugeFamily",
        });
    }
    if facade
        .labels
        .keys()
        .any(|label| facade.closed(label).is_none())
    {
        names.push("Label");
    }
    names.sort_unstable();
    names.dedup();
    super::import("runtime", &names)
}
