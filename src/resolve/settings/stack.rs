//! The compose stack: the services whose configuration is generated, those
//! beside them, and what no two of them may share.

use super::guard;
use crate::diagnostic::{Code, Diagnostic, Sink, Span, Spanned};
use crate::model::{Service, Stack, secret_mount};
use crate::resolve::{names, texts, value, values};
use crate::spec::Named;
use crate::spec::shape;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The services that are generated, by the keys that they have in `stack`.
const GENERATED: [&str; 3] = ["prometheus", "alertmanager", "grafana"];

/// Resolves the `stack` section.
pub(in crate::resolve) fn resolve(spec: &shape::ComposeStack, sink: &mut Sink) -> Stack {
    let prefix = value(spec.container_prefix.as_ref()).unwrap_or_default();
    // An empty prefix is none.
    let given = spec.container_prefix.as_ref();
    if let Some(given) = given.filter(|_| !prefix.is_empty()) {
        check_plain("containers", given, sink);
    }
    if let Some(given) = &spec.network {
        check_plain("the network", given, sink);
    }
    let mut claims = Claims::default();
    let given = [&spec.prometheus, &spec.alertmanager, &spec.grafana];
    let [prometheus, alertmanager, grafana] = std::array::from_fn(|index| {
        let name = GENERATED[index];
        let spec = given[index].as_ref()?;
        claims.container(format!("{prefix}{name}"), name, spec.port.span, sink);
        Some(generated(name, spec, &mut claims, sink))
    });
    let mut services = BTreeMap::new();
    for Named { name, item } in &spec.services {
        let Some(item) = item else { continue };
        check_service(name, item, &prefix, &mut claims, sink);
        services.insert(name.value.clone(), item.value.clone());
    }
    check_dependencies(spec, sink);
    Stack {
        container_prefix: prefix,
        network: value(spec.network.as_ref()).unwrap_or_else(|| "monitoring".into()),
        prometheus,
        alertmanager,
        grafana,
        services,
    }
}

fn generated(
    name: &'static str,
    spec: &shape::Service,
    claims: &mut Claims,
    sink: &mut Sink,
) -> Service {
    let port = &spec.port;
    match u16::try_from(port.value) {
        Ok(number) if number > 0 => claims.port(number, name, port.span, sink),
        _ => sink.push(
            Diagnostic::new(Code::InvalidValue, format!("{} is no port", port.value))
                .at(port.span, "from 1 to 65535"),
        ),
    }
    if spec.image.as_str().trim().is_empty() {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                format!("the image of `{name}` is empty"),
            )
            .at(spec.image.span, "names no image"),
        );
    }
    guard::check_environment(&spec.environment, sink);
    for secret in &spec.secrets {
        check_secret(secret, sink);
    }
    Service {
        image: spec.image.value.clone(),
        port: port.value,
        environment: texts(&spec.environment),
        secrets: values(&spec.secrets),
    }
}

/// Reports what Docker takes for no name.
fn check_plain(what: &str, name: &Spanned<Arc<str>>, sink: &mut Sink) {
    let text = name.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) || !text.chars().all(plain) {
        sink.push(
            Diagnostic::new(
                Code::InvalidName,
                format!("{what} cannot be called `{name}`"),
            )
            .at(
                name.span,
                "Docker takes letters, digits, `_`, `.` and `-`, a letter or digit in front",
            ),
        );
    }
}

/// A secret is a file on the host and where a container sees it.
fn check_secret(secret: &Spanned<Arc<str>>, sink: &mut Sink) {
    let mounted = secret_mount(secret.as_str())
        .is_some_and(|(source, target)| !source.is_empty() && target.starts_with('/'));
    if !mounted {
        sink.push(
            Diagnostic::new(
                Code::InvalidValue,
                format!("`{secret}` does not say where the secret is mounted"),
            )
            .at(secret.span, "expected `source:/target`")
            .help("such as `./secrets/slack:/run/secrets/slack`"),
        );
    }
}

/// Reports services that others wait for and that are not in the stack.
fn check_dependencies(spec: &shape::ComposeStack, sink: &mut Sink) {
    let generated = GENERATED
        .iter()
        .zip([&spec.prometheus, &spec.alertmanager, &spec.grafana])
        .filter(|(name, service)| service.is_some() || spec.broken.contains(name))
        .map(|(name, _)| *name);
    let all: BTreeSet<&str> = generated.chain(names(&spec.services)).collect();
    for Named { name, item } in &spec.services {
        let Some(item) = item else { continue };
        let awaited: Vec<&str> = match item.value.get("depends_on") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            Some(Value::Object(names)) => names.keys().map(String::as_str).collect(),
            _ => continue,
        };
        for missing in awaited.into_iter().filter(|other| !all.contains(other)) {
            sink.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    format!("`{name}` depends on `{missing}`, which is no service of the stack"),
                )
                .at(item.span, "waits for it"),
            );
        }
    }
}

/// Checks a service that is given in compose's own words.
fn check_service(
    name: &Spanned<Arc<str>>,
    item: &Spanned<Value>,
    prefix: &str,
    claims: &mut Claims,
    sink: &mut Sink,
) {
    check_plain("a service", name, sink);
    let mut report = |code, message: String, label| {
        sink.push(Diagnostic::new(code, message).at(item.span, label));
    };
    let Value::Object(service) = &item.value else {
        report(
            Code::WrongType,
            format!("the service `{name}` must be a mapping"),
            "not a mapping",
        );
        return;
    };
    if !["image", "build", "extends"]
        .iter()
        .any(|key| service.contains_key(*key))
    {
        report(
            Code::MissingKey,
            format!("compose cannot start the service `{name}`"),
            "has neither `image` nor `build`",
        );
    }
    if GENERATED.contains(&name.as_str()) {
        sink.push(
            Diagnostic::new(
                Code::ConflictingKeys,
                format!("the service `{name}` is generated"),
            )
            .at(name.span, "give it beside `services`"),
        );
        return;
    }
    let container = match service.get("container_name") {
        Some(given) => given.as_str().unwrap_or_default().to_owned(),
        None => format!("{prefix}{name}"),
    };
    claims.container(container, name.as_str(), item.span, sink);
    let ports = service.get("ports").and_then(Value::as_array);
    for port in ports.into_iter().flatten().filter_map(host_port) {
        claims.port(port, name.as_str(), item.span, sink);
    }
}

/// What only one container of a host can have, with the service that has it.
#[derive(Default)]
struct Claims {
    ports: BTreeMap<u16, String>,
    containers: BTreeMap<String, String>,
}

impl Claims {
    fn port(&mut self, port: u16, service: &str, span: Span, sink: &mut Sink) {
        if let Some(other) = self.ports.insert(port, service.to_owned()) {
            sink.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    format!("`{other}` and `{service}` both want the port {port}"),
                )
                .at(span, "taken"),
            );
        }
    }

    fn container(&mut self, container: String, service: &str, span: Span, sink: &mut Sink) {
        if let Some(other) = self.containers.get(&container) {
            sink.push(
                Diagnostic::new(
                    Code::InvalidValue,
                    format!("`{other}` and `{service}` both name their container `{container}`"),
                )
                .at(span, "taken"),
            );
        }
        self.containers.insert(container, service.to_owned());
    }
}

/// The port on the host that an entry of compose's `ports` publishes, if it
/// is one port of TCP on every address, and known before the start.
fn host_port(entry: &Value) -> Option<u16> {
    let published = match entry {
        Value::String(short) => match short.strip_suffix("/tcp").unwrap_or(short).split_once(':') {
            Some((host, _)) => host,
            None => return None,
        },
        Value::Object(long) => {
            let everywhere = !long.contains_key("host_ip");
            let tcp = long
                .get("protocol")
                .is_none_or(|protocol| protocol == "tcp");
            match long.get("published").filter(|_| everywhere && tcp)? {
                Value::String(text) => text,
                number => return u16::try_from(number.as_u64()?).ok(),
            }
        }
        _ => return None,
    };
    published.parse().ok()
}
