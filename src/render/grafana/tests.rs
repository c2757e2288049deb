//! What Grafana gets to read.

mod gallery;

use super::dashboard;
use crate::model::{
    Column, Dashboard, DatasourceRef, Panel, PanelKind, Target, TargetFormat, VariableKind,
};
use crate::spec::shape::{Calc, CellStyle, ColorMode, Orientation, SeriesStyle, Sort, Stack};
use gallery::{bare, column, gallery, panel, rows, target, thresholds, time_series};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

fn text(page: &Dashboard) -> String {
    String::from_utf8(dashboard(page)).unwrap()
}

fn parsed(page: &Dashboard) -> Value {
    serde_json::from_slice(&dashboard(page)).unwrap()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// The panel as it comes out in a dashboard of its own.
fn rendered(panel: Panel) -> Value {
    parsed(&bare(vec![panel]))["panels"][0].take()
}

/// The variable of this name in the gallery, changed.
fn variable(name: &str, change: impl Fn(&mut VariableKind)) -> Value {
    let mut page = gallery();
    page.variables.retain(|variable| &*variable.name == name);
    change(&mut page.variables[0].kind);
    parsed(&page)["templating"]["list"][0].take()
}

/// Any JSON; reading it fails on an object whose keys are not sorted.
struct Sorted;

impl<'de> Deserialize<'de> for Sorted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SortedVisitor)
    }
}

struct SortedVisitor;

impl<'de> Visitor<'de> for SortedVisitor {
    type Value = Sorted;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sorted, A::Error> {
        let mut last: Option<String> = None;
        while let Some(key) = map.next_key::<String>()? {
            if last.as_ref().is_some_and(|last| *last >= key) {
                return Err(serde::de::Error::custom(format!(
                    "`{key}` after `{}`",
                    last.unwrap()
                )));
            }
            map.next_value::<Sorted>()?;
            last = Some(key);
        }
        Ok(Sorted)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sorted, A::Error> {
        while seq.next_element::<Sorted>()?.is_some() {}
        Ok(Sorted)
    }

    fn visit_str<E>(self, _: &str) -> Result<Sorted, E> {
        Ok(Sorted)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Sorted, E> {
        Ok(Sorted)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Sorted, E> {
        Ok(Sorted)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Sorted, E> {
        Ok(Sorted)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Sorted, E> {
        Ok(Sorted)
    }

    fn visit_unit<E>(self) -> Result<Sorted, E> {
        Ok(Sorted)
    }
}

#[test]
fn keys_are_sorted_at_every_level() {
    serde_json::from_str::<Sorted>(&text(&gallery()))
        .map(|_| ())
        .unwrap();
    assert!(serde_json::from_str::<Sorted>(r#"[{"a": {"c": 1, "b": 2}}]"#).is_err());
}

#[test]
fn the_file_is_indented_json_that_ends_with_a_newline() {
    let text = text(&gallery());
    assert!(text.starts_with("{\n  \"annotations\": {\n    \"list\": ["));
    assert!(text.ends_with("\n}\n"));
    assert!(serde_json::from_str::<IgnoredAny>(&text).is_ok());
    // Only base thresholds are null: Grafana drops every other null on save.
    assert!(
        text.lines()
            .filter(|line| line.contains("null"))
            .all(|line| line.trim() == "\"value\": null")
    );
}

#[test]
fn the_head_of_a_bare_dashboard() {
    insta::assert_snapshot!(text(&bare(Vec::new())));
}

#[test]
fn the_head_of_a_full_dashboard() {
    let mut head = gallery();
    head.panels.clear();
    head.variables.clear();
    let bare = parsed(&bare(Vec::new()));
    let full = parsed(&head);
    let changed: Value = full
        .as_object()
        .unwrap()
        .iter()
        .filter(|(key, value)| bare.get(key.as_str()) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    insta::assert_snapshot!(pretty(&changed));
}

#[test]
fn variables() {
    insta::assert_snapshot!(pretty(&parsed(&gallery())["templating"]["list"]));
}

#[test]
fn what_is_chosen_at_first_among_the_values_of_a_label() {
    let current = |multiple, every, first: Option<&str>| {
        variable("job", |kind| {
            if let VariableKind::Values {
                multi,
                all,
                default,
                ..
            } = kind
            {
                (*multi, *all, *default) = (multiple, every, first.map(Into::into));
            }
        })["current"]
            .take()
    };
    assert_eq!(
        current(true, true, None),
        json!({"text": ["All"], "value": ["$__all"]})
    );
    assert_eq!(
        current(false, true, None),
        json!({"text": "All", "value": "$__all"})
    );
    assert_eq!(
        current(false, true, Some("api")),
        json!({"text": "api", "value": "api"})
    );
    assert_eq!(
        current(true, false, Some("api")),
        json!({"text": ["api"], "value": ["api"]})
    );
    assert_eq!(current(true, false, None), json!({}));
}

#[test]
fn every_order_has_its_number() {
    let number = |order| {
        variable("job", |kind| {
            if let VariableKind::Values { sort, .. } = kind {
                *sort = order;
            }
        })["sort"]
            .take()
    };
    assert_eq!(number(Sort::None), Value::Null);
    assert_eq!(number(Sort::Alphabetical), 1);
    assert_eq!(number(Sort::AlphabeticalDesc), 2);
    assert_eq!(number(Sort::Numerical), 3);
    assert_eq!(number(Sort::NumericalDesc), 4);
    assert_eq!(number(Sort::Natural), 7);
}

#[test]
fn an_interval_may_be_automatic_at_first_or_not_at_all() {
    let automatic = variable("timerange", |kind| {
        if let VariableKind::Interval { default, .. } = kind {
            *default = "auto".into();
        }
    });
    assert_eq!(
        automatic["current"],
        json!({"text": "$__auto", "value": "$__auto"})
    );
    assert!(
        automatic["options"]
            .as_array()
            .unwrap()
            .iter()
            .all(|option| option["selected"] == false)
    );
    let manual = variable("timerange", |kind| {
        if let VariableKind::Interval { auto, .. } = kind {
            *auto = None;
        }
    });
    assert_eq!(
        (&manual["auto"], &manual["auto_min"]),
        (&json!(false), &json!("10s"))
    );
}

#[test]
fn a_custom_variable_without_default_starts_with_all_or_the_first() {
    let custom = |every| {
        variable("topn", |kind| {
            if let VariableKind::Custom {
                multi,
                all,
                default,
                ..
            } = kind
            {
                (*multi, *all, *default) = (true, every, None);
            }
        })
    };
    assert_eq!(
        custom(true)["current"],
        json!({"text": ["All"], "value": ["$__all"]})
    );
    assert_eq!(custom(true)["options"][0]["selected"], false);
    assert_eq!(
        custom(false)["current"],
        json!({"text": ["5"], "value": ["5"]})
    );
    assert_eq!(custom(false)["options"][0]["selected"], true);
}

/// What is special about each kind.
#[test]
fn panels_of_every_kind() {
    for panel in gallery::panels() {
        let mut json = rendered(panel);
        let kind = json["type"].as_str().unwrap().to_owned();
        if kind == "row" {
            continue;
        }
        let panel = json.as_object_mut().unwrap();
        for common in ["datasource", "gridPos", "id"] {
            assert!(panel.remove(common).is_some(), "{kind} has no {common}");
        }
        if let Some(targets) = panel.get_mut("targets").and_then(Value::as_array_mut) {
            for target in targets {
                assert_eq!(
                    target["datasource"],
                    json!({"type": "prometheus", "uid": "prometheus"})
                );
                target.as_object_mut().unwrap().remove("datasource");
            }
        }
        insta::assert_snapshot!(kind, pretty(&json));
    }
}

#[test]
fn a_row_is_no_more_than_a_heading() {
    let row = Panel {
        targets: Vec::new(),
        ..panel(
            4,
            "Overview",
            PanelKind::Row {
                collapsed: false,
                panels: vec![],
            },
        )
    };
    assert_eq!(
        rendered(row),
        json!({
            "collapsed": false, "gridPos": {"h": 8, "w": 12, "x": 0, "y": 16}, "id": 4, "panels": [],
            "title": "Overview", "type": "row",
        })
    );
}

#[test]
fn a_collapsed_row_holds_its_panels() {
    let page = parsed(&gallery());
    let row = page["panels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|panel| panel["title"] == "Details")
        .unwrap();
    assert_eq!(
        (&row["collapsed"], &row["repeat"]),
        (&json!(true), &json!("job"))
    );
    assert_eq!(row["panels"][0]["title"], "Raw");
    assert_eq!(row["panels"][0]["datasource"]["uid"], "${datasource}");
}

#[test]
fn raw_json_has_the_last_word() {
    let page = parsed(&gallery());
    let raw = &page["panels"].as_array().unwrap().last().unwrap()["panels"][0];
    let plain = rendered(panel(13, "Raw", time_series()));
    assert_eq!(
        raw["options"]["tooltip"],
        json!({"mode": "none", "sort": "desc"})
    );
    assert_eq!(raw["options"]["timezone"], json!(["utc"]));
    assert_eq!(raw["options"]["legend"], plain["options"]["legend"]);
    assert_eq!(
        raw["fieldConfig"]["defaults"]["custom"]["lineStyle"],
        json!({"dash": [10, 10], "fill": "dash"})
    );
    assert!(plain.get("targets").is_some() && raw.get("targets").is_none());
}

#[test]
fn raw_json_cannot_move_other_keys() {
    let raw = Panel {
        raw: Some(json!({})),
        ..gallery::panels().swap_remove(1)
    };
    let plain = Panel {
        raw: None,
        ..raw.clone()
    };
    assert_eq!(text(&bare(vec![raw])), text(&bare(vec![plain])));
}

#[test]
fn whole_numbers_have_no_fraction() {
    let mut panel = panel(1, "Numbers", time_series());
    panel.fields.min = Some(-5.0);
    panel.fields.max = Some(0.25);
    panel.fields.thresholds = Some(thresholds());
    let text = text(&bare(vec![panel]));
    for number in [
        "\"min\": -5,\n",
        "\"max\": 0.25,\n",
        "\"value\": 0.01\n",
        "\"value\": 5\n",
    ] {
        assert!(text.contains(number), "{number} is not in {text}");
    }
}

#[test]
fn each_style_draws_and_stacks_in_its_way() {
    let custom = |drawn, stacked| {
        let mut kind = time_series();
        if let PanelKind::TimeSeries { style, stack, .. } = &mut kind {
            (*style, *stack) = (drawn, stacked);
        }
        let custom = rendered(panel(1, "Style", kind))["fieldConfig"]["defaults"]["custom"].take();
        (custom["drawStyle"].clone(), custom["stacking"].clone())
    };
    assert_eq!(
        custom(SeriesStyle::Lines, Stack::None),
        (json!("line"), json!({"group": "A", "mode": "none"}))
    );
    assert_eq!(
        custom(SeriesStyle::Bars, Stack::Normal),
        (json!("bars"), json!({"group": "A", "mode": "normal"}))
    );
    assert_eq!(custom(SeriesStyle::Points, Stack::None).0, "points");
    assert_eq!(
        custom(SeriesStyle::Area, Stack::Percent),
        (json!("line"), json!({"group": "A", "mode": "percent"}))
    );
}

#[test]
fn calculations_skip_gaps_at_both_ends() {
    let calcs = |calc| {
        let stat = PanelKind::Stat {
            sparkline: false,
            color: ColorMode::None,
            calc,
        };
        rendered(panel(1, "Calc", stat))["options"]["reduceOptions"]["calcs"].take()
    };
    assert_eq!(calcs(Calc::Last), json!(["lastNotNull"]));
    assert_eq!(calcs(Calc::First), json!(["firstNotNull"]));
    assert_eq!(calcs(Calc::Diff), json!(["diff"]));
}

#[test]
fn a_table_without_columns_hides_only_the_time() {
    let table = Panel {
        targets: vec![rows("A", "up", &["instance", "job"])],
        ..panel(
            1,
            "Table",
            PanelKind::Table {
                columns: Vec::new(),
                sort: None,
            },
        )
    };
    let steps = rendered(table)["transformations"].take();
    assert_eq!(steps[1]["options"]["excludeByName"], json!({"Time": true}));
    assert_eq!(steps.as_array().unwrap().len(), 2);
}

#[test]
fn a_cell_shows_its_value_in_its_style() {
    let cell = |cell| {
        let columns = vec![Column {
            cell,
            ..column(&["Value"], "Requests")
        }];
        let table = panel(
            1,
            "Table",
            PanelKind::Table {
                columns,
                sort: None,
            },
        );
        rendered(table)["fieldConfig"]["overrides"][0]["properties"][0]["value"].take()
    };
    assert_eq!(cell(CellStyle::Color), json!({"type": "color-text"}));
    assert_eq!(
        cell(CellStyle::Background),
        json!({"mode": "basic", "type": "color-background"})
    );
    assert_eq!(
        cell(CellStyle::Bar),
        json!({"mode": "gradient", "type": "gauge"})
    );
}

#[test]
fn bars_are_named_by_legend_query_or_panel_and_never_alike() {
    let names = |targets: Vec<Target>| {
        let kind = PanelKind::BarChart {
            by: "job".into(),
            orientation: Orientation::Auto,
            stack: Stack::None,
        };
        let mut json = rendered(Panel {
            targets,
            ..panel(1, "By job", kind)
        });
        let shown = json["options"]["legend"]["showLegend"].take();
        let steps = json["transformations"].take();
        (
            steps.as_array().unwrap().last().unwrap()["options"]["renameByName"].clone(),
            shown,
        )
    };
    let target = |ref_id| rows(ref_id, "x", &["job"]);
    let legend = |legend: &str, ref_id| Target {
        legend: legend.into(),
        ..target(ref_id)
    };
    assert_eq!(
        names(vec![target("A")]),
        (
            json!({"Value": "By job", "Value #A": "By job"}),
            json!(false)
        )
    );
    assert_eq!(
        names(vec![
            legend("{{job}}", "A"),
            legend("up", "B"),
            legend("up", "C")
        ]),
        (
            json!({"Value": "A", "Value #A": "A", "Value #B": "up", "Value #C": "up C"}),
            json!(true)
        )
    );
}

#[test]
fn a_heatmap_names_its_rows_by_bucket() {
    let heatmap = |legend: &str| {
        let target = Target {
            format: TargetFormat::Heatmap,
            legend: legend.into(),
            ..target("A", "x_bucket")
        };
        let kind = PanelKind::Heatmap {
            scheme: "Turbo".into(),
        };
        rendered(Panel {
            targets: vec![target],
            ..panel(1, "Heat", kind)
        })["targets"][0]["legendFormat"]
            .take()
    };
    assert_eq!(heatmap("__auto"), "{{le}}");
    assert_eq!(heatmap("≤ {{le}}"), "≤ {{le}}");
}

#[test]
fn a_datasource_is_named_by_uid_or_by_variable() {
    let uid = |datasource| {
        let page = Dashboard {
            datasource,
            ..bare(vec![panel(1, "Up", time_series())])
        };
        let panel = parsed(&page)["panels"][0].take();
        assert_eq!(panel["datasource"], panel["targets"][0]["datasource"]);
        panel["datasource"]["uid"].clone()
    };
    assert_eq!(uid(DatasourceRef::Uid("main".into())), "main");
    assert_eq!(uid(DatasourceRef::Variable("source".into())), "${source}");
}
