//! Scraping, Grafana, Alertmanager and the compose stack, with defaults
//! filled in.

use crate::promql::PromDuration;
use crate::spec::shape::{DatasourceReference, Scheme};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Prometheus's configuration.
#[derive(Debug, Clone)]
pub struct Scrape {
    /// Time between scrapes.
    pub interval: PromDuration,
    /// How long a scrape may take; Prometheus's own default if `None`.
    pub timeout: Option<PromDuration>,
    /// Time between evaluations of rules.
    pub evaluation_interval: PromDuration,
    /// Labels on everything that leaves this Prometheus.
    pub external_labels: BTreeMap<Arc<str>, Arc<str>>,
    /// Jobs, sorted by name.
    pub jobs: Vec<Job>,
}

/// A scrape job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its name.
    pub name: Arc<str>,
    /// Its targets, sorted.
    pub targets: Vec<Arc<str>>,
    /// Path of the metrics; `None` for `/metrics`.
    pub path: Option<Arc<str>>,
    /// How targets are spoken to; `None` for HTTP.
    pub scheme: Option<Scheme>,
    /// Time between scrapes, if not the common one.
    pub interval: Option<PromDuration>,
    /// How long a scrape may take, if not the common time.
    pub timeout: Option<PromDuration>,
    /// Labels put on all its series.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// Whether labels of the target win.
    pub honor_labels: bool,
    /// File with the bearer token.
    pub bearer_token_file: Option<Arc<str>>,
    /// User and password file.
    pub basic_auth: Option<BasicAuth>,
    /// Certificates.
    pub tls: Option<Tls>,
    /// Keys merged into the job.
    pub raw: Option<serde_json::Value>,
}

/// HTTP basic authentication.
#[derive(Debug, Clone)]
pub struct BasicAuth {
    /// The user.
    pub username: Arc<str>,
    /// File with the password.
    pub password_file: Arc<str>,
}

/// Certificates by file.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Authorities to trust.
    pub ca_file: Option<Arc<str>>,
    /// The client's certificate.
    pub cert_file: Option<Arc<str>>,
    /// The client's key.
    pub key_file: Option<Arc<str>>,
    /// Name that the server must show.
    pub server_name: Option<Arc<str>>,
    /// Whether any certificate will do.
    pub insecure_skip_verify: bool,
}

/// Grafana's datasource and folder.
#[derive(Debug, Clone)]
pub struct Grafana {
    /// Address at which people reach Grafana, without a trailing slash.
    pub url: Option<Arc<str>>,
    /// The datasource.
    pub datasource: Option<Datasource>,
    /// Title of the folder; dashboards are in the general one if `None`.
    pub folder: Option<Arc<str>>,
    /// Uid of the folder.
    pub folder_uid: Option<Arc<str>>,
    /// Directory in which Grafana finds the dashboard files.
    pub dashboards_path: Arc<str>,
    /// Whether dashboards may be edited in the browser.
    pub editable: bool,
}

/// A Prometheus datasource.
#[derive(Debug, Clone)]
pub struct Datasource {
    /// Its name.
    pub name: Arc<str>,
    /// Its uid.
    pub uid: Arc<str>,
    /// Address at which Grafana reaches Prometheus.
    pub url: Arc<str>,
    /// How dashboards name it.
    pub reference: DatasourceReference,
    /// How long a query may take.
    pub timeout: Option<PromDuration>,
}

/// Alertmanager's configuration.
#[derive(Debug, Clone, Default)]
pub struct Alertmanager {
    /// Address at which people reach Alertmanager.
    pub url: Option<Arc<str>>,
    /// Its instances, sorted.
    pub targets: Vec<Arc<str>>,
    /// How long an alert that is no longer sent stays.
    pub resolve_timeout: Option<PromDuration>,
    /// How e-mail is sent.
    pub smtp: Option<Smtp>,
    /// Receivers, sorted by name.
    pub receivers: Vec<Receiver>,
    /// The root of the routing tree.
    pub route: Route,
    /// Alerts that silence others.
    pub inhibit: Vec<InhibitRule>,
    /// Recurring times by name.
    pub time_intervals: BTreeMap<Arc<str>, Vec<TimeInterval>>,
    /// Files with notification templates.
    pub templates: Vec<Arc<str>>,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// `host:port`.
    pub host: Arc<str>,
    /// The sender.
    pub from: Arc<str>,
    /// The user.
    pub username: Option<Arc<str>>,
    /// File with the password.
    pub password_file: Option<Arc<str>>,
    /// Whether STARTTLS is required.
    pub require_tls: bool,
}

/// Somebody who can be told; with no way to tell, alerts end here.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// Its name.
    pub name: Arc<str>,
    /// Slack channels.
    pub slack: Vec<Slack>,
    /// Mail addresses.
    pub email: Vec<Email>,
    /// Web hooks.
    pub webhook: Vec<Webhook>,
    /// PagerDuty services.
    pub pagerduty: Vec<PagerDuty>,
}

/// A Slack channel.
#[derive(Debug, Clone)]
pub struct Slack {
    /// The channel.
    pub channel: Arc<str>,
    /// File with the web hook's address.
    pub api_url_file: Arc<str>,
    /// Title of the message; Alertmanager's own if `None`.
    pub title: Option<Arc<str>>,
    /// Text of the message; Alertmanager's own if `None`.
    pub text: Option<Arc<str>>,
    /// Whether the end of an alert is told.
    pub send_resolved: bool,
}

/// A mail address.
#[derive(Debug, Clone)]
pub struct Email {
    /// The address, or several with commas.
    pub to: Arc<str>,
    /// Whether the end of an alert is told.
    pub send_resolved: bool,
}

/// A web hook.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The address, if it is no secret.
    pub url: Option<Arc<str>>,
    /// File with the address.
    pub url_file: Option<Arc<str>>,
    /// Most alerts in one message.
    pub max_alerts: Option<u32>,
    /// Whether the end of an alert is told.
    pub send_resolved: bool,
}

/// A PagerDuty service.
#[derive(Debug, Clone)]
pub struct PagerDuty {
    /// File with the routing key.
    pub routing_key_file: Arc<str>,
    /// Severity told to PagerDuty.
    pub severity: Option<Arc<str>>,
    /// Whether the end of an alert is told.
    pub send_resolved: bool,
}

/// A node of the routing tree.
#[derive(Debug, Clone, Default)]
pub struct Route {
    /// Who is told; the parent's receiver if `None`.
    pub receiver: Option<Arc<str>>,
    /// Matchers, in Alertmanager's notation.
    pub matchers: Vec<Arc<str>>,
    /// Labels by which alerts are told together; the parent's if `None`.
    pub group_by: Option<Vec<Arc<str>>>,
    /// How long to wait for more before the first message.
    pub group_wait: Option<PromDuration>,
    /// How long to wait before a message on new alerts of a group.
    pub group_interval: Option<PromDuration>,
    /// How long to wait before saying the same again.
    pub repeat_interval: Option<PromDuration>,
    /// Time intervals in which nothing is sent.
    pub mute: Vec<Arc<str>>,
    /// The only time intervals in which anything is sent.
    pub active: Vec<Arc<str>>,
    /// Whether later siblings are tried as well.
    pub r#continue: bool,
    /// Routes below this one.
    pub routes: Vec<Route>,
}

/// While a source alert fires, target alerts are silent.
#[derive(Debug, Clone)]
pub struct InhibitRule {
    /// Matchers of the alerts that silence.
    pub source: Vec<Arc<str>>,
    /// Matchers of the alerts that are silenced.
    pub target: Vec<Arc<str>>,
    /// Labels that both must have in common.
    pub equal: Vec<Arc<str>>,
}

/// A recurring time, in Alertmanager's notation.
#[derive(Debug, Clone)]
pub struct TimeInterval {
    /// Start and end, as `HH:MM`.
    pub times: Vec<(Arc<str>, Arc<str>)>,
    /// Days of the week.
    pub weekdays: Vec<Arc<str>>,
    /// Days of the month.
    pub days_of_month: Vec<Arc<str>>,
    /// Months.
    pub months: Vec<Arc<str>>,
    /// Years.
    pub years: Vec<Arc<str>>,
    /// IANA name of the time zone; UTC if `None`.
    pub location: Option<Arc<str>>,
}

/// The compose stack.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Put before the names of containers.
    pub container_prefix: Arc<str>,
    /// Name of the network.
    pub network: Arc<str>,
    /// Prometheus.
    pub prometheus: Option<Service>,
    /// Alertmanager.
    pub alertmanager: Option<Service>,
    /// Grafana.
    pub grafana: Option<Service>,
    /// Further services by name, in compose's own words.
    pub services: BTreeMap<Arc<str>, serde_json::Value>,
}

/// A service whose configuration is generated.
#[derive(Debug, Clone)]
pub struct Service {
    /// Image and tag.
    pub image: Arc<str>,
    /// Port on the host.
    pub port: u32,
    /// Environment variables.
    pub environment: BTreeMap<Arc<str>, Arc<str>>,
    /// Files of secrets, as `source:target`.
    pub secrets: Vec<Arc<str>>,
}

/// Where the file of a secret lies on the host, and where its container sees it,
/// from `source:target` or `source:target:ro`. The source may hold colons, as in
/// `${DIR:-./secrets}/key`.
pub fn secret_mount(secret: &str) -> Option<(&str, &str)> {
    secret
        .strip_suffix(":ro")
        .unwrap_or(secret)
        .rsplit_once(':')
}
