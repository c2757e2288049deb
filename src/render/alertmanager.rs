//! Alertmanager's configuration, in the notation of 0.25 and newer.

use super::yaml::{document, non_empty};
use crate::model::{Alertmanager, InhibitRule, Receiver, Route, Smtp, TimeInterval};
use serde::Serialize;
use std::sync::Arc;

type Texts<'a> = Option<&'a [Arc<str>]>;

#[derive(Serialize)]
struct Config<'a> {
    global: Option<Global<'a>>,
    templates: Texts<'a>,
    route: RouteConfig<'a>,
    inhibit_rules: Option<Vec<Inhibit<'a>>>,
    time_intervals: Option<Vec<NamedTimes<'a>>>,
    receivers: Vec<ReceiverConfig<'a>>,
}

#[derive(Serialize)]
struct Global<'a> {
    resolve_timeout: Option<String>,
    smtp_smarthost: Option<&'a str>,
    smtp_from: Option<&'a str>,
    smtp_auth_username: Option<&'a str>,
    smtp_auth_password_file: Option<&'a str>,
    smtp_require_tls: Option<bool>,
}

#[derive(Serialize)]
struct RouteConfig<'a> {
    receiver: Option<&'a str>,
    matchers: Texts<'a>,
    // An empty list says "all alerts together", which is not the parent's way.
    group_by: Texts<'a>,
    group_wait: Option<String>,
    group_interval: Option<String>,
    repeat_interval: Option<String>,
    mute_time_intervals: Texts<'a>,
    active_time_intervals: Texts<'a>,
    r#continue: Option<bool>,
    routes: Option<Vec<RouteConfig<'a>>>,
}

#[derive(Serialize)]
struct Inhibit<'a> {
    source_matchers: &'a [Arc<str>],
    target_matchers: &'a [Arc<str>],
    equal: Texts<'a>,
}

#[derive(Serialize)]
struct NamedTimes<'a> {
    name: &'a str,
    time_intervals: Vec<Times<'a>>,
}

#[derive(Serialize)]
struct Times<'a> {
    times: Option<Vec<TimeRange<'a>>>,
    weekdays: Texts<'a>,
    days_of_month: Texts<'a>,
    months: Texts<'a>,
    years: Texts<'a>,
    location: Option<&'a str>,
}

#[derive(Serialize)]
struct TimeRange<'a> {
    start_time: &'a str,
    end_time: &'a str,
}

#[derive(Serialize)]
struct ReceiverConfig<'a> {
    name: &'a str,
    slack_configs: Option<Vec<SlackConfig<'a>>>,
    email_configs: Option<Vec<EmailConfig<'a>>>,
    webhook_configs: Option<Vec<WebhookConfig<'a>>>,
    pagerduty_configs: Option<Vec<PagerDutyConfig<'a>>>,
}

// `send_resolved` is always written: its default differs between notifiers.

#[derive(Serialize)]
struct SlackConfig<'a> {
    api_url_file: &'a str,
    channel: &'a str,
    title: Option<&'a str>,
    text: Option<&'a str>,
    send_resolved: bool,
}

#[derive(Serialize)]
struct EmailConfig<'a> {
    to: &'a str,
    send_resolved: bool,
}

#[derive(Serialize)]
struct WebhookConfig<'a> {
    url: Option<&'a str>,
    url_file: Option<&'a str>,
    max_alerts: Option<u32>,
    send_resolved: bool,
}

#[derive(Serialize)]
struct PagerDutyConfig<'a> {
    routing_key_file: &'a str,
    severity: Option<&'a str>,
    send_resolved: bool,
}

/// The file `alertmanager.yml`. Secrets are only ever referred to by file;
/// the address of a web hook by file needs Alertmanager 0.26.
pub(super) fn config(alertmanager: &Alertmanager) -> Vec<u8> {
    let config = Config {
        global: global(alertmanager),
        templates: non_empty(&alertmanager.templates),
        route: route(&alertmanager.route),
        inhibit_rules: non_empty(&alertmanager.inhibit)
            .map(|rules| rules.iter().map(inhibit).collect()),
        time_intervals: (!alertmanager.time_intervals.is_empty()).then(|| {
            let named = alertmanager.time_intervals.iter();
            named
                .map(|(name, times)| NamedTimes {
                    name,
                    time_intervals: times.iter().map(interval).collect(),
                })
                .collect()
        }),
        receivers: alertmanager.receivers.iter().map(receiver).collect(),
    };
    document(&config, |_| false)
}

fn global(alertmanager: &Alertmanager) -> Option<Global<'_>> {
    let smtp = alertmanager.smtp.as_ref();
    if smtp.is_none() && alertmanager.resolve_timeout.is_none() {
        return None;
    }
    let text = |field: fn(&Smtp) -> Option<&Arc<str>>| smtp.and_then(field).map(|text| &**text);
    Some(Global {
        resolve_timeout: alertmanager
            .resolve_timeout
            .map(|timeout| timeout.to_string()),
        smtp_smarthost: text(|smtp| Some(&smtp.host)),
        smtp_from: text(|smtp| Some(&smtp.from)),
        smtp_auth_username: text(|smtp| smtp.username.as_ref()),
        smtp_auth_password_file: text(|smtp| smtp.password_file.as_ref()),
        smtp_require_tls: smtp.map(|smtp| smtp.require_tls),
    })
}

fn route(node: &Route) -> RouteConfig<'_> {
    RouteConfig {
        receiver: node.receiver.as_deref(),
        matchers: non_empty(&node.matchers),
        group_by: node.group_by.as_deref(),
        group_wait: node.group_wait.map(|wait| wait.to_string()),
        group_interval: node.group_interval.map(|interval| interval.to_string()),
        repeat_interval: node.repeat_interval.map(|interval| interval.to_string()),
        mute_time_intervals: non_empty(&node.mute),
        active_time_intervals: non_empty(&node.active),
        r#continue: node.r#continue.then_some(true),
        routes: non_empty(&node.routes).map(|routes| routes.iter().map(route).collect()),
    }
}

fn inhibit(rule: &InhibitRule) -> Inhibit<'_> {
    Inhibit {
        source_matchers: &rule.source,
        target_matchers: &rule.target,
        equal: non_empty(&rule.equal),
    }
}

fn interval(interval: &TimeInterval) -> Times<'_> {
    Times {
        times: non_empty(&interval.times).map(|times| {
            times
                .iter()
                .map(|(start_time, end_time)| TimeRange {
                    start_time,
                    end_time,
                })
                .collect()
        }),
        weekdays: non_empty(&interval.weekdays),
        days_of_month: non_empty(&interval.days_of_month),
        months: non_empty(&interval.months),
        years: non_empty(&interval.years),
        location: interval.location.as_deref(),
    }
}

fn receiver(receiver: &Receiver) -> ReceiverConfig<'_> {
    ReceiverConfig {
        name: &receiver.name,
        slack_configs: each(&receiver.slack, |slack| SlackConfig {
            api_url_file: &slack.api_url_file,
            channel: &slack.channel,
            title: slack.title.as_deref(),
            text: slack.text.as_deref(),
            send_resolved: slack.send_resolved,
        }),
        email_configs: each(&receiver.email, |email| EmailConfig {
            to: &email.to,
            send_resolved: email.send_resolved,
        }),
        webhook_configs: each(&receiver.webhook, |webhook| WebhookConfig {
            url: webhook.url.as_deref(),
            url_file: webhook.url_file.as_deref(),
            max_alerts: webhook.max_alerts,
            send_resolved: webhook.send_resolved,
        }),
        pagerduty_configs: each(&receiver.pagerduty, |service| PagerDutyConfig {
            routing_key_file: &service.routing_key_file,
            severity: service.severity.as_deref(),
            send_resolved: service.send_resolved,
        }),
    }
}

fn each<'a, T, U>(list: &'a [T], write: impl Fn(&'a T) -> U) -> Option<Vec<U>> {
    non_empty(list).map(|list| list.iter().map(write).collect())
}

#[cfg(test)]
mod tests {
    use super::config;
    use crate::model::{Alertmanager, Route};
    use crate::render::prometheus::example;
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    fn read(alertmanager: &Alertmanager) -> Value {
        serde_yaml::from_slice(&config(alertmanager)).unwrap()
    }

    #[test]
    fn receivers_tell_everyone_in_alertmanagers_words() {
        let read = read(&example::full().alertmanager.unwrap());
        assert_eq!(read["receivers"][0], json!({"name": "default"}));
        assert_eq!(
            read["receivers"][1],
            json!({
                "name": "team",
                "slack_configs": [{
                    "api_url_file": "/run/secrets/slack",
                    "channel": "#alerts",
                    "title": "{{ .CommonLabels.alertname }}",
                    "send_resolved": true,
                }],
                "email_configs": [{"to": "a@example.com, b@example.com", "send_resolved": false}],
                "webhook_configs": [{"url": "http://hook:8080/alerts", "max_alerts": 10, "send_resolved": true}],
                "pagerduty_configs": [{
                    "routing_key_file": "/run/secrets/pagerduty",
                    "severity": "critical",
                    "send_resolved": true,
                }],
            })
        );
    }

    #[test]
    fn a_route_may_stop_grouping() {
        let route = &read(&example::full().alertmanager.unwrap())["route"];
        assert_eq!(route["group_wait"], "1m30s");
        assert_eq!(
            route["routes"][0],
            json!({
                "receiver": "team",
                "matchers": [r#"severity=~"warning|critical""#],
                "group_by": [],
                "mute_time_intervals": ["nights"],
                "continue": true,
            })
        );
    }

    #[test]
    fn times_are_quoted_as_texts() {
        let text = String::from_utf8(config(&example::full().alertmanager.unwrap())).unwrap();
        assert!(text.contains("start_time: '22:00'\n"), "{text}");
        assert!(text.contains("- '2030'\n"), "{text}");
    }

    #[test]
    fn the_least_configuration_has_a_route_and_its_receiver() {
        let mut least = example::full().alertmanager.unwrap();
        least.receivers.truncate(1);
        let least = Alertmanager {
            smtp: None,
            resolve_timeout: None,
            route: Route {
                receiver: Some("default".into()),
                ..Route::default()
            },
            inhibit: vec![],
            time_intervals: BTreeMap::new(),
            templates: vec![],
            ..least
        };
        assert_eq!(
            read(&least),
            json!({"route": {"receiver": "default"}, "receivers": [{"name": "default"}]})
        );
    }
}
