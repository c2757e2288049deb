//! A page that draws the dashboards before and after, complete in one file.
//!
//! Text from files enters it in one place, as JSON, and is put into the
//! document as text by its script.

mod causes;
mod dashboards;

use super::SideNames;
use super::words::summary;
use crate::diff::{self, AlertView, Diff, Side};
use causes::{Cause, cause};
use dashboards::{Entry, PACK, dashboards};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

const SHELL: &str = include_str!("../../../templates/page/page.html");

const STYLES: [&str; 2] = [
    include_str!("../../../templates/page/uPlot.min.css"),
    include_str!("../../../templates/page/page.css"),
];

/// The chart library as it is published, and what draws with it.
const SCRIPTS: [&str; 4] = [
    include_str!("../../../templates/page/uPlot.min.js"),
    include_str!("../../../templates/page/sample.js"),
    include_str!("../../../templates/page/draw.js"),
    include_str!("../../../templates/page/page.js"),
];

const LICENSE: &str = include_str!("../../../templates/page/uPlot.LICENSE");

/// What a page shows beside the changes.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// What the sides are called.
    pub names: SideNames<'a>,
    /// The side before.
    pub base: &'a Side,
    /// The side after.
    pub head: &'a Side,
    /// A Prometheus from which the page gets its data, an `http` address
    /// without quotes or blanks; it makes data up if `None`.
    pub prometheus: Option<&'a str>,
    /// Whether the page asks its server for news, as `preview` offers them.
    pub live: bool,
}

#[derive(Serialize)]
struct Data<'a> {
    base: &'a str,
    head: &'a str,
    summary_text: String,
    changes: Vec<Cause<'a>>,
    dashboards: Vec<Entry>,
    packs: Vec<String>,
    /// Dashboards in a pack.
    pack: usize,
    labels: BTreeMap<&'a str, Vec<&'a str>>,
    alerting: BTreeMap<&'static str, Alerting>,
    prometheus: Option<&'a str>,
    live: bool,
}

#[derive(Serialize)]
struct Alerting {
    alerts: Vec<AlertView>,
    routes: Option<Value>,
}

/// The page.
pub fn page(diff: &Diff, page: &Page<'_>) -> String {
    let alerting = |side: &Side| {
        let (alerts, routes) = diff::alerting(side);
        Alerting { alerts, routes }
    };
    let (dashboards, packs) = dashboards(diff, [page.base, page.head]);
    let data = Data {
        base: page.names.base,
        head: page.names.head,
        summary_text: summary(diff),
        changes: diff.changes.iter().map(cause).collect(),
        dashboards,
        packs,
        pack: PACK,
        labels: labels([page.base, page.head]),
        alerting: BTreeMap::from([
            ("before", alerting(page.base)),
            ("after", alerting(page.head)),
        ]),
        prometheus: page.prometheus.map(|url| url.trim_end_matches('/')),
        live: page.live,
    };
    // Text and numbers always serialise. No `<` ends the element that holds them.
    let data = serde_json::to_string(&data)
        .unwrap_or_default()
        .replace('<', "\\u003c");
    let mut text = String::with_capacity(data.len() + 100_000);
    let mut rest = SHELL;
    while let Some((before, behind)) = rest.split_once('@') {
        let Some((name, behind)) = behind.split_once('@') else {
            break;
        };
        text.push_str(before);
        match name {
            "STYLE" => text.extend(STYLES),
            "SCRIPT" => SCRIPTS.iter().for_each(|script| {
                text.push_str(script);
                text.push('\n');
            }),
            "DATA" => text.push_str(&data),
            "CONNECT" => text.push_str(&connect(page)),
            _ => text.push_str(&LICENSE.split_whitespace().collect::<Vec<_>>().join(" ")),
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// Whom the page may ask, in the words of its security policy.
fn connect(page: &Page<'_>) -> String {
    let own = page.live.then_some("'self'");
    let all: Vec<_> = own.into_iter().chain(page.prometheus).collect();
    if all.is_empty() {
        "'none'".to_owned()
    } else {
        all.join(" ")
    }
}

/// The values that labels are known to have, as examples.
fn labels(sides: [&Side; 2]) -> BTreeMap<&str, Vec<&str>> {
    let models = sides.into_iter().filter_map(|side| side.model.as_ref());
    let known = models.flat_map(|model| &model.labels);
    known
        .filter(|(_, label)| !label.values.is_empty())
        .map(|(name, label)| (&**name, label.values.iter().map(|value| &**value).collect()))
        .collect()
}
