//! The compose file: Prometheus, Alertmanager and Grafana wired to the
//! generated files, and further services beside them.

mod passthrough;

use super::yaml;
use crate::model::{Model, Service, Stack, secret_mount};
use serde::Serialize;
use serde_yaml::{Mapping, Value};
use std::collections::{BTreeMap, BTreeSet};

const PROMETHEUS_DIR: &str = "/etc/prometheus";
const ALERTMANAGER_FILE: &str = "/etc/alertmanager/alertmanager.yml";
const PROVISIONING_DIR: &str = "/etc/grafana/provisioning";

const DAY: u64 = 24 * 3_600_000;

/// How long Prometheus keeps samples unless it is told otherwise.
const USUAL_RETENTION: u64 = 15 * DAY;

#[derive(Serialize)]
struct Container<'a> {
    image: &'a str,
    container_name: String,
    restart: &'static str,
    command: Option<Vec<String>>,
    ports: [String; 1],
    environment: Option<BTreeMap<&'a str, &'a str>>,
    volumes: Vec<Mount<'a>>,
    networks: [&'a str; 1],
    depends_on: Option<[&'static str; 1]>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Mount<'a> {
    Short(String),
    /// The short form would have Docker make a directory where a file is
    /// missing, and a secret without `./` would become a volume.
    Secret {
        r#type: &'static str,
        source: &'a str,
        target: &'a str,
        read_only: bool,
        bind: Bind,
    },
}

#[derive(Serialize)]
struct Bind {
    create_host_path: bool,
}

/// The file `docker-compose.yml`, or `None` if there is no stack. Its paths
/// are relative to itself, with the other files in `monitoring` beside it.
///
/// Files are mounted one by one, so that a container sees nothing but its own.
pub(super) fn file(model: &Model) -> Option<Vec<u8>> {
    let stack = model.stack.as_ref()?;
    let mut services = Mapping::new();
    let mut volumes = BTreeSet::new();
    let mut networks = BTreeSet::new();
    if let Some(service) = &stack.prometheus {
        insert(
            &mut services,
            "prometheus",
            yaml::value(&prometheus(model, stack, service)),
        );
        volumes.insert("prometheus-data".to_owned());
    }
    if let Some(service) = &stack.alertmanager {
        insert(
            &mut services,
            "alertmanager",
            yaml::value(&alertmanager(model, stack, service)),
        );
        volumes.insert("alertmanager-data".to_owned());
    }
    if let Some(service) = &stack.grafana {
        insert(
            &mut services,
            "grafana",
            yaml::value(&grafana(model, stack, service)),
        );
        volumes.insert("grafana-data".to_owned());
    }
    for (name, service) in &stack.services {
        let service = passthrough::service(stack, name, service);
        volumes.extend(passthrough::named_volumes(&service));
        networks.extend(passthrough::networks(&service));
        insert(&mut services, name, service);
    }
    networks.remove(&*stack.network);

    let mut root = Mapping::new();
    if let Some(project) = project_name(&stack.container_prefix) {
        insert(&mut root, "name", project.into());
    }
    insert(&mut root, "services", services.into());
    insert(&mut root, "networks", networks_section(stack, networks));
    if !volumes.is_empty() {
        insert(
            &mut root,
            "volumes",
            volumes
                .into_iter()
                .map(empty_entry)
                .collect::<Mapping>()
                .into(),
        );
    }
    let entry =
        |line: &str| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
    Some(yaml::file(root.into(), entry))
}

fn prometheus<'a>(model: &Model, stack: &'a Stack, service: &'a Service) -> Container<'a> {
    let mut files = vec![mount(
        "prometheus.yml",
        &format!("{PROMETHEUS_DIR}/prometheus.yml"),
    )];
    if super::prometheus::has_rules(model) {
        files.push(mount(
            "alert-rules.yml",
            &format!("{PROMETHEUS_DIR}/alert-rules.yml"),
        ));
    }
    files.push(Mount::Short("prometheus-data:/prometheus".into()));
    let shown = model.dashboards.iter().map(|own| own.range.as_millis());
    let longest = shown.max().unwrap_or_default();
    Container {
        // The first point of a graph looks back, too: a day is room for that.
        command: (longest > USUAL_RETENTION).then(|| {
            vec![
                format!("--config.file={PROMETHEUS_DIR}/prometheus.yml"),
                "--storage.tsdb.path=/prometheus".into(),
                format!(
                    "--storage.tsdb.retention.time={}d",
                    longest.div_ceil(DAY) + 1
                ),
            ]
        }),
        depends_on: stack.alertmanager.is_some().then_some(["alertmanager"]),
        ..container("prometheus", 9090, files, stack, service)
    }
}

fn alertmanager<'a>(model: &Model, stack: &'a Stack, service: &'a Service) -> Container<'a> {
    let mut files = Vec::new();
    if model.alertmanager.is_some() {
        files.push(mount("alertmanager.yml", ALERTMANAGER_FILE));
    }
    files.push(Mount::Short("alertmanager-data:/alertmanager".into()));
    let url = model
        .alertmanager
        .as_ref()
        .and_then(|alertmanager| alertmanager.url.as_ref());
    Container {
        // Links in notifications lead to this address, while Prometheus goes
        // on using the root path.
        command: url.map(|url| {
            vec![
                format!("--config.file={ALERTMANAGER_FILE}"),
                "--storage.path=/alertmanager".into(),
                format!("--web.external-url={url}"),
                "--web.route-prefix=/".into(),
            ]
        }),
        ..container("alertmanager", 9093, files, stack, service)
    }
}

fn grafana<'a>(model: &'a Model, stack: &'a Stack, service: &'a Service) -> Container<'a> {
    let mut files = Vec::new();
    let mut environment = BTreeMap::from([
        ("GF_SECURITY_ADMIN_USER", "admin"),
        ("GF_SECURITY_ADMIN_PASSWORD", "${GRAFANA_PASSWORD:-admin}"),
    ]);
    if let Some(grafana) = &model.grafana {
        if grafana.datasource.is_some() {
            files.push(mount(
                "datasources.yml",
                &format!("{PROVISIONING_DIR}/datasources/datasources.yml"),
            ));
        }
        files.push(mount(
            "providers.yml",
            &format!("{PROVISIONING_DIR}/dashboards/providers.yml"),
        ));
        files.push(mount("dashboards", &grafana.dashboards_path));
        if let Some(url) = &grafana.url {
            environment.insert("GF_SERVER_ROOT_URL", url);
        }
    }
    files.push(Mount::Short("grafana-data:/var/lib/grafana".into()));
    environment.extend(
        service
            .environment
            .iter()
            .map(|(name, value)| (&**name, &**value)),
    );
    Container {
        environment: Some(environment),
        depends_on: stack.prometheus.is_some().then_some(["prometheus"]),
        ..container("grafana", 3000, files, stack, service)
    }
}

fn container<'a>(
    name: &str,
    inner_port: u32,
    files: Vec<Mount<'a>>,
    stack: &'a Stack,
    service: &'a Service,
) -> Container<'a> {
    let secrets = service.secrets.iter().map(|secret| mount_secret(secret));
    let environment = service
        .environment
        .iter()
        .map(|(name, value)| (&**name, &**value));
    Container {
        image: &service.image,
        container_name: format!("{}{name}", stack.container_prefix),
        restart: "unless-stopped",
        command: None,
        ports: [format!("{}:{inner_port}", service.port)],
        environment: Some(environment.collect::<BTreeMap<_, _>>())
            .filter(|variables| !variables.is_empty()),
        volumes: files.into_iter().chain(secrets).collect(),
        networks: [&stack.network],
        depends_on: None,
    }
}

fn mount(file: &str, target: &str) -> Mount<'static> {
    Mount::Short(format!("./monitoring/{file}:{target}:ro"))
}

fn mount_secret(secret: &str) -> Mount<'_> {
    let (source, target) = secret_mount(secret).unwrap_or((secret, secret));
    Mount::Secret {
        r#type: "bind",
        source,
        target,
        read_only: true,
        bind: Bind {
            create_host_path: false,
        },
    }
}

/// The stack's network under its own name, which compose would otherwise
/// prefix, and those that only further services name.
fn networks_section(stack: &Stack, others: BTreeSet<String>) -> Value {
    let own = Mapping::from_iter([("name".into(), Value::from(&*stack.network))]);
    let mut networks = Mapping::from_iter([(Value::from(&*stack.network), Value::Mapping(own))]);
    networks.extend(others.into_iter().map(empty_entry));
    networks.into()
}

/// A name for the project: by default compose takes that of the directory,
/// and every tree of generated files has the same.
fn project_name(prefix: &str) -> Option<String> {
    let name = prefix.to_lowercase().replace(
        |c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_',
        "-",
    );
    let name = name.trim_matches(['-', '_']);
    (!name.is_empty()).then(|| name.to_owned())
}

fn empty_entry(name: String) -> (Value, Value) {
    (name.into(), Mapping::new().into())
}

fn insert(map: &mut Mapping, key: &str, value: Value) {
    map.insert(key.into(), value);
}

#[cfg(test)]
mod tests {
    use super::{DAY, file};
    use crate::promql::PromDuration;
    use crate::render::prometheus::example;
    use serde_json::{Value, json};

    fn read(model: &crate::model::Model) -> Value {
        serde_yaml::from_slice(&file(model).unwrap()).unwrap()
    }

    #[test]
    fn every_generated_file_is_mounted_where_it_loads() {
        let read = read(&example::full());
        assert_eq!(
            read["services"]["prometheus"]["volumes"],
            json!([
                "./monitoring/prometheus.yml:/etc/prometheus/prometheus.yml:ro",
                "./monitoring/alert-rules.yml:/etc/prometheus/alert-rules.yml:ro",
                "prometheus-data:/prometheus",
            ])
        );
        assert_eq!(
            read["services"]["grafana"]["volumes"],
            json!([
                "./monitoring/datasources.yml:/etc/grafana/provisioning/datasources/datasources.yml:ro",
                "./monitoring/providers.yml:/etc/grafana/provisioning/dashboards/providers.yml:ro",
                "./monitoring/dashboards:/var/lib/grafana/dashboards:ro",
                "grafana-data:/var/lib/grafana",
            ])
        );
        assert_eq!(
            read["services"]["alertmanager"]["volumes"],
            json!([
                "./monitoring/alertmanager.yml:/etc/alertmanager/alertmanager.yml:ro",
                "alertmanager-data:/alertmanager",
                {
                    "type": "bind",
                    "source": "${SECRETS:-./secrets}/slack",
                    "target": "/run/secrets/slack",
                    "read_only": true,
                    "bind": {"create_host_path": false},
                },
            ])
        );
    }

    #[test]
    fn containers_have_names_ports_and_the_network() {
        let read = read(&example::full());
        assert_eq!(read["name"], "wagging");
        assert!(read.get("version").is_none());
        for (service, port) in [
            ("prometheus", "9090:9090"),
            ("alertmanager", "9093:9093"),
            ("grafana", "3001:3000"),
        ] {
            let service_json = &read["services"][service];
            assert_eq!(service_json["container_name"], format!("wagging-{service}"));
            assert_eq!(service_json["ports"], json!([port]));
            assert_eq!(service_json["networks"], json!(["orchestrator-net"]));
            assert_eq!(service_json["restart"], "unless-stopped");
        }
        assert_eq!(
            read["networks"],
            json!({"orchestrator-net": {"name": "orchestrator-net"}})
        );
        let text = String::from_utf8(file(&example::full()).unwrap()).unwrap();
        assert!(text.contains("- '3001:3000'\n"), "{text}");
    }

    #[test]
    fn grafana_has_an_administrator_unless_the_specs_say_another() {
        assert_eq!(
            read(&example::full())["services"]["grafana"]["environment"],
            json!({
                "GF_LOG_LEVEL": "warn",
                "GF_SECURITY_ADMIN_PASSWORD": "${GRAFANA_PASSWORD:-admin}",
                "GF_SECURITY_ADMIN_USER": "root",
            })
        );
    }

    #[test]
    fn further_services_join_and_their_volumes_are_declared() {
        let read = read(&example::full());
        let service = &read["services"]["orchestrator"];
        assert_eq!(service["container_name"], "wagging-orchestrator");
        assert_eq!(service["networks"], json!(["orchestrator-net"]));
        assert_eq!(service["environment"], json!({"FROM_HOST": null}));
        let declared: Vec<_> = read["volumes"].as_object().unwrap().keys().collect();
        assert_eq!(
            declared,
            [
                "alertmanager-data",
                "cache",
                "grafana-data",
                "prometheus-data",
                "state"
            ]
        );
    }

    #[test]
    fn what_a_further_service_says_of_itself_stays() {
        let mut model = example::full();
        let own = json!({"image": "a", "container_name": "own", "networks": {"default": null, "backend": {"aliases": ["a"]}}});
        let several = json!({"image": "b", "scale": 2, "network_mode": "host"});
        model.stack.as_mut().unwrap().services = [
            ("own".into(), own.clone()),
            ("several".into(), several.clone()),
        ]
        .into();
        let read = read(&model);
        assert_eq!(read["services"]["own"], own);
        assert_eq!(read["services"]["several"], several);
        assert_eq!(
            read["networks"],
            json!({"backend": {}, "orchestrator-net": {"name": "orchestrator-net"}})
        );
    }

    #[test]
    fn prometheus_keeps_what_dashboards_show() {
        let mut model = example::full();
        let days = |days| PromDuration::from_millis(days * DAY);
        for dashboard in &mut model.dashboards {
            dashboard.range = days(15);
        }
        assert!(
            read(&model)["services"]["prometheus"]
                .get("command")
                .is_none()
        );
        model.dashboards[0].range = days(30);
        assert_eq!(
            read(&model)["services"]["prometheus"]["command"],
            json!([
                "--config.file=/etc/prometheus/prometheus.yml",
                "--storage.tsdb.path=/prometheus",
                "--storage.tsdb.retention.time=31d",
            ])
        );
    }

    #[test]
    fn without_a_stack_there_is_no_file() {
        assert_eq!(file(&example::empty()), None);
    }
}
