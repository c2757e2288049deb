//! Facts of the model in words.

use crate::model::{
    Job, Level, Model, PanelKind, QueryUse, Stack, Thresholds, Variable, VariableKind,
};
use crate::spec::shape::{Scheme, Worse};
use serde::Serialize;

/// A service of the stack that people can reach.
#[derive(Serialize)]
pub(super) struct ServiceFacts<'a> {
    name: &'a str,
    container: String,
    addresses: Vec<String>,
}

/// A dashboard variable.
#[derive(Serialize)]
pub(super) struct VariableFacts<'a> {
    name: &'a str,
    title: &'a str,
    description: Option<&'a str>,
    label: Option<&'a str>,
    kind: &'static str,
    offers: Vec<String>,
    default: String,
    multi: bool,
}

/// What a kind of panel is called.
pub(super) fn panel_kind(kind: &PanelKind) -> &'static str {
    match kind {
        PanelKind::TimeSeries { .. } => "time series",
        PanelKind::Stat { .. } => "stat",
        PanelKind::Gauge { .. } => "gauge",
        PanelKind::BarGauge { .. } => "bar gauge",
        PanelKind::Table { .. } => "table",
        PanelKind::PieChart { .. } => "pie chart",
        PanelKind::BarChart { .. } => "bar chart",
        PanelKind::Heatmap { .. } => "heatmap",
        PanelKind::StateTimeline { .. } => "state timeline",
        PanelKind::Text { .. } => "text",
        PanelKind::Row { .. } => "row",
    }
}

/// On which side of its bound a level is.
pub(super) fn side(thresholds: &Thresholds, level: &Level) -> &'static str {
    match (thresholds.worse, level.good) {
        (Worse::Lower, true) => ">=",
        (Worse::Higher, true) => "<",
        (_, false) => thresholds.operator(),
    }
}

/// A place that uses a query.
pub(super) fn query_use(place: &QueryUse) -> String {
    match place {
        QueryUse::Panel { dashboard, panel } => format!("panel “{panel}” of {dashboard}"),
        QueryUse::Alert(alert) => format!("alert `{alert}`"),
        QueryUse::Record(record) => format!("recording rule `{record}`"),
    }
}

/// A variable, its offers as viewers or queries see them.
pub(super) fn variable(variable: &Variable) -> VariableFacts<'_> {
    let own = |text: &str| vec![text.to_owned()];
    let chosen = |default: Option<&str>, all: bool| match default {
        Some(default) => default.to_owned(),
        None if all => "All".to_owned(),
        None => "the first".to_owned(),
    };
    let (kind, offers, default, several) = match &variable.kind {
        VariableKind::Values {
            query,
            multi,
            all,
            default,
            ..
        } => (
            "values of a label",
            own(query),
            chosen(default.as_deref(), *all),
            *multi,
        ),
        VariableKind::Interval {
            options,
            auto,
            default,
        } => {
            let follows = auto.map(|_| "auto".to_owned());
            let offers = follows
                .into_iter()
                .chain(options.iter().map(ToString::to_string))
                .collect();
            ("interval", offers, default.to_string(), false)
        }
        VariableKind::Custom {
            options,
            multi,
            all,
            default,
        } => {
            let offers = options.iter().map(|(_, value)| value.to_string()).collect();
            ("list", offers, chosen(default.as_deref(), *all), *multi)
        }
        VariableKind::Constant(value) => ("constant", own(value), value.to_string(), false),
        VariableKind::Textbox(value) => ("free text", Vec::new(), value.to_string(), false),
        VariableKind::Datasource { plugin, default } => {
            let name = default.as_ref().map(|(_, name)| &**name);
            ("data source", own(plugin), chosen(name, false), false)
        }
    };
    VariableFacts {
        name: &variable.name,
        title: &variable.title,
        description: variable.description.as_deref(),
        label: variable.label.as_deref(),
        kind,
        offers,
        default: if default.is_empty() {
            "nothing".to_owned()
        } else {
            default
        },
        multi: several,
    }
}

/// The services of the stack that have a port on the host.
pub(super) fn services(stack: &Stack) -> Vec<ServiceFacts<'_>> {
    let container = |name: &str| format!("{}{name}", stack.container_prefix);
    let generated = generated(stack).map(|(name, port)| ServiceFacts {
        name,
        container: container(name),
        addresses: vec![local(port)],
    });
    let further = stack.services.iter().map(|(name, service)| ServiceFacts {
        name,
        container: service["container_name"]
            .as_str()
            .map_or_else(|| container(name), str::to_owned),
        addresses: host_ports(service).map(local).collect(),
    });
    generated
        .chain(further)
        .filter(|service| !service.addresses.is_empty())
        .collect()
}

/// Names of the services whose configuration is generated.
pub(super) fn generated_services(stack: &Stack) -> Vec<&'static str> {
    generated(stack).map(|(name, _)| name).collect()
}

/// The user who may log in to Grafana at first.
pub(super) fn login(stack: &Stack) -> Option<&str> {
    let environment = &stack.grafana.as_ref()?.environment;
    Some(
        environment
            .get("GF_SECURITY_ADMIN_USER")
            .map_or("admin", |user| user),
    )
}

/// Whether the password is the one that the compose file gives.
pub(super) fn default_password(stack: &Stack) -> bool {
    stack.grafana.as_ref().is_some_and(|service| {
        !service
            .environment
            .contains_key("GF_SECURITY_ADMIN_PASSWORD")
    })
}

/// Where people reach Grafana.
pub(super) fn grafana_url(model: &Model) -> Option<String> {
    let stated = model
        .grafana
        .as_ref()
        .and_then(|grafana| grafana.url.as_deref())
        .map(str::to_owned);
    let service = model
        .stack
        .as_ref()
        .and_then(|stack| stack.grafana.as_ref());
    stated.or_else(|| service.map(|service| local(service.port)))
}

/// Where people reach the stack's Prometheus.
pub(super) fn prometheus_url(stack: &Stack) -> Option<String> {
    stack.prometheus.as_ref().map(|service| local(service.port))
}

/// The addresses that a job scrapes.
pub(super) fn endpoints(job: &Job) -> Vec<String> {
    let scheme = job.scheme.map_or("http", Scheme::word);
    let path = job.path.as_deref().unwrap_or("/metrics");
    job.targets
        .iter()
        .map(|target| format!("{scheme}://{target}{path}"))
        .collect()
}

fn generated(stack: &Stack) -> impl Iterator<Item = (&'static str, u32)> {
    let services = [
        ("prometheus", &stack.prometheus),
        ("alertmanager", &stack.alertmanager),
        ("grafana", &stack.grafana),
    ];
    services
        .into_iter()
        .filter_map(|(name, service)| service.as_ref().map(|service| (name, service.port)))
}

/// Host ports of `host:container` and `address:host:container`.
fn host_ports(service: &serde_json::Value) -> impl Iterator<Item = u32> {
    let ports = service["ports"].as_array().into_iter().flatten();
    ports.filter_map(|port| port.as_str()?.rsplit(':').nth(1)?.parse().ok())
}

fn local(port: u32) -> String {
    format!("http://localhost:{port}")
}
