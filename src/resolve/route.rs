//! Alertmanager: receivers, routing, inhibition, times.

mod time;

use super::catalog::check_label_name;
use super::settings::guard::{check_address, check_target};
use super::{check_named, find, names, not_exactly_one, unknown, value, values};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model::{
    Alertmanager, Email, InhibitRule, PagerDuty, Receiver, Route, RouteMatcher, Slack, Smtp,
    Webhook,
};
use crate::promql::regex_error;
use crate::spec::shape;
use std::sync::Arc;

/// The receiver of a configuration that has none: it tells nobody.
const NOBODY: &str = "default";

/// Hosts whose addresses are passwords.
const SECRET_HOSTS: [&str; 5] = [
    "hooks.slack.com",
    "discord.com/api/webhooks",
    "webhook.office.com",
    "events.pagerduty.com",
    "api.telegram.org",
];

/// Resolves the `alertmanager` section.
pub(super) fn alertmanager(spec: &shape::Alertmanager, sink: &mut Sink) -> Alertmanager {
    let mut receivers: Vec<Receiver> = spec
        .receivers
        .iter()
        .filter_map(|named| Some(receiver(&named.name, named.item.as_ref()?, spec, sink)))
        .collect();
    let root = match &spec.route {
        Some(root) => {
            check_root(root, sink);
            route(root, spec, sink)
        }
        None => {
            if let Some(first) = spec.receivers.first() {
                sink.push(
                    Diagnostic::new(
                        Code::MissingKey,
                        "there are receivers, but no `route` leads to them",
                    )
                    .at(first.name.span, "never told")
                    .help("add `route: { receiver: … }` to the `alertmanager` section"),
                );
            }
            receivers.push(Receiver {
                name: NOBODY.into(),
                slack: Vec::new(),
                email: Vec::new(),
                webhook: Vec::new(),
                pagerduty: Vec::new(),
            });
            Route {
                receiver: Some(NOBODY.into()),
                ..Route::default()
            }
        }
    };
    receivers.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(url) = &spec.url {
        check_address(url, sink);
    }
    spec.targets
        .iter()
        .for_each(|target| check_target(target, sink));
    let mut targets: Vec<Arc<str>> = values(&spec.targets);
    targets.sort();
    if let Some(smtp) = &spec.smtp
        && smtp
            .host
            .as_str()
            .rsplit_once(':')
            .is_none_or(|(host, port)| host.is_empty() || port.is_empty())
    {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                format!("`{}` is no mail server", smtp.host),
            )
            .at(smtp.host.span, "expected `host:port`"),
        );
    }
    let inhibit = spec
        .inhibit
        .iter()
        .map(|rule| {
            for (key, matchers) in [("source", &rule.source), ("target", &rule.target)] {
                if matchers.is_empty() {
                    let message =
                        format!("an inhibition whose `{key}` says nothing is for every alert");
                    sink.push(
                        Diagnostic::new(Code::InvalidValue, message)
                            .at(rule.span, format!("needs a matcher in `{key}`")),
                    );
                }
                check_matchers(matchers, sink);
            }
            for label in &rule.equal {
                check_label_name(label, sink);
            }
            InhibitRule {
                source: values(&rule.source),
                target: values(&rule.target),
                equal: values(&rule.equal),
            }
        })
        .collect();
    Alertmanager {
        url: value(spec.url.as_ref()),
        targets,
        resolve_timeout: value(spec.resolve_timeout.as_ref()),
        smtp: spec.smtp.as_ref().map(|smtp| Smtp {
            host: smtp.host.value.clone(),
            from: smtp.from.value.clone(),
            username: value(smtp.username.as_ref()),
            password_file: value(smtp.password_file.as_ref()),
            require_tls: smtp.require_tls.unwrap_or(true),
        }),
        receivers,
        route: root,
        inhibit,
        time_intervals: spec
            .time_intervals
            .iter()
            .filter_map(|named| {
                check_named("a time interval", &named.name, sink);
                let intervals = named.item.as_ref()?;
                if intervals.is_empty() {
                    sink.push(
                        Diagnostic::new(
                            Code::InvalidValue,
                            format!("the time interval `{}` holds no time", named.name),
                        )
                        .at(named.name.span, "never comes"),
                    );
                }
                let intervals = intervals
                    .iter()
                    .map(|interval| time::resolve(interval, sink))
                    .collect();
                Some((named.name.value.clone(), intervals))
            })
            .collect(),
        templates: values(&spec.templates),
    }
}

fn receiver(
    name: &Spanned<Arc<str>>,
    spec: &shape::Receiver,
    all: &shape::Alertmanager,
    sink: &mut Sink,
) -> Receiver {
    check_named("a receiver", name, sink);
    if let (Some(email), None) = (spec.email.first(), &all.smtp) {
        sink.push(
            Diagnostic::new(
                Code::MissingKey,
                format!("the receiver `{name}` is told by e-mail, and there is no `smtp`"),
            )
            .at(email.to.span, "cannot be sent")
            .help("add `smtp: { host: …, from: … }` to the `alertmanager` section"),
        );
    }
    let webhook = spec
        .webhook
        .iter()
        .filter_map(|hook| webhook(name, hook, sink))
        .collect();
    Receiver {
        name: name.value.clone(),
        slack: spec
            .slack
            .iter()
            .map(|slack| {
                check_filled(&slack.channel, "the channel", sink);
                check_file(&slack.api_url_file, sink);
                Slack {
                    channel: slack.channel.value.clone(),
                    api_url_file: slack.api_url_file.value.clone(),
                    title: value(slack.title.as_ref()),
                    text: value(slack.text.as_ref()),
                    send_resolved: slack.send_resolved.unwrap_or(true),
                }
            })
            .collect(),
        email: spec
            .email
            .iter()
            .map(|email| Email {
                to: email.to.value.clone(),
                send_resolved: email.send_resolved.unwrap_or(true),
            })
            .collect(),
        webhook,
        pagerduty: spec
            .pagerduty
            .iter()
            .map(|service| {
                check_file(&service.routing_key_file, sink);
                PagerDuty {
                    routing_key_file: service.routing_key_file.value.clone(),
                    severity: value(service.severity.as_ref()),
                    send_resolved: service.send_resolved.unwrap_or(true),
                }
            })
            .collect(),
    }
}

fn webhook(name: &Spanned<Arc<str>>, spec: &shape::Webhook, sink: &mut Sink) -> Option<Webhook> {
    match (&spec.url, &spec.url_file) {
        (Some(url), None) => {
            let secret = SECRET_HOSTS.iter().any(|host| url.as_str().contains(host))
                || url.as_str().contains('@');
            check_address(url, sink);
            if secret {
                sink.push(
                    Diagnostic::new(
                        Code::SecretInline,
                        format!("the web hook of `{name}` has a secret in its address"),
                    )
                    .at(url.span, "would be committed")
                    .help("write the address into a file and name that with `url_file`"),
                );
            }
        }
        (None, Some(file)) => check_file(file, sink),
        (url, _) => {
            sink.push(not_exactly_one(
                url.is_some(),
                format!("a web hook of `{name}` needs one of `url` and `url_file`"),
                spec.span,
            ));
            return None;
        }
    }
    Some(Webhook {
        url: value(spec.url.as_ref()),
        url_file: value(spec.url_file.as_ref()),
        max_alerts: value(spec.max_alerts.as_ref()),
        send_resolved: spec.send_resolved.unwrap_or(true),
    })
}

/// A key that takes a file's path must not hold the secret itself.
fn check_file(path: &Spanned<Arc<str>>, sink: &mut Sink) {
    check_filled(path, "the path of a file", sink);
    if path.as_str().contains("://") {
        sink.push(
            Diagnostic::new(
                Code::SecretInline,
                "this takes the path of a file, not the secret itself",
            )
            .at(path.span, "an address, not a path")
            .help("write the address into a file that is mounted into Alertmanager's container"),
        );
    }
}

/// The root takes every alert, so it needs a receiver and can have no matcher.
fn check_root(root: &shape::Route, sink: &mut Sink) {
    if root.receiver.is_none() {
        sink.push(
            Diagnostic::new(Code::MissingKey, "the root route needs a receiver")
                .at(root.span, "needs `receiver`"),
        );
    }
    if let Some(matcher) = root.matchers.first() {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                "the root route takes every alert, so it can have no matchers",
            )
            .at(matcher.span, "move this into `routes`"),
        );
    }
}

fn route(spec: &shape::Route, all: &shape::Alertmanager, sink: &mut Sink) -> Route {
    if let Some(receiver) = &spec.receiver
        && find(&all.receivers, receiver.as_str()).is_err()
    {
        sink.push(unknown(
            Code::UnknownReceiver,
            "receiver",
            receiver,
            names(&all.receivers),
        ));
    }
    for interval in spec.mute.iter().chain(&spec.active) {
        if find(&all.time_intervals, interval.as_str()).is_err() {
            sink.push(unknown(
                Code::UnknownTimeInterval,
                "time interval",
                interval,
                names(&all.time_intervals),
            ));
        }
    }
    check_matchers(&spec.matchers, sink);
    check_grouping(spec.group_by.as_deref().unwrap_or_default(), sink);
    Route {
        receiver: value(spec.receiver.as_ref()),
        matchers: values(&spec.matchers),
        group_by: spec.group_by.as_deref().map(values),
        group_wait: value(spec.group_wait.as_ref()).map(|wait| wait.0),
        group_interval: value(spec.group_interval.as_ref()),
        repeat_interval: value(spec.repeat_interval.as_ref()),
        mute: values(&spec.mute),
        active: values(&spec.active),
        r#continue: spec.r#continue.unwrap_or(false),
        routes: spec
            .routes
            .iter()
            .map(|route| self::route(route, all, sink))
            .collect(),
    }
}

/// Labels by which alerts are told together: each once, or `...` for all.
fn check_grouping(labels: &[Spanned<Arc<str>>], sink: &mut Sink) {
    for (index, label) in labels.iter().enumerate() {
        if label.as_str() == "..." {
            if labels.len() > 1 {
                sink.push(
                    Diagnostic::new(
                        Code::ConflictingKeys,
                        "`...` stands for all labels, so it stands alone",
                    )
                    .at(label.span, "not beside others"),
                );
            }
            continue;
        }
        check_label_name(label, sink);
        if let Some(first) = labels[..index]
            .iter()
            .find(|earlier| earlier.value == label.value)
        {
            sink.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    format!("alerts are grouped by `{label}` twice"),
                )
                .at(label.span, "given again")
                .because(first.span, "first given here"),
            );
        }
    }
}

/// Reports a text that must not be empty.
fn check_filled(text: &Spanned<Arc<str>>, what: &str, sink: &mut Sink) {
    if text.as_str().trim().is_empty() {
        sink.push(
            Diagnostic::new(Code::InvalidValue, format!("{what} is empty")).at(text.span, "empty"),
        );
    }
}

/// A matcher is a label name, one of four operators, and a value.
fn check_matchers(matchers: &[Spanned<Arc<str>>], sink: &mut Sink) {
    for text in matchers {
        let Some(matcher) = RouteMatcher::parse(text.as_str()) else {
            sink.push(
                Diagnostic::new(Code::InvalidValue, format!("`{text}` is no matcher"))
                    .at(text.span, "label, operator, value")
                    .help("write a matcher like `severity=\"critical\"`; the operators are `=`, `!=`, `=~`, `!~`"),
            );
            continue;
        };
        if let Some(error) = regex_error(&matcher.value).filter(|_| matcher.op.is_regex()) {
            sink.push(
                Diagnostic::new(
                    Code::InvalidRegex,
                    format!("the pattern of `{text}` is no regular expression: {error}"),
                )
                .at(text.span, "does not compile"),
            );
        }
    }
}
