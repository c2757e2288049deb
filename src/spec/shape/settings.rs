//! Scraping, Grafana, Alertmanager, the compose stack.

use crate::diagnostic::{Sink, Spanned};
use crate::promql::PromDuration;
use crate::spec::Wait;
use crate::spec::node::{Node, Value};
use crate::spec::reader::{FromNode, Named, choice, record};
use crate::spec::schema::{Book, Schema};
use std::sync::Arc;

choice! {
    /// How a receiver tells people.
    Way {
        /// By a message in a Slack channel.
        Slack = "slack",
        /// By e-mail.
        Email = "email",
        /// By a web hook.
        Webhook = "webhook",
        /// By PagerDuty.
        PagerDuty = "pagerduty",
    }

    /// How a target is spoken to.
    Scheme {
        /// In the clear.
        Http = "http",
        /// Over TLS.
        Https = "https",
    }

    /// How dashboards name the datasource.
    DatasourceReference {
        /// By its uid.
        Uid = "uid",
        /// By a dashboard variable, so that a viewer may choose.
        Variable = "variable",
    }
}

record! {
    /// Prometheus's own configuration.
    Scrape {
        /// Time between scrapes; 1m if not given, as in Prometheus.
        optional interval "interval": Spanned<PromDuration>,
        /// How long a scrape may take.
        optional timeout "timeout": Spanned<PromDuration>,
        /// Time between evaluations of rules; `interval` if not given.
        optional evaluation_interval "evaluation_interval": Spanned<PromDuration>,
        /// Labels on everything that leaves this Prometheus.
        list external_labels "external_labels": Vec<Named<Spanned<Arc<str>>>>,
        /// Scrape jobs.
        list jobs "jobs": Vec<Named<Job>>,
    }

    /// A scrape job.
    Job {
        /// Its targets, as `host:port`.
        list targets "targets": Vec<Spanned<Arc<str>>>,
        /// Path of the metrics; `/metrics` if not given.
        optional path "path": Spanned<Arc<str>>,
        /// `http` (default) or `https`.
        optional scheme "scheme": Scheme,
        /// Time between scrapes.
        optional interval "interval": Spanned<PromDuration>,
        /// How long a scrape may take.
        optional timeout "timeout": Spanned<PromDuration>,
        /// Labels put on all its series.
        list labels "labels": Vec<Named<Spanned<Arc<str>>>>,
        /// Whether labels of the target win over those of the scrape.
        optional honor_labels "honor_labels": bool,
        /// File with the bearer token.
        optional bearer_token_file "bearer_token_file": Spanned<Arc<str>>,
        /// User and password file.
        optional basic_auth "basic_auth": BasicAuth,
        /// Certificates.
        optional tls "tls": Tls,
        /// Keys merged into the job, for service discovery and relabelling.
        optional raw "raw": Spanned<serde_json::Value>,
    }

    /// HTTP basic authentication.
    BasicAuth {
        /// The user.
        required username "username": Spanned<Arc<str>>,
        /// File with the password.
        required password_file "password_file": Spanned<Arc<str>>,
    }

    /// Certificates by file.
    Tls {
        /// Authorities to trust.
        optional ca_file "ca_file": Spanned<Arc<str>>,
        /// The client's certificate.
        optional cert_file "cert_file": Spanned<Arc<str>>,
        /// The client's key.
        optional key_file "key_file": Spanned<Arc<str>>,
        /// Name that the server must show.
        optional server_name "server_name": Spanned<Arc<str>>,
        /// Whether any certificate will do.
        optional insecure_skip_verify "insecure_skip_verify": bool,
    }

    /// Grafana's datasource, folder and links.
    Grafana {
        /// Address at which people reach Grafana; links from alerts lead there.
        optional url "url": Spanned<Arc<str>>,
        /// The datasource.
        optional datasource "datasource": Datasource,
        /// The folder of the dashboards.
        optional folder "folder": Folder,
        /// Tags of every dashboard; dashboards with a common tag link to each other.
        list tags "tags": Vec<Spanned<Arc<str>>>,
        /// Where Grafana finds the dashboard files.
        optional dashboards_path "dashboards_path": Spanned<Arc<str>>,
        /// Whether dashboards may be edited in the browser; false if not given.
        optional editable "editable": bool,
    }

    /// A Prometheus datasource.
    Datasource {
        /// Its name; `Prometheus` if not given.
        optional name "name": Spanned<Arc<str>>,
        /// Its uid; `prometheus` if not given.
        optional uid "uid": Spanned<Arc<str>>,
        /// Address at which Grafana reaches Prometheus.
        required url "url": Spanned<Arc<str>>,
        /// How dashboards name it.
        optional reference "reference": DatasourceReference,
        /// How long a query may take.
        optional timeout "timeout": Spanned<PromDuration>,
    }

    /// A folder with a uid of its own.
    LongFolder {
        /// Its title.
        required title "title": Spanned<Arc<str>>,
        /// Its uid; follows from the title if not given.
        optional uid "uid": Spanned<Arc<str>>,
    }

    /// Alertmanager: where it is, who is told, and how.
    Alertmanager {
        /// Address at which people reach Alertmanager.
        optional url "url": Spanned<Arc<str>>,
        /// Its instances, as `host:port`, for Prometheus to send alerts to.
        list targets "targets": Vec<Spanned<Arc<str>>>,
        /// How long an alert that is no longer sent stays.
        optional resolve_timeout "resolve_timeout": Spanned<PromDuration>,
        /// How e-mail is sent.
        optional smtp "smtp": Smtp,
        /// Who can be told.
        list receivers "receivers": Vec<Named<Receiver>>,
        /// Who is told of what.
        optional route "route": Route,
        /// Alerts that silence others.
        list inhibit "inhibit": Vec<InhibitRule>,
        /// Times by name, for routes to be muted or active.
        list time_intervals "time_intervals": Vec<Named<Vec<TimeInterval>>>,
        /// Ways by severity, one of which must tell people at any time.
        list tell "tell": Vec<Named<Vec<Spanned<Way>>>>,
        /// Files with notification templates.
        list templates "templates": Vec<Spanned<Arc<str>>>,
    }

    /// A mail server.
    Smtp {
        /// `host:port`.
        required host "host": Spanned<Arc<str>>,
        /// The sender.
        required from "from": Spanned<Arc<str>>,
        /// The user.
        optional username "username": Spanned<Arc<str>>,
        /// File with the password.
        optional password_file "password_file": Spanned<Arc<str>>,
        /// Whether STARTTLS is required; true if not given.
        optional require_tls "require_tls": bool,
    }

    /// A receiver: any number of ways to tell it. With none it swallows alerts.
    Receiver {
        /// Slack channels.
        list slack "slack": Vec<Slack>,
        /// Mail addresses.
        list email "email": Vec<Email>,
        /// Web hooks.
        list webhook "webhook": Vec<Webhook>,
        /// PagerDuty services.
        list pagerduty "pagerduty": Vec<PagerDuty>,
    }

    /// A Slack channel.
    Slack {
        /// The channel.
        required channel "channel": Spanned<Arc<str>>,
        /// File with the web hook's address.
        required api_url_file "api_url_file": Spanned<Arc<str>>,
        /// Title of the message.
        optional title "title": Spanned<Arc<str>>,
        /// Text of the message.
        optional text "text": Spanned<Arc<str>>,
        /// Whether the end of an alert is told.
        optional send_resolved "send_resolved": bool,
    }

    /// A mail address.
    Email {
        /// The address, or several with commas.
        required to "to": Spanned<Arc<str>>,
        /// Whether the end of an alert is told.
        optional send_resolved "send_resolved": bool,
    }

    /// A web hook: its address, or the file that holds it if it is secret.
    Webhook {
        /// The address.
        optional url "url": Spanned<Arc<str>>,
        /// File with the address.
        optional url_file "url_file": Spanned<Arc<str>>,
        /// Most alerts in one message.
        optional max_alerts "max_alerts": Spanned<u32>,
        /// Whether the end of an alert is told.
        optional send_resolved "send_resolved": bool,
    }

    /// A PagerDuty service.
    PagerDuty {
        /// File with the routing key.
        required routing_key_file "routing_key_file": Spanned<Arc<str>>,
        /// Severity told to PagerDuty.
        optional severity "severity": Spanned<Arc<str>>,
        /// Whether the end of an alert is told.
        optional send_resolved "send_resolved": bool,
    }

    /// A node of the routing tree.
    Route {
        /// Who is told; the parent's receiver if not given.
        optional receiver "receiver": Spanned<Arc<str>>,
        /// What labels an alert must have, as `severity="critical"`.
        list matchers "matchers": Vec<Spanned<Arc<str>>>,
        /// Labels by which alerts are told together.
        optional group_by "group_by": Vec<Spanned<Arc<str>>>,
        /// How long to wait for more before the first message.
        optional group_wait "group_wait": Spanned<Wait>,
        /// How long to wait before a message on new alerts of a group.
        optional group_interval "group_interval": Spanned<PromDuration>,
        /// How long to wait before saying the same again.
        optional repeat_interval "repeat_interval": Spanned<PromDuration>,
        /// Time intervals in which nothing is sent.
        list mute "mute": Vec<Spanned<Arc<str>>>,
        /// The only time intervals in which anything is sent.
        list active "active": Vec<Spanned<Arc<str>>>,
        /// Whether later siblings are tried as well.
        optional r#continue "continue": bool,
        /// Routes below this one.
        list routes "routes": Vec<Route>,
    }

    /// While an alert of the one kind fires, those of the other are silent.
    InhibitRule {
        /// Matchers of the alerts that silence.
        required source "source": Vec<Spanned<Arc<str>>>,
        /// Matchers of the alerts that are silenced.
        required target "target": Vec<Spanned<Arc<str>>>,
        /// Labels that both must have in common.
        list equal "equal": Vec<Spanned<Arc<str>>>,
    }

    /// A recurring time, in Alertmanager's notation.
    TimeInterval {
        /// Times of the day.
        list times "times": Vec<TimeRange>,
        /// Days of the week, such as `monday:friday`.
        list weekdays "weekdays": Vec<Spanned<Arc<str>>>,
        /// Days of the month, such as `1:5` or `-1`.
        list days_of_month "days_of_month": Vec<Spanned<Arc<str>>>,
        /// Months, such as `january:march`.
        list months "months": Vec<Spanned<Arc<str>>>,
        /// Years, such as `2030:2032`.
        list years "years": Vec<Spanned<Arc<str>>>,
        /// IANA name of the time zone; UTC if not given.
        optional location "location": Spanned<Arc<str>>,
    }

    /// A part of a day.
    TimeRange {
        /// `HH:MM`.
        required start "start": Spanned<Arc<str>>,
        /// `HH:MM`.
        required end "end": Spanned<Arc<str>>,
    }

    /// The compose file. Prometheus, Grafana and Alertmanager are wired to the
    /// generated files; other services are taken as they are.
    Stack {
        /// Put before the names of containers.
        optional container_prefix "container_prefix": Spanned<Arc<str>>,
        /// Name of the network.
        optional network "network": Spanned<Arc<str>>,
        /// Prometheus; a service if given.
        optional prometheus "prometheus": Service,
        /// Alertmanager; a service if given.
        optional alertmanager "alertmanager": Service,
        /// Grafana; a service if given.
        optional grafana "grafana": Service,
        /// Further services, in compose's own words.
        list services "services": Vec<Named<Spanned<serde_json::Value>>>,
    }

    /// A service whose configuration is generated.
    Service {
        /// Image and tag.
        required image "image": Spanned<Arc<str>>,
        /// Port on the host.
        required port "port": Spanned<u32>,
        /// Environment variables.
        list environment "environment": Vec<Named<Spanned<Arc<str>>>>,
        /// Files of secrets, as `source:target`, mounted read-only.
        list secrets "secrets": Vec<Spanned<Arc<str>>>,
    }
}

/// A folder of dashboards.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Its title.
    pub title: Spanned<Arc<str>>,
    /// Its uid; follows from the title if not given.
    pub uid: Option<Spanned<Arc<str>>>,
}

impl Schema for Folder {
    fn schema(book: &mut Book) -> serde_json::Value {
        book.any_of([<Arc<str>>::schema, LongFolder::schema])
    }
}

impl FromNode for Folder {
    fn from_node(node: &Node<'_>, sink: &mut Sink) -> Option<Self> {
        if let Value::Map(_) = node.value {
            let long = LongFolder::from_node(node, sink)?;
            return Some(Self {
                title: long.title,
                uid: long.uid,
            });
        }
        Some(Self {
            title: FromNode::from_node(node, sink)?,
            uid: None,
        })
    }
}
